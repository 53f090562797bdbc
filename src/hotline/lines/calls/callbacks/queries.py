"""What is known of callbacks: the list, one of them, what an agent holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from typing_extensions import TypedDict

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.paging import Page, keyset
from hotline.lines.calls import rules_file
from hotline.lines.calls.callbacks.models import Attempt, Callback, MissedCall
from hotline.lines.calls.callbacks.words import CallbackState
from hotline.lines.calls.models import Call
from hotline.lines.calls.rules import CallingBack
from hotline.lines.calls.words import CallState
from hotline.lines.numbers import queries as numbers

Which = Literal["open", "overdue", "mine", "closed"]


class CallbackRow(TypedDict):
    """One caller to be called back. ``entered_at`` is his place: when he first rang; ``missed``: how often in vain;
    ``agent``: who has it in hand, or had it when it closed."""

    id: UUID
    number: str
    line: str
    caller_masked: str
    party_id: UUID | None
    why: str
    state: str
    entered_at: datetime
    missed_at: datetime
    missed: int
    due_at: datetime
    overdue: bool
    not_before: datetime | None
    tried: int
    agent: str
    mine: bool
    hold_until: datetime | None
    outcome: str
    closed_at: datetime | None


class Counts(TypedDict):
    """How many are open, past their time, and in the asker's own hands."""

    open: int
    overdue: int
    mine: int


_FIELDS = (
    "id", "number", "line", "caller_masked", "party_id", "why", "state", "priority", "entered_at", "missed_at", "missed",
    "due_at", "not_before", "tried", "agent_id", "agent_name", "hold_until", "outcome", "closed_at",
)  # fmt: skip
_IN_TURN = ("priority", "entered_at", "id")
_NEWEST = ("-closed_at", "-id")


def page(
    actor: Actor, which: Which = "open", *, number: str = "", cursor: str | None = None, size: int = 50
) -> Page[CallbackRow]:
    """Callbacks the actor may know of: open ones in the order of the queue, closed ones newest first. One query.

    Raises Invalid for a cursor that is not ours.
    """
    rows = _which(_visible(actor), actor, which)
    if number:
        rows = rows.filter(number=number)
    found = keyset(rows.values(*_FIELDS), _NEWEST if which == "closed" else _IN_TURN, cursor, size)
    return Page([_row(actor, row) for row in found.items], found.next_cursor)


def counts(actor: Actor) -> Counts:
    """One query."""
    found = (
        _visible(actor)
        .filter(closed_at=None)
        .aggregate(
            open=Count("id"),
            overdue=Count("id", filter=Q(due_at__lt=clock.now())),
            mine=Count("id", filter=_mine(actor)),
        )
    )
    return Counts(open=found["open"], overdue=found["overdue"], mine=found["mine"])


def one(actor: Actor, id: UUID) -> dict[str, Any]:
    """One callback with its missed calls and attempts. Raises NotFound. Three queries."""
    row = _visible(actor).filter(id=id).values(*_FIELDS).first()
    if row is None:
        raise NotFound("callback", id)
    missed = MissedCall.objects.filter(callback_id=id).order_by("at")
    tries = Attempt.objects.filter(callback_id=id).order_by("number")
    return {
        **_row(actor, row),
        "missed_calls": [
            {"id": m["call_id"], "at": m["at"], "number": m["call__number"], "outcome": m["call__outcome"]}
            for m in missed.values("call_id", "at", "call__number", "call__outcome")
        ],
        "attempts": [
            *tries.values(
                "number", "agent_name", "given", "begun_at", "call_id", "outcome", "note", "ended_at"
            )
        ],
    }


class OnDesk(TypedDict):
    """A callback as a desk shows it."""

    id: UUID
    number: str
    line: str
    caller_masked: str
    party_id: UUID | None
    why: str
    entered_at: datetime
    hold_until: datetime | None


def on_desk(staff_id: UUID) -> OnDesk | None:
    """The callback an agent holds, for his desk; None: none. One query."""
    found = (
        Callback.objects.filter(agent_id=staff_id, state=CallbackState.TAKEN)
        .values("id", "number", "line", "caller_masked", "party_id", "why", "entered_at", "hold_until")
        .first()
    )
    return OnDesk(**found) if found else None


def busy_with_one() -> QuerySet[Callback, Any]:
    """The agents who hold one: they are asked for nothing else meanwhile, unless its caller is on the line himself."""
    return Callback.objects.filter(~Exists(_on_the_line()), state=CallbackState.TAKEN).values("agent_id")


def _on_the_line() -> QuerySet[Call]:
    """Whether the caller of a callback rings, waits or talks just now."""
    return Call.objects.filter(
        city_id=OuterRef("city_id"), caller_index=OuterRef("caller_index"), direction="in"
    ).exclude(state=CallState.ENDED)


def in_turn(at: datetime, how: CallingBack) -> list[dict[str, Any]]:
    """Callbacks to be given to ready agents at ``at``, with their places as waiting.py makes entries from them.

    Nobody who is on the line himself. One query; none where nothing is given out, or while citizens may not be rung.
    """
    local = clock.local(at)
    if not how.assign or (how.hours and not how.hours.covers(local, rules_file.working(local.date()))):
        return []
    due = Q(not_before=None) | Q(not_before__lte=at)
    # That an open one is not closed is said for the index's sake.
    rows = Callback.objects.filter(due, ~Exists(_on_the_line()), state=CallbackState.WAITING, closed_at=None)
    names = {name: F(f"entry__{name}") for name in ("steps", "skills", "point_seconds")}
    found = rows.filter(why__in=how.assign).values("id", "entry_id", "entered_at", "priority", **names)
    return [{**row, "id": row["entry_id"], "callback_id": row["id"]} for row in found]


def cannot_wait(id: UUID) -> bool:
    """Whether a callback is to somebody whose call our own fault cut off: he is rung at any hour. One query."""
    return Callback.objects.filter(id=id, why="lost").exists()


def _visible(actor: Actor) -> QuerySet[Callback]:
    """Every one for the centre; for a department those to its own numbers."""
    if actor.sees_all:
        return Callback.objects.all()
    return Callback.objects.filter(number__in=numbers.numbers_of(actor))


def _which(rows: QuerySet[Callback], actor: Actor, which: Which) -> QuerySet[Callback]:
    match which:
        case "open":
            return rows.filter(closed_at=None)
        case "overdue":
            return rows.filter(closed_at=None, due_at__lt=clock.now())
        case "mine":
            return rows.filter(_mine(actor), closed_at=None)
        case "closed":
            return rows.exclude(closed_at=None)


def _mine(actor: Actor) -> Q:
    return Q(agent_id=actor.id) if actor.kind == "person" else Q(pk__in=[])


def _row(actor: Actor, row: dict[str, Any]) -> CallbackRow:
    """Who called is known to the centre alone."""
    seen = actor.sees_all
    return CallbackRow(
        id=row["id"],
        number=row["number"],
        line=row["line"],
        caller_masked=row["caller_masked"] if seen else "",
        party_id=row["party_id"] if seen else None,
        why=row["why"],
        state=row["state"],
        entered_at=row["entered_at"],
        missed_at=row["missed_at"],
        missed=row["missed"],
        due_at=row["due_at"],
        overdue=row["closed_at"] is None and row["due_at"] < clock.now(),
        not_before=row["not_before"],
        tried=row["tried"],
        agent="" if row["state"] == CallbackState.WAITING else row["agent_name"],
        mine=row["agent_id"] is not None and str(row["agent_id"]) == actor.id,
        hold_until=row["hold_until"],
        outcome=row["outcome"],
        closed_at=row["closed_at"],
    )
