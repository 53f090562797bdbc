"""代理: who stands in for whom, with exactly what the absent one may, and never longer than both agreed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow
from hotline.base.people import actions, deputies, queries
from hotline.base.people.models import Staff
from tests.cases.office import dispatched, refused
from tests.cases.test_over_http import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
TESTS = system("tests")
NODE = "renshe-node"


class Person(Browser):
    """Somebody at his browser, and as an actor."""

    def __init__(self, role: str, key: str = NODE) -> None:
        super().__init__(role, key)
        self.id = UUID(self.get("/session").json()["id"])

    @property
    def actor(self) -> Actor:
        found = queries.actor_of_staff(self.id)
        assert found is not None
        return found

    def me(self) -> Any:
        return self.get("/session").json()


def away(
    absent: Person, deputy: Person, *, by: Person | None = None, days: int = 3, begins: datetime | None = None
) -> UUID:
    """``absent`` is away for some days."""
    begins = begins or clock.now()
    who = by or absent
    named = actions.name_deputy(
        who.actor,
        deputy.id,
        begins,
        begins + timedelta(days=days),
        "年休假",
        absent_id=absent.id if by else None,
    )
    return named.id


def test_a_deputy_named_by_oneself_waits_for_the_leader_and_one_the_leader_names_holds_at_once() -> None:
    clerk, other, leader = Person("node_handler"), Person("node_handler"), Person("node_leader")
    id = away(clerk, other)
    assert deputies.now_for(other.id) == []
    with refused(Forbidden):
        actions.decide(clerk.actor, id, True)
    actions.decide(leader.actor, id, True)
    assert [row["absent_id"] for row in deputies.now_for(other.id)] == [clerk.id]
    actions.end_deputy(clerk.actor, id)
    away(clerk, other, by=leader)
    assert len(deputies.now_for(other.id)) == 1


def test_a_city_may_do_without_approval(settings: Any) -> None:
    figure = {"figure": "deputy_needs_approval", "value": 0, "effective_from": "2020-01-01T00:00:00+08:00"}
    settings.CITY = settings.CITY | {"limits": [*settings.CITY["limits"], figure]}
    clerk, other = Person("node_handler"), Person("node_handler")
    away(clerk, other)
    assert len(deputies.now_for(other.id)) == 1


def test_in_anothers_place_one_has_his_rights_and_his_scope_and_nothing_of_ones_own() -> None:
    leader, expert = Person("node_leader"), Person("expert", "renshe")
    id = away(leader, expert, by=Person("shift_leader", ""))
    case = dispatched(NODE)
    assert expert.post(f"/cases/{case}/acts/sign_for", {"version": 2}).status_code == 403
    me = expert.post("/session/acting", {"deputy": str(id)}).json()
    absent = leader.actor
    assert set(me["rights"]) == absent.rights - deputies.KEPT_BY_THE_ABSENT
    assert (me["acting"], me["id"]) == (str(leader.id), str(expert.id))
    assert expert.post(f"/cases/{case}/acts/sign_for", {"version": 2}).status_code == 200


def test_every_act_says_who_did_it_for_whom() -> None:
    leader, clerk = Person("node_leader"), Person("node_handler")
    boss = Person("shift_leader", "")
    id = away(leader, clerk, by=boss)
    clerk.post("/session/acting", {"deputy": str(id)})
    case = dispatched(NODE)
    detail = clerk.post(f"/cases/{case}/acts/sign_for", {"version": 2}).json()
    assert detail["timeline"][-1]["actor"] == "node_handler 代 node_leader"
    row = AuditRow.objects.get(act="case.sign_for")
    assert (row.actor_id, row.detail["behalf"]) == (str(clerk.id), str(leader.id))


def test_it_ends_by_itself_when_the_time_is_over_or_either_account_is_closed() -> None:
    leader, clerk, boss = Person("node_leader"), Person("node_handler"), Person("shift_leader", "")
    id = away(leader, clerk, by=boss)
    clerk.post("/session/acting", {"deputy": str(id)})
    assert clerk.me()["acting"] == str(leader.id)
    Staff.objects.filter(id=leader.id).update(is_active=False)
    assert clerk.me()["acting"] is None
    assert clerk.post("/session/acting", {"deputy": str(id)}).status_code == 404
    Staff.objects.filter(id=leader.id).update(is_active=True)
    with clock.at(clock.now() + timedelta(days=4)):
        assert deputies.now_for(clerk.id) == []


def test_ended_early_it_ends_at_the_next_request() -> None:
    leader, clerk, boss = Person("node_leader"), Person("node_handler"), Person("shift_leader", "")
    id = away(leader, clerk, by=boss)
    clerk.post("/session/acting", {"deputy": str(id)})
    actions.end_deputy(leader.actor, id)
    assert clerk.me()["acting"] is None
    with refused(Conflict):
        actions.end_deputy(leader.actor, id)


def test_a_deputy_has_no_deputy_and_two_do_not_stand_in_for_each_other() -> None:
    one, two, three, leader = (
        Person("node_handler"),
        Person("node_handler"),
        Person("node_handler"),
        Person("node_leader"),
    )
    away(one, two, by=leader)
    for absent, deputy in ((two, three), (two, one), (three, one), (one, three)):
        with refused(Conflict):
            away(absent, deputy, by=leader)
    away(three, two, by=leader)
    away(two, three, by=leader, begins=clock.now() + timedelta(days=10))


def test_acting_in_one_place_opens_no_second() -> None:
    """By construction: in another's place there are his posts, and never those of whom he stands in for."""
    one, two, leader = Person("node_handler"), Person("node_leader"), Person("shift_leader", "")
    id = away(one, two, by=leader)
    two.post("/session/acting", {"deputy": str(id)})
    assert "metrics.read" not in two.me()["rights"]


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_the_three_administrators_neither_have_deputies_nor_are(role: str) -> None:
    admin, clerk, boss = Person(role, ""), Person("node_handler"), Person("shift_leader", "")
    for absent, deputy in ((admin, clerk), (clerk, admin)):
        with refused(Conflict):
            away(absent, deputy, by=boss)


