"""catalogue.csv: read with every fault's line, column and reason, and written as it can be read again (cities/README.md)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from hotline.base.kernel import tables
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.tables import Row, Sheet
from hotline.base.people.directory import Directory, Organisation
from hotline.work.dispatch import rules
from hotline.work.dispatch.catalogue import AT_PLACE, DIGITS, Entry

NAME = "catalogue.csv"
REQUIRED = ("matter", "name", "lead")
OPTIONAL = (
    "aliases", "department_work", "place", "assisting", "basis", "note", "source", "effective_from", "effective_to",
    "handle_limit", "sign_limit", "contact_limit",
)  # fmt: skip
COLUMNS = (
    "matter", "name", "aliases", "department_work", "place", "lead", "assisting", "basis", "note", "source",
    "effective_from", "effective_to", "handle_limit", "sign_limit", "contact_limit",
)  # fmt: skip
LIMITS = ("handle_limit", "sign_limit", "contact_limit")
NAME_MAX, WORDS_MAX = 60, 500
ROWS_MAX = 20_000


def read(path: Path, known: Directory, begins: date | None = None, raw: bytes | None = None) -> list[Entry]:
    """The rows of ``path``, or of ``raw`` that was sent under its name. A row without ``effective_from`` begins on ``begins``;
    without that it is a fault. Raises Invalid naming every fault.
    """
    sheet = (
        tables.read(path, REQUIRED, OPTIONAL) if raw is None else tables.parse(path, raw, REQUIRED, OPTIONAL)
    )
    if len(sheet.rows) > ROWS_MAX:
        sheet.fault(0, "", f"最多 {ROWS_MAX} 行", f"At most {ROWS_MAX} rows")
    entries = (
        []
        if sheet.faults
        else [(row, entry) for row in sheet.rows if (entry := _entry(sheet, row, known, begins))]
    )
    _check_tree(sheet, entries)
    _check_twice(sheet, entries)
    if sheet.faults:
        raise Invalid(sorted(sheet.faults, key=lambda fault: fault.where))
    return [entry for _, entry in entries]


def write(entries: Iterable[Entry]) -> str:
    """The rows as a file that ``read`` takes, with a byte order mark for spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(cells(entry).values())
    return "\ufeff" + out.getvalue()


def cells(entry: Entry) -> dict[str, str]:
    """A row as text by column."""
    return {
        "matter": entry.matter,
        "name": entry.name,
        "aliases": "|".join(entry.aliases),
        "department_work": "yes" if entry.department_work else "no",
        "place": entry.place,
        "lead": entry.lead,
        "assisting": "|".join(entry.assisting),
        "basis": entry.basis,
        "note": entry.note,
        "source": entry.source,
        "effective_from": entry.effective_from.isoformat(),
        "effective_to": entry.effective_to.isoformat() if entry.effective_to else "",
        **{column: getattr(entry, column) for column in LIMITS},
    }


def _entry(sheet: Sheet, row: Row, known: Directory, begins: date | None) -> Entry | None:
    before = len(sheet.faults)
    matter, name = sheet.required(row, "matter"), sheet.required(row, "name")
    if matter and not (matter.isascii() and matter.isdigit() and len(matter) in DIGITS):
        zh, en = "事项编码为 2、4 或 6 位数字", "A matter's code is two, four or six digits"
        sheet.fault(row.line, "matter", zh, en)
    for column, most in (
        ("name", NAME_MAX),
        ("basis", WORDS_MAX),
        ("note", WORDS_MAX),
        ("source", WORDS_MAX),
    ):
        if len(row[column]) > most:
            sheet.fault(row.line, column, f"最多 {most} 字", f"At most {most} characters")
    for alias in row.list("aliases"):
        if not 2 <= len(alias) <= NAME_MAX:
            zh, en = f"别名“{alias}”须为 2–{NAME_MAX} 字", f"“{alias}” must have 2–{NAME_MAX} characters"
            sheet.fault(row.line, "aliases", zh, en)
    work = sheet.yes(row, "department_work")
    _check_place(sheet, row, known)
    _check_lead(sheet, row, known, work)
    for key in row.list("assisting"):
        _check_unit(sheet, row, "assisting", key, known)
        if key == row["lead"]:
            sheet.fault(row.line, "assisting", "主办单位不能同时协办", "The lead cannot assist itself")
    for column in LIMITS:
        if row[column] and not re.fullmatch(r"[1-9][0-9]{0,2}[dh]", row[column], re.ASCII):
            zh, en = "应如 3d（3 个工作日）或 24h（24 小时）", "Must be as 3d (working days) or 24h (hours)"
            sheet.fault(row.line, column, zh, en)
    if not row["lead"] and (row["place"] or row["assisting"] or any(row[column] for column in LIMITS)):
        zh, en = (
            "没有主办单位的行只列事项，不写地点、协办和时限",
            "A row without a lead only names a matter: no place, no assisting, no limits",
        )
        sheet.fault(row.line, "lead", zh, en)
    since = _day(sheet, row, "effective_from") or begins
    until = _day(sheet, row, "effective_to")
    if since is None and not row["effective_from"]:
        sheet.required(row, "effective_from")
    if since and until and until <= since:
        sheet.fault(row.line, "effective_to", "应晚于 effective_from", "Must be after effective_from")
    if len(sheet.faults) > before or since is None:
        return None
    return Entry(
        matter=matter, name=name, aliases=tuple(row.list("aliases")), department_work=work, place=row["place"],
        lead=row["lead"], assisting=tuple(row.list("assisting")), basis=row["basis"], note=row["note"],
        source=row["source"], effective_from=since, effective_to=until, handle_limit=row["handle_limit"],
        sign_limit=row["sign_limit"], contact_limit=row["contact_limit"],
    )  # fmt: skip


