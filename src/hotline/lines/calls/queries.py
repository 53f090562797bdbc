"""What is known of calls: lists, one call, what a desk shows, the figures of a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q
from django.db.models.functions import Coalesce
from typing_extensions import TypedDict

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.paging import Page, keyset
from hotline.lines.calls import limits
from hotline.lines.calls.models import AgentState, Call, CallCommand, CallEvent, Leg, QueueEntry
from hotline.lines.calls.routing import EMERGENCY_PRIORITY
from hotline.lines.calls.words import (
    ABANDONED_OUTCOMES,
    ANSWERED_OUTCOMES,
    AgentMode,
    CallState,
    LegState,
    Outcome,
    Role,
)
from hotline.lines.numbers import queries as numbers


class CallRow(TypedDict):
    """A call in a list. ``wait_s``: from the queue (or arrival) to the answer or the end; ``talk_s`` None: never talked.

    ``wrap_up``: the agent's word for it, {code, zh, en}; None where he gave none.
    """

    id: UUID
    at: datetime
    number: str
    caller_masked: str
    outcome: str
    state: str
    wait_s: int
    talk_s: int | None
    agent: str | None
    party_id: UUID | None
    marks: list[str]
    direction: str
    rating: int | None
    wrap_up: dict[str, str] | None


class NumberFigures(TypedDict):
    """A number's calls in a span of time."""

    number: str
    calls: int
    answered: int
    abandoned: int
    vacant: int
    within: int
    failed: int
    short_abandoned: int
    put_through: int
    put_through_within: int


class Queue(TypedDict):
    """Who waits now, also while a phone rings for him; ``emergency``: how many of them dialled 110, 119, 120 or 122."""

    waiting: int
    longest_s: int
    emergency: int


@dataclass(frozen=True, slots=True)
class Seat:
    """What an agent is doing, and whether his phone is there."""

    staff_id: UUID
    name: str
    mode: str
    since: datetime
    requested: str
    reason: str
    note: str
    forced_by: str
    deadline_at: datetime | None
    lines: list[str]
    phone_registered: bool
    call_id: UUID | None


@dataclass(frozen=True, slots=True)
class DeskCall:
    """A call as a desk needs it. ``treatment`` is "" for what the register does not hold; the caller stays sealed."""

    id: UUID
    state: str
    number: str
    line: str
    behaviour: str
    treatment: str
    notice_prompt: str
    marks: list[str]
    direction: str
    recording: str
    segment: int
    paused: bool
    agent_id: UUID | None
    caller_up: bool
    caller_sealed: bytes
    caller_masked: str
    party_id: UUID | None
    arrived_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Party:
    """Who else is in a call: an agent, a third, a leader. ``place`` is "" while on hold."""

    channel: str
    role: str
    state: str
    place: str
    target: str
    agent_id: UUID | None
    mode: str
    planned_at: datetime
    up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Command:
    """What became of a command; ``ok`` None: nobody has done it yet."""

    id: UUID
    deadline_at: datetime
    ok: bool | None
    error: dict[str, str] | None


_LISTED = (
    "id", "arrived_at", "queued_at", "answered_at", "ended_at", "number", "caller_masked", "outcome", "state",
    "agent_id", "party_id", "marks", "direction", "rating", "wrap_up_code",
)  # fmt: skip


def page(
    actor: Actor,
    *,
    number: str = "",
    day: date | None = None,
    wrap_up: str = "",
    cursor: str | None = None,
    size: int = 20,
) -> Page[CallRow]:
    """Calls ``actor`` may know of, newest first. Two queries at any size. Raises Invalid for a cursor that is not ours."""
    rows = _visible(actor)
    if number:
        rows = rows.filter(number=number)
    if day:
        start, end = clock.day_bounds(day)
        rows = rows.filter(arrived_at__gte=start, arrived_at__lt=end)
    if wrap_up:
        rows = rows.filter(wrap_up_code=wrap_up)
    found = keyset(rows.values(*_LISTED), ("-arrived_at", "-id"), cursor, size)
    return Page(_shown(actor, _rows(found.items)), found.next_cursor)


def _visible(actor: Actor) -> Any:
    """Every call for the centre; for a department those to its own numbers."""
    return Call.objects.all() if actor.sees_all else Call.objects.filter(number__in=numbers.numbers_of(actor))


