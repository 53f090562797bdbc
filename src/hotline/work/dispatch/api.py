"""Dispatch over HTTP: suggestions, places, the catalogue and what is proposed for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Schema, Status
from pydantic import Field

from hotline.base.people.directory import Directory, Organisation, directory
from hotline.base.people.gate import Asked as Request
from hotline.base.people.gate import Router
from hotline.work.dispatch import actions, queries, rights, sheet
from hotline.work.dispatch.catalogue import AT_PLACE, Entry
from hotline.work.dispatch.difference import Difference, between
from hotline.work.dispatch.models import Draft
from hotline.work.dispatch.places import Candidate
from hotline.work.dispatch.suggesting import Asked, Suggested

router = Router(tags=["dispatch"])


class ToSuggest(Schema):
    """What is known of a request. With ``case_id`` the case's own words and place fill what is left empty; with it, ``call_id`` or
    ``phone`` it counts what units are handling for the same caller already."""

    matter: Annotated[str, Field(max_length=200)] = ""
    content: Annotated[str, Field(max_length=5000)] = ""
    division: Annotated[str, Field(max_length=12)] = ""
    address: Annotated[str, Field(max_length=200)] = ""
    case_id: UUID | None = None
    call_id: UUID | None = None
    phone: Annotated[str, Field(max_length=20)] = ""
    reported: UUID | None = None


class ReasonOut(Schema):
    """Why, in words; ``rule`` names the rule."""

    rule: str
    zh: str
    en: str


class UnitOut(Schema):
    """A unit."""

    id: UUID
    key: str
    name: str
    name_en: str


class PlaceOut(Schema):
    """A place a text may speak of, who handles it, and why it was taken."""

    code: str
    full_name: str
    level: str
    handled_by: str
    handler_id: UUID | None
    zh: str
    en: str


class SuggestionOut(Schema):
    """A unit that may lead, who assists it, and why; ``row`` is the catalogue's, ``limits`` its own, by clock."""

    unit: UnitOut
    assisting: list[UnitOut]
    reasons: list[ReasonOut]
    matter: str
    basis: str
    row: UUID | None
    limits: dict[str, str]
    score: float


class LeftOutOut(Schema):
    """A unit a rule forbids to suggest."""

    unit: UnitOut
    reason: ReasonOut


class SuggestedOut(Schema):
    """Up to five units, the likeliest first; ``why_none`` when there is nothing to suggest."""

    place: PlaceOut | None
    places: list[PlaceOut]
    suggestions: list[SuggestionOut]
    left_out: list[LeftOutOut]
    why_none: ReasonOut | None


class ToPlace(Schema):
    """A text that may speak of a place."""

    text: Annotated[str, Field(max_length=2000)]


class Places(Schema):
    """The places it may speak of: one when it is clear."""

    items: list[PlaceOut]


class EntryOut(Schema):
    """A row of the catalogue. ``lead`` is "" for a row that only names a matter, "@place" for the place's own unit."""

    id: UUID | None
    matter: str
    name: str
    aliases: list[str]
    department_work: bool
    place: str
    place_name: str
    lead: str
    lead_name: str
    assisting: list[str]
    assisting_names: list[str]
    basis: str
    note: str
    source: str
    effective_from: date
    effective_to: date | None
    handle_limit: str
    sign_limit: str
    contact_limit: str


class CataloguePage(Schema):
    """A page of rows."""

    items: list[EntryOut]
    next_cursor: str | None


class MatterOut(Schema):
    """A matter of the tree; ``rows`` with a lead of its own."""

    code: str
    name: str
    aliases: list[str]
    level: int
    rows: int


class EditionOut(Schema):
    """One change of the catalogue."""

    number: int
    at: datetime
    by: str
    way: str
    added: int
    closed: int


class Matters(Schema):
    """The tree in force, its edition, and its last changes."""

    edition: int
    items: list[MatterOut]
    editions: list[EditionOut]


class RowToAdd(Schema):
    """A new row, and the edition it was written beside."""

    edition: int
    matter: str
    name: str
    lead: str = ""
    place: str = ""
    aliases: list[str] = []
    assisting: list[str] = []
    department_work: bool = False
    basis: str = ""
    note: str = ""
    source: str = ""
    effective_from: date | None = None
    handle_limit: str = ""
    sign_limit: str = ""
    contact_limit: str = ""


