"""Routes of this room: the seats. What an agent does at his own desk is faces/desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Schema

from hotline.base.kernel import clock
from hotline.base.people.gate import Asked, Router
from hotline.lines.calls import forcing, pauses, seat_queries

router = Router(tags=["seats"])


class SeatRow(Schema):
    """One seat. ``deadline_at``: when the state ends by itself; ``owner_*``: the organisation the agent belongs to."""

    staff_id: UUID
    name: str
    state: str
    since: datetime
    deadline_at: datetime | None
    requested: str
    reason: str
    note: str
    forced_by: str
    lines: list[str]
    owner_id: UUID | None
    owner_name: str
    call_id: UUID | None
    phone: str


class Seats(Schema):
    """Seats by name."""

    items: list[SeatRow]


class Time(Schema):
    """Seconds by state and by reason of pause; ``answered``: calls; ``rated``: how many of their callers said how it was,
    ``satisfied``: of those the satisfied (very, satisfied, fairly)."""

    answered: int
    talk_s: int
    signed_in_s: int
    seconds: dict[str, int]
    pauses: dict[str, int]
    rated: int
    satisfied: int


class AgentTime(Time):
    """One agent's."""

    staff_id: UUID
    name: str


class OwnerTime(Time):
    """Everybody's who belongs to one organisation."""

    owner_id: UUID | None
    owner_name: str
    agents: list[AgentTime]


class SeatTime(Schema):
    """A day, until ``until``."""

    day: date
    until: datetime
    owners: list[OwnerTime]


class PauseReason(Schema):
    """``code`` goes into the command; ``max_minutes`` null: no limit."""

    code: str
    zh: str
    en: str
    max_minutes: int | None


class PauseReasons(Schema):
    """In the city's order."""

    items: list[PauseReason]


class ForceAsked(Schema):
    """``mode``: ready, pause, not_ready or sign_out. The agent reads ``reason`` and who gave it."""

    mode: str = ""
    reason: str = ""


class Forced(Schema):
    """The agent's state now; with a call on, it changes at the call's end."""

    state: str


@router.get("/seats", right="seat.read", response=Seats, use=False)
def list_seats(
    request: Asked, owner: UUID | None = None, line: str = "", everybody: bool = False
) -> dict[str, Any]:
    """Who sits at the desks; with ``everybody`` also who is signed out."""
    return {"items": seat_queries.seats(request.actor, owner=owner, line=line, everybody=everybody)}


@router.get("/seats/time", right="seat.read", response=SeatTime)
def seat_time(request: Asked, day: date | None = None, owner: UUID | None = None) -> dict[str, Any]:
    """Calls answered, talk time and signed-in time of a day (today), by owner and agent."""
    return seat_queries.seat_time(request.actor, day or clock.today(), owner=owner)


@router.get("/seats/pauses", right="desk.work", response=PauseReasons)
def pause_reasons(request: Asked) -> dict[str, Any]:
    """Why one may pause, and for how long."""
    return {
        "items": [
            {"code": one.code, "zh": one.zh, "en": one.en, "max_minutes": one.max_minutes}
            for one in pauses.in_force().values()
        ]
    }


@router.post("/seats/{uuid:staff_id}/force", right="desk.supervise", response=Forced)
def force(request: Asked, staff_id: UUID, asked: ForceAsked) -> dict[str, str]:
    """Bring an agent to another state, with a reason he reads."""
    return {"state": forcing.force(request.actor, staff_id, asked.mode, asked.reason)}
