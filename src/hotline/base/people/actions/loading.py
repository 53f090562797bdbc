"""Loading a city's organisations, divisions and overlay from its folder (cities/README.md has the files).

The folder is refused whole, with every fault in it. Loading again adds what is new and closes what is marked closed;
what stands already is never overwritten: where file and database differ, the result says so and the database stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from django.db import models

from hotline.base.kernel import tables
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.tables import Row, Sheet
from hotline.base.people.models import Division, DivisionOverlay, Organisation, OrganisationKind

ORGANISATIONS = ("key", "name", "full_name", "name_en", "kind", "parent_key", "division_code")
ORGANISATIONS_OPTIONAL = ("accepts_cases", "in_jurisdiction", "note", "closed_on")
DIVISIONS = ("code", "name", "level", "parent_code")
OVERLAY = ("code", "handled_by", "effective_from")

_KEY = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_DIGITS = {"province": 6, "city": 6, "county": 6, "town": 9, "village": 12}
_FACTS = ("name", "full_name", "name_en", "kind", "path", "division_code", "accepts_cases", "in_jurisdiction")


@dataclass(frozen=True)
class Difference:
    """One way in which the files and the database differed. ``kept``: the database stays as it is."""

    kind: Literal["added", "closed", "kept"]
    about: str
    zh: str
    en: str


def load(actor: Actor, folder: Path, *, dry_run: bool = False) -> list[Difference]:
    """Load organisations.csv, divisions.csv and division_overlay.csv of ``folder``; returns what differed.

    With ``dry_run`` nothing is written. Right org.write. Raises Invalid, with every fault of every file, if one is
    wrong.
    """
    with deed(actor, "org.load", right="org.write") as d:
        units, faults = _read_organisations(folder / "organisations.csv")
        places, more = _read_divisions(folder / "divisions.csv")
        faults += more
        if not faults:
            overlays, faults = _read_overlay(folder / "division_overlay.csv", places, units)
        if faults:
            raise Invalid(faults)
        differences = [
            *_settle_organisations(units, dry_run),
            *_settle_divisions(places, dry_run),
            *_settle_overlays(overlays, units, places, dry_run),
        ]
        kept = [asdict(one) for one in differences if one.kind == "kept"]
        d.about(
            "organisations", folder.name, dry_run=dry_run, changed=len(differences) - len(kept), kept=kept
        )
    return differences


def is_key(text: str) -> bool:
    """Whether ``text`` may be an organisation's key: it becomes part of paths and is what files refer to."""
    return 1 <= len(text) <= 60 and _KEY.issuperset(text)


# --- reading: from cells to unsaved rows, noting every fault ---------------------------------------------------------


def _read_organisations(path: Path) -> tuple[dict[str, Organisation], list[Fault]]:
    sheet = tables.read(path, ORGANISATIONS, ORGANISATIONS_OPTIONAL)
    sheet.unique("key")
    units: dict[str, Organisation] = {}
    for row in sheet.rows:
        if unit := _organisation(sheet, row, units):
            units.setdefault(unit.key, unit)
    return units, sheet.faults


def _organisation(sheet: Sheet, row: Row, above: dict[str, Organisation]) -> Organisation | None:
    key, parent_key = sheet.required(row, "key"), row["parent_key"]
    if key and not is_key(key):
        sheet.fault(
            row.line, "key", "只能用小写英文字母、数字和“-”", "Only lower-case letters, digits and “-”"
        )
    names = {column: sheet.required(row, column) for column in ("name", "full_name", "name_en")}
    _one_of(sheet, row, "kind", OrganisationKind.values)
    parent = above.get(parent_key)
    if parent_key and parent is None:
        _no_parent(sheet, row, "parent_key")
        return None
    if not parent_key and above:
        sheet.fault(row.line, "parent_key", "只能有一个根机构", "There can be only one root")
    division_code = row["division_code"]
    if division_code and not division_code.isdigit():
        sheet.fault(row.line, "division_code", "应为数字", "Must be digits")
    return Organisation(
        key=key,
        **names,
        kind=row["kind"],
        path=f"{parent.path}{key}/" if parent else "/",
        parent=parent,
        division_code=division_code,
        accepts_cases=sheet.yes(row, "accepts_cases"),
        in_jurisdiction=not row["in_jurisdiction"] or sheet.yes(row, "in_jurisdiction"),
        note=row["note"],
        closed_on=_day(sheet, row, "closed_on"),
    )


def _read_divisions(path: Path) -> tuple[dict[str, Division], list[Fault]]:
    sheet = tables.read(path, DIVISIONS)
    sheet.unique("code")
    places: dict[str, Division] = {}
    for row in sheet.rows:
        if place := _division(sheet, row, places):
            places.setdefault(place.code, place)
    return places, sheet.faults


def _division(sheet: Sheet, row: Row, above: dict[str, Division]) -> Division | None:
    code, name, level = sheet.required(row, "code"), sheet.required(row, "name"), row["level"]
    if _one_of(sheet, row, "level", Division.Level.values) and not _is_code(code, _DIGITS[level]):
        sheet.fault(row.line, "code", f"应为 {_DIGITS[level]} 位数字", f"Must be {_DIGITS[level]} digits")
    parent = above.get(row["parent_code"])
    if row["parent_code"] and parent is None:
        _no_parent(sheet, row, "parent_code")
        return None
    # 惠安县洛阳镇: names from the county down; province and city are everybody's.
    before = parent.full_name if parent and parent.level in ("county", "town") else ""
    lineage = f"{parent.lineage if parent else '/'}{code}/"
    return Division(code=code, name=name, full_name=before + name, level=level, lineage=lineage)


