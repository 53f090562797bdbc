"""Restricted callers over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Schema, Status
from pydantic import Field

from hotline.base.people.gate import Asked, Router
from hotline.lines.calls.restrictions import actions, queries, rights

router = Router(tags=["restrictions"])


class Proposed(Schema):
    """Why whoever made ``call_id`` should wait behind the others, and for how many days."""

    call_id: UUID
    reason: str
    note: Annotated[str, Field(max_length=500)]
    days: int


class Decided(Schema):
    """The reason in words."""

    note: Annotated[str, Field(max_length=500)]


@router.get("/restrictions", right=rights.READ, response=dict[str, Any])
def list_restrictions(
    request: Asked, state: str = "", cursor: str | None = None, size: int = 50
) -> dict[str, Any]:
    """Restricted callers, newest first."""
    found = queries.page(state=state, cursor=cursor, size=size)
    return {"items": found.items, "next_cursor": found.next_cursor}


@router.post("/restrictions", right=rights.PROPOSE, response={201: dict[str, Any]})
def propose(request: Asked, said: Proposed) -> Status[dict[str, Any]]:
    """Propose one, from a call."""
    id = actions.propose(request.actor, said.call_id, said.reason, said.note, said.days)
    return Status(201, queries.one(id))


@router.get("/restrictions/{uuid:id}", right=rights.READ, response=dict[str, Any])
def one_restriction(request: Asked, id: UUID) -> dict[str, Any]:
    """One with its history."""
    return queries.one(id)


@router.post("/restrictions/{uuid:id}/acts/{act}", right=rights.PROPOSE, response=dict[str, Any])
def act(request: Asked, id: UUID, act: str, said: Decided) -> dict[str, Any]:
    """``approve``, ``refuse``, ``uphold``, ``lift`` (right restriction.decide) or ``appeal``."""
    actions.act(request.actor, id, act, said.note)
    return queries.one(id)
