"""Every write on the dispatch catalogue. Rows are added and closed, never changed; each change is an edition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.kernel.models import this_city
from hotline.base.people.directory import directory
from hotline.work.dispatch import queries, sheet
from hotline.work.dispatch.catalogue import Catalogue, Entry
from hotline.work.dispatch.difference import Difference, between
from hotline.work.dispatch.models import CatalogueRow, Draft, Edition
from hotline.work.dispatch.rights import WRITE

BYTES_MOST = 4_000_000


def load(actor: Actor, folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Append the rows of the city folder's catalogue.csv that are new, close those it has closed, and tell what differs and
    was kept, as (kind, about, zh, en). Without the file nothing. Raises Invalid naming every fault."""
    path = folder / sheet.NAME
    if not path.exists():
        return
    given = sheet.read(path, directory())
    standing = queries.entries()
    by_date = {(entry.key, entry.effective_from): entry for entry in standing}
    fresh, closing = list[Entry](), dict[UUID, date]()
    for entry in given:
        same = by_date.get((entry.key, entry.effective_from))
        about = f"{entry.matter} {entry.place} {entry.lead}".strip()
        if same is None and any(other.key == entry.key and sheet.overlap(other, entry) for other in standing):
            yield "kept", about, "同一事项、地点、主办单位另有生效的行", "Another row of the same holds"
        elif same is None:
            fresh.append(entry)
            yield "added", about, f"新增目录行“{entry.name}”", f"Catalogue row “{entry.name}” added"
        elif same.said != entry.said or (same.effective_to and same.effective_to != entry.effective_to):
            yield "kept", about, "与文件不同，按库中保留", "Differs from the file; the database stays"
        elif same.effective_to is None and entry.effective_to and same.id:
            closing[same.id] = entry.effective_to
            yield "closed", about, f"自 {entry.effective_to} 停用", f"Closed from {entry.effective_to}"
    if fresh or closing:
        with deed(actor, "catalogue.load") as d:
            _change(d, Edition.Way.LOAD, queries.edition(), fresh, closing)


def propose(actor: Actor, raw: bytes, begins: date | None = None) -> Draft:
    """Keep a whole catalogue that somebody sent, to be looked at, tried and adopted from the day ``begins`` (today). Right
    catalogue.write. Raises Invalid naming every fault, or for a day in the past."""
    with deed(actor, "catalogue.propose", WRITE) as d:
        day = _from_today(begins, "begins")
        if len(raw) > BYTES_MOST:
            raise Invalid([Fault("file", "文件超过 4 MB", "The file is larger than 4 MB")])
        entries = sheet.read(Path(sheet.NAME), directory(), day, raw)
        draft = Draft(
            text=sheet.write(entries),
            begins=day,
            made_at=clock.now(),
            made_by=actor.label,
            base=queries.edition(),
        )
        draft.save(force_insert=True)
        d.about("catalogue_draft", draft.id, rows=len(entries), begins=day.isoformat())
    return draft


def adopt(actor: Actor, id: UUID) -> tuple[int, Difference]:
    """Let a proposed catalogue hold from its day on; the new edition's number and what it changed. Right catalogue.write.

    Raises NotFound, Conflict when it was adopted before, or the catalogue changed since it was proposed.
    """
    with deed(actor, "catalogue.adopt", WRITE) as d:
        draft = Draft.objects.select_for_update().filter(city_id=this_city(), id=id).first()
        if draft is None:
            raise NotFound("draft", id)
        if draft.adopted is not None:
            raise Conflict("这份目录已经采用", "This catalogue was adopted already", code="draft-adopted")
        _from_today(draft.begins, "begins")
        found = between(queries.entries(), queries.entries_of(draft), draft.begins)
        if found.is_empty:
            raise Conflict(
                "与现行目录没有差别", "It does not differ from what is in force", code="draft-same"
            )
        closing = {entry.id: day for entry, day in found.closing if entry.id}
        draft.adopted = _change(d, Edition.Way.ADOPT, draft.base, found.adding, closing)
        draft.save(update_fields=["adopted"])
    return draft.adopted, found


