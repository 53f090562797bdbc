"""环节时限: each step on the way has a time of its own; late is said once, urged where it is the unit's, and kept for good."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.calendar import city_calendar
from hotline.base.kernel.errors import Invalid
from hotline.base.kernel.models import OutboxRow
from hotline.base.people import actions as people_actions
from hotline.lines.calls.models import Call, Leg
from hotline.lines.calls.words import CallState, Outcome
from hotline.work.cases import clocks, contacting, queries, sweep
from hotline.work.cases.acts import ACTS
from hotline.work.cases.guards import why_not
from hotline.work.cases.limits import load_limits
from hotline.work.cases.models import Case, CaseEvent, Limit
from hotline.work.cases.states import STATES, STEPS, State, Step
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    VISITOR,
    dispatched,
    do,
    file,
    handler,
    refused,
    to_visit,
    unit,
)
from tests.cases.test_clocks_that_pause import MONDAY, ZONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
SOURCE = {"effective_from": "2021-12-01T00:00:00+08:00"}


def case(id: UUID) -> Case:
    return queries.one(AGENT, id)


def at(**of: float) -> Any:
    return clock.at(MONDAY + timedelta(**of))


def worked(days: int, start: datetime = MONDAY) -> datetime:
    """The end of so many working days, counted day by day from the notice, not by the platform's arithmetic."""
    calendar, day = city_calendar(), start.astimezone(ZONE).date()
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working(day)
    return datetime.combine(day, datetime.min.time(), tzinfo=ZONE).replace(hour=17, minute=30)


def last(id: UUID) -> CaseEvent:
    return queries.history(case(id))[-1]


# --- the table -----------------------------------------------------------------------------------------------------------


def test_every_step_is_some_states_and_only_what_stands_still_has_none() -> None:
    assert {row.step for row in STATES.values() if row.step} == set(Step) == STEPS.keys()
    assert {row.state for row in STATES.values() if row.step is None} == {
        State.PAUSED,
        State.MERGED,
        State.CLOSED,
        State.ARCHIVED,
    }


CLOCKS = st.sampled_from(["handle", "sign"])
TYPES = st.sampled_from(["", "help", "report"])
URGENCIES = st.sampled_from(["", "normal", "urgent"])
MOMENTS = st.datetimes(datetime(2021, 1, 1), datetime(2024, 1, 1), timezones=st.just(UTC))


@given(
    rows=st.lists(st.tuples(CLOCKS, TYPES, URGENCIES, MOMENTS), unique=True, max_size=12), at=MOMENTS,
    type=st.sampled_from(["help", "report"]), urgency=st.sampled_from(["normal", "urgent"]),
)  # fmt: skip
def test_of_all_limits_the_closest_that_has_begun_holds(
    rows: list[tuple[str, str, str, datetime]], at: datetime, type: str, urgency: str
) -> None:
    limits = [
        Limit(clock=c, type=t, urgency=u, effective_from=f, amount=n)
        for n, (c, t, u, f) in enumerate(rows, 1)
    ]
    random.Random(len(rows)).shuffle(limits)
    found = clocks.closest(limits, "sign", type, urgency, at)
    for wanted_urgency in (urgency, ""):
        for wanted_type in (type, ""):
            begun = [
                (f, n)
                for n, (c, t, u, f) in enumerate(rows, 1)
                if (c, t, u) == ("sign", wanted_type, wanted_urgency) and f <= at
            ]
            if begun:
                assert found
                assert found.amount == max(begun)[1]
                return
    assert found is None


# --- a case on its way ---------------------------------------------------------------------------------------------------


def test_each_step_runs_from_when_it_can_be_done_to_its_own_end() -> None:
    with clock.at(MONDAY):
        filed = file(type="help")
        assert case(filed.id).step_due_at == worked(1)
    with at(hours=1):
        do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
        assert case(filed.id).step_due_at == worked(1)
    with at(hours=2):
        do(handler(), filed.id, "sign_for")
        assert case(filed.id).step_due_at == MONDAY + timedelta(
            hours=25
        )  # 24 h from dispatch, not from signing
    with at(hours=3):
        do(handler(), filed.id, "contact", contact="reached", note="说明了办法")
        assert case(filed.id).step_due_at is None
    with at(hours=4):
        do(handler(), filed.id, "reply", reply="已修好")
        assert case(filed.id).step_due_at == worked(1)
    with at(hours=5):
        do(DISPATCHER, filed.id, "check")
        assert case(filed.id).step_due_at == worked(3)
    with at(hours=6):
        do(VISITOR, filed.id, "record_visit", grade="satisfied")
        assert case(filed.id).step_due_at is None
    steps = [(event.act, event.step, event.step_late) for event in queries.history(case(filed.id))]
    assert steps == [
        ("accept", "", False), ("dispatch", "dispatch", False), ("sign_for", "sign", False), ("contact", "contact", False),
        ("reply", "", False), ("check", "check", False), ("record_visit", "visit", False),
    ]  # fmt: skip


