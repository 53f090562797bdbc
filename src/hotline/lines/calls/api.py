"""Call records, for those who may read them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from hotline.base.people.gate import Asked, Router
from hotline.lines.calls import queries

router = Router(tags=["calls"])


@router.get("/calls", right="calls.read", response=dict[str, Any])
def list_calls(
    request: Asked, cursor: str | None = None, size: int = 20, number: str = "", day: date | None = None
) -> dict[str, Any]:
    """Calls, newest first; ``day`` is a date of the city (YYYY-MM-DD)."""
    found = queries.page(request.actor, number=number, day=day, cursor=cursor, size=size)
    return {"items": found.items, "next_cursor": found.next_cursor}


@router.get("/calls/{uuid:id}", right="calls.read", response=dict[str, Any])
def one_call(request: Asked, id: UUID) -> dict[str, Any]:
    """One call with what happened in it."""
    return queries.one(request.actor, id)
