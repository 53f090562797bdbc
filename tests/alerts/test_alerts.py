"""工作提醒: whoever has to know is told, once, and nobody is flooded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Forbidden, Invalid, NotFound
from hotline.base.kernel.sealing import unseal
from hotline.base.notices import actions as notices
from hotline.base.notices.models import Message
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.base.people.roles import ROLES
from hotline.work.alerts import actions, news, queries
from hotline.work.alerts.kinds import HEARS, KINDS, told
from hotline.work.alerts.models import Alert, Waiting, Wish
from hotline.work.cases import queries as cases
from hotline.work.cases.acts import ACTS
from hotline.work.cases.sweep import sweep
from hotline.work.cases.terms import ESCALATION_GROUNDS
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    SUPERVISOR,
    caller,
    dispatched,
    do,
    file,
    handler,
    refused,
    to_visit,
    unit,
)
from tests.cases.test_over_http import Browser, counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
TESTS = system("tests")
NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
KIND = "dispatched"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def texts(settings: Any) -> None:
    """The city sends alerts by text message."""
    settings.CITY = settings.CITY | {
        "sms": {"gateway": "tencent", "app_id": "1", "sign": "x", "templates": {"staff-alerts": "1"}}
    }


def somebody(role: str, key: str = "") -> Actor:
    """Somebody with a real account and a post."""
    staff, _ = people.open_account(TESTS, f"a-{uuid4().hex[:10]}", role, must_change_password=False)
    post = organisations.organisation_by_key(key) if key else organisations.root()
    people.give_post(TESTS, staff.id, role, post.id)
    actor = organisations.actor_of_staff(staff.id)
    assert actor is not None
    return actor


def hear() -> None:
    while outbox.relay():
        pass


def told_to(actor: Actor) -> list[str]:
    """What somebody was told, oldest first."""
    hear()
    return [row["kind"] for row in reversed(queries.page(actor).items)]


def test_a_dispatched_case_is_told_to_the_units_clerks_and_leader_and_to_nobody_else() -> None:
    clerk, leader = somebody("node_handler", "renshe-node"), somebody("node_leader", "renshe-node")
    other, centre = somebody("node_handler", _other()), somebody("dispatcher")
    dispatched()
    assert told_to(clerk) == told_to(leader) == ["dispatched"]
    assert told_to(other) == told_to(centre) == []


def _other() -> str:
    return str(
        organisations.organisations(accepts_cases=True)
        .exclude(key="renshe-node")
        .filter(kind="node")
        .first()
        .key
    )  # type: ignore[union-attr]


def test_where_a_unit_has_nobody_the_nearest_above_is_told() -> None:
    parent = unit().parent
    clerk = somebody("node_handler", parent.key)
    dispatched()
    assert told_to(clerk) == ["dispatched"]


def test_every_act_for_the_units_notice_is_told_to_it() -> None:
    """A new act of the table is never silent."""
    for act in ACTS.values():
        if {"unit", "units"} & {*act.notice}:
            found = told(act.name, {"unit": "u", "redone": True, "state": "signed"})
            assert found is not None
            assert found[1], act.name


def test_who_is_told_may_read_it() -> None:
    assert all("alert.read" in ROLES[role].rights for _, _, roles in HEARS.values() for role in roles)


def test_the_life_of_a_case_as_its_clerk_hears_of_it() -> None:
    clerk, centre = somebody("node_handler", "renshe-node"), somebody("dispatcher")
    id = dispatched()
    do(DISPATCHER, id, "urge", note="请尽快")
    do(handler(), id, "sign_for")
    do(caller(id), id, "add", text="又来了一次")
    do(handler(), id, "ask_extension", days=3, reason="缺材料")
    do(DISPATCHER, id, "refuse_extension", reason="不必")
    do(handler(), id, "reply", reply="已修好")
    do(DISPATCHER, id, "send_back", reason="未答全")
    assert told_to(clerk) == ["dispatched", "urged", "added", "decided", "sent_back"]
    assert told_to(centre) == ["asked"]


def test_a_dissatisfied_verdict_is_told_and_a_good_one_is_not() -> None:
    clerk = somebody("node_handler", "renshe-node")
    bad, good = to_visit(), to_visit()
    do(caller(bad), bad, "rate", grade="very_dissatisfied", reason="没有修")
    do(caller(good), good, "rate", grade="satisfied")
    assert told_to(clerk).count("redone") == 1


def test_a_returned_case_is_told_to_the_unit_that_had_it_and_is_no_longer_in_its_sight() -> None:
    clerk = somebody("node_handler", "renshe-node")
    id = dispatched()
    do(handler(), id, "ask_return", reason="不属我局")
    do(DISPATCHER, id, "grant_return")
    assert told_to(clerk) == ["dispatched", "decided"]
    newest = queries.page(clerk).items[0]
    assert (newest["in_sight"], newest["matter"]) == (False, "")
    assert newest["number"] == cases.one(AGENT, id).number


def test_what_the_clock_says_is_told_with_its_kind() -> None:
    clerk, centre = somebody("node_handler", "renshe-node"), somebody("dispatcher")
    dispatched()
    with clock.at(NOON + timedelta(days=60)):
        sweep()
        assert set(told_to(clerk)) == {"dispatched", "overdue", "step_overdue"}
        assert "overdue" in told_to(centre)


def test_a_late_step_of_the_centre_is_told_to_the_centre() -> None:
    clerk, centre = somebody("node_handler", "renshe-node"), somebody("dispatcher")
    file()
    with clock.at(NOON + timedelta(days=60)):
        sweep()
        assert told_to(centre) == ["step_overdue"]
        assert told_to(clerk) == []


def test_news_heard_twice_is_told_once(texts: None) -> None:
    clerk = somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", [KIND])
    id = dispatched()
    hear()
    case = cases.one(AGENT, id)
    news.heard(
        "case.dispatch", str(id), {"number": case.number, "version": case.version, "unit": str(case.owner_id)}
    )
    assert told_to(clerk) == ["dispatched"]
    assert Waiting.objects.count() == 1


def test_reading_is_ones_own_and_all_of_a_case_at_once() -> None:
    one, two = somebody("node_handler", "renshe-node"), somebody("node_handler", "renshe-node")
    id = dispatched()
    do(DISPATCHER, id, "urge", note="请尽快")
    dispatched()
    hear()
    assert queries.unread_of(one) == 3
    assert actions.read(one, case_id=id) == 2
    assert (queries.unread_of(one), queries.unread_of(two)) == (1, 3)
    assert actions.read(one, ids=[row["id"] for row in queries.page(two).items]) == 0
    assert actions.read(one, everything=True) == 1


def test_nothing_personal_stands_in_an_alert_or_its_text(texts: None) -> None:
    clerk = somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", [KIND])
    dispatched(name="张三丰", phone="13812341234")
    hear()
    assert actions.send_texts() == 1
    said = unseal(Message.objects.get(template="staff-alerts").content_sealed)
    alert = str(Alert.objects.values().get(staff_id=clerk.id))
    for word in ("张", "1381234", "路灯", "丰海路"):
        assert word not in said
        assert word not in alert


def test_two_hundred_at_once_are_one_message_and_the_next_waits(texts: None) -> None:
    clerk, when = somebody("node_handler", "renshe-node"), NOON
    actions.wish(clerk, "13800001111", [KIND, "urged"])
    ids = [dispatched() for _ in range(4)]
    hear()
    Waiting.objects.bulk_create(
        [
            Waiting(holder="staff", holder_id=UUID(clerk.id), key=f"k{n}", kind="urged", number="x", at=when)
            for n in range(196)
        ]
    )
    assert actions.send_texts() == 1
    do(DISPATCHER, ids[0], "urge", note="请尽快")
    hear()
    assert actions.send_texts() == 0
    with clock.at(NOON + timedelta(minutes=31)):
        assert actions.send_texts() == 1
    first, second = (
        unseal(row.content_sealed) for row in Message.objects.filter(template="staff-alerts").order_by("id")
    )
    assert '"200"' in first
    assert "新派件、催办" in first
    assert '"1"' in second


def test_at_night_nothing_is_sent_and_in_the_morning_one(texts: None) -> None:
    clerk = somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", [KIND])
    with clock.at(NOON + timedelta(hours=11)):
        dispatched(), dispatched()
        hear()
        assert actions.send_texts() == 0
    with clock.at(NOON + timedelta(hours=21)):
        assert actions.send_texts() == 1
    assert Message.objects.filter(template="staff-alerts").count() == 1


def test_what_was_read_in_the_console_is_not_sent(texts: None) -> None:
    clerk = somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", [KIND])
    dispatched()
    hear()
    actions.read(clerk, everything=True)
    assert actions.send_texts() == 0
    assert not Waiting.objects.exists()


def test_only_the_kinds_somebody_chose_are_sent(texts: None) -> None:
    clerk, quiet = somebody("node_handler", "renshe-node"), somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", ["urged"])
    dispatched()
    hear()
    assert not Waiting.objects.exists()
    assert told_to(quiet) == ["dispatched"]


def test_a_units_duty_mobile_is_told_also_where_nobody_has_an_account(texts: None) -> None:
    leader = somebody("node_leader", unit().parent.key)
    actions.wish_for_unit(leader, unit().id, "13900002222", [KIND])
    dispatched()
    hear()
    assert actions.send_texts() == 1
    assert Message.objects.get(template="staff-alerts").to_masked == "139****2222"


def test_a_duty_mobile_is_set_by_the_units_own_leader_alone() -> None:
    elsewhere = somebody("node_leader", _other())
    with refused(NotFound):
        actions.wish_for_unit(elsewhere, unit().id, "13900002222", [KIND])
    with refused(Forbidden):
        actions.wish_for_unit(somebody("node_handler", "renshe-node"), unit().id, "13900002222", [KIND])


@pytest.mark.parametrize(("phone", "kinds"), [("059512345", [KIND]), ("13800001111", ["nonsense"])])
def test_a_wish_that_cannot_be_met_is_refused(phone: str, kinds: list[str]) -> None:
    with refused(Invalid):
        actions.wish(somebody("node_handler", "renshe-node"), phone, kinds)


def test_kinds_can_be_chosen_anew_without_typing_the_number_and_none_ends_it() -> None:
    clerk = somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", [KIND])
    actions.wish(clerk, "", ["urged", "overdue"])
    assert queries.choices(clerk)["own"] == {"phone_masked": "138****1111", "kinds": ["overdue", "urged"]}
    actions.wish(clerk, "", [])
    assert not Wish.objects.exists()


def test_old_alerts_go() -> None:
    clerk = somebody("node_handler", "renshe-node")
    dispatched()
    hear()
    with clock.at(NOON + timedelta(days=61)):
        assert actions.prune() == 1
        assert queries.page(clerk).items == []


def test_without_a_gateway_nothing_waits_to_be_sent() -> None:
    clerk = somebody("node_handler", "renshe-node")
    actions.wish(clerk, "13800001111", list(KINDS))
    dispatched()
    hear()
    assert not Waiting.objects.exists()
    assert notices.offered(actions.ALERTS) is False


def test_telling_costs_the_same_queries_for_one_clerk_as_for_twenty(texts: None) -> None:
    costs = []
    for more in (1, 19):
        for _ in range(more):
            somebody("node_handler", "renshe-node")
        case = cases.one(AGENT, dispatched())
        with counted() as sent:
            news.heard(
                "case.dispatch",
                str(case.id),
                {"number": case.number, "version": case.version, "unit": str(case.owner_id)},
            )
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 8


def test_a_page_of_alerts_costs_the_same_queries_at_any_size() -> None:
    clerk = Browser("node_handler", "renshe-node")
    costs = []
    for number in (1, 6):
        for _ in range(number):
            dispatched()
        hear()
        with counted() as sent:
            answer = clerk.get("/alerts", size=100)
        costs.append(len(sent))
    assert len(answer.json()["items"]) == 7
    assert costs[0] == costs[1] <= 5


def test_alerts_over_http() -> None:
    clerk = Browser("node_handler", "renshe-node")
    id = dispatched()
    hear()
    assert clerk.get("/alerts/unread").json() == {"unread": 1}
    assert clerk.post("/alerts/read", {"case_id": str(id)}).json() == {"unread": 0}
    assert clerk.get("/alerts", unread="true").json()["items"] == []
    assert clerk.get("/alerts/settings").json()["units"] == []


def test_units_that_are_asked_to_assist_are_told_so_and_a_slip_goes_to_who_has_the_case() -> None:
    lead, helper = somebody("node_handler", "renshe-node"), somebody("node_handler", "keji-node")
    filed = file()
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id), assisting=[str(unit("keji-node").id)])
    do(SUPERVISOR, filed.id, "supervise", level="blue", ground="overdue", text="三日内到现场", days=2)
    assert told_to(lead) == ["dispatched", "supervised"]
    assert told_to(helper) == ["asked_of_us"]


def test_an_office_hears_of_what_is_brought_before_it_and_nobody_else_of_the_city() -> None:
    office, other = (
        somebody("government_office", "government-office"),
        somebody("efficiency_office", "efficiency-office"),
    )
    at_large = somebody("government_office")
    id = dispatched()
    do(SUPERVISOR, id, "escalate", ground=next(iter(ESCALATION_GROUNDS)), text="三家单位推诿", days=5)
    assert (told_to(office), told_to(other), told_to(at_large)) == (["asked_of_us"], [], [])
    do(SUPERVISOR, id, "refer", text="逾期不办", days=5)
    assert told_to(other) == ["asked_of_us"]


def test_what_a_unit_below_replied_is_told_to_the_one_above_and_its_late_check_too() -> None:
    below = people.add_organisation(
        system("hotline load"), unit().parent_id, "renshe-east", "东街人社所", "node", accepts_cases=True
    )
    upper, lower = somebody("node_handler", "renshe-node"), somebody("node_handler", "renshe-east")
    id = dispatched()
    do(handler(), id, "pass_down", unit=str(below.id))
    do(handler("renshe-east"), id, "sign_for")
    do(handler("renshe-east"), id, "reply", reply="已修好")
    assert told_to(upper)[-1] == "to_check_below"
    with clock.at(NOON + timedelta(days=30)):
        sweep()
        assert "step_overdue" in told_to(upper)
    assert "step_overdue" not in told_to(lower)
