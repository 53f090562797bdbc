"""Call records, for those who may read them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.people.gate import Asked, Router
from hotline.lines.calls import queries

router = Router(tags=["calls"])


@router.get("/calls", right="calls.read", response=dict[str, Any])
def list_calls(
    request: Asked, cursor: str | None = None, size: int = 20, number: str = "", day: str = ""
) -> dict[str, Any]:
    """Calls, newest first; ``day`` is a date of the city (YYYY-MM-DD)."""
    if day and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise Invalid([Fault("day", f"日期应为 YYYY-MM-DD：“{day}”", f"The day must be YYYY-MM-DD: “{day}”")])
    found = queries.page(request.actor, number=number, day=day, cursor=cursor, size=size)
    return {"items": found.items, "next_cursor": found.next_cursor}


@router.get("/calls/{uuid:id}", right="calls.read", response=dict[str, Any])
def one_call(request: Asked, id: UUID) -> dict[str, Any]:
    """One call with what happened in it."""
    return queries.one(request.actor, id)