def add_row(actor: Actor, cells: dict[str, str], edition: int) -> int:
    """Add one row, as cells by column; it begins today unless it says later. Right catalogue.write. Returns the edition.

    Raises Invalid with the columns' names, Conflict when the catalogue is no longer at ``edition``.
    """
    with deed(actor, "catalogue.add", WRITE) as d:
        entry = sheet.read_one(cells, directory(), clock.today())
        _from_today(entry.effective_from, "effective_from")
        standing = queries.entries()
        if faults := [*_unfit(entry, standing)]:
            raise Invalid(faults)
        number = _change(d, Edition.Way.ADD, edition, [entry], {})
    return number


def close_row(actor: Actor, id: UUID, from_day: date | None, edition: int) -> int:
    """Close one row from a day on (today); what it said stays readable. Right catalogue.write. Returns the edition.

    Raises NotFound, Invalid for a day in the past, Conflict as ``add_row``, or when it is closed by then already.
    """
    with deed(actor, "catalogue.close", WRITE) as d:
        day = _from_today(from_day, "effective_to")
        entry = next((one for one in queries.entries() if one.id == id), None)
        if entry is None:
            raise NotFound("catalogue row", id)
        if entry.effective_to is not None and entry.effective_to <= day:
            raise Conflict("该行已经停用", "The row is closed already", code="row-closed")
        number = _change(d, Edition.Way.CLOSE, edition, [], {id: max(day, entry.effective_from)})
    return number


def _unfit(entry: Entry, standing: list[Entry]) -> Iterator[Fault]:
    """What is wrong with ``entry`` beside the rows there are."""
    matters = Catalogue(standing, entry.effective_from).matters
    if (above := entry.matter[:-2]) and above not in matters:
        yield Fault("matter", f"没有上级事项 {above}", f"There is no matter {above} above it")
    known = matters.get(entry.matter)
    if known is not None and known.name != entry.name:
        yield Fault(
            "name", f"事项 {entry.matter} 名为“{known.name}”", f"Matter {entry.matter} is “{known.name}”"
        )
    if any(other.key == entry.key and sheet.overlap(other, entry) for other in standing):
        yield Fault(
            "lead", "同一事项、地点、主办单位已有生效的行，请先停用", "Such a row holds; close it first"
        )


def _from_today(day: date | None, where: str) -> date:
    today = clock.today()
    if day is not None and day < today:
        fault = Fault(where, "不能早于今天：已生效的不可改写", "Not before today: what was in force stays")
        raise Invalid([fault])
    return day or today


def _change(d: Deed, way: Edition.Way, seen: int, fresh: Iterable[Entry], closing: dict[UUID, date]) -> int:
    """Write the next edition after ``seen``. Raises Conflict if that is no longer the newest one."""
    rows = [_row(entry, seen + 1) for entry in fresh]
    edition = Edition(
        number=seen + 1, at=clock.now(), by=d.actor.label, way=way, added=len(rows), closed=len(closing)
    )
    try:
        with transaction.atomic():
            if queries.edition() != seen:
                raise _changed()
            edition.save(force_insert=True)
    except IntegrityError:  # somebody else's change at the same moment
        raise _changed() from None
    CatalogueRow.objects.bulk_create(rows)
    for id, day in closing.items():
        CatalogueRow.objects.filter(city_id=this_city(), id=id).update(effective_to=day, closed_by=seen + 1)
    d.about("catalogue", edition.id, edition=edition.number, way=way, added=len(rows), closed=len(closing))
    d.tell("catalogue.changed", edition.id, edition=edition.number)
    return edition.number


def _changed() -> Conflict:
    return Conflict(
        "目录在您打开之后有了改动，未作任何改动，请刷新后再办",
        "The catalogue changed after you opened it; nothing was changed, reload and try again",
        code="catalogue-changed",
    )


def _row(entry: Entry, edition: int) -> CatalogueRow:
    values: dict[str, Any] = {
        name: getattr(entry, name)
        for name in (
            "matter", "name", "department_work", "place", "lead", "basis", "note", "source", "effective_from", "effective_to",
            "handle_limit", "sign_limit", "contact_limit",
        )
    }  # fmt: skip
    return CatalogueRow(
        **values,
        aliases=[*entry.aliases],
        assisting=[*entry.assisting],
        edition=edition,
        closed_by=edition if entry.effective_to else None,
    )
