"""Places in the queue: how one is made, what it asks for as it ages, who is before whom. Who gets whom is queueing's.

A place is never reset: whoever comes back (an offer withdrawn, an overflow nobody answered, a restart) has his first one,
and his steps go by the time he entered, whatever happened since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model
from typing_extensions import TypedDict

from hotline.base.parties import queries as parties
from hotline.lines.calls import rules_file
from hotline.lines.calls.matching import FIRST_IN_LINE, LAST_IN_LINE, Agent, Entry, Need, Step
from hotline.lines.calls.models import AgentState, Call, QueueEntry
from hotline.lines.calls.rules import Plan, QueueRules, steps_for
from hotline.lines.calls.skills import queries as skills_of
from hotline.lines.calls.words import AgentMode, CallState

_preferences: list[Callable[[UUID], UUID | None]] = []


def prefer(who: Callable[[UUID], UUID | None]) -> None:
    """Have ``who`` asked which agent a party should have: a room above knows whose open case it is."""
    if who not in _preferences:
        _preferences.append(who)


def place(
    call_id: UUID,
    skills: Sequence[str],
    priority: int,
    now: datetime,
    *,
    number: str,
    party_id: UUID | None,
    known: bool = True,
) -> list[Model]:
    """The row of a new place in the queue; none for a call that has one: it waits again in its own.

    ``skills``: lines in their order of preference, then what else is asked for (``lang:nan``). ``known`` False: the call
    begins just now and can have none.
    """
    rules, plan = rules_file.queue_rules(now), rules_file.plan_at(number, now)
    asked = _asked(skills, party_id)
    fields: dict[str, Any] = {
        "skills": asked,
        "priority": _priority(priority, rules.priorities.get(asked[0], 0)),
        "steps": kept(_steps(rules, asked, party_id, now)),
    }
    if known and QueueEntry.objects.filter(call_id=call_id).update(
        waiting=True, left_at=None, left_as="", **fields
    ):
        return []
    return [
        QueueEntry(
            call_id=call_id,
            entered_at=now,
            point_seconds=rules.point_seconds,
            say_at=now + timedelta(seconds=rules.announcing.first_s) if rules.announcing.first_s else None,
            **_overflow(plan, now),
            **fields,
        )
    ]


def _priority(priority: int, preferred: int) -> int:
    """With what the city gives the line; the classes at both ends are nobody's to leave or enter."""
    if not FIRST_IN_LINE < priority < LAST_IN_LINE:
        return priority
    return max(FIRST_IN_LINE + 1, min(priority + preferred, LAST_IN_LINE - 1))


def _asked(skills: Sequence[str], party_id: UUID | None) -> list[str]:
    """With the language he is known to like, unless he has chosen one."""
    if party_id is None or any(skill.startswith("lang:") for skill in skills):
        return [*skills]
    card = parties.cards([party_id]).get(party_id)
    return [*skills, f"lang:{card.language}"] if card and _is_code(card.language) else [*skills]


def _is_code(language: str) -> bool:
    return 2 <= len(language) <= 5 and language.isascii() and language.isalpha()


def _steps(rules: QueueRules, asked: Sequence[str], party_id: UUID | None, now: datetime) -> tuple[Step, ...]:
    wanted = {skill for skill in asked if ":" in skill}
    staffed = _staffed(wanted) if wanted else frozenset[str]()
    return steps_for(rules, asked, _preferred(rules, party_id, now), staffed)


def _staffed(wanted: Collection[str]) -> Collection[str]:
    """Which of these skills somebody at work has: nobody waits for a language that is not spoken now."""
    at_work = AgentState.objects.exclude(mode=AgentMode.SIGNED_OUT).values("staff_id")
    return {skill for skill in wanted if skills_of.skilled(skill).filter(staff_id__in=at_work).exists()}


def _preferred(rules: QueueRules, party_id: UUID | None, now: datetime) -> UUID | None:
    """Whose open case it is, else who served this caller last; nobody where the city does not want it."""
    if party_id is None or not rules.preferred_days:
        return None
    for who in _preferences:
        if (found := who(party_id)) is not None:
            return found
    since = now - timedelta(days=rules.preferred_days)
    served = Call.objects.filter(party_id=party_id, answered_at__gte=since).exclude(agent_id=None)
    return served.order_by("-arrived_at").values_list("agent_id", flat=True).first()


def _overflow(plan: Plan | None, now: datetime) -> dict[str, Any]:
    if plan is None or plan.overflow is None:
        return {}
    after = timedelta(seconds=plan.overflow.after_s)
    return {"overflow_at": now + after, "overflow_to": [*plan.overflow.to]}


# --- as rows and back ------------------------------------------------------------------------------------------------------


def kept(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps as they stand in a row."""
    return [
        {
            "any": [[[need.skill, need.level] for need in way] for way in step.ways],
            "seconds": step.seconds,
            "preferred": str(step.preferred) if step.preferred else None,
            "only": step.only_preferred,
        }
        for step in steps
    ]


def _steps_of(row: dict[str, Any]) -> tuple[Step, ...]:
    """The steps of a row; one made before there were any asks for its lines."""
    steps = row["steps"] or kept(steps_for(rules_file.queue_rules(row["entered_at"]), row["skills"]))
    return tuple(
        Step(
            tuple(tuple(Need(skill, level) for skill, level in way) for way in step["any"]),
            step["seconds"],
            UUID(step["preferred"]) if step["preferred"] else None,
            step["only"],
        )
        for step in steps
    )


ENTRY = ("id", "entered_at", "steps", "skills", "priority", "point_seconds")
"""The columns an entry is made from."""


def entry(row: dict[str, Any]) -> Entry:
    """A place as the matching takes it."""
    return Entry(
        row["id"], row["entered_at"].timestamp(), _steps_of(row), row["priority"], float(row["point_seconds"])
    )


def waiting() -> list[dict[str, Any]]:
    """Everybody who waits on the line and for whom no phone rings, of every slot. One query."""
    rows = QueueEntry.objects.filter(waiting=True, call__state=CallState.QUEUED)
    return [
        *rows.values(
            *ENTRY,
            "call_id",
            "call__slot",
            "call__caller_index",
            "told_ahead",
            "told_until",
            "say_at",
            "overflow_at",
        )
    ]


# --- agents ----------------------------------------------------------------------------------------------------------------


class AgentRow(TypedDict):
    """An agent as far as the queue must know him."""

    staff_id: UUID
    lines: list[str]
    idle_since: datetime


def agents(rows: Collection[AgentRow]) -> list[Agent]:
    """These agents as the matching takes them, with what they are rated for. One query.

    The lines somebody signed in for he has at level 1 at least.
    """
    rated = skills_of.levels([row["staff_id"] for row in rows])
    return [
        Agent(
            row["staff_id"],
            frozenset(
                ({f"line:{line}": 1 for line in row["lines"]} | rated.get(row["staff_id"], {})).items()
            ),
            row["idle_since"].timestamp(),
        )
        for row in rows
    ]
