"""Who read what, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Schema

from hotline.base.people.gate import Asked, Router
from hotline.work.reads import actions, queries, rights
from hotline.work.reads.queries import Wanted

router = Router(tags=["audit"])


class ReadRow(Schema):
    """One clear reading: ``number`` of the case, ``field`` and ``reason`` where the act has them."""

    id: UUID
    at: datetime
    reader_id: str
    reader: str
    reader_kind: str
    address: str
    act: str
    zh: str
    en: str
    object_kind: str
    object_id: str
    number: str
    field: str
    reason: str


class ReadPage(Schema):
    """A page of readings."""

    items: list[ReadRow]
    next_cursor: str | None


class ReaderRow(Schema):
    """How often somebody read, and how many different things."""

    reader_id: str
    reader: str
    reads: int
    things: int
    last_at: datetime


class Readers(Schema):
    """Those who read."""

    items: list[ReaderRow]


class ReadFinding(Schema):
    """Something unusual: ``reads`` is the most in an hour, the number of readings, or of cases."""

    kind: str
    zh: str
    en: str
    reader_id: str
    reader: str
    reads: int
    last_at: datetime
    object_id: str


class ReadFindings(Schema):
    """What is unusual."""

    items: list[ReadFinding]


class ToExport(Schema):
    """Which readings; as GET /reads asks for them."""

    reader: str = ""
    number: str = ""
    field: str = ""
    address: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


@router.get("/reads", right=rights.READ, response=ReadPage)
def list_reads(
    request: Asked,
    reader: str = "",
    number: str = "",
    field: str = "",
    address: str = "",
    act: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Any:
    """Every clear reading of personal data, newest first."""
    wanted = Wanted(reader.strip(), number.strip(), field, address.strip(), act, since, until)
    return queries.page(request.actor, wanted, cursor, size)


@router.get("/reads/readers", right=rights.READ, response=Readers)
def count_readers(request: Asked, since: datetime | None = None, until: datetime | None = None) -> Any:
    """Who read how often; in the last week, if nothing else is said."""
    return {"items": queries.readers(request.actor, since, until)}


@router.get("/reads/findings", right=rights.READ, response=ReadFindings)
def list_findings(request: Asked, since: datetime | None = None, until: datetime | None = None) -> Any:
    """What is unusual; in the last week, if nothing else is said."""
    return {"items": queries.findings(request.actor, since, until)}


@router.post("/reads/export", right=rights.EXPORT, response={200: None})
def export_reads(request: Asked, asked: ToExport) -> HttpResponse:
    """Readings as CSV; the export is itself such a row."""
    answer = HttpResponse(
        actions.export(request.actor, Wanted(**asked.dict())), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="reads.csv"'
    return answer
