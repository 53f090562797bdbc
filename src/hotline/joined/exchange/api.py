"""Routes of run data: linked hotlines send, the city reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from ninja import Query, Schema

from hotline.base.people.gate import Asked, Router
from hotline.joined.exchange import actions, format, queries

router = Router(tags=["run-data"])


class FaultOut(Schema):
    """One reason, in both languages; ``where`` is the field."""

    where: str
    zh: str
    en: str


class RefusalOut(Schema):
    """A record that was not taken; ``index`` counts from 0."""

    index: int
    faults: list[FaultOut]


class ReceiptOut(Schema):
    """What became of a batch."""

    batch_id: str
    accepted: int
    duplicates: int
    refused: list[RefusalOut]


class RecordOut(Schema):
    """One record as it was sent."""

    source: str
    kind: str
    external_id: str
    sequence: int
    day: date
    number: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    agent: str | None
    transferred_to: str | None
    satisfaction: int | None
    received_at: datetime


class RecordPage(Schema):
    """A page of records."""

    items: list[RecordOut]
    next_cursor: str | None


class RefusedOut(Schema):
    """A refused record and why; what stood in it is read by itself."""

    id: str
    source: str
    faults: list[FaultOut]
    first_received_at: datetime
    last_received_at: datetime
    times: int


class RefusedContent(Schema):
    """A refused record exactly as it came; that it was read is logged."""

    raw: str


class RefusedPage(Schema):
    """A page of refused records."""

    items: list[RefusedOut]
    next_cursor: str | None


class RecordFilter(Schema):
    """What to list."""

    source: str | None = None
    number: str | None = None
    day: date | None = None
    cursor: str | None = None
    size: int = 50


# The published schema with its one definition put in place: OpenAPI looks for references elsewhere.
_PUBLISHED = format.json_schema()
_BATCH = {
    "type": "object",
    "required": _PUBLISHED["required"],
    "properties": _PUBLISHED["properties"]
    | {"records": {"type": "array", "items": _PUBLISHED["$defs"]["CallRecord"]}},
}


def _json(value: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type="application/json")


@router.post(
    "/run-data/batches",
    right="rundata.push",
    response=ReceiptOut,
    summary="报送运行数据 / Send run data",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _BATCH}}}},
)
def push(request: Asked) -> HttpResponse:
    """Store a batch; sending it again changes nothing. The format: docs/reference/run-data.md."""
    actions.check_size(int(request.headers.get("Content-Length") or 0))
    receipt = actions.receive(request.actor, request.body)
    return _json(
        {
            "batch_id": receipt.batch_id,
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "refused": [{"index": one.index, "faults": one.faults} for one in receipt.refused],
        }
    )


@router.get("/run-data/records", right="rundata.read", response=RecordPage, summary="运行数据 / Run data")
def list_records(request: Asked, wanted: Query[RecordFilter]) -> HttpResponse:
    """The history as it was sent, newest call first."""
    page = queries.records(request.actor, **wanted.dict())
    return _json({"items": page.items, "next_cursor": page.next_cursor})


@router.get(
    "/run-data/refused", right="rundata.read", response=RefusedPage, summary="被拒记录 / Refused records"
)
def list_refused(request: Asked, cursor: str | None = None, size: int = 50) -> HttpResponse:
    """Records that could not be taken, with the reasons, latest first."""
    page = queries.refused(request.actor, cursor=cursor, size=size)
    return _json({"items": page.items, "next_cursor": page.next_cursor})


@router.get(
    "/run-data/refused/{uuid:id}",
    right="rundata.read",
    response=RefusedContent,
    summary="被拒记录原文 / A refused record word for word",
)
def read_refused(request: Asked, id: UUID) -> RefusedContent:
    """A refused record exactly as it came, for its source's own people; the read is logged."""
    return RefusedContent(raw=actions.reveal_refused(request.actor, id))
