"""The routes of alarms. Who watches the board has them there too, as they are raised."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema

from hotline.base.people.gate import Asked, Router
from hotline.lines.alarms import actions, queries

router = Router(tags=["alarms"])


class AlarmRow(Schema):
    """One alarm; ``urgent``: it sounds until somebody has seen it."""

    id: UUID
    kind: str
    zh: str
    en: str
    urgent: bool
    about_kind: str
    about_id: str
    detail: dict[str, str]
    leader: str
    state: str
    raised_at: datetime
    last_at: datetime
    times: int
    seen_by: str
    seen_at: datetime | None
    answered_by: str
    answered_at: datetime | None
    note: str


class Alarms(Schema):
    """``next_cursor`` null: no more."""

    items: list[AlarmRow]
    next_cursor: str | None = None


class Note(Schema):
    """What was done about it."""

    note: str = ""


@router.get("/alarms", right="desk.supervise", response=Alarms, use=False)
def list_alarms(
    request: Asked, show: Literal["open", "all"] = "open", cursor: str | None = None, size: int = 50
) -> dict[str, Any]:
    """Open alarms, urgent first; with ``show=all`` every one, newest first."""
    if show == "open":
        return {"items": queries.open_alarms()}
    found = queries.page(cursor=cursor, size=size)
    return {"items": found.items, "next_cursor": found.next_cursor}


@router.post("/alarms/{uuid:id}/seen", right="desk.supervise", response=AlarmRow)
def seen(request: Asked, id: UUID) -> dict[str, Any]:
    """I have seen it: it sounds no more."""
    return queries.one(actions.act(request.actor, id, "seen"))


@router.post("/alarms/{uuid:id}/answered", right="desk.supervise", response=AlarmRow)
def answered(request: Asked, id: UUID, asked: Note) -> dict[str, Any]:
    """It has been dealt with."""
    return queries.one(actions.act(request.actor, id, "answered", asked.note))
