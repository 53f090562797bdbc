"""What one who waits is told: how many are before him, how long it may take, that he may be called back.

Never worse than he was told before; nothing of the time unless it is known well enough.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.lines.calls import limits, prompts, rules_file, waiting
from hotline.lines.calls.matching import FIRST_IN_LINE, Agent, Entry, fit
from hotline.lines.calls.models import AgentState, Call, QueueEntry
from hotline.lines.calls.rules import Estimating
from hotline.lines.calls.words import AgentMode

ACTOR = system("callcontrol")
UNSURE = 0.5
"""A mean whose standard error is a larger part of it is no estimate."""


@dataclass(frozen=True, slots=True)
class Say:
    """A call and the prompts it is to hear, joined by ``+``."""

    call_id: UUID
    what: str


# --- pure ------------------------------------------------------------------------------------------------------------------


def ahead_of(entry: Entry, others: Iterable[Entry], at: float) -> int:
    """How many are before him for an agent he could have."""
    lines = _lines(entry, at)
    return sum(1 for other in others if other.order < entry.order and lines & _lines(other, at))


def _lines(entry: Entry, at: float) -> set[str]:
    return {need.skill for way in entry.asked(at).ways for need in way if need.skill.startswith("line:")}


def told(ahead: int, before: int | None) -> int:
    """The place he is told: never a worse one than he was told before."""
    return ahead if before is None else min(ahead, before)


def estimate(ahead: int, agents: int, handled: Sequence[float], how: Estimating) -> int | None:
    """Minutes until it is his turn, rounded up; None when that is not known well enough.

    ``agents`` at work can serve him; ``handled`` are the seconds each of the recent calls took them.
    """
    if agents < 1 or len(handled) < max(how.samples, 2):
        return None
    mean = statistics.fmean(handled)
    if mean <= 0 or statistics.stdev(handled) / math.sqrt(len(handled)) > mean * UNSURE:
        return None
    minutes = math.ceil(mean * (ahead + 1) / agents / 60)
    return minutes if minutes <= how.most_minutes else None


def minutes_told(minutes: int | None, until: datetime | None, now: datetime) -> int | None:
    """What he is told of the time: nothing, if it would be later than he was told before (``until``)."""
    if minutes is None or (
        until is not None and now + timedelta(minutes=minutes) > until + timedelta(minutes=1)
    ):
        return None
    return minutes


def pieces(
    templates: Mapping[str, prompts.Prompt], language: str, ahead: int, minutes: int | None, *, may_ask: bool
) -> list[str]:
    """The prompts that say it in ``language`` ("zh" or "en"); what cannot be said is left out."""
    end = "" if language == "zh" else f".{language}"
    words = [f"queue-next{end}"] if ahead == 0 else prompts.said(templates, f"queue-position{end}", ahead)
    if minutes is not None and ahead > 0:
        words += prompts.said(templates, f"queue-minutes{end}", minutes)
    return [*words, f"queue-callback{end}"] if may_ask else words


# --- with the rows ---------------------------------------------------------------------------------------------------------


def due(slot: int) -> list[Say]:
    """Whoever of this slot is due to be told his place; when he is told next is kept."""
    now = clock.now()
    rows = waiting.waiting()
    if not any(row["call__slot"] == slot and row["say_at"] and row["say_at"] <= now for row in rows):
        return []
    agents, handled = _at_work(), _Handled(now)
    entries = {row["id"]: waiting.entry(row) for row in rows}
    found = []
    with deed(ACTOR, "call.told_his_place") as d:
        for row in rows:
            if row["call__slot"] != slot or row["say_at"] is None or row["say_at"] > now:
                continue
            found.append(_say(row, entries, agents, handled, now))
            d.about("call", row["call_id"])
    return [said for said in found if said.what]


def _say(
    row: dict[str, Any],
    entries: Mapping[UUID, Entry],
    agents: Sequence[Agent],
    handled: _Handled,
    now: datetime,
) -> Say:
    rules, entry = rules_file.queue_rules(row["entered_at"]), entries[row["id"]]
    at = now.timestamp()
    ahead = told(ahead_of(entry, entries.values(), at), row["told_ahead"])
    ways = entry.asked(at).ways
    able = sum(1 for agent in agents if fit(ways, dict(agent.skills)) is not None)
    lines = frozenset(skill for skill in row["skills"] if ":" not in skill)
    how = rules.estimating
    minutes = minutes_told(estimate(ahead, able, handled.of(lines, how.minutes), how), row["told_until"], now)
    changes: dict[str, Any] = {
        "told_ahead": ahead,
        "say_at": now + timedelta(seconds=rules.announcing.every_s),
    }
    if minutes is not None:
        changes["told_until"] = now + timedelta(minutes=minutes)
    QueueEntry.objects.filter(id=row["id"]).update(**changes)
    language = "en" if "lang:en" in row["skills"] else "zh"
    known = bool(row["call__caller_index"]) and row["priority"] > FIRST_IN_LINE
    what = pieces(_templates(), language, ahead, minutes, may_ask=known and bool(rules.calling_back.key))
    return Say(row["call_id"], "+".join(what))


class _Handled:
    """What recent calls took, looked up once for each set of lines."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._known: dict[tuple[frozenset[str], int], list[float]] = {}

    def of(self, lines: frozenset[str], minutes: int) -> list[float]:
        """Seconds of talk and wrap-up of the last calls to these lines. One query for each."""
        key = lines, minutes
        if key not in self._known:
            since = self.now - timedelta(minutes=minutes)
            rows = Call.objects.filter(
                line__in=lines, ended_at__gte=since, arrived_at__gte=since - timedelta(hours=2)
            )
            spans = rows.exclude(Q(answered_at=None) | Q(agent_id=None)).values_list(
                F("answered_at"), F("ended_at")
            )
            wrap_up = limits.seconds("wrap_up")
            self._known[key] = [(end - start).total_seconds() + wrap_up for start, end in spans[:200]]
        return self._known[key]


def _at_work() -> list[Agent]:
    """Agents who take calls, whether they are free or not."""
    at_work = (AgentMode.READY, AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY, AgentMode.WRAP_UP)
    rows = AgentState.objects.filter(mode__in=at_work, phone_registered=True)
    return waiting.agents([waiting.AgentRow(**row) for row in rows.values("staff_id", "lines", "idle_since")])


def _templates() -> dict[str, prompts.Prompt]:
    path = settings.HOTLINE.city_dir / "prompts.csv"
    return _read(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: str, stamp: int) -> dict[str, prompts.Prompt]:
    """The templates as the file stands; it was checked when the city was loaded."""
    from pathlib import Path

    return {prompt.key: prompt for prompt in prompts.read(Path(path)) if prompts.is_template(prompt)}
