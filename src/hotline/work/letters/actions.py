"""Issuing a letter, opening it, and bringing templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.kernel.models import this_city
from hotline.work.cases import actions as cases
from hotline.work.cases import queries as known
from hotline.work.letters import forms, pdf, queries
from hotline.work.letters.kinds import COLOURS, FIELDS, KINDS, Kind
from hotline.work.letters.models import Counter, Letter, Template
from hotline.work.letters.rights import ISSUE, READ, WRITE

NOBODY = "诉求人"


def issue(actor: Actor, case_id: UUID, name: str, raw: Mapping[str, Any]) -> Letter:
    """Issue a letter on a case as it stands now. Rights letter.issue, case.read. Raises NotFound, Conflict, Invalid.

    Numbers of a kind and year follow one another without gaps: one that is not issued gives its number back. In a letter to
    a unit the caller is masked; in one to the caller his name stands in plain where the issuer may read it, and that is logged.
    """
    kind = _kind(name)
    given = _given(kind, raw)
    with deed(actor, "letter.issue", ISSUE) as d:
        case = known.one(actor, case_id)
        facts = known.detail(actor, case)
        if not kind.when.holds(facts):
            raise Conflict(
                f"现在不能开具{kind.zh}：{kind.when.zh}",
                f"“{kind.en}” cannot be issued now: {kind.when.en}",
                code="letter-not-now",
            )
        caller, clear = _caller(actor, kind, facts)
        number = _number(kind)
        template_id, template = queries.template(kind, colour=str(given.get("colour") or ""))
        whole = forms.filled(template, queries.words(actor, kind, facts, given, number=number, caller=caller))
        file = files.keep(actor, [whole], kind="letter", content_type=forms.DOCX)
        row = Letter(
            number=number, kind=kind.name, case_id=case.id, case_number=case.number, clear=clear, file_id=file.id,
            unit_id=facts["owner_id"] if kind.to == "unit" else None, template_id=template_id, issued_at=clock.now(),
            issued_by=actor.label, staff_id=actor.id,
        )  # fmt: skip
        row.save(force_insert=True)
        d.about("letter", row.id, number=number, letter=kind.name, case=case.number, clear=clear)
    return row


def opened(actor: Actor, id: UUID, form: str) -> tuple[Letter, bytes]:
    """A letter as "pdf" or "docx", logged. Right letter.read. Raises NotFound, Problem 503 without a Chinese font."""
    row = queries.one(actor, id)
    whole = b"".join(stored.opened(row.file_id).read())
    if form == "pdf":
        whole = pdf.printed(whole)
    with deed(actor, "letter.print", READ) as d:
        Letter.objects.filter(city_id=this_city(), id=row.id).update(printed=F("printed") + 1)
        d.about("letter", row.id, number=row.number, case=row.case_number, form=form, clear=row.clear)
    return row, whole


def put_template(
    actor: Actor, name: str, raw: bytes | None, *, start: datetime | None = None, note: str = ""
) -> Template:
    """Have letters of a kind look like ``raw`` (a DOCX) from ``start`` (now) on; None: like the built-in again. Right letter.write.

    Raises Invalid that names every unknown field, and for a start in the past: what was issued stays as it was.
    """
    kind = _kind(name)
    checked = forms.checked(raw) if raw is not None else None
    now = clock.now()
    if start is not None and start < now:
        raise Invalid([Fault("start", "不能早于现在", "Must not be in the past")])
    with deed(actor, "letter.template", WRITE) as d:
        kept = (
            files.keep(actor, [checked], kind="template", content_type=forms.DOCX)
            if checked is not None
            else None
        )
        row = Template(
            kind=kind.name, file_id=kept.id if kept else None, effective_from=start or now, note=note.strip()[:200], put_at=now,
            put_by=actor.label,
        )  # fmt: skip
        row.save(force_insert=True)
        d.about("letter_template", row.id, letter=kind.name, own=kept is not None)
    return row


def preview(name: str, raw: bytes | None) -> bytes:
    """How a letter of this kind would look in PDF, with an invented case; ``raw`` None: the template in force. Raises Invalid."""
    kind = _kind(name)
    colour = COLOURS[-1]
    template = forms.checked(raw) if raw is not None else queries.template(kind, colour=colour.value)[1]
    return pdf.printed(forms.filled(template, {field: f"（示例：{field}）" for field in FIELDS}))


def template_file(name: str) -> bytes:
    """The template in force as DOCX, to begin one's own from."""
    return queries.template(_kind(name))[1]


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound("letter", name)
    return KINDS[name]


def _given(kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in kind.fields:
        values[field.name], fault = field.read(raw.get(field.name))
        faults += [fault] if fault else []
    faults += [Fault(name, "没有此项", "No such field") for name in raw.keys() - values.keys()]
    if faults:
        raise Invalid(faults)
    return values


def _caller(actor: Actor, kind: Kind, facts: Mapping[str, Any]) -> tuple[str, bool]:
    """How the caller is named, and whether in plain."""
    masked = str(facts["contact_name_masked"])
    if kind.to == "unit":
        return (known.CONFIDENTIAL if facts["confidential"] else masked), False
    may = known.may_know_callers(actor) if facts["confidential"] else actor.may("case.reveal")
    if not masked or not may:
        return (masked if masked and masked != known.CONFIDENTIAL else NOBODY), False
    return cases.reveal(actor, facts["id"], "name", f"开具{kind.zh} / {kind.en} issued"), True


def _number(kind: Kind) -> str:
    year = clock.today().year
    row, _ = Counter.objects.get_or_create(city_id=this_city(), kind=kind.name, year=year)
    row = Counter.objects.select_for_update().get(id=row.id)
    Counter.objects.filter(id=row.id).update(last=F("last") + 1)
    return f"12345{kind.mark}〔{year}〕{row.last + 1}号"
