"""Text messages over HTTP: the list for staff, and the door at which gateways report."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema, Status

from hotline.base.kernel.errors import NotFound
from hotline.base.notices import actions, configured, gateways, queries, rights
from hotline.base.people.gate import PUBLIC, Asked, Router

router = Router(tags=["notices"])

LARGEST_REPORT = 1024 * 1024


class MessagePage(Schema):
    """A page of messages."""

    items: list[queries.MessageRow]
    next_cursor: str | None


@router.get("/notices", right=rights.READ, response=MessagePage)
def list_messages(
    request: Asked,
    state: Literal[
        "",
        "waiting",
        "sending",
        "sent",
        "delivered",
        "undelivered",
        "refused",
        "expired",
        "unknown",
        "failed",
    ] = "",
    about_kind: str = "",
    about_id: UUID | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Any:
    """Text messages, newest first; what they said is not in it."""
    return queries.page(state=state, about_kind=about_kind, about_id=about_id, cursor=cursor, size=size)


@router.get("/notices/counts", right=rights.READ, response=queries.MessageCounts)
def count_messages(request: Asked) -> Any:
    """How the last 24 hours' messages stand."""
    return queries.counts()


@router.post("/sms/{gateway}/{key}", right=PUBLIC, response={200: dict, 422: dict})
def report(request: HttpRequest, gateway: str, key: str) -> Any:
    """Where the city's gateway posts receipts and replies; ``key`` is the secret part of the address (`hotline sms status`)."""
    chosen = configured.sms()
    door = configured.door_key(gateway)
    if chosen is None or chosen.gateway != gateway or not compare_digest(door.encode(), key.encode()):
        raise NotFound("gateway", gateway)
    kind = gateways.known()[gateway]
    if len(request.body) > LARGEST_REPORT:
        return Status(422, kind.no_thanks(f"more than {LARGEST_REPORT} bytes"))
    try:
        receipts, replies = kind.read(request.body)
    except gateways.Unreadable as error:
        return Status(422, kind.no_thanks(str(error)))
    actions.take_receipts(gateway, receipts)
    actions.take_replies(gateway, replies)
    return kind.thanks()