class RowToClose(Schema):
    """From which day on, and the edition that was seen."""

    edition: int
    effective_to: date | None = None


class EditionNow(Schema):
    """The catalogue's edition after the change."""

    edition: int


class ChangeOut(Schema):
    """A row that is new, ends, or says something else."""

    kind: str
    before: EntryOut | None
    after: EntryOut | None


class DraftOut(Schema):
    """A proposed catalogue and what it would change; of many changes the first 500."""

    id: UUID
    begins: date
    made_at: datetime
    made_by: str
    base: int
    adopted: int | None
    added: int
    closed: int
    same: int
    changes: list[ChangeOut]


class MovedOut(Schema):
    """A past case that would go elsewhere: where it went, where the catalogue in force and the proposed one send it, and why."""

    id: UUID
    number: str
    matter: str
    dispatched_to: str
    before: str
    after: str
    limits_before: dict[str, str]
    limits_after: dict[str, str]
    zh: str
    en: str


class UnitCount(Schema):
    """How many cases would leave a unit, and come to it."""

    unit: str
    from_: Annotated[int, Field(alias="from")]
    to: int


class TriedOut(Schema):
    """One page of a dry run; ask again with ``next_cursor`` and add up."""

    tried: int
    moved: list[MovedOut]
    by_unit: list[UnitCount]
    as_dispatched_before: int
    as_dispatched_after: int
    next_cursor: str | None


@router.post("/dispatch/suggest", right="case.dispatch", response=SuggestedOut, summary="Who may handle it")
def suggest(request: Request, asked: ToSuggest) -> Any:
    """Up to five units with the reasons in words. Suggests only; a person dispatches."""
    given = Asked(asked.matter, asked.content, asked.division, asked.address, asked.reported)
    caller = queries.Caller(asked.case_id, asked.call_id, asked.phone)
    return _suggested(queries.suggest(request.actor, given, caller))


@router.post("/dispatch/place", right="org.read", response=Places, summary="Places in a text")
def place(request: Request, asked: ToPlace) -> Any:
    """The divisions, province to village, that a text may speak of."""
    return {"items": [_place(one) for one in queries.places(asked.text)]}


@router.get("/dispatch/matters", right=rights.READ, response=Matters, summary="The tree of matters")
def list_matters(request: Request) -> Any:
    """Every matter in force."""
    found = queries.catalogue()
    counts = {
        code: sum(1 for entry in found.entries if entry.matter == code and entry.lead)
        for code in found.matters
    }
    return {
        "edition": queries.edition(),
        "items": [
            {
                "code": one.code,
                "name": one.name,
                "aliases": one.aliases,
                "level": one.level,
                "rows": counts[one.code],
            }
            for one in found.matters.values()
        ],
        "editions": queries.editions(),
    }


@router.get(
    "/dispatch/catalogue", right=rights.READ, response=CataloguePage, summary="The dispatch catalogue"
)
def list_catalogue(
    request: Request, q: str = "", matter: str = "", unit: str = "", on: date | None = None, every: bool = False,
    cursor: str | None = None, size: int = 50,
) -> Any:  # fmt: skip
    """Rows of a matter and all below it, of a unit, or with words; in force on a day, or every row there ever was."""
    page = queries.rows(q=q, matter=matter, unit=unit, on=on, every=every, cursor=cursor, size=size)
    known = directory()
    return {
        "items": [_entry(queries.entry_of(row), known) for row in page.items],
        "next_cursor": page.next_cursor,
    }


