"""The roster as it is read: a week, who is in charge, how many are planned and how many came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from hotline.base.kernel import calendar, clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.people import queries as people
from hotline.lines.calls import seat_queries
from hotline.lines.calls.ownership import members
from hotline.lines.calls.words import AgentMode
from hotline.lines.roster import rules
from hotline.lines.roster.actions import acts_allowed
from hotline.lines.roster.machines import LEAVE, SWAP, LeaveState, ShiftState, SwapState
from hotline.lines.roster.models import Leave, Shift, Swap
from hotline.lines.roster.places import lines_known

MOST_DAYS = 35
HALF_HOUR = timedelta(minutes=30)
_SHOWN = (
    "id", "staff_id", "name", "owner_id", "day", "kind", "line", "duty", "starts_at", "ends_at", "state", "instead_of",
    "reason", "planned_by", "planned_at",
)  # fmt: skip


def week(
    actor: Actor, start: date, days: int = 7, *, line: str = "", owner: UUID | None = None
) -> dict[str, Any]:
    """The shifts of ``days`` days from ``start`` with everybody who can have one, and what the city knows of each day.

    Shifts somebody was on leave from are shown too; those withdrawn or given away are not. Eight queries at any size.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid([Fault("days", f"应为 1–{MOST_DAYS}", f"must be from 1 to {MOST_DAYS}")])
    last = start + timedelta(days=days - 1)
    shown = Q(state__in=[ShiftState.PLANNED, ShiftState.ON_LEAVE], day__gte=start, day__lte=last)
    rows = Shift.objects.filter(people.within(actor, "owner_path"), shown)
    rows = rows.filter(line=line) if line else rows
    staff = [one for one in members(actor) if owner is None or one.owner.id == owner]
    rows = rows.filter(owner_id=owner) if owner else rows
    begins, _ = clock.day_bounds(start)
    _, ends = clock.day_bounds(last)
    leaves = Leave.objects.filter(
        people.within(actor, "owner_path"), state=LeaveState.APPROVED, starts_at__lt=ends, ends_at__gt=begins
    )
    return {
        "start": start,
        "days": [{"day": day, "working": _working(day)} for day in _days(start, days)],
        "kinds": [_kind(kind, start) for kind in rules.kinds(start).values()],
        "lines": lines_known(),
        "staff": [
            {"id": one.id, "name": one.name, "username": one.username, "owner_id": one.owner.id,
             "owner_name": one.owner.name, "leads": one.leads}
            for one in staff
        ],
        "items": [*rows.order_by("starts_at", "name").values(*_SHOWN)],
        "leaves": [*leaves.order_by("starts_at").values("id", "staff_id", "name", "kind", "starts_at", "ends_at")],
        "may_write": actor.may("roster.write"),
    }  # fmt: skip


def _days(start: date, days: int) -> list[date]:
    return [start + timedelta(days=n) for n in range(days)]


def _working(day: date) -> bool | None:
    """Whether offices work; None in a year whose holidays are not known yet."""
    try:
        return calendar.city_calendar().is_working(day)
    except calendar.MissingYear:
        return None


def _kind(kind: rules.Kind, day: date) -> dict[str, Any]:
    starts, ends = kind.hours(day)
    hours = (ends - starts).total_seconds() / 3600
    return {"code": kind.code, "zh": kind.zh, "en": kind.en, "starts": f"{kind.starts:%H:%M}",
            "ends": f"{kind.ends:%H:%M}", "hours": hours}  # fmt: skip


# --- who is in charge ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InCharge:
    """Who is responsible at a moment. ``duty``: leader, or substitute when no leader is there; ``until``: his shift's end."""

    staff_id: UUID
    name: str
    duty: str
    until: datetime
    signed_in: bool


def in_charge(at: datetime | None = None) -> InCharge | None:
    """Who is responsible ``at`` (now): the leader on duty; the substitute, when the leader has leave or, now, is not
    signed in while the substitute is. None: nobody is planned. Two queries."""
    at = at or clock.now()
    rows = Shift.objects.filter(
        state=ShiftState.PLANNED, duty__in=["leader", "substitute"], starts_at__lte=at, ends_at__gt=at
    )
    here = seat_queries.signed_in({row.staff_id for row in rows}) if rows else set()
    ranked = sorted(rows, key=lambda row: (row.staff_id not in here, row.duty != "leader", row.starts_at))
    if not ranked:
        return None
    row = ranked[0]
    return InCharge(row.staff_id, row.name, row.duty, row.ends_at, row.staff_id in here)


def responsible(at: datetime | None = None) -> dict[str, Any]:
    """Who is in charge ``at`` (now), and every leader and substitute planned then. Four queries."""
    at = at or clock.now()
    now = in_charge(at)
    rows = Shift.objects.filter(
        state__in=[ShiftState.PLANNED, ShiftState.ON_LEAVE], duty__in=["leader", "substitute"], starts_at__lte=at,
        ends_at__gt=at,
    )  # fmt: skip
    here = seat_queries.signed_in({row.staff_id for row in rows})
    return {
        "at": at,
        "in_charge": now and {"staff_id": now.staff_id, "name": now.name, "duty": now.duty, "until": now.until,
                              "signed_in": now.signed_in},
        "planned": [
            {"staff_id": row.staff_id, "name": row.name, "duty": row.duty, "until": row.ends_at, "state": row.state,
             "signed_in": row.staff_id in here}
            for row in rows.order_by("duty", "starts_at")
        ],
    }  # fmt: skip


