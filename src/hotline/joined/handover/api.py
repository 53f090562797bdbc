"""Routes of hand-overs: far centres send and ask, agents make and redeem codes, everybody sees the links."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from ninja import Schema

from hotline.base.people.gate import Asked, Router
from hotline.joined.handover import actions, codes, format, meeting, queries
from hotline.lines.calls import queries as calls

router = Router(tags=["hand-overs"])


class ReceiptOut(Schema):
    """A message is here; ``met``: its caller is on our line already."""

    message_id: UUID
    received_at: datetime
    met: bool


class OutcomeOut(Schema):
    """The outcome that stands."""

    outcome: str


class StatusOut(Schema):
    """Whether this centre takes calls now."""

    state: Literal["open", "busy", "closed"]
    seats_free: int
    waiting: int
    at: datetime


class CodeAsked(Schema):
    """For which call."""

    call_id: UUID


class CodeOut(Schema):
    """Six digits and until when they hold."""

    code: str
    expires_at: datetime


class CodeGiven(Schema):
    """What was read out or keyed in, and on which call."""

    code: str
    call_id: UUID


class RevealAsked(Schema):
    """Why the number is needed."""

    reason: str


class PhoneOut(Schema):
    """A number in clear."""

    phone: str


class ContextOut(Schema):
    """What came with a caller, masked."""

    context: dict[str, Any] | None


class HandOverList(Schema):
    """A call's hand-overs, both ways, oldest first."""

    items: list[dict[str, Any]]


class LinkOut(Schema):
    """A linked hotline or sub-centre and its link at this moment."""

    number: str
    name: str
    name_en: str
    department: str
    kind: Literal["linked", "sub_centre"]
    trunk: str | None
    takes_messages: bool
    state: Literal["open", "busy", "closed", "unreachable", "unknown"]
    state_zh: str
    state_en: str
    since: datetime | None
    telephone: str
    messages: str
    seats_free: int | None
    waiting: int | None
    checked_at: datetime | None


class LinkList(Schema):
    """All of them, in the order of the annex."""

    items: list[LinkOut]


class LinkChangeOut(Schema):
    """One change of a link."""

    at: datetime
    state: str
    before: str
    telephone: str
    messages: str


class LinkHistory(Schema):
    """How a link changed, newest first."""

    items: list[LinkChangeOut]


_MESSAGE = format.json_schema()


def _inline() -> dict[str, Any]:
    """The published schema with its definitions put in place: OpenAPI looks for references elsewhere."""
    text = msgspec.json.encode(_MESSAGE).decode()
    for name, schema in _MESSAGE["$defs"].items():
        text = text.replace(f'"$ref":"#/$defs/{name}"', msgspec.json.encode(schema).decode()[1:-1])
    whole: dict[str, Any] = msgspec.json.decode(text)
    return {name: whole[name] for name in ("type", "required", "properties")}


@router.post(
    "/hand-overs",
    right="handover.push",
    response={202: ReceiptOut, 200: ReceiptOut},
    summary="移交来电 / Hand a caller over",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _inline()}}}},
)
def push(request: Asked) -> HttpResponse:
    """A caller comes over. 202 taken, 200 the same message again. The protocol: docs/reference/hand-over.md."""
    actions.check_size(int(request.headers.get("Content-Length") or 0))
    receipt = actions.receive(request.actor, request.body)
    body = {"message_id": receipt.message_id, "received_at": receipt.received_at, "met": receipt.met}
    return HttpResponse(
        msgspec.json.encode(body), content_type="application/json", status=202 if receipt.fresh else 200
    )


@router.post(
    "/hand-overs/{uuid:message_id}/outcome",
    right="handover.push",
    response=OutcomeOut,
    summary="移交结果 / What became of a caller",
)
def outcome(request: Asked, message_id: UUID) -> OutcomeOut:
    """What became of a caller we sent: answered, refused, finished, and under which number the matter is kept there."""
    actions.check_size(int(request.headers.get("Content-Length") or 0))
    return OutcomeOut(outcome=actions.take_outcome(request.actor, message_id, request.body))


@router.get("/status", right="handover.push", response=StatusOut, summary="本中心状态 / This centre's state")
def status(request: Asked) -> dict[str, Any]:
    """For far centres: whether 12345 takes calls, how many seats are free, how many callers wait."""
    return queries.our_status()


@router.get(
    "/hand-overs", right="calls.read", response=HandOverList, summary="通话的移交 / A call's hand-overs"
)
def of_call(request: Asked, call_id: UUID) -> dict[str, Any]:
    """What was handed over with a call and what became of it; the content itself is shown at the desk only."""
    calls.one(request.actor, call_id)  # who may not know of the call learns nothing of what went with it
    return {"items": queries.of_call(call_id)}


@router.post("/hand-overs/codes", right="desk.work", response=CodeOut, summary="移交码 / A one-time code")
def make_code(request: Asked, asked: CodeAsked) -> codes.Code:
    """A code for a call, for a far side that only the telephone network reaches; the same one while it holds."""
    return codes.code_for(request.actor, asked.call_id)


@router.post("/hand-overs/redeem", right="desk.work", response=ContextOut, summary="凭码关联 / Redeem a code")
def redeem(request: Asked, given: CodeGiven) -> dict[str, Any]:
    """Join a call with what a code stands for."""
    codes.redeem(request.actor, given.code, given.call_id)
    meeting.wake_desk(given.call_id)
    return {"context": queries.context_of(given.call_id)}


@router.post(
    "/hand-overs/{uuid:id}/reveal",
    right="party.reveal",
    response=PhoneOut,
    summary="查看来电号码 / The number in clear",
)
def reveal(request: Asked, id: UUID, asked: RevealAsked) -> PhoneOut:
    """The number a far centre handed over, in clear; the look is logged with its reason."""
    return PhoneOut(phone=actions.reveal_phone(request.actor, id, asked.reason))


@router.get("/links", right="numbers.read", response=LinkList, summary="联动状态 / State of the links")
def links(request: Asked) -> dict[str, Any]:
    """All linked hotlines and sub-centres with their live state."""
    return {"items": queries.links()}


@router.get(
    "/links/{number}/changes",
    right="numbers.read",
    response=LinkHistory,
    summary="联动变化 / A link's changes",
)
def link_changes(request: Asked, number: str) -> dict[str, Any]:
    """How a link changed, newest first."""
    return {"items": queries.link_history(number)}
