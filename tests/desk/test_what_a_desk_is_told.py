"""What a desk, the board and the list of calls are told: emergencies, treatments in words, the case filed from a call."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock, ids, outbox
from hotline.base.kernel.actor import Actor, system
from hotline.base.people.roles import rights_of
from hotline.faces.desk import queries as desk
from hotline.joined.metrics import queries as metrics
from hotline.lines.alarms import queries as alarms
from hotline.lines.calls import store
from hotline.lines.calls.models import AgentState, Call, QueueEntry
from hotline.lines.calls.routing import Arrival
from hotline.lines.calls.words import AgentMode
from hotline.lines.numbers import queries as numbers
from hotline.work.cases import actions as cases
from hotline.work.cases.intake import Asking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

TESTS = system("tests")


def arrive(number: str = "12345", behaviour: str = "queue", **more: Any) -> Call:
    """A caller of ``number`` as call control takes him over."""
    fields = {"notice": False, "linked_trunk": "", "returned": False, **more}
    arrival = Arrival(
        channel=str(ids.new()), number=number, dialled=number, trunk="loopback", behaviour=behaviour,
        caller="13812341234", **fields,
    )  # fmt: skip
    return Call.objects.get(id=store.begin(1, arrival, numbers.plans())[0].id)


def on_a_desk(call: Call) -> dict[str, Any]:
    """``call`` as the desk on which it rings shows it."""
    now = clock.now()
    agent = AgentState.objects.create(
        staff_id=ids.new(), name="x", mode=AgentMode.RINGING, since=now, idle_since=now, call_id=call.id
    )
    shown: dict[str, Any] = desk.desk_state(agent.staff_id)["call"]
    return shown


def filed_from(call: Call, **more: Any) -> str:
    asking = Asking(
        type="help", matter="路灯不亮", content="已有三天", channel="phone", call_id=call.id, **more
    )
    return str(cases.accept(TESTS, asking).id)


def somebody(role: str, scope: str = "/") -> Actor:
    return Actor("person", str(ids.new()), role, rights_of((role,)), (scope,), (role,))


@pytest.mark.parametrize(
    ("number", "behaviour", "treatment"),
    [
        ("12345", "queue", "main"),
        ("110", "emergency", "emergency"),
        ("12333", "notice_then_queue", "notice_then_12345"),
    ],
)
def test_every_number_has_a_treatment(number: str, behaviour: str, treatment: str) -> None:
    assert on_a_desk(arrive(number, behaviour))["treatment"] == treatment


def test_a_number_before_its_date_is_shown_as_not_merged() -> None:
    call = arrive("12333", "not_merged")
    Call.objects.filter(id=call.id).update(treatment="")  # no treatment is in force yet
    assert on_a_desk(call)["treatment"] == "not_merged"


def test_an_emergency_is_told_to_its_desk_and_stands_on_the_board_until_somebody_answers() -> None:
    arrive()
    assert metrics.board()["queue"]["emergency"] == 0
    call = arrive("110", "emergency")
    assert on_a_desk(call)["marks"] == ["emergency"]
    assert metrics.board()["queue"] | {"longest_s": 0} == {"waiting": 2, "longest_s": 0, "emergency": 1}
    row = next(row for row in metrics.board()["by_number"] if row["number"] == "110")
    assert (row["name"], row["treatment"], row["calls"]) == ("公安报警", "emergency", 1)
    QueueEntry.objects.filter(call=call).update(waiting=False)
    assert metrics.board()["queue"]["emergency"] == 0


def test_a_recording_that_fails_is_said_until_another_segment_is_made() -> None:
    call = arrive()
    Call.objects.filter(id=call.id).update(recording=f"b-{call.id}", segment=1)
    assert on_a_desk(call)["recording"] == "on"
    store.note(call.id, "recording_failed", {"segment": 1, "cause": "no room"})
    while outbox.relay():
        pass
    assert on_a_desk(call)["recording"] == "failed"
    assert [alarm["kind"] for alarm in alarms.open_alarms()] == ["recording_amiss"]
    Call.objects.filter(id=call.id).update(segment=2)
    assert on_a_desk(call)["recording"] == "on"


def test_calls_tell_the_word_their_agents_gave_them_also_one_the_city_has_no_more() -> None:
    silent, old, none = arrive(), arrive(), arrive()
    Call.objects.filter(id=silent.id).update(wrap_up_code="silent")
    Call.objects.filter(id=old.id).update(wrap_up_code="fax")
    words = {row["id"]: row["wrap_up"] for row in desk.call_page(TESTS)["items"]}
    assert words[silent.id] == {"code": "silent", "zh": "无声或骚扰", "en": "Silent or nuisance"}
    assert words[old.id]["zh"] == "fax"
    assert words[none.id] is None
    assert [row["id"] for row in desk.call_page(TESTS, wrap_up="silent")["items"]] == [silent.id]
    assert desk.one_call(TESTS, silent.id)["wrap_up"]["zh"] == "无声或骚扰"


def test_a_call_leads_to_the_newest_case_filed_from_it() -> None:
    call, other = arrive(), arrive()
    filed_from(call)
    newest = filed_from(call)
    rows = {row["id"]: row["case_id"] for row in desk.call_page(TESTS)["items"]}
    assert {id: str(case) for id, case in rows.items() if case} == {call.id: newest}
    assert rows[other.id] is None
    assert str(desk.one_call(TESTS, call.id)["case_id"]) == newest


def test_a_call_does_not_tell_who_is_behind_a_confidential_case() -> None:
    call = arrive()
    case = filed_from(call, confidential=True)
    assert str(desk.one_call(somebody("agent"), call.id)["case_id"]) == case
    assert desk.one_call(somebody("government_office"), call.id)["case_id"] is None


def test_a_list_of_calls_with_its_cases_costs_the_same_queries_at_any_size() -> None:
    for _ in range(6):
        filed_from(arrive())
    counts = []
    for size in (2, 6):
        with CaptureQueriesContext(connection) as made:
            assert all(row["case_id"] for row in desk.call_page(TESTS, size=size)["items"])
        counts.append(len(made))
    assert counts[0] == counts[1] <= 3
