"""What the room of recordings must know of calls: when there was talk, what was to be recorded, who took part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Min

from hotline.lines.calls import limits, seats
from hotline.lines.calls.models import AgentState, Call, CallEvent, Leg
from hotline.lines.calls.words import CallState

OURS = ("agent", "other")
"""Roles in which an agent of ours talks; a leader who listens does not."""


@dataclass(slots=True)
class SegmentTold:
    """A recording as call control wrote it down. ``stopped_at`` None: it never said so."""

    n: int
    started_at: datetime
    stopped_at: datetime | None = None
    failed: str | None = None
    bridge: str = "main"


@dataclass(slots=True)
class Spoken:
    """When one party of a call spoke."""

    leg: str
    role: str
    agent_id: str
    spans: list[tuple[datetime, datetime]]


@dataclass(slots=True)
class RecordedCall:
    """One call. ``talk_at``: when an agent of ours and the caller first had each other; None: never, or the city has no
    conversations recorded."""

    id: UUID
    ended_at: datetime | None
    talk_at: datetime | None
    segments: list[SegmentTold] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)


def of(call_id: UUID) -> RecordedCall | None:
    """What is known of a call; None when there is none. Three queries."""
    row = Call.objects.filter(id=call_id).values("id", "ended_at", "answered_at").first()
    if row is None:
        return None
    talk_at = _talk_at(call_id, row["answered_at"]) if limits.wanted("recording") else None
    call = RecordedCall(row["id"], row["ended_at"], talk_at)
    events = CallEvent.objects.filter(call_id=call_id, kind__in=_KINDS).order_by("id")
    for event in events.values("at", "kind", "detail"):
        _take(call, event["at"], event["kind"], event["detail"])
    return call


def _talk_at(call_id: UUID, answered_at: datetime | None) -> datetime | None:
    """In a call we make the agent is there before the citizen answers; in one to us the caller waits for the agent."""
    agents = Leg.objects.filter(call_id=call_id, role="agent", up_at__isnull=False)
    first = agents.aggregate(first=Min("up_at"))["first"]
    return max(first, answered_at) if first and answered_at else None


_KINDS = (
    "recording_started", "recording_stopped", "recording_failed", "recording_paused", "recording_resumed", "heard", "spoke",
)  # fmt: skip


def _take(call: RecordedCall, at: datetime, kind: str, detail: dict[str, Any]) -> None:
    segment = next((one for one in call.segments if one.n == detail.get("segment")), None)
    match kind:
        case "recording_started" if segment is None:
            call.segments.append(
                SegmentTold(int(detail["segment"]), at, bridge=str(detail.get("bridge", "main")))
            )
        case "recording_stopped" if segment is not None:
            segment.stopped_at = segment.stopped_at or at
        case "recording_failed" if segment is not None:
            segment.failed = str(detail.get("cause", ""))
        case "recording_paused":
            call.pauses.append((at, None))
        case "recording_resumed" if call.pauses and call.pauses[-1][1] is None:
            call.pauses[-1] = (call.pauses[-1][0], at)
        case "heard":
            call.heard += str(detail.get("prompts", "")).split("+")
        case "spoke":
            begin = datetime.fromisoformat(detail["begin"])
            for lane in detail["lanes"]:
                spans = [tuple(begin + timedelta(milliseconds=ms) for ms in span) for span in lane["spans"]]
                call.spoken.append(
                    Spoken(lane["leg"], lane["role"], lane["agent"], [(a, b) for a, b in spans])
                )


def running() -> list[tuple[UUID, int]]:
    """The calls that are being recorded now, each with its segment. One query."""
    rows = Call.objects.exclude(state=CallState.ENDED).exclude(recording="")
    return [*rows.values_list("id", "segment")]


def tell_desks(call_id: UUID) -> None:
    """Have every desk that shows this call look again, at commit. One query, and a notice each."""
    for staff_id in AgentState.objects.filter(call_id=call_id).values_list("staff_id", flat=True):
        seats.announce(staff_id)


def has_ended(call_ids: list[UUID]) -> dict[UUID, datetime | None]:
    """When each of these calls ended, None while it goes on; what is no call is not in it. One query."""
    return dict(Call.objects.filter(id__in=call_ids).values_list("id", "ended_at"))


def took_part(call_id: UUID, staff_id: UUID) -> bool:
    """Whether this agent talked in the call, as the one responsible or called in. One query."""
    return Leg.objects.filter(call_id=call_id, agent_id=staff_id, role__in=OURS, up_at__isnull=False).exists()


def number_of(call_id: UUID) -> str:
    """The number that was dialled; "" for what is no call. One query."""
    return Call.objects.filter(id=call_id).values_list("number", flat=True).first() or ""


def names_of(agent_ids: Collection[str]) -> dict[str, str]:
    """Agents' names by their ids. One query, none for nobody."""
    rows = AgentState.objects.filter(staff_id__in=agent_ids) if agent_ids else AgentState.objects.none()
    return {str(id): name for id, name in rows.values_list("staff_id", "name")}
