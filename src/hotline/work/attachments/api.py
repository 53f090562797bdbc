"""Attachments over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import File, Schema, Status
from ninja.files import UploadedFile

from hotline.base.people.gate import Asked, Router
from hotline.work.attachments import actions, queries, rights
from hotline.work.attachments.examining import Upload

router = Router(tags=["attachments"])


class AttachmentsOut(Schema):
    """Attachments of one thing, and what may be added."""

    items: list[queries.AttachmentRow]
    may_add: bool
    taken: queries.Taken


class AddedOut(Schema):
    """The attachment that was added."""

    id: UUID


class ToSettle(Schema):
    """What is to be done with an attachment, and why."""

    verdict: Literal["clean", "erase"]
    reason: str


class HeldOut(Schema):
    """An attachment in quarantine."""

    id: UUID
    about_kind: str
    about_id: UUID
    kind: str
    size: int
    added_at: datetime
    doubt_zh: str
    doubt_en: str
    said: str


class HeldPage(Schema):
    """A page of them."""

    items: list[HeldOut]
    next_cursor: str | None


@router.get("/cases/{uuid:id}/attachments", right=rights.READ, response=AttachmentsOut)
def list_attachments(request: Asked, id: UUID) -> Any:
    """The files of a case; those of a confidential caller without their name until they are released."""
    return queries.of_case(request.actor, id)


@router.post("/cases/{uuid:id}/attachments", right=rights.ADD, response={201: AddedOut})
def add_attachment(request: Asked, id: UUID, original: bool = False, file: UploadedFile = File(...)) -> Any:  # type: ignore[type-arg]  # noqa: B008
    """Add one file (multipart); ``original``: the letter the case was filed from. The same file again answers the same id."""
    added = actions.add(request.actor, id, Upload(file.name or "", file.read()), original=original)
    return Status(201, {"id": added})


@router.get("/attachments/quarantine", right=rights.QUARANTINE, response=HeldPage)
def list_quarantine(request: Asked, cursor: str | None = None, size: int = 50) -> Any:
    """What is in quarantine, newest first."""
    return queries.quarantine(cursor, size)


@router.get("/attachments/{uuid:id}/content", right=rights.READ)
def read_attachment(request: Asked, id: UUID, preview: bool = False) -> StreamingHttpResponse:
    """The bytes, to be kept as a file; pictures may be looked at (``preview``). Every reading is an audit row."""
    content = actions.read(request.actor, id, preview=preview)
    inline = preview and content.image
    answer = StreamingHttpResponse(
        content.parts, content_type=content.media if inline else "application/octet-stream"
    )
    answer["Content-Length"] = str(content.size)
    answer["Content-Disposition"] = (
        f"{'inline' if inline else 'attachment'}; filename=\"attachment\"; filename*=UTF-8''{quote(content.name, safe='')}"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "no-store"
    return answer


@router.post("/attachments/{uuid:id}/release", right=rights.RELEASE, response={204: None})
def release_attachment(request: Asked, id: UUID) -> Any:
    """Let the unit of a confidential case see it."""
    actions.release(request.actor, id)
    return Status(204, None)


@router.post("/attachments/{uuid:id}/settle", right=rights.QUARANTINE, response={204: None})
def settle_attachment(request: Asked, id: UUID, body: ToSettle) -> Any:
    """Let it out of quarantine, or erase it."""
    actions.settle(request.actor, id, body.verdict, body.reason)
    return Status(204, None)
