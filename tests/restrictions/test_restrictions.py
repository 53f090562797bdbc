"""Whoever abuses the hotline waits behind the others; he is never dropped, two people decide, and he may appeal."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid
from hotline.base.people.roles import rights_of
from hotline.lines.calls import store
from hotline.lines.calls.models import Call, QueueEntry
from hotline.lines.calls.restrictions import actions, queries
from hotline.lines.calls.routing import Arrival
from hotline.lines.numbers import queries as numbers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def somebody(role: str) -> Actor:
    return Actor("person", str(uuid4()), role, rights_of((role,)), ("/",), (role,))


def call(
    caller: str = "13812341234", channel: str = "", behaviour: str = "queue", number: str = "12345"
) -> Call:
    arrival = Arrival(
        channel=channel or str(uuid4()), number=number, dialled=number, trunk="loopback", behaviour=behaviour,
        caller=caller, notice=False, linked_trunk="", returned=False,
    )  # fmt: skip
    return Call.objects.get(id=store.begin(1, arrival, numbers.plans())[0].id)


def proposed(by: Actor | None = None, caller: str = "13812341234") -> UUID:
    return actions.propose(by or somebody("agent"), call(caller).id, "abuse", "连续辱骂", 7)


def in_force() -> UUID:
    id = proposed()
    actions.act(somebody("shift_leader"), id, "approve", "录音属实")
    return id


def test_a_restricted_caller_is_told_so_and_waits_behind_everybody_but_is_never_dropped() -> None:
    in_force()
    theirs = call()
    assert "restricted" in theirs.marks
    assert theirs.prompts[0] == "restricted"
    assert "welcome" in theirs.prompts, "he is told of the recording like everybody"
    assert theirs.state == "prompt"
    assert theirs.priority > call("13900000000").priority
    assert QueueEntry.objects.filter(call=theirs).count() == 0  # he hears it first, then he is queued


def test_a_restriction_never_stands_before_an_emergency() -> None:
    in_force()
    emergency = call(behaviour="emergency", number="110")
    assert "restricted" not in emergency.marks
    assert emergency.priority < 0


def test_a_proposal_restricts_nobody_until_a_second_person_approves() -> None:
    leader = somebody("shift_leader")
    id = proposed(leader)
    assert not queries.restricted("13812341234")
    with pytest.raises(Conflict, match="提出人"), transaction.atomic():
        actions.act(leader, id, "approve", "我自己批")
    actions.act(somebody("shift_leader"), id, "approve", "属实")
    assert queries.restricted("+86 138 1234 1234")


def test_a_restriction_ends_by_itself() -> None:
    in_force()
    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        assert not queries.restricted("13812341234")
        assert [row["state"] for row in queries.page().items] == ["expired"]


def test_who_approved_does_not_decide_the_appeal_and_it_stands_until_decided() -> None:
    leader, other = somebody("shift_leader"), somebody("shift_leader")
    id = proposed()
    actions.act(leader, id, "approve", "属实")
    actions.act(somebody("agent"), id, "appeal", "来电人称系家人误拨")
    assert queries.restricted("13812341234")
    with pytest.raises(Conflict, match="原审批人"), transaction.atomic():
        actions.act(leader, id, "uphold", "维持")
    actions.act(other, id, "lift", "复核后解除")
    assert not queries.restricted("13812341234")
    assert [act["act"] for act in queries.one(id)["acts"]] == ["approve", "appeal", "lift"]


def test_an_agent_may_propose_but_not_decide() -> None:
    id = proposed()
    with pytest.raises(Forbidden):
        actions.act(somebody("agent"), id, "approve", "行")


def test_one_open_restriction_a_caller() -> None:
    proposed()
    with pytest.raises(Conflict, match="未了结"):
        proposed()


def test_a_proposal_without_reason_words_or_sensible_days_is_refused_whole() -> None:
    with pytest.raises(Invalid) as refused:
        actions.propose(somebody("agent"), call().id, "he complained", " ", 400)
    assert [fault.where for fault in refused.value.faults] == ["reason", "note", "days"]


def test_a_withheld_number_cannot_be_restricted() -> None:
    with pytest.raises(Conflict, match="未显示号码"):
        actions.propose(somebody("agent"), call("anonymous").id, "silent", "无声", 3)


def test_the_list_costs_one_query_at_any_size() -> None:
    for n in range(5):
        proposed(caller=f"1390000000{n}")
    for size in (1, 5):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(queries.page(size=size).items) == size
        assert len(seen) == 1