def _shown(actor: Actor, rows: list[CallRow]) -> list[CallRow]:
    """Who called is known to the centre alone."""
    return rows if actor.sees_all else [{**row, "caller_masked": "", "party_id": None} for row in rows]


def one(actor: Actor, id: UUID) -> dict[str, Any]:
    """One call ``actor`` may know of, with what happened in it. Raises NotFound."""
    row = (
        _visible(actor)
        .filter(id=id)
        .values(*_LISTED, "dialled", "trunk", "line", "behaviour", "treatment", "cause", "ended_by")
        .first()
    )
    if row is None:
        raise NotFound("call", id)
    events = CallEvent.objects.filter(call_id=id).order_by("id").values("at", "kind", "detail")
    more = {
        key: row[key] for key in ("dialled", "trunk", "line", "behaviour", "treatment", "cause", "ended_by")
    }
    return {**_shown(actor, _rows([row]))[0], **more, "arrived_at": row["arrived_at"], "answered_at": row["answered_at"],
            "ended_at": row["ended_at"], "events": [*events]}  # fmt: skip


def of_party(party_id: UUID, *, but: UUID | None = None, limit: int = 10) -> list[CallRow]:
    """A caller's earlier calls, newest first. Two queries."""
    rows = Call.objects.filter(party_id=party_id).order_by("-arrived_at")
    if but is not None:
        rows = rows.exclude(id=but)
    return _rows(rows.values(*_LISTED)[:limit])


def of_case(case_id: UUID) -> list[CallRow]:
    """Calls made about a case, newest first: whether its caller was reached, and when. Two queries."""
    return _rows(Call.objects.filter(case_id=case_id).order_by("-arrived_at").values(*_LISTED)[:50])


def _rows(rows: Iterable[dict[str, Any]]) -> list[CallRow]:
    rows = list(rows)
    ids = {row["agent_id"] for row in rows if row["agent_id"]}
    names = names_of(ids)
    return [_row(row, names) for row in rows]


def _row(row: dict[str, Any], names: dict[UUID, str]) -> CallRow:
    begin = row["queued_at"] or row["arrived_at"]
    waited_until = row["answered_at"] or row["ended_at"] or clock.now()
    talked = (row["ended_at"] or clock.now()) - row["answered_at"] if row["answered_at"] else None
    return CallRow(
        id=row["id"],
        at=row["arrived_at"],
        number=row["number"],
        caller_masked=row["caller_masked"],
        outcome=row["outcome"],
        state=row["state"],
        wait_s=max(0, int((waited_until - begin).total_seconds())),
        talk_s=int(talked.total_seconds()) if talked is not None else None,
        agent=names.get(row["agent_id"]) if row["answered_at"] else None,
        party_id=row["party_id"],
        marks=row["marks"],
        direction=row["direction"],
        rating=row["rating"],
        wrap_up=limits.wrap_up_code(row["wrap_up_code"]),
    )


# --- the desk ------------------------------------------------------------------------------------------------------------


def agent(staff_id: UUID) -> Seat | None:
    """What an agent is doing; None when he never signed in. One query."""
    row = AgentState.objects.filter(staff_id=staff_id).values(*_names(Seat)).first()
    return Seat(**row) if row else None


def desk_call(call_id: UUID) -> DeskCall | None:
    """The call on an agent's desk. One query."""
    row = Call.objects.filter(id=call_id).values(*_names(DeskCall)).first()
    return DeskCall(**row) if row else None


@dataclass(frozen=True, slots=True)
class ClerkCall:
    """A call by which a clerk of a unit was put through to a case's caller, and how long they talked."""

    case_id: UUID
    staff_id: UUID
    seconds: int


def clerk_call(call_id: UUID | str) -> ClerkCall | None:
    """The call as a unit's proof of contact; None when it was none, or nobody answered. One query."""
    legs = Leg.objects.filter(call_id=call_id, target__startswith="clerk:", up_at__isnull=False)
    row = (
        legs.filter(
            call__direction="out",
            call__talked=True,
            call__case_id__isnull=False,
            call__answered_at__isnull=False,
        )
        .values("target", "call__case_id", "call__answered_at", "call__ended_at")
        .first()
    )
    if row is None or row["call__case_id"] is None or row["call__answered_at"] is None:
        return None
    talked = (row["call__ended_at"] or clock.now()) - row["call__answered_at"]
    staff = UUID(row["target"].removeprefix("clerk:"))
    return ClerkCall(row["call__case_id"], staff, int(talked.total_seconds()))


