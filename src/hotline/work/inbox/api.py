"""The inbox over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Schema, Status
from pydantic import Field

from hotline.base.notices import queries as messages
from hotline.base.people.gate import Asked, Router
from hotline.work.attachments import queries as attached
from hotline.work.attachments.queries import AttachmentRow
from hotline.work.cases.intake import Asking
from hotline.work.cases.terms import NORMAL
from hotline.work.inbox import actions, queries, rights
from hotline.work.inbox.words import DISMISSED

router = Router(tags=["inbox"])


class InboxPage(Schema):
    """A page of what came in."""

    items: list[messages.IncomingRow]
    next_cursor: str | None


class InboxMessage(Schema):
    """One message with all its words and what came with it."""

    message: messages.IncomingRow
    attachments: list[AttachmentRow]


class SendersCase(Schema):
    """A case that is going on and that a message may be about; ``why``: it is its sender's, he answers what we wrote about it, or
    he names its number."""

    id: UUID
    number: str
    type: str
    matter: str
    state: str
    created_at: datetime
    why: Literal["sender", "answer", "named"]


class SendersCases(Schema):
    """What a message may be about."""

    items: list[SendersCase]


class ReasonRow(Schema):
    """Why a message may be put aside."""

    value: str
    zh: str
    en: str


class Reasons(Schema):
    """All reasons."""

    items: list[ReasonRow]


class ToFile(Schema):
    """What an agent adds to the citizen's words."""

    type: str
    matter: str
    division: str = ""
    address: str = ""
    name: str = ""
    confidential: bool = False
    urgency: str = NORMAL


class FiledFrom(Schema):
    """The case a message became."""

    id: UUID
    number: str


class ToAdd(Schema):
    """Which case it belongs to."""

    case_id: UUID


class ToDismiss(Schema):
    """Why it is put aside."""

    reason: Annotated[str, Field(max_length=40)]


@router.get("/inbox", right=rights.WORK, response=InboxPage)
def list_inbox(
    request: Asked,
    waiting: bool = True,
    channel: Literal["", "sms", "mail"] = "",
    cursor: str | None = None,
    size: int = 50,
) -> Any:
    """What citizens wrote that is no answer to a question of ours."""
    return messages.incoming(waiting=waiting, channel=channel, cursor=cursor, size=size)


@router.get("/inbox/reasons", right=rights.WORK, response=Reasons)
def list_reasons(request: Asked) -> Any:
    """Why a message may be put aside."""
    return {"items": [word.as_dict() for word in DISMISSED.values()]}


@router.get("/inbox/{uuid:id}", right=rights.WORK, response=InboxMessage)
def read_message(request: Asked, id: UUID) -> Any:
    """A message with all its words and what came with it."""
    return {"message": messages.incoming_one(id), "attachments": attached.of_message(request.actor, id)}


@router.get("/inbox/{uuid:id}/original", right=rights.WORK)
def read_original(request: Asked, id: UUID) -> HttpResponse:
    """A mail as it came, to be kept as a file and never shown by a browser. Every reading is an audit row."""
    answer = HttpResponse(actions.download(request.actor, id), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{id}.eml"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "no-store"
    return answer


@router.get("/cases/{uuid:id}/messages", right=rights.WORK, response=InboxPage)
def list_messages_of_case(request: Asked, id: UUID) -> Any:
    """The messages that became a case or were added to it."""
    return queries.of_case(request.actor, id)


@router.get("/inbox/{uuid:id}/cases", right=rights.WORK, response=SendersCases)
def list_senders_cases(request: Asked, id: UUID) -> Any:
    """The cases that are going on and that it may be about."""
    return {"items": queries.open_cases(request.actor, id)}


@router.post("/inbox/{uuid:id}/file", right=rights.WORK, response={201: FiledFrom})
def file_message(request: Asked, id: UUID, body: ToFile) -> Any:
    """Make a case of it."""
    filed = actions.file(
        request.actor,
        id,
        Asking(
            type=body.type, matter=body.matter, content="", channel="", division=body.division, address=body.address,
            name=body.name, confidential=body.confidential, urgency=body.urgency,
        ),
    )  # fmt: skip
    return Status(201, {"id": filed.id, "number": filed.number})


@router.post("/inbox/{uuid:id}/add", right=rights.WORK, response=FiledFrom)
def add_message(request: Asked, id: UUID, body: ToAdd) -> Any:
    """Add it to a case that is going on."""
    case = actions.add(request.actor, id, body.case_id)
    return {"id": case.id, "number": case.number}


@router.post("/inbox/{uuid:id}/dismiss", right=rights.WORK, response={204: None})
def dismiss_message(request: Asked, id: UUID, body: ToDismiss) -> Any:
    """Put it aside."""
    actions.dismiss(request.actor, id, body.reason)
    return Status(204, None)


@router.post("/inbox/{uuid:id}/take-back", right=rights.WORK, response={204: None})
def take_message_back(request: Asked, id: UUID) -> Any:
    """Have it wait again."""
    actions.take_back(request.actor, id)
    return Status(204, None)
