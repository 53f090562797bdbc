"""Ties and who stands aside, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema, Status
from pydantic import Field

from hotline.base.kernel.paging import keyset
from hotline.base.people.gate import Asked, Router
from hotline.work.interests import actions, queries, rights

router = Router(tags=["interests"])


class TieRow(Schema):
    """Somebody's tie to an organisation; ``ends_at`` null: it holds."""

    id: UUID
    staff_id: str
    staff_name: str
    organisation_name: str
    relation: str
    starts_at: datetime
    ends_at: datetime | None
    declared_by: str
    ended_by: str


class TiePage(Schema):
    """A page of ties."""

    items: list[TieRow]
    next_cursor: str | None


class NewTie(Schema):
    """``staff_id`` null: one's own; ``starts_at`` null: from now."""

    organisation_id: UUID
    relation: Annotated[str, Field(min_length=1, max_length=200)]
    staff_id: UUID | None = None
    starts_at: datetime | None = None


@router.get("/ties", right=rights.STEP_ASIDE, response=TiePage)
def list_ties(request: Asked, cursor: str | None = None, size: int = 50) -> Any:
    """One's own ties; everybody's for who may order others aside."""
    return keyset(queries.ties(request.actor), ("-starts_at", "-id"), cursor, size)


@router.post("/ties", right=rights.STEP_ASIDE, response={201: TieRow})
def declare_tie(request: Asked, body: NewTie) -> Any:
    """Declare a tie: reports of that organisation are not shown to him from then on."""
    row = actions.declare_tie(
        request.actor, body.organisation_id, body.relation, staff_id=body.staff_id, starts_at=body.starts_at
    )
    return Status(201, row)


@router.post("/ties/{uuid:id}/end", right=rights.ORDER, response=TieRow)
def end_tie(request: Asked, id: UUID) -> Any:
    """End a tie."""
    return actions.end_tie(request.actor, id)
