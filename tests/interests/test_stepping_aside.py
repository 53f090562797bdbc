"""回避: who stands aside from a case neither sees it nor acts on it, anywhere, until somebody else lets him back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import F, TextField, Value
from django.db.models.functions import Coalesce

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.people import actions as people
from hotline.base.people import queries as staff
from hotline.lines.recordings import restrictions
from hotline.work.cases import actions, queries
from hotline.work.cases.models import Case
from hotline.work.interests import actions as interests
from hotline.work.interests import queries as known
from tests.cases.office import AGENT, DISPATCHER, SUPERVISOR, dispatched, do, file, handler, refused, unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
TESTS = Actor("system", "", "测试 / tests")


def account(role: str = "node_handler", key: str = "renshe-node", name: str = "经办人") -> Actor:
    """Somebody with an account, so that he can be named."""
    made, _ = people.open_account(TESTS, f"p{uuid4().hex[:10]}", name, must_change_password=False)
    post = staff.organisation_by_key(key) if key else staff.root()
    people.give_post(TESTS, made.id, role, post.id)
    found = staff.actor_of_staff(made.id)
    assert found is not None
    return found


def seen(actor: Actor) -> set[UUID]:
    return {row["id"] for row in queries.page(actor, size=200)["items"]}


def test_who_steps_aside_finds_the_case_nowhere_and_can_do_nothing_on_it() -> None:
    clerk, call = account(), uuid4()
    id = dispatched(phone="13712344321")
    Case.objects.filter(id=id).update(call_id=call)
    number = queries.one(clerk, id).number
    before = queries.counts(clerk)["to_sign"]
    do(clerk, id, "step_aside", reason="诉求人是我邻居")
    assert id not in seen(clerk)
    for q in (number, "路灯", "13712344321", "4321"):
        assert id not in {row["id"] for row in queries.page(clerk, q=q, size=200)["items"]}
    assert queries.counts(clerk)["to_sign"] == before - 1
    assert call not in queries.of_calls(clerk, [call])
    for act in (
        lambda: queries.one(clerk, id),
        lambda: actions.reveal(clerk, id, "phone"),
        lambda: actions.phone_to_call(clerk, id),
        lambda: actions.perform(clerk, id, "sign_for", 3, {}),
    ):
        with refused(NotFound):
            act()
    assert restrictions.barred(clerk, call)
    assert not restrictions.barred(AGENT, call)
    assert id in seen(account())


def test_it_is_an_act_of_the_time_line_with_its_reason_and_an_audit_row() -> None:
    clerk, id = account(), dispatched()
    do(clerk, id, "step_aside", reason="配偶在被诉单位工作")
    event = queries.history(queries.one(AGENT, id))[-1]
    assert (event.act, event.fields["reason"], event.actor_label) == (
        "step_aside",
        "配偶在被诉单位工作",
        "经办人",
    )
    assert AuditRow.objects.filter(act="case.step_aside", object_id=str(id)).exists()
    with refused(Invalid):
        do(account(), id, "step_aside", reason=" ")


def test_a_leader_orders_aside_and_lets_back_and_nobody_lets_back_himself() -> None:
    clerk, id = account(), dispatched()
    do(SUPERVISOR, id, "order_aside", staff=clerk.id, reason="利害关系")
    assert id not in seen(clerk)
    with refused(Conflict, match="已回避"):
        do(SUPERVISOR, id, "order_aside", staff=clerk.id, reason="再来一次")
    with refused(Forbidden):
        do(clerk, id, "end_aside", staff=clerk.id, reason="我想回来")
    with refused(Forbidden):
        do(handler(), id, "end_aside", staff=clerk.id, reason="替他")
    do(SUPERVISOR, id, "end_aside", staff=clerk.id, reason="关系已解除")
    assert id in seen(clerk)
    (row,) = known.of_case(id)
    assert (row.ordered_by, row.ended_by) == (SUPERVISOR.label, SUPERVISOR.label)


def test_a_units_leader_orders_only_his_own_people_aside() -> None:
    leader, other, id = account("node_leader"), account(key="keji-node"), dispatched()
    with refused(NotFound):
        do(leader, id, "order_aside", staff=other.id, reason="别家的人")
    do(leader, id, "order_aside", staff=account().id, reason="本单位的人")


def test_when_nobody_of_the_unit_is_left_the_leader_is_told() -> None:
    only = account(key="wenlv-node")
    id = dispatched("wenlv-node")
    do(only, id, "step_aside", reason="利害关系")
    assert queries.history(queries.one(AGENT, id))[-1].fields.get("nobody_left") is True
    assert OutboxRow.objects.filter(topic="case.nobody_left", key=str(id)).exists()
    do(DISPATCHER, id, "urge", note="改派前先催")
    second = dispatched("wenlv-node")
    account(key="wenlv-node")
    do(only, second, "step_aside", reason="利害关系")
    assert "nobody_left" not in queries.history(queries.one(AGENT, second))[-1].fields


def test_a_caller_is_not_routed_to_who_stands_aside_from_his_case() -> None:
    taker = account("agent", "")
    id = file(taker).id
    party = queries.one(AGENT, id).party_id
    assert party
    assert str(queries.agent_of_open_case(party)) == taker.id
    do(taker, id, "step_aside", reason="是我亲戚")
    assert queries.agent_of_open_case(party) is None


def reported(actor: Actor, of: str) -> bool:
    """Whether ``actor`` may know of a case reported of the organisation at ``of``, by the one condition."""
    id = file().id
    rows: Any = Case.objects.filter(id=id).annotate(
        of_whom=Coalesce(Value(of), F("number"), output_field=TextField())
    )
    return bool(rows.filter(known.may_know(actor, reported="of_whom")).exists())


def test_nobody_of_the_reported_organisation_knows_of_the_report() -> None:
    inside, outside, path = handler("renshe-node"), handler("keji-node"), unit("renshe-node").path
    above = unit("renshe").path
    assert not reported(inside, path)
    assert not reported(inside, above)
    assert reported(outside, path)
    assert reported(AGENT, path)
    assert reported(inside, "")
    machine = Actor("machine", "t", "令牌", frozenset(), (path,))
    assert not reported(machine, path)


def test_who_has_a_tie_stands_aside_from_reports_of_it_above_and_below_while_it_holds() -> None:
    agent = account("agent", "", name="王某")
    bureau, node = unit("renshe"), unit("renshe-node")
    tie = interests.declare_tie(agent, bureau.id, "配偶在该局工作")
    assert not reported(agent, bureau.path)
    assert not reported(agent, node.path)
    assert reported(agent, unit("keji-node").path)
    with clock.at(clock.now() - timedelta(days=1)):
        assert reported(agent, bureau.path)
    with refused(Conflict):
        interests.declare_tie(agent, bureau.id, "又申报")
    with refused(Forbidden):
        interests.end_tie(agent, tie.id)
    interests.end_tie(SUPERVISOR, tie.id)
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert reported(agent, bureau.path)


def test_ones_ties_are_ones_own_to_read_and_a_supervisors() -> None:
    agent, other = account("agent", ""), account("agent", "")
    row = interests.declare_tie(agent, unit("renshe").id, "兄弟")
    assert [*known.ties(agent)] == [row]
    assert not known.ties(other).exists()
    assert row in known.ties(SUPERVISOR)
    with refused(Forbidden):
        interests.declare_tie(agent, unit("renshe").id, "替他", staff_id=UUID(other.id))
    with refused(Invalid):
        interests.declare_tie(other, unit("renshe").id, "  ")


def test_who_works_in_the_reported_organisation_knows_nothing_of_it_whatever_he_sees_of_the_city() -> None:
    office = unit("government-office")
    account_, _ = people.open_account(TESTS, "seconded", "借调人员", must_change_password=False)
    people.give_post(TESTS, account_.id, "dispatcher", office.id)
    seconded = staff.actor_of_staff(account_.id)
    assert seconded is not None
    assert seconded.sees_all
    assert not reported(seconded, office.path)
    assert reported(seconded, unit("renshe-node").path)


def test_who_stands_in_for_another_knows_nothing_of_reports_of_where_he_works_himself() -> None:
    """His own posts count beside those of the one he stands in for."""
    inside = Actor(
        "person",
        str(uuid4()),
        "代班",
        frozenset(),
        (unit("keji-node").path,),
        posts=(unit("renshe-node").path,),
    )
    assert not reported(inside, unit("renshe").path)
    assert reported(inside, "")


def test_the_centres_own_people_still_take_in_a_report_of_the_centre() -> None:
    """Otherwise nobody would be left to send it on: whom it names steps aside by himself, or is ordered to."""
    agent = account("agent", "")
    assert reported(agent, next(one.path for one in staff.organisations(kind="centre")))
