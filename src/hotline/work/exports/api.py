"""Exports over HTTP: asking, looking, stopping, taking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Schema, Status

from hotline.base.people.gate import Asked, Router
from hotline.work.exports import actions, queries, rights

router = Router(tags=["exports"])


class ToExport(Schema):
    """Which cases (``asks``: the conditions of GET /cases), which columns, what for. ``clear``: unmasked data, logged by case."""

    asks: dict[str, str] = {}
    columns: list[str] = []
    why: str
    clear: bool = False


class ExportAsked(Schema):
    """The export, which is written in the background."""

    id: UUID
    number: str


class ExportPage(Schema):
    """A page of exports."""

    items: list[queries.ExportRow]
    next_cursor: str | None


@router.post("/exports", right=rights.ASK, response={201: ExportAsked})
def ask_export(request: Asked, body: ToExport) -> Any:
    """Ask for a spreadsheet of cases."""
    row = actions.ask(request.actor, body.asks, body.columns, why=body.why, clear=body.clear)
    return Status(201, {"id": row.id, "number": row.number})


@router.get("/exports", right=rights.READ, response=ExportPage)
def list_exports(request: Asked, everybody: bool = False, cursor: str | None = None, size: int = 50) -> Any:
    """One's own exports, or everybody's (right export.see_all)."""
    return queries.page(request.actor, everybody=everybody, cursor=cursor, size=size)


@router.post("/exports/{uuid:id}/cancel", right=rights.ASK, response={204: None})
def cancel_export(request: Asked, id: UUID) -> Any:
    """Stop an export that is not ready yet."""
    actions.cancel(request.actor, id)
    return Status(204, None)


@router.get("/exports/{uuid:id}/file", right=rights.ASK)
def take_export(request: Asked, id: UUID) -> StreamingHttpResponse:
    """The spreadsheet, for who asked for it; every time is an audit row."""
    row, parts = actions.download(request.actor, id)
    answer = StreamingHttpResponse(parts, content_type=actions.XLSX)
    answer["Content-Length"] = str(row.size)
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.xlsx"'
    return answer