# --- planned and present ---------------------------------------------------------------------------------------------------


def coverage(actor: Actor, day: date, line: str = "") -> dict[str, Any]:
    """For every half hour of a day: how many agents are planned and how many were signed in on average (None: not yet).

    ``line``: only who answers it; none: all. Everybody in a shift counts, leaders too when they take calls.
    """
    start, end = clock.day_bounds(day)
    now = clock.now()
    rows = Shift.objects.filter(
        people.within(actor, "owner_path"), state=ShiftState.PLANNED, starts_at__lt=end, ends_at__gt=start
    )
    planned = [(row.starts_at, row.ends_at) for row in (rows.filter(line=line) if line else rows)]
    present = [
        (span.began_at, span.ended_at)
        for span in seat_queries.spans(actor, start, min(end, now))
        if span.mode != AgentMode.SIGNED_OUT and (not line or line in span.lines)
    ] if start < now else []  # fmt: skip
    halves = []
    at = start
    while at < end:
        until = at + HALF_HOUR
        seconds = min(until, now) - at
        halves.append({
            "at": at,
            "planned": sum(1 for begins, ends in planned if begins < until and ends > at),
            "signed_in": round(_overlap(present, at, until) / seconds.total_seconds(), 1) if at < now else None,
        })  # fmt: skip
        at = until
    return {"day": day, "line": line, "halves": halves}


def _overlap(stretches: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> float:
    lasted = (min(ends, end) - max(begins, start) for begins, ends in stretches)
    return sum(max(0.0, one.total_seconds()) for one in lasted)


# --- requests --------------------------------------------------------------------------------------------------------------


def requests(actor: Actor, *, open_only: bool = True, limit: int = 100) -> dict[str, Any]:
    """Swaps and leave ``actor`` has to do with (for who decides: all), newest first, with what he may do. Two queries."""
    all_of_them = Q() if actor.may("roster.write") else None
    swaps = Swap.objects.select_related("mine", "theirs").order_by("-asked_at")
    swaps = swaps.filter(
        all_of_them if all_of_them is not None else Q(asker_id=actor.id) | Q(other_id=actor.id)
    )
    leaves = Leave.objects.order_by("-asked_at").filter(
        people.within(actor, "owner_path") if all_of_them is not None else Q(staff_id=actor.id)
    )
    if open_only:
        swaps = swaps.filter(state__in=[SwapState.ASKED, SwapState.ACCEPTED])
        leaves = leaves.filter(
            Q(state=LeaveState.ASKED) | Q(state=LeaveState.APPROVED, ends_at__gt=clock.now())
        )
    return {
        "swaps": [swap_row(actor, swap) for swap in swaps[:limit]],
        "leaves": [leave_row(actor, leave) for leave in leaves[:limit]],
    }


def swap_row(actor: Actor, swap: Swap) -> dict[str, Any]:
    """A swap as it is shown."""
    return {
        "id": swap.id, "asker_id": swap.asker_id, "asker_name": swap.asker_name, "other_id": swap.other_id,
        "other_name": swap.other_name, "mine": shift_row(swap.mine), "theirs": swap.theirs and shift_row(swap.theirs),
        "reason": swap.reason, "state": swap.state, "asked_at": swap.asked_at, "decided_by": swap.decided_by,
        "note": swap.note, "acts_allowed": acts_allowed(actor, SWAP, swap.state, swap.asker_id, swap.other_id),
    }  # fmt: skip


def leave_row(actor: Actor, leave: Leave) -> dict[str, Any]:
    """Leave as it is shown; ``freed``: shifts that need somebody else."""
    return {
        "id": leave.id, "staff_id": leave.staff_id, "name": leave.name, "kind": leave.kind,
        "starts_at": leave.starts_at, "ends_at": leave.ends_at, "reason": leave.reason, "state": leave.state,
        "asked_at": leave.asked_at, "decided_by": leave.decided_by, "note": leave.note, "freed": leave.freed,
        "acts_allowed": acts_allowed(actor, LEAVE, leave.state, leave.staff_id),
    }  # fmt: skip


def shift_row(shift: Shift) -> dict[str, Any]:
    """A shift as it is shown."""
    return {name: getattr(shift, name) for name in _SHOWN}


def who_works(at: datetime, lines: Sequence[str]) -> list[UUID]:
    """Who is planned to answer one of ``lines`` at a moment. One query."""
    rows = Shift.objects.filter(state=ShiftState.PLANNED, line__in=lines, starts_at__lte=at, ends_at__gt=at)
    return [*rows.values_list("staff_id", flat=True)]