def parties_of(call_id: UUID) -> list[Party]:
    """Everybody in a call besides the caller, in the order they came. One query."""
    rows = (
        Leg.objects.filter(call_id=call_id)
        .exclude(state=LegState.GONE)
        .exclude(role__in=("caller", Role.SNOOP))
    )
    return [Party(**row) for row in rows.order_by("planned_at").values(*_names(Party))]


def names_of(staff_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Agents' names. One query, none for nobody."""
    ids = [*staff_ids]
    return dict(AgentState.objects.filter(staff_id__in=ids).values_list("staff_id", "name")) if ids else {}


def commands_since(staff_id: UUID, since: datetime) -> list[Command]:
    """What an agent asked for from ``since`` on, oldest first. One query."""
    rows = CallCommand.objects.filter(staff_id=staff_id, asked_at__gte=since).order_by("id")
    return [Command(**row) for row in rows.values(*_names(Command))]


def _names(shape: type[Seat | DeskCall | Party | Command]) -> list[str]:
    return [field.name for field in fields(shape)]


# --- figures -------------------------------------------------------------------------------------------------------------


def by_number(start: datetime, end: datetime, within_s: int, short_s: int) -> list[NumberFigures]:
    """Calls that arrived in [start, end) by number; ``within``: answered within ``within_s`` of waiting. One query.

    A caller who only heard the fallback's apology was not served: he counts as abandoned. ``short_abandoned``: given up
    within ``short_s``. ``put_through``: of the answered ones, those that a linked hotline's own centre took.
    """
    waited = ExpressionWrapper(
        F("answered_at") - Coalesce(F("queued_at"), F("arrived_at")), output_field=DurationField()
    )
    lasted = ExpressionWrapper(
        F("ended_at") - Coalesce(F("queued_at"), F("arrived_at")), output_field=DurationField()
    )
    answered = Q(outcome__in=ANSWERED_OUTCOMES) | Q(talked=True, outcome="") | Q(state=CallState.LINKED)
    theirs = Q(outcome=Outcome.TRANSFERRED_LINKED) | Q(state=CallState.LINKED, talked=False)
    rows = (
        Call.objects.filter(direction="in", arrived_at__gte=start, arrived_at__lt=end)
        .annotate(waited=waited, lasted=lasted)
        .values("number")
        .annotate(
            calls=Count("id"),
            answered=Count("id", filter=answered),
            abandoned=Count("id", filter=Q(outcome__in=ABANDONED_OUTCOMES)),
            vacant=Count("id", filter=Q(outcome=Outcome.VACANT)),
            within=Count("id", filter=answered & Q(waited__lte=timedelta(seconds=within_s))),
            failed=Count("id", filter=Q(outcome=Outcome.FAILED)),
            short_abandoned=Count(
                "id", filter=Q(outcome__in=ABANDONED_OUTCOMES, lasted__lt=timedelta(seconds=short_s))
            ),
            put_through=Count("id", filter=theirs),
            put_through_within=Count("id", filter=theirs & Q(waited__lte=timedelta(seconds=within_s))),
        )
    )
    return [NumberFigures(**row) for row in rows]


def queue_now() -> Queue:
    """Who waits and since when. One query."""
    found = QueueEntry.objects.filter(waiting=True).aggregate(
        waiting=Count("id"),
        first=Min("entered_at"),
        emergency=Count("id", filter=Q(priority=EMERGENCY_PRIORITY)),
    )
    longest = int((clock.now() - found["first"]).total_seconds()) if found["first"] else 0
    return Queue(waiting=found["waiting"], longest_s=max(0, longest), emergency=found["emergency"])


def seats_now() -> dict[str, int]:
    """How many agents are in each mode: ready, busy (a call rings or is on), wrap_up, paused, signed_in. One query."""
    counts = dict(AgentState.objects.values_list("mode").annotate(n=Count("id")))
    on_call = (AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY)
    return {
        "ready": counts.get(AgentMode.READY, 0),
        "busy": sum(counts.get(mode, 0) for mode in on_call),
        "wrap_up": counts.get(AgentMode.WRAP_UP, 0),
        "paused": counts.get(AgentMode.PAUSED, 0) + counts.get(AgentMode.NOT_READY, 0),
        "signed_in": sum(n for mode, n in counts.items() if mode != AgentMode.SIGNED_OUT),
    }
