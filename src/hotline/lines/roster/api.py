"""The routes of the roster: thin doors to ``actions`` and ``queries``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Schema, Status

from hotline.base.kernel import clock
from hotline.base.people.gate import Asked, Router
from hotline.lines.roster import actions, files, queries

router = Router(tags=["roster"])


class ShiftRow(Schema):
    """One shift; ``duty``: agent, leader or substitute; ``state``: planned, withdrawn, given_away or on_leave."""

    id: UUID
    staff_id: UUID
    name: str
    owner_id: UUID | None
    day: date
    kind: str
    line: str
    duty: str
    starts_at: datetime
    ends_at: datetime
    state: str
    instead_of: UUID | None
    reason: str
    planned_by: str
    planned_at: datetime


class Day(Schema):
    """``working`` null: that year's holidays are not known yet."""

    day: date
    working: bool | None


class Kind(Schema):
    """A kind of shift, in the city's time."""

    code: str
    zh: str
    en: str
    starts: str
    ends: str
    hours: float


class Staff(Schema):
    """Who can have shifts; ``leads``: may be leader or substitute."""

    id: UUID
    name: str
    username: str
    owner_id: UUID
    owner_name: str
    leads: bool


class Away(Schema):
    """Approved leave."""

    id: UUID
    staff_id: UUID
    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime


class Week(Schema):
    """Everything of some days."""

    start: date
    days: list[Day]
    kinds: list[Kind]
    lines: list[str]
    staff: list[Staff]
    items: list[ShiftRow]
    leaves: list[Away]
    may_write: bool


class Act(Schema):
    """Something one may do with a request now."""

    act: str
    zh: str
    en: str


class SwapRow(Schema):
    """A swap: the asker's shift for the other's, or for nothing."""

    id: UUID
    asker_id: UUID
    asker_name: str
    other_id: UUID
    other_name: str
    mine: ShiftRow
    theirs: ShiftRow | None
    reason: str
    state: str
    asked_at: datetime
    decided_by: str
    note: str
    acts_allowed: list[Act]


class LeaveRow(Schema):
    """Leave; ``freed``: the shifts it took out of the plan."""

    id: UUID
    staff_id: UUID
    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    state: str
    asked_at: datetime
    decided_by: str
    note: str
    freed: list[UUID]
    acts_allowed: list[Act]


class Requests(Schema):
    """Newest first."""

    swaps: list[SwapRow]
    leaves: list[LeaveRow]


class ShiftAsked(Schema):
    """``line`` empty: the main number."""

    staff_id: UUID
    day: date
    kind: str
    line: str = ""
    duty: str = "agent"


class Reason(Schema):
    """Why."""

    reason: str = ""


class Note(Schema):
    """A word to the one who asked."""

    note: str = ""


class SwapAsked(Schema):
    """``theirs`` null: he takes ``mine`` and gives nothing."""

    mine: UUID
    other: UUID
    theirs: UUID | None = None
    reason: str = ""


class LeaveAsked(Schema):
    """``staff_id`` null: for oneself."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    staff_id: UUID | None = None


class Taken(Schema):
    """What a file did, or would do."""

    added: int
    already: int


class OnDuty(Schema):
    """A leader or substitute of a moment."""

    staff_id: UUID
    name: str
    duty: str
    until: datetime
    signed_in: bool
    state: str = "planned"


class Responsible(Schema):
    """``in_charge`` null: nobody is planned."""

    at: datetime
    in_charge: OnDuty | None
    planned: list[OnDuty]


class Half(Schema):
    """Half an hour; ``signed_in``: heads on average, null while it is to come."""

    at: datetime
    planned: int
    signed_in: float | None


class Coverage(Schema):
    """A day by half hours."""

    day: date
    line: str
    halves: list[Half]


@router.get("/roster", right="roster.read", response=Week)
def week(
    request: Asked, start: date | None = None, days: int = 7, line: str = "", owner: UUID | None = None
) -> dict[str, Any]:
    """Who works when, for ``days`` days from ``start`` (today)."""
    return queries.week(request.actor, start or clock.today(), days, line=line, owner=owner)


@router.get("/roster/responsible", right="roster.read", response=Responsible)
def responsible(request: Asked, at: datetime | None = None) -> dict[str, Any]:
    """Who is in charge at a moment (now)."""
    return queries.responsible(at)


@router.get("/roster/coverage", right="roster.read", response=Coverage)
def coverage(request: Asked, day: date | None = None, line: str = "") -> dict[str, Any]:
    """Planned and signed in, for each half hour of a day (today)."""
    return queries.coverage(request.actor, day or clock.today(), line)


@router.get("/roster/requests", right="roster.read", response=Requests)
def list_requests(request: Asked, all: bool = False) -> dict[str, Any]:
    """Swaps and leave one has to do with; with ``all`` also what is settled."""
    return queries.requests(request.actor, open_only=not all)


@router.post("/roster/shifts", right="roster.write", response={201: ShiftRow})
def plan(request: Asked, asked: ShiftAsked) -> Status[dict[str, Any]]:
    """Plan one shift."""
    shift = actions.plan(request.actor, asked.staff_id, asked.day, asked.kind, asked.line, asked.duty)
    return Status(201, queries.shift_row(shift))


@router.post("/roster/shifts/{uuid:id}/withdraw", right="roster.write", response=ShiftRow)
def withdraw(request: Asked, id: UUID, asked: Reason) -> dict[str, Any]:
    """Take a shift back before it begins."""
    return queries.shift_row(actions.withdraw(request.actor, id, asked.reason))


@router.post(
    "/roster/import",
    right="roster.write",
    response=Taken,
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
def take_in(request: Asked, dry_run: bool = False) -> files.Taken:
    """Plan a whole file (CSV, UTF-8: day,shift,username[,line,duty]): all of it or nothing."""
    return files.take_in(request.actor, request.body, dry_run=dry_run)


@router.post("/roster/swaps", right="roster.read", response={201: SwapRow})
def ask_swap(request: Asked, asked: SwapAsked) -> Status[dict[str, Any]]:
    """Ask a colleague to take one's own shift."""
    swap = actions.ask_swap(request.actor, asked.mine, asked.other, asked.theirs, asked.reason)
    return Status(201, queries.swap_row(request.actor, swap))


@router.post("/roster/swaps/{uuid:id}/acts/{act}", right="roster.read", response=SwapRow)
def act_on_swap(request: Asked, id: UUID, act: str, asked: Note) -> dict[str, Any]:
    """accept, decline (the other), approve, refuse (a leader), withdraw (who asked)."""
    return queries.swap_row(request.actor, actions.act_on_swap(request.actor, id, act, asked.note))


@router.post("/roster/leaves", right="roster.read", response={201: LeaveRow})
def ask_leave(request: Asked, asked: LeaveAsked) -> Status[dict[str, Any]]:
    """Ask for leave; a leader may for another."""
    leave = actions.ask_leave(
        request.actor, asked.kind, asked.starts_at, asked.ends_at, asked.reason, asked.staff_id
    )
    return Status(201, queries.leave_row(request.actor, leave))


@router.post("/roster/leaves/{uuid:id}/acts/{act}", right="roster.read", response=LeaveRow)
def act_on_leave(request: Asked, id: UUID, act: str, asked: Note) -> dict[str, Any]:
    """approve, refuse (a leader), withdraw (who asked)."""
    return queries.leave_row(request.actor, actions.act_on_leave(request.actor, id, act, asked.note))