def _check_place(sheet: Sheet, row: Row, known: Directory) -> None:
    code = row["place"]
    if not code:
        return
    if code not in known.places:
        sheet.fault(row.line, "place", f"没有区划“{code}”", f"There is no division “{code}”")
    elif known.handler(code, date.max)[1] is not None:
        sheet.fault(row.line, "place", "不在本市管辖范围", "Outside the city's jurisdiction")


def _check_lead(sheet: Sheet, row: Row, known: Directory, department_work: bool) -> None:
    unit = _check_unit(sheet, row, "lead", row["lead"], known) if row["lead"] else None
    if unit is not None and rules.is_pushed_down(department_work, unit, known):
        sheet.fault(row.line, "lead", rules.GRASSROOTS.zh, rules.GRASSROOTS.en)


def _check_unit(sheet: Sheet, row: Row, column: str, key: str, known: Directory) -> Organisation | None:
    if key == AT_PLACE:
        return None
    unit = known.units.get(key)
    if unit is None:
        sheet.fault(row.line, column, f"没有机构“{key}”", f"There is no organisation “{key}”")
        return None
    node = known.node_of(unit, date.max)
    refusal = rules.may_not_take(node or unit, date.max)
    if refusal is not None:
        sheet.fault(row.line, column, f"{unit.name}：{refusal.zh}", f"{unit.name_en}: {refusal.en}")
        return None
    return unit


def _check_tree(sheet: Sheet, entries: list[tuple[Row, Entry]]) -> None:
    names: dict[str, str] = {}
    for row, entry in entries:
        first = names.setdefault(entry.matter, entry.name)
        if first != entry.name:
            zh = f"事项 {entry.matter} 前面叫“{first}”"
            sheet.fault(row.line, "name", zh, f"Matter {entry.matter} is “{first}” above")
    for row, entry in entries:
        if (above := entry.matter[:-2]) and above not in names:
            zh, en = f"没有上级事项 {above}", f"There is no matter {above} above it"
            sheet.fault(row.line, "matter", zh, en)


def _check_twice(sheet: Sheet, entries: list[tuple[Row, Entry]]) -> None:
    seen: dict[tuple[str, str, str], list[tuple[Row, Entry]]] = {}
    for row, entry in entries:
        for earlier, other in seen.setdefault(entry.key, []):
            if overlap(entry, other):
                zh = f"与第 {earlier.line} 行重复（同一事项、地点、主办单位，时间重叠）"
                en = f"Repeats line {earlier.line}: same matter, place and lead at the same time"
                sheet.fault(row.line, "matter", zh, en)
        seen[entry.key].append((row, entry))


def overlap(one: Entry, other: Entry) -> bool:
    """Whether there is a day on which both hold."""
    begins = max(one.effective_from, other.effective_from)
    return one.holds(begins) and other.holds(begins)


def _day(sheet: Sheet, row: Row, column: str) -> date | None:
    zh, en = "应为日期，如 2021-11-30", "Must be a date, as 2021-11-30"
    return sheet.parsed(row, column, date.fromisoformat, zh, en)


def read_one(values: dict[str, str], known: Directory, begins: date) -> Entry:
    """One row as cells by column. Raises Invalid; ``where`` is the column."""
    raw = io.StringIO(newline="")
    writer = csv.DictWriter(raw, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerow({"name": "", "lead": "", "matter": "", **values})
    sheet = tables.parse(Path(NAME), raw.getvalue().encode(), REQUIRED, OPTIONAL)
    entry = _entry(sheet, sheet.rows[0], known, begins) if sheet.rows else None
    if entry is None:
        raise Invalid([Fault(fault.where.split(" ")[-1], fault.zh, fault.en) for fault in sheet.faults])
    return entry