def test_one_chooses_a_colleague_of_ones_unit_and_a_leader_only_within_his_units() -> None:
    other_node = str(queries.organisations(kind="node", accepts_cases=True).exclude(key=NODE)[0].key)
    clerk, stranger, leader = (
        Person("node_handler"),
        Person("node_handler", other_node),
        Person("node_leader"),
    )
    with refused(Invalid):
        away(clerk, stranger)
    with refused(NotFound):
        away(clerk, stranger, by=leader)
    with refused(Forbidden):
        away(clerk, stranger, by=stranger)
    names = {row["id"] for row in deputies.colleagues(clerk.actor, "")}
    assert leader.id in names
    assert stranger.id not in names


def test_nobody_stands_in_for_himself_or_without_a_reason_or_for_ever() -> None:
    clerk, now = Person("node_handler"), clock.now()
    other = Person("node_handler")
    for deputy, ends, reason in (
        (clerk.id, now + timedelta(days=1), "假"), (other.id, now, "假"), (other.id, now + timedelta(days=400), "假"),
        (other.id, now + timedelta(days=1), " "),
    ):  # fmt: skip
        with refused(Invalid):
            actions.name_deputy(clerk.actor, deputy, now, ends, reason)


def test_a_leader_does_not_decide_on_his_own_and_a_deputy_decides_on_none() -> None:
    leader, clerk, boss = Person("node_leader"), Person("node_handler"), Person("shift_leader", "")
    id = away(leader, clerk)
    with refused(Conflict):
        actions.decide(leader.actor, id, True)
    actions.decide(boss.actor, id, True)
    assert "deputy.approve" not in clerk.post("/session/acting", {"deputy": str(id)}).json()["rights"]


def test_the_list_is_ones_own_ones_units_or_for_an_auditor_everybodys() -> None:
    clerk, other, leader = Person("node_handler"), Person("node_handler"), Person("node_leader")
    nobody, auditor = Person("node_handler"), Person("audit_admin", "")
    id = str(away(clerk, other))
    for who, sees in ((clerk, True), (other, True), (leader, True), (auditor, True), (nobody, False)):
        ids = [row["id"] for row in who.get("/deputies").json()["items"]]
        assert (id in ids) is sees
    row = leader.get("/deputies").json()["items"][0]
    assert (row["may_decide"], row["may_end"], row["now"]) == (True, True, False)
    answer = leader.post(f"/deputies/{id}/decision", {"approve": False})
    assert answer.json()["state"] == "refused"


def test_a_deputy_is_named_over_http() -> None:
    clerk, other = Person("node_handler"), Person("node_handler")
    now = clock.now()
    body = {
        "deputy": str(other.id), "starts_at": now.isoformat(), "ends_at": (now + timedelta(days=2)).isoformat(), "reason": "年休假",
    }  # fmt: skip
    answer = clerk.post("/deputies", body)
    assert (answer.status_code, answer.json()["state"]) == (201, "asked")
    with transaction.atomic():
        gone = clerk.client.delete(
            f"/api/v1/deputies/{answer.json()['id']}", headers={"X-CSRFToken": clerk.token}
        )
    assert json.loads(gone.content)["ended_at"] is not None