def test_what_was_done_late_stays_late_in_its_time_line() -> None:
    with clock.at(MONDAY):
        id = dispatched(type="help")
    with clock.at(worked(1) + timedelta(minutes=1)):
        do(handler(), id, "sign_for")
    assert (last(id).step, last(id).step_late) == ("sign", True)


def test_urgent_cases_run_on_the_wall_clock_whatever_their_type() -> None:
    night = datetime(2025, 3, 7, 22, tzinfo=ZONE)  # a Friday
    with clock.at(night):
        filed = file(type="complaint", urgency="very_urgent")
        assert case(filed.id).step_due_at == night + timedelta(hours=1)
        do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    found = case(filed.id)
    assert (found.deadline_at, found.step_due_at) == (night + timedelta(hours=2), night + timedelta(hours=1))


def test_a_change_of_urgency_counts_the_dispatch_anew_and_an_unknown_one_is_refused() -> None:
    with clock.at(MONDAY):
        filed = file(type="help")
    with at(hours=1):
        do(DISPATCHER, filed.id, "set_urgency", urgency="urgent")
        assert case(filed.id).step_due_at == MONDAY + timedelta(hours=3)
    with at(hours=2):
        do(DISPATCHER, filed.id, "set_urgency", urgency="urgent")
        assert case(filed.id).step_due_at == MONDAY + timedelta(hours=3)  # the same again begins nothing anew
    with at(hours=4):
        do(DISPATCHER, filed.id, "set_urgency", urgency="normal")
        assert (last(filed.id).step, last(filed.id).step_late) == ("dispatch", True)
    with refused(Invalid, match="紧急程度"):
        file(urgency="soon")


def test_who_was_not_reached_was_not_contacted() -> None:
    with clock.at(MONDAY):
        id = dispatched()
        do(handler(), id, "sign_for")
        due = case(id).step_due_at
    with at(hours=1):
        do(handler(), id, "contact", contact="not_reached", note="无人接听")
    assert case(id).step_due_at == due
    assert (last(id).step, case(id).contacted_at) == ("", None)


def test_contact_before_signing_counts_and_is_asked_for_no_more() -> None:
    with clock.at(MONDAY):
        id = dispatched()
        do(handler(), id, "contact", contact="reached", note="先联系了")
        assert case(id).step_due_at == worked(1)  # signing is still to be done
        do(handler(), id, "sign_for")
    assert case(id).step_due_at is None


def test_asking_for_time_gives_no_more_time_for_the_first_contact() -> None:
    with clock.at(MONDAY):
        id = dispatched(type="help")
        do(handler(), id, "sign_for")
        due = case(id).step_due_at
    with at(hours=5):
        do(handler(), id, "ask_extension", days=1, reason="需要时间")
        do(DISPATCHER, id, "refuse_extension", reason="先联系")
    assert case(id).step_due_at == due


def test_what_comes_between_does_not_do_the_first_contact_nor_urge_for_it_again() -> None:
    with clock.at(MONDAY):
        id = dispatched(type="complaint")
        do(handler(), id, "sign_for")
    with at(hours=25):
        sweep.sweep()
        do(handler(), id, "ask_extension", days=1, reason="需要时间")
        assert (last(id).step, last(id).step_late) == ("", False)
        do(DISPATCHER, id, "refuse_extension", reason="先联系")
        sweep.sweep()
    assert (len(told(id)), case(id).urged) == (1, 1)


def test_another_unit_has_to_contact_him_again() -> None:
    with clock.at(MONDAY):
        id = dispatched()
        do(handler(), id, "contact", contact="reached", note="不归我们")
        do(handler(), id, "ask_return", reason="不属本单位")
        do(DISPATCHER, id, "grant_return")
        do(DISPATCHER, id, "dispatch", unit=str(unit("shichang-node").id))
        do(handler("shichang-node"), id, "sign_for")
    assert case(id).step_due_at == MONDAY + timedelta(hours=24)


def test_who_left_no_number_is_not_to_be_contacted() -> None:
    with clock.at(MONDAY):
        id = dispatched(phone="", name="")
        do(handler(), id, "sign_for")
    assert case(id).step_due_at is None