def _is_code(text: str, digits: int) -> bool:
    return text.isdigit() and len(text) == digits


def _read_overlay(
    path: Path, places: dict[str, Division], units: dict[str, Organisation]
) -> tuple[list[DivisionOverlay], list[Fault]]:
    sheet = tables.read(path, OVERLAY, ("note",))
    overlays = []
    for row in sheet.rows:
        code, key = sheet.required(row, "code"), row["handled_by"]
        if code and code not in places:
            sheet.fault(row.line, "code", f"没有区划“{code}”", f"There is no division “{code}”")
        if key and key not in units:
            sheet.fault(row.line, "handled_by", f"没有机构“{key}”", f"There is no organisation “{key}”")
        if not key:
            sheet.required(row, "note")  # out of jurisdiction is never said without a reason
        sheet.required(row, "effective_from")
        day = _day(sheet, row, "effective_from")
        if not sheet.faults and day:
            overlays.append(
                DivisionOverlay(
                    division=places[code], handled_by=units.get(key), effective_from=day, note=row["note"]
                )
            )
    return overlays, sheet.faults


def _one_of(sheet: Sheet, row: Row, column: str, allowed: Sequence[str]) -> bool:
    if row[column] in allowed:
        return True
    words = " ".join(allowed)
    sheet.fault(row.line, column, f"“{row[column]}”不在 {words} 之列", f"“{row[column]}” is none of {words}")
    return False


def _no_parent(sheet: Sheet, row: Row, column: str) -> None:
    sheet.fault(
        row.line,
        column,
        f"前面没有上级“{row[column]}”（上级须列在下级之前）",
        f"No “{row[column]}” stands before it (parents come first)",
    )


def _day(sheet: Sheet, row: Row, column: str) -> date | None:
    return sheet.parsed(
        row, column, date.fromisoformat, "应为日期，如 2021-11-30", "Must be a date, as 2021-11-30"
    )


# --- settling: new rows are added, standing rows are kept ------------------------------------------------------------


def _settle_organisations(units: dict[str, Organisation], dry_run: bool) -> list[Difference]:
    standing = {row.key: row for row in Organisation.objects.all()}
    differences, fresh = list[Difference](), list[Organisation]()
    for key, unit in units.items():
        held = standing.get(key)
        if held is None:
            unit.parent = standing.get(unit.parent.key, unit.parent) if unit.parent else None
            fresh.append(unit)
            differences.append(_added(f"organisation {key}", unit.name))
            continue
        differences += _kept(f"organisation {key}", held, unit, _FACTS)
        if unit.closed_on and held.closed_on is None:
            differences.append(
                Difference(
                    "closed", f"organisation {key}", f"自 {unit.closed_on} 撤销", f"closed {unit.closed_on}"
                )
            )
            if not dry_run:
                Organisation.objects.filter(id=held.id).update(closed_on=unit.closed_on)
    if not dry_run:
        Organisation.objects.bulk_create(fresh)
    return differences


def _settle_divisions(places: dict[str, Division], dry_run: bool) -> list[Difference]:
    standing = {row.code: row for row in Division.objects.all()}
    fresh = [place for code, place in places.items() if code not in standing]
    differences = [_added(f"division {place.code}", place.full_name) for place in fresh]
    for code in places.keys() & standing.keys():
        differences += _kept(f"division {code}", standing[code], places[code], ("name", "level", "lineage"))
    if not dry_run:
        Division.objects.bulk_create(fresh, batch_size=1000)
    return differences


def _settle_overlays(
    overlays: list[DivisionOverlay],
    units: dict[str, Organisation],
    places: dict[str, Division],
    dry_run: bool,
) -> list[Difference]:
    standing = {
        (row.division.code, row.effective_from): row
        for row in DivisionOverlay.objects.select_related("division", "handled_by")
    }
    # In a dry run the rows referred to are not there yet; they are not needed either.
    stored_units = {row.key: row for row in Organisation.objects.filter(key__in=units)}
    stored_places = {
        row.code: row for row in Division.objects.filter(code__in=[o.division.code for o in overlays])
    }
    differences, fresh = list[Difference](), list[DivisionOverlay]()
    for overlay in overlays:
        about = f"overlay {overlay.division.code} {overlay.effective_from}"
        held = standing.get((overlay.division.code, overlay.effective_from))
        wanted, now = (row.handled_by.key if row and row.handled_by else "" for row in (overlay, held))
        if held is None:
            differences.append(_added(about, wanted))
            fresh.append(overlay)
        elif wanted != now:
            differences.append(_stays(about, "handled_by", now, wanted))
    if not dry_run:
        for overlay in fresh:
            overlay.division = stored_places[overlay.division.code]
            overlay.handled_by = stored_units[overlay.handled_by.key] if overlay.handled_by else None
        DivisionOverlay.objects.bulk_create(fresh)
    return differences


def _kept(about: str, held: models.Model, read: models.Model, fields: Sequence[str]) -> list[Difference]:
    pairs = [(name, getattr(held, name), getattr(read, name)) for name in fields]
    return [_stays(about, name, str(now), str(file)) for name, now, file in pairs if now != file]


def _stays(about: str, field: str, now: str, file: str) -> Difference:
    return Difference(
        "kept",
        about,
        f"{field} 现为“{now}”，文件为“{file}”，未改动",
        f"{field} stands as “{now}”, the file says “{file}”; kept",
    )


def _added(about: str, name: str) -> Difference:
    return Difference("added", about, f"新增 {name}", f"added {name}")
