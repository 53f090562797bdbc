"""What agents can do: now, and on any day before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from typing_extensions import TypedDict

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.people import queries as people
from hotline.lines.calls.skills.models import AgentSkill
from hotline.lines.calls.skills.words import DESKS, LANGUAGES
from hotline.lines.numbers import queries as numbers


class SkillWords(TypedDict):
    """A skill there is."""

    skill: str
    zh: str
    en: str


class Held(TypedDict):
    """A skill somebody has or had; ``until`` None: for good."""

    skill: str
    zh: str
    en: str
    level: int
    since: datetime
    until: datetime | None
    set_by: str
    reason: str


def known() -> dict[str, tuple[str, str]]:
    """Every skill there is, with its words: the register's lines, languages, desks. Three queries."""
    plans = numbers.plans()
    lines = {plan.number: (plan.name, plan.name_en) for plan in plans.numbers}
    return {
        f"line:{plans.main}": (plans.main_name, plans.main_name_en),
        **{f"line:{number}": words for number, words in lines.items()},
        **{f"lang:{code}": words for code, words in LANGUAGES.items()},
        **{f"desk:{name}": words for name, words in DESKS.items()},
    }


def levels(staff_ids: Collection[UUID], at: datetime | None = None) -> dict[UUID, dict[str, int]]:
    """What these people master at ``at`` (now). One query, none for nobody."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    if staff_ids:
        rows = _at(at or clock.now()).filter(staff_id__in=staff_ids)
        for staff_id, skill, level in rows.values_list("staff_id", "skill", "level"):
            found[staff_id][skill] = max(level, found[staff_id].get(skill, 0))
    return found


def skilled(skill: str, at: datetime | None = None, level: int = 1) -> QuerySet[AgentSkill, Any]:
    """The staff ids of those who master ``skill`` at least at ``level``: a sub-query."""
    return _at(at or clock.now()).filter(skill=skill, level__gte=level).values("staff_id")


def of_staff(actor: Actor, staff_id: UUID) -> list[Held]:
    """Everything one person has and had, newest first. Raises NotFound for somebody the actor may not see."""
    people.staff_member(actor, staff_id)
    words = known()
    rows = AgentSkill.objects.filter(staff_id=staff_id).order_by("-since", "skill")
    return [
        Held(
            skill=row.skill,
            zh=words.get(row.skill, (row.skill, ""))[0],
            en=words.get(row.skill, ("", row.skill))[1],
            level=row.level,
            since=row.since,
            until=row.until,
            set_by=row.set_by,
            reason=row.reason,
        )
        for row in rows
    ]


def _at(moment: datetime) -> QuerySet[AgentSkill]:
    return AgentSkill.objects.filter(Q(until=None) | Q(until__gt=moment), since__lte=moment)