@router.get("/dispatch/catalogue/file", right=rights.READ, summary="The catalogue as a file")
def catalogue_file(request: Request) -> HttpResponse:
    """What is in force, as catalogue.csv: to be edited and proposed again."""
    response = HttpResponse(sheet.write(queries.catalogue().entries), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{sheet.NAME}"'
    return response


@router.post("/dispatch/catalogue", right=rights.WRITE, response={201: EditionNow}, summary="Add a row")
def add_row(request: Request, asked: RowToAdd) -> Any:
    """Add one row, from today or later. 409 when the catalogue changed meanwhile."""
    cells = {
        "matter": asked.matter, "name": asked.name, "lead": asked.lead, "place": asked.place,
        "aliases": "|".join(asked.aliases), "assisting": "|".join(asked.assisting),
        "department_work": "yes" if asked.department_work else "no", "basis": asked.basis, "note": asked.note,
        "source": asked.source, "effective_from": asked.effective_from.isoformat() if asked.effective_from else "",
        "handle_limit": asked.handle_limit, "sign_limit": asked.sign_limit, "contact_limit": asked.contact_limit,
    }  # fmt: skip
    return Status(201, {"edition": actions.add_row(request.actor, cells, asked.edition)})


@router.post(
    "/dispatch/catalogue/{uuid:id}/close", right=rights.WRITE, response=EditionNow, summary="Close a row"
)
def close_row(request: Request, id: UUID, asked: RowToClose) -> Any:
    """Close one row from today or later; it stays readable."""
    return {"edition": actions.close_row(request.actor, id, asked.effective_to, asked.edition)}


@router.post("/dispatch/drafts", right=rights.WRITE, response={201: DraftOut}, summary="Propose a catalogue")
def propose(request: Request, begins: date | None = None) -> Any:
    """The body is a whole catalogue.csv; nothing changes yet. 422 names every fault with line and column."""
    return Status(201, _draft(actions.propose(request.actor, request.body, begins)))


@router.get(
    "/dispatch/drafts/{uuid:id}", right=rights.WRITE, response=DraftOut, summary="A proposed catalogue"
)
def read_draft(request: Request, id: UUID) -> Any:
    """What it would change."""
    return _draft(queries.draft(id))


@router.get(
    "/dispatch/drafts/{uuid:id}/dry-run",
    right=rights.WRITE,
    response=TriedOut,
    by_alias=True,
    summary="Try it on past cases",
)
def dry_run(
    request: Request, id: UUID, since: date, until: date, cursor: str | None = None, size: int = 200
) -> Any:
    """Which past cases would go elsewhere; a page at a time. Never touches a case."""
    return queries.dry_run(request.actor, queries.draft(id), since, until, cursor, size)


@router.post("/dispatch/drafts/{uuid:id}/adopt", right=rights.WRITE, response=EditionNow, summary="Adopt it")
def adopt(request: Request, id: UUID) -> Any:
    """It holds from its day on. 409 when the catalogue changed since it was proposed."""
    return {"edition": actions.adopt(request.actor, id)[0]}


def _unit(unit: Organisation) -> dict[str, Any]:
    return {"id": unit.id, "key": unit.key, "name": unit.name, "name_en": unit.name_en}


def _place(one: Candidate) -> dict[str, Any]:
    return {name: getattr(one, name) for name in PlaceOut.model_fields}


def _suggested(found: Suggested) -> dict[str, Any]:
    return {
        "place": _place(found.place) if found.place else None,
        "places": [_place(one) for one in found.places],
        "suggestions": [
            {
                "unit": _unit(one.unit),
                "assisting": [_unit(unit) for unit in one.assisting],
                "reasons": one.reasons,
                "matter": one.matter,
                "basis": one.row.basis if one.row else "",
                "row": one.row.id if one.row else None,
                "limits": {clock: getattr(one.row, f"{clock}_limit") for clock in one.row.limits}
                if one.row
                else {},
                "score": one.score,
            }
            for one in found.suggestions
        ],
        "left_out": [{"unit": _unit(one.unit), "reason": one.reason} for one in found.left_out],
        "why_none": found.why_none,
    }


def _entry(entry: Entry, known: Directory) -> dict[str, Any]:
    def name(key: str) -> str:
        unit = known.units.get(key)
        return unit.name if unit else "属地" if key == AT_PLACE else key

    place = known.places.get(entry.place)
    return {
        **{field: getattr(entry, field) for field in Entry.__dataclass_fields__},
        "place_name": place.full_name if place else "",
        "lead_name": name(entry.lead) if entry.lead else "",
        "assisting_names": [name(key) for key in entry.assisting],
    }


def _draft(draft: Draft) -> dict[str, Any]:
    known = directory()
    found = (
        Difference() if draft.adopted else between(queries.entries(), queries.entries_of(draft), draft.begins)
    )
    return {
        **{name: getattr(draft, name) for name in ("id", "begins", "made_at", "made_by", "base", "adopted")},
        "added": len(found.adding),
        "closed": len(found.closing),
        "same": found.same,
        "changes": [
            {
                "kind": one.kind,
                "before": _entry(one.before, known) if one.before else None,
                "after": _entry(one.after, known) if one.after else None,
            }
            for one in found.changes[:500]
        ],
    }
