"""Callbacks over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from hotline.base.people.gate import Asked, Router
from hotline.lines.calls.callbacks import actions, queries, rights

router = Router(tags=["callbacks"])


class Missed(Schema):
    """A call nobody answered."""

    id: UUID
    at: datetime
    number: str
    outcome: str


class AttemptOut(Schema):
    """One time somebody had it in hand; ``call_id``: the outbound call, if he rang over the platform."""

    number: int
    agent_name: str
    given: bool
    begun_at: datetime
    call_id: UUID | None
    outcome: str
    note: str
    ended_at: datetime | None


class CallbackOut(queries.CallbackRow):
    """One callback with its history."""

    missed_calls: list[Missed]
    attempts: list[AttemptOut]


class CallbackPage(Schema):
    """A page, and how many there are in all."""

    items: list[queries.CallbackRow]
    next_cursor: str | None
    counts: queries.Counts


class Reported(Schema):
    """``reached``, ``no_answer``, ``busy``, ``refused``; ``given_back``: not tried, somebody else may."""

    outcome: str
    note: Annotated[str, Field(max_length=200)] = ""


@router.get("/callbacks", right=rights.READ, response=CallbackPage)
def list_callbacks(
    request: Asked, state: queries.Which = "open", number: str = "", cursor: str | None = None, size: int = 50
) -> dict[str, Any]:
    """Missed callers in the order in which they are to be called; ``state=closed``: what became of the others."""
    found = queries.page(request.actor, state, number=number, cursor=cursor, size=size)
    return {"items": found.items, "next_cursor": found.next_cursor, "counts": queries.counts(request.actor)}


@router.get("/callbacks/{uuid:id}", right=rights.READ, response=CallbackOut)
def one_callback(request: Asked, id: UUID) -> dict[str, Any]:
    """One callback with its missed calls and attempts."""
    return queries.one(request.actor, id)


@router.post("/callbacks/{uuid:id}/take", right=rights.TAKE, response=CallbackOut)
def take(request: Asked, id: UUID) -> dict[str, Any]:
    """Take it in hand; nobody else can, until its outcome or ``hold_until``."""
    actions.take(request.actor, id)
    return queries.one(request.actor, id)


@router.post("/callbacks/{uuid:id}/outcome", right=rights.TAKE, response=CallbackOut)
def outcome(request: Asked, id: UUID, said: Reported) -> dict[str, Any]:
    """Say what became of it."""
    actions.report(request.actor, id, said.outcome, said.note)
    return queries.one(request.actor, id)
