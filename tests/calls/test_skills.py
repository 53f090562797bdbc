"""What agents can do is rated by leaders, dated, and never lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Forbidden, Invalid, NotFound
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.base.people.roles import rights_of
from hotline.lines.calls.skills import actions, queries
from hotline.lines.calls.skills.models import AgentSkill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
LEADER = Actor("person", str(uuid4()), "值班长", rights_of(("shift_leader",)), ("/",), ("shift_leader",))


def somebody(organisation: str = "centre") -> UUID:
    staff, _ = people.open_account(system("tests"), f"agent-{uuid4().hex[:8]}", "坐席")
    unit = organisations.organisation_by_key(organisation)
    people.give_post(system("tests"), staff.id, "agent", unit.id)
    return staff.id


def test_a_new_rating_ends_the_old_one_and_the_past_stays_known() -> None:
    who, start = somebody(), clock.now()
    for hours, level in ((0, 2), (1, 4)):
        with clock.at(start + timedelta(hours=hours)):
            actions.rate(LEADER, who, "lang:nan", level, reason="测试")
    for hours, level in ((0, 2), (2, 4)):
        assert queries.levels([who], start + timedelta(hours=hours)) == {who: {"lang:nan": level}}
    with clock.at(start + timedelta(hours=3)):
        actions.end(LEADER, who, "lang:nan")
        assert queries.levels([who]) == {}
        with pytest.raises(NotFound), transaction.atomic():
            actions.end(LEADER, who, "lang:nan")
    assert [row["level"] for row in queries.of_staff(LEADER, who)] == [4, 2]


def test_a_rating_with_an_end_ends_by_itself() -> None:
    who, start = somebody(), clock.now()
    actions.rate(LEADER, who, "lang:en", 3, until=start + timedelta(days=30))
    assert queries.levels([who], start + timedelta(days=29)) == {who: {"lang:en": 3}}
    assert queries.levels([who], start + timedelta(days=31)) == {}


@pytest.mark.parametrize(
    ("skill", "level", "field"), [("lang:xx", 3, "skill"), ("line:110", 1, "skill"), ("lang:nan", 6, "level")]
)
def test_what_is_no_skill_or_no_level_is_refused(skill: str, level: int, field: str) -> None:
    who = somebody()
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.rate(LEADER, who, skill, level)
    assert refused.value.faults[0].where == field


def test_no_agent_rates_anybody_and_nobody_rates_whom_he_cannot_see() -> None:
    who = somebody()
    agent = Actor("person", str(who), "坐席", rights_of(("agent",)), ("/",), ("agent",))
    with pytest.raises(Forbidden), transaction.atomic():
        actions.rate(agent, who, "lang:nan", 5)
    elsewhere = organisations.organisation_by_key("linked-12329").path
    stranger = Actor(
        "person", str(uuid4()), "x", rights_of(("shift_leader",)), (elsewhere,), ("shift_leader",)
    )
    with pytest.raises(NotFound), transaction.atomic():
        actions.rate(stranger, who, "lang:nan", 5)


def test_the_database_itself_refuses_two_open_ratings_of_one_skill() -> None:
    who = somebody()
    actions.rate(LEADER, who, "lang:nan", 2)
    with pytest.raises(IntegrityError, match="agentskill_one_open"), transaction.atomic():
        AgentSkill.objects.create(staff_id=who, skill="lang:nan", level=3, since=clock.now(), set_by="x")
