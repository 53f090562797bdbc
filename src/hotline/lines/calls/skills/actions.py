"""Rating agents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid, NotFound
from hotline.base.people import queries as people
from hotline.lines.calls.skills import queries
from hotline.lines.calls.skills.models import AgentSkill
from hotline.lines.calls.skills.rights import WRITE
from hotline.lines.calls.skills.words import LEVELS


def rate(
    actor: Actor, staff_id: UUID, skill: str, level: int, *, until: datetime | None = None, reason: str = ""
) -> None:
    """Somebody has ``skill`` at ``level`` from now on; what was said of it before ends. Right skill.write.

    Holds from the next call on. Raises Invalid for an unknown skill or level or an end in the past, NotFound for a
    person the actor may not see.
    """
    now = clock.now()
    with deed(actor, "skill.rate", right=WRITE) as d:
        people.staff_member(actor, staff_id)
        faults = []
        if skill not in queries.known():
            faults.append(Fault("skill", f"没有技能“{skill}”", f"There is no skill “{skill}”"))
        if level not in LEVELS:
            faults.append(Fault("level", "等级为 1–5", "A level is 1 to 5"))
        if until is not None and until <= now:
            faults.append(Fault("until", "应晚于现在", "Must be in the future"))
        if len(reason) > 200:
            faults.append(Fault("reason", "最多 200 字", "At most 200 characters"))
        if faults:
            raise Invalid(faults)
        _end(staff_id, skill, now)
        AgentSkill(
            staff_id=staff_id,
            skill=skill,
            level=level,
            since=now,
            until=until,
            set_by=actor.label[:60],
            reason=reason,
        ).save(force_insert=True)
        d.about("staff", staff_id, skill=skill, level=level)


def end(actor: Actor, staff_id: UUID, skill: str) -> None:
    """Somebody has ``skill`` no more, from now on. Right skill.write. Raises NotFound when he has not."""
    with deed(actor, "skill.end", right=WRITE) as d:
        people.staff_member(actor, staff_id)
        d.about("staff", staff_id, skill=skill)
        if not _end(staff_id, skill, clock.now()):
            raise NotFound("skill", skill)


def _end(staff_id: UUID, skill: str, now: datetime) -> int:
    rows = AgentSkill.objects.filter(staff_id=staff_id, skill=skill, since__lte=now)
    return rows.filter(Q(until=None) | Q(until__gt=now)).update(until=now)