def test_going_on_within_a_step_does_not_begin_it_anew() -> None:
    with clock.at(MONDAY):
        filed = file()
        due = case(filed.id).step_due_at
    with at(hours=20):
        do(AGENT, filed.id, "hand_to_dispatch")
    assert case(filed.id).step_due_at == due
    assert last(filed.id).step == ""


def test_a_city_without_such_a_limit_has_no_such_clock() -> None:
    Limit.objects.exclude(clock="handle").delete()
    id = dispatched()
    assert case(id).step_due_at is None
    do(handler(), id, "sign_for")
    assert (case(id).step_due_at, last(id).step) == (None, "")


def test_a_year_without_its_notice_leaves_a_step_without_end_and_stops_nobody() -> None:
    with clock.at(datetime(2035, 12, 30, 9, tzinfo=ZONE)):
        filed = file()
    assert case(filed.id).step_due_at is None


# --- proof of contact ----------------------------------------------------------------------------------------------------


def a_clerk(key: str = "renshe-node") -> Any:
    """A person of the staff who works at a node."""
    staff, _ = people_actions.open_account(
        system("tests"),
        username=f"clerk-{uuid4().hex[:8]}",
        name="节点经办甲",
        password=f"Clerk-{uuid4().hex}",
    )
    people_actions.give_post(system("tests"), staff.id, "node_handler", unit(key).id)
    return staff


def a_talk(case_id: UUID, staff_id: UUID, *, talked: bool = True) -> UUID:
    """A clerk's call to the caller of a case, as call control leaves it."""
    now = clock.now()
    call = Call.objects.create(
        id=ids.new(), channel=f"o-{uuid4()}", slot=1, state=CallState.ENDED, direction="out", number="12345", line="12345",
        behaviour="outbound", arrived_at=now - timedelta(minutes=2), ended_at=now, case_id=case_id, talked=talked,
        answered_at=now - timedelta(seconds=75) if talked else None,
        outcome=Outcome.ANSWERED if talked else Outcome.NOT_REACHED,
    )  # fmt: skip
    Leg.objects.create(
        call=call,
        channel=f"c-{uuid4()}",
        role="agent",
        target=f"clerk:{staff_id}",
        planned_at=now,
        up_at=now,
        state="gone",
    )
    contacting.call_ended("call.ended", str(call.id), {})
    return call.id


def test_a_clerks_call_over_the_platform_is_recorded_as_the_contact() -> None:
    clerk = a_clerk()
    id = dispatched()
    do(handler(), id, "sign_for")
    a_talk(id, clerk.id, talked=False)
    assert case(id).contacted_at is None
    a_talk(id, clerk.id)
    assert (last(id).act, last(id).step, last(id).actor_label) == ("contact", "contact", "节点经办甲")
    assert "1:15" in last(id).fields["note"]


def test_a_call_of_somebody_whose_case_it_is_not_proves_nothing() -> None:
    id = dispatched()
    a_talk(id, a_clerk("shichang-node").id)
    assert case(id).contacted_at is None


# --- the sweep -----------------------------------------------------------------------------------------------------------


def told(id: UUID) -> list[dict[str, Any]]:
    rows = OutboxRow.objects.filter(topic="case.step_overdue", key=str(id)).order_by("id")
    return [row.payload for row in rows]


def test_an_unsigned_case_is_urged_once_and_said_to_both() -> None:
    with clock.at(MONDAY):
        id = dispatched()
    with clock.at(worked(1) - timedelta(minutes=1)):
        assert sweep.sweep().steps == 0
    for _ in range(2):
        with clock.at(worked(1) + timedelta(minutes=1)):
            sweep.sweep()
    (news,) = told(id)
    assert set(news["notice"]) == {"unit", "centre"}
    assert (last(id).act, last(id).actor_kind, case(id).urged) == ("urge", "system", 1)
    assert last(id).version == case(id).version == news["version"]


def test_what_the_centre_left_lying_is_said_and_nobody_is_urged_for_it() -> None:
    with clock.at(MONDAY):
        filed = file()
    with clock.at(worked(1) + timedelta(minutes=1)):
        assert sweep.sweep().steps == 1
        assert sweep.sweep().steps == 0
    assert len(told(filed.id)) == 1
    assert (case(filed.id).urged, case(filed.id).version) == (0, filed.version)


def test_the_next_step_is_watched_anew() -> None:
    with clock.at(MONDAY):
        id = dispatched()
    with clock.at(worked(1) + timedelta(minutes=1)):
        sweep.sweep()
        do(handler(), id, "sign_for")
        sweep.sweep()
    assert len(told(id)) == 2  # signing, and the contact, of which 24 hours had passed as well


