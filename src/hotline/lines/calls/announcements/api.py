"""The routes of announcements."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Schema, Status

from hotline.base.people.gate import Asked, Router
from hotline.lines.calls.announcements import actions, queries
from hotline.lines.calls.announcements.words import KINDS

router = Router(tags=["announcements"])


class Area(Schema):
    """A division it is about."""

    code: str
    name: str


class AnnouncementRow(Schema):
    """``state``: being_made, on, to_come, over, withdrawn or failed (``fault`` says why). Of ``callers`` who were to
    hear it, ``informed`` hung up content, ``went_on`` to a person, ``hung_up`` before its end."""

    id: UUID
    kind: str
    kind_zh: str
    kind_en: str
    title: str
    text: str
    lines: list[str]
    areas: list[Area]
    begins_at: datetime
    ends_at: datetime
    state: str
    seconds: float | None
    fault: str
    published_by: str
    published_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_why: str
    callers: int
    informed: int
    went_on: int
    hung_up: int


class Word(Schema):
    """A kind, in words."""

    code: str
    zh: str
    en: str


class Announcements(Schema):
    """Newest first; ``kinds`` in the order in which callers hear them."""

    items: list[AnnouncementRow]
    next_cursor: str | None
    kinds: list[Word]


class AnnouncementAsked(Schema):
    """``lines`` empty: all numbers; ``areas``: division codes, empty: the whole city; ``begins_at`` null: now."""

    kind: str = ""
    title: str = ""
    text: str = ""
    lines: list[str] = []
    areas: list[str] = []
    begins_at: datetime | None = None
    ends_at: datetime | None = None


class Reason(Schema):
    """Why."""

    reason: str = ""


class Text(Schema):
    """What is to be said."""

    text: str = ""


@router.get("/announcements", right="announcement.read", response=Announcements, use=False)
def list_announcements(
    request: Asked, show: Literal["now", "all"] = "now", cursor: str | None = None, size: int = 50
) -> dict[str, Any]:
    """What callers hear now or will, or everything there ever was, with what became of the callers."""
    found = queries.listed(show, cursor, size)
    kinds = [{"code": code, "zh": zh, "en": en} for code, (zh, en) in KINDS.items()]
    return {"items": found.items, "next_cursor": found.next_cursor, "kinds": kinds}


@router.post("/announcements", right="announcement.write", response={201: AnnouncementRow})
def publish(request: Asked, asked: AnnouncementAsked) -> Status[dict[str, Any]]:
    """Publish a text: callers hear it within ten seconds, until its end."""
    return Status(201, queries.row_of(actions.publish(request.actor, **asked.dict())))


@router.post("/announcements/{uuid:id}/withdraw", right="announcement.write", response=AnnouncementRow)
def withdraw(request: Asked, id: UUID, asked: Reason) -> dict[str, Any]:
    """Take it off before its time."""
    return queries.row_of(actions.withdraw(request.actor, id, asked.reason))


@router.post(
    "/announcements/preview",
    right="announcement.write",
    openapi_extra={"responses": {200: {"description": "WAV", "content": {"audio/wav": {}}}}},
)
def preview(request: Asked, asked: Text) -> HttpResponse:
    """How it will sound."""
    return HttpResponse(actions.preview(request.actor, asked.text), content_type="audio/wav")
