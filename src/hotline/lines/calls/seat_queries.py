"""Seats as leaders see them: who does what since when, and whose time it was (53号 二(二)2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.people import queries as people
from hotline.lines.calls.models import AgentState, Call, SeatSpan
from hotline.lines.calls.words import AgentMode

SATISFIED = 3
"""1 very, 2, 3 fairly satisfied; 4 and 5 are not."""

_LISTED = (
    "staff_id", "name", "mode", "requested", "reason", "note", "forced_by", "since", "deadline_at", "lines",
    "owner_id", "owner_path", "call_id", "phone_registered",
)  # fmt: skip


def seats(
    actor: Actor, *, owner: UUID | None = None, line: str = "", everybody: bool = False
) -> list[dict[str, Any]]:
    """The seats ``actor`` may see, by name; without ``everybody`` only those signed in. Two queries."""
    rows = AgentState.objects.filter(people.within(actor, "owner_path")).order_by("name", "staff_id")
    if not everybody:
        rows = rows.exclude(mode=AgentMode.SIGNED_OUT)
    if owner:
        rows = rows.filter(owner_id=owner)
    if line:
        rows = rows.filter(lines__contains=[line])
    found = [*rows.values(*_LISTED)]
    names = _owners(row["owner_id"] for row in found)
    return [
        {
            **{key: row[key] for key in _LISTED if key not in ("mode", "phone_registered", "owner_path")},
            "state": row["mode"],
            "phone": "registered" if row["phone_registered"] else "absent",
            "owner_name": names.get(row["owner_id"], ""),
        }
        for row in found
    ]


def signed_in(staff: Iterable[UUID]) -> set[UUID]:
    """Which of these people are signed in at a desk. One query."""
    rows = AgentState.objects.filter(staff_id__in=[*staff]).exclude(mode=AgentMode.SIGNED_OUT)
    return {*rows.values_list("staff_id", flat=True)}


def _owners(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    return {id: people.organisation(id).name for id in {*ids} if id is not None}


# --- time ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class SeatTime:
    """What one agent, or all agents of one owner, did in a span of time; seconds."""

    answered: set[UUID] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    pauses: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    ratings: list[int] = field(default_factory=list)
    """What the callers keyed in whose call this agent had last: 1 very satisfied … 5 not at all."""

    def add(self, span: SeatSpan, start: datetime, end: datetime) -> None:
        """Count what of ``span`` lies in [start, end)."""
        lasted = (min(span.ended_at, end) - max(span.began_at, start)).total_seconds()
        self.seconds[span.mode] += lasted
        if span.mode == AgentMode.PAUSED:
            self.pauses[span.reason or "?"] += lasted
        if span.mode == AgentMode.BUSY and span.call_id and span.began_at >= start:
            self.answered.add(span.call_id)

    def figures(self) -> dict[str, Any]:
        """As the API gives it. Signed in: every state but signed out."""
        whole = {mode: round(self.seconds.get(mode, 0)) for mode in AgentMode}
        return {
            "answered": len(self.answered),
            "talk_s": whole[AgentMode.BUSY],
            "signed_in_s": round(sum(s for mode, s in self.seconds.items() if mode != AgentMode.SIGNED_OUT)),
            "seconds": whole,
            "pauses": {reason: round(seconds) for reason, seconds in sorted(self.pauses.items())},
            "rated": len(self.ratings),
            "satisfied": sum(rating <= SATISFIED for rating in self.ratings),
        }


def seat_time(actor: Actor, day: date, *, owner: UUID | None = None) -> dict[str, Any]:
    """What the agents ``actor`` may see did on a day of the city: by owner, and by agent within the owner.

    Only who was signed in; a day to come has nobody. A call counts for who answered it on that day, and for the owner
    he had then; what its caller said of it, for who had it last. Four queries, and one an owner.
    """
    start, end = clock.day_bounds(day)
    end = min(end, max(clock.now(), start))
    owners: dict[UUID | None, SeatTime] = defaultdict(SeatTime)
    agents: dict[tuple[UUID | None, UUID], SeatTime] = defaultdict(SeatTime)
    for span in spans(actor, start, end):
        if span.mode != AgentMode.SIGNED_OUT and (owner is None or span.owner_id == owner):
            owners[span.owner_id].add(span, start, end)
            agents[span.owner_id, span.staff_id].add(span, start, end)
    for call_id, staff_id, rating in _rated(start, end):
        for (whose, who), time in agents.items():
            if who == staff_id and call_id in time.answered:
                time.ratings.append(rating)
                owners[whose].ratings.append(rating)
    names = _owners(owners)
    staff = dict(AgentState.objects.values_list("staff_id", "name"))
    by_owner = [
        {
            "owner_id": id,
            "owner_name": names.get(id, ""),
            **time.figures(),
            "agents": [
                {"staff_id": staff_id, "name": staff.get(staff_id, ""), **one.figures()}
                for (whose, staff_id), one in agents.items()
                if whose == id
            ],
        }
        for id, time in owners.items()
    ]
    return {"day": day, "until": end, "owners": sorted(by_owner, key=lambda row: row["owner_name"])}


def _rated(start: datetime, end: datetime) -> Iterator[tuple[UUID, UUID | None, int]]:
    """Calls answered in [start, end) that were judged: (call, its last agent, 1–5)."""
    judged = Call.objects.filter(answered_at__gte=start, answered_at__lt=end, rating__isnull=False)
    # Nobody waits for a day: that bounds what is read of an index that knows when calls came.
    for call in judged.filter(arrived_at__gte=start - timedelta(days=1), arrived_at__lt=end).only(
        "agent_id", "rating"
    ):
        yield call.id, call.agent_id, int(call.rating or 0)


def spans(actor: Actor, start: datetime, end: datetime) -> Iterator[SeatSpan]:
    """Every span that touches [start, end), the present ones included, of agents ``actor`` may see, oldest first."""
    if start >= end:
        return
    seen = people.within(actor, "owner_path")
    yield from (
        SeatSpan.objects.filter(seen, ended_at__gt=start, began_at__lt=end).order_by("began_at").iterator()
    )
    for agent in AgentState.objects.filter(seen, since__lt=end):
        yield present(agent, end)


def present(agent: AgentState, until: datetime) -> SeatSpan:
    """What an agent is doing now, as a span that is cut off at ``until`` and not kept."""
    return SeatSpan(
        staff_id=agent.staff_id, owner_id=agent.owner_id, owner_path=agent.owner_path, lines=agent.lines,
        mode=agent.mode, reason=agent.reason, call_id=agent.call_id, began_at=agent.since, ended_at=until,
    )  # fmt: skip
