"""Letters over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from ninja import Schema, Status

from hotline.base.people.gate import Asked, Router
from hotline.work.cases.schemas import ActField
from hotline.work.letters import actions, forms, queries, rights
from hotline.work.letters.kinds import FIELDS, KINDS

router = Router(tags=["letters"])
_DOCX_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {forms.DOCX: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class LetterWord(Schema):
    """A value with its words."""

    value: str
    zh: str
    en: str


class LetterKindRow(Schema):
    """A letter that could be issued; if not ``ready``, why."""

    kind: str
    zh: str
    en: str
    to: str
    ready: bool
    why_zh: str
    why_en: str
    fields: list[ActField]


class LettersOfCase(Schema):
    """The letters of a case, newest first, and those that could be issued."""

    items: list[queries.LetterRow]
    kinds: list[LetterKindRow]


class LetterToIssue(Schema):
    """Which letter, with what its fields ask."""

    kind: str
    fields: dict[str, Any] = {}


class LetterIssued(Schema):
    """The letter."""

    id: UUID
    number: str


class LetterTemplateKind(Schema):
    """A kind of letter."""

    kind: str
    zh: str
    en: str
    to: str


class LetterFieldRow(Schema):
    """A field a template may name as {{ name }}."""

    name: str
    meaning: str


class LetterTemplates(Schema):
    """Kinds, fields, and every template ever brought, newest first."""

    kinds: list[LetterTemplateKind]
    fields: list[LetterFieldRow]
    items: list[queries.LetterTemplateRow]


class LetterTemplatePut(Schema):
    """A template that was taken in."""

    id: UUID


@router.get("/cases/{uuid:id}/letters", right=rights.READ, response=LettersOfCase)
def list_letters(request: Asked, id: UUID) -> Any:
    """The letters of a case, and those one could issue on it."""
    return queries.of_case(request.actor, id)


@router.post("/cases/{uuid:id}/letters", right=rights.ISSUE, response={201: LetterIssued})
def issue_letter(request: Asked, id: UUID, body: LetterToIssue) -> Any:
    """Issue a letter: it gets its number."""
    row = actions.issue(request.actor, id, body.kind, body.fields)
    return Status(201, {"id": row.id, "number": row.number})


@router.get("/letters/{uuid:id}/file", right=rights.READ)
def open_letter(request: Asked, id: UUID, form: Literal["pdf", "docx"] = "pdf") -> HttpResponse:
    """The letter; every time is an audit row."""
    row, whole = actions.opened(request.actor, id, form)
    return _file(whole, form, f"{row.number}.{form}")


@router.get("/letter-templates", right=rights.WRITE, response=LetterTemplates)
def list_templates(request: Asked) -> Any:
    """Templates with the fields they may name."""
    return {
        "kinds": [{"kind": one.name, "zh": one.zh, "en": one.en, "to": one.to} for one in KINDS.values()],
        "fields": [{"name": name, "meaning": meaning} for name, meaning in FIELDS.items()],
        "items": queries.templates(),
    }


@router.get("/letter-templates/{kind}/file", right=rights.WRITE)
def take_template(request: Asked, kind: str, form: Literal["pdf", "docx"] = "docx") -> HttpResponse:
    """The template in force, to begin one's own from; as PDF with an invented case."""
    whole = actions.template_file(kind) if form == "docx" else actions.preview(kind, None)
    return _file(whole, form, f"{kind}.{form}")


@router.post("/letter-templates/{kind}/preview", right=rights.WRITE, openapi_extra=_DOCX_BODY)
def preview_template(request: Asked, kind: str) -> HttpResponse:
    """How letters would look with the DOCX in the body: a PDF. 422 names every unknown field."""
    return _file(actions.preview(kind, request.body), "pdf", f"{kind}.pdf")


@router.post(
    "/letter-templates/{kind}",
    right=rights.WRITE,
    response={201: LetterTemplatePut},
    openapi_extra=_DOCX_BODY,
)
def put_template(request: Asked, kind: str, start: datetime | None = None, note: str = "") -> Any:
    """Have letters look like the DOCX in the body from ``start`` (now) on."""
    return Status(
        201, {"id": actions.put_template(request.actor, kind, request.body, start=start, note=note).id}
    )


@router.post("/letter-templates/{kind}/built-in", right=rights.WRITE, response={201: LetterTemplatePut})
def put_built_in(request: Asked, kind: str) -> Any:
    """Go back to the built-in template."""
    return Status(201, {"id": actions.put_template(request.actor, kind, None).id})


def _file(whole: bytes, form: str, name: str) -> HttpResponse:
    answer = HttpResponse(whole, content_type="application/pdf" if form == "pdf" else forms.DOCX)
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = (
        f"{'inline' if form == 'pdf' else 'attachment'}; filename*=UTF-8''{quote(name)}"
    )
    return answer