def test_late_steps_are_a_list_of_their_own_with_its_count() -> None:
    with clock.at(MONDAY):
        id = dispatched()
        assert queries.page(DISPATCHER, list="step_late")["items"] == []
    with clock.at(worked(1) + timedelta(minutes=1)):
        (row,) = queries.page(DISPATCHER, list="step_late")["items"]
        assert (row["id"], row["step"]) == (id, "sign")
        assert queries.counts(DISPATCHER)["step_late"] == 1
        assert queries.page(handler(), list="step_late")["items"] == [row]
        assert queries.counts(handler("shichang-node"))["step_late"] == 0


def test_the_case_page_shows_both_clocks() -> None:
    with clock.at(MONDAY):
        id = dispatched(type="help")
    with at(hours=1):
        shown = queries.detail(DISPATCHER, case(id))["clocks"]
        assert [(one["name"], one["late"], one["started_at"]) for one in shown] == [
            ("handle", False, MONDAY), ("sign", False, MONDAY),
        ]  # fmt: skip
    closed = to_visit()
    do(VISITOR, closed, "record_visit", grade="satisfied")
    assert [one["name"] for one in queries.detail(DISPATCHER, case(closed))["clocks"]] == ["handle"]


# --- any way at all ------------------------------------------------------------------------------------------------------

WAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "hand_to_dispatch": (AGENT, {}), "sign_for": (None, {}), "contact": (None, {"contact": "reached", "note": "已联系"}),
    "ask_return": (None, {"reason": "不属"}), "grant_return": (DISPATCHER, {}), "refuse_return": (DISPATCHER, {"reason": "属"}),
    "ask_extension": (None, {"days": 2, "reason": "勘验"}), "grant_extension": (DISPATCHER, {"days": 2}),
    "refuse_extension": (DISPATCHER, {"reason": "不准"}), "pause": (None, {"ground": "testing", "reason": "送检"}),
    "resume": (None, {}), "reply": (None, {"reply": "已办"}), "check": (DISPATCHER, {}), "send_back": (DISPATCHER, {"reason": "不实"}),
    "record_visit": (VISITOR, {"grade": "satisfied"}),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_whatever_way_a_case_goes_its_step_is_its_states_and_runs_from_where_it_began(seed: int) -> None:
    chance = random.Random(seed)
    with clock.at(MONDAY):
        filed = file(type="complaint")
    minutes, began, before = 0, MONDAY, STATES[State.ACCEPTED].step
    for _ in range(15):
        minutes += chance.randint(1, 90)
        with at(minutes=minutes):
            found = case(filed.id)
            acts = {"dispatch": (DISPATCHER, {"unit": str(unit().id)}), **WAYS}
            open_to = [
                name for name, (who, _) in acts.items() if why_not(ACTS[name], found, who or handler()) is None
            ]  # fmt: skip
            if not open_to:
                break
            name = chance.choice(open_to)
            who, fields = acts[name]
            do(who or handler(), filed.id, name, **fields)
            now, found = clock.now(), case(filed.id)
        step = STATES[State(found.state)].step
        if step is Step.CONTACT and found.contacted_at:
            step = None
        if step is not before:
            began, before = now, step
        if step is None:
            assert found.step_due_at is None
            continue
        limit = clocks.closest(queries.limits(), step, "complaint", "normal", now)
        assert limit
        start = found.clock_started_at if step is Step.CONTACT else began
        assert start
        expected = (
            worked(limit.amount, start)
            if limit.unit == "working_days"
            else start + timedelta(hours=limit.amount)
        )
        assert found.step_due_at == expected, (name, step)


# --- the city's file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"clock": "lunch", "days": 1}, "clock"),
        ({"clock": "sign", "type": "joke", "days": 1}, "type"),
        ({"clock": "sign", "urgency": "soon", "days": 1}, "urgency"),
        ({"days": 1}, "type"),  # the whole needs a type, or an urgency
        ({"clock": "sign", "days": 0}, ""),
        ({"clock": "sign"}, ""),
    ],
)
def test_a_wrong_limit_is_refused_with_its_place(row: dict[str, Any], place: str) -> None:
    with refused(Invalid) as caught:
        load_limits(AGENT, [{**row, **SOURCE}])
    (fault,) = caught.value.faults
    assert fault.where == "time_limits[0]" + (f".{place}" if place else "")


def test_a_limit_that_has_been_in_force_is_never_edited() -> None:
    with refused(Invalid, match="不可更改"):
        load_limits(AGENT, [{"clock": "check", "days": 9, **SOURCE}])
    assert load_limits(AGENT, [{"clock": "check", "days": 1, **SOURCE}]) == 0
    assert load_limits(AGENT, [{"clock": "check", "urgency": "urgent", "hours": 4, **SOURCE}]) == 1
