"""The register's files of a city's folder, checked whole: numbers.csv, treatments.csv, trunks.csv, parts of city.yaml.

``read_register`` gives the register or raises ``Invalid`` with every fault of every file. Reads files, writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from hotline.base.kernel import tables
from hotline.base.kernel.errors import Invalid
from hotline.base.kernel.tables import Row, Sheet
from hotline.lines.numbers import city_file, trunk_file
from hotline.lines.numbers.plan import (
    BEHAVIOUR_OF,
    EMERGENCY_NUMBERS,
    Behaviour,
    CarriedBy,
    DatedTreatment,
    Treatment,
    TrunkPlan,
)

NUMBERS = (
    "number", "name", "name_en", "department", "treatment", "effective_from", "carried_by", "clause",
)  # fmt: skip
NUMBERS_OPTIONAL = (
    "annex_row", "name_annex", "text", "text_annex", "answer_at_12345_if_unanswered", "seats_hours", "notice_prompt",
    "budget_moves", "budget_note",
)  # fmt: skip
TREATMENTS = ("number", "treatment", "effective_from", "carried_by", "reason")


LENGTHS = {"name": 60, "name_annex": 60, "name_en": 120, "clause": 40, "seats_hours": 40, "notice_prompt": 60}
"""The most characters each column may hold."""


@dataclass(frozen=True)
class NumberFacts:
    """One line of numbers.csv without its dated part. ``department`` is an organisation's key."""

    number: str
    annex_row: int | None
    name: str
    name_annex: str
    name_en: str
    department: str
    clause: str
    text: str
    text_annex: str
    answer_at_12345_if_unanswered: bool
    seats_hours: str
    notice_prompt: str
    budget_moves: bool
    budget_note: str


@dataclass(frozen=True)
class DatedRow:
    """One dated row of a file, with the reason it gives."""

    dated: DatedTreatment
    reason: str


@dataclass(frozen=True)
class Register:
    """What a city's folder says about its numbers; ``history`` has each number's dated rows, oldest first."""

    numbers: tuple[NumberFacts, ...]
    history: Mapping[str, tuple[DatedRow, ...]]
    trunks: tuple[TrunkPlan, ...]


def read_register(folder: Path, departments: Collection[str] | None = None) -> Register:
    """Read and check the whole folder. ``departments`` are the known organisation keys; None reads organisations.csv.

    Raises Invalid with all faults at once, each with file, line, column and reason.
    """
    city, city_faults = city_file.read_city(folder)
    main = str(city["hotline"]["number"])
    sheet = tables.read(folder / "numbers.csv", NUMBERS, NUMBERS_OPTIONAL)
    later = _optional(folder / "treatments.csv", TREATMENTS)
    known = departments if departments is not None else _column(folder / "organisations.csv", "key")
    forbidden = EMERGENCY_NUMBERS | {str(row["number"]) for row in city["emergency_numbers"]}
    prompts = _column(folder / "prompts.csv", "id")
    numbers = [] if sheet.faults else [
        _facts(sheet, row, known, forbidden | {main}, prompts, city["hours"]) for row in sheet.rows
    ]  # fmt: skip
    sheet.unique("number")
    sheet.unique("annex_row")
    history = _histories(sheet, later)
    trunks = trunk_file.read_trunks(folder / "trunks.csv", history, main, forbidden)
    faults = [*city_faults, *sheet.faults, *later.faults, *trunks.sheet.faults]
    if faults:
        raise Invalid(faults, "城市数据有误，整体未载入", "The city's data are wrong; nothing was loaded")
    return Register(
        tuple(numbers), {number: tuple(rows) for number, rows in history.items()}, tuple(trunks.plans)
    )


def _facts(
    sheet: Sheet, row: Row, departments: Collection[str], forbidden: Collection[str], prompts: Collection[str],
    hours: Collection[str],
) -> NumberFacts:  # fmt: skip
    """One line of numbers.csv; what is wrong with it goes into the sheet's faults."""
    number = sheet.required(row, "number")
    if number in EMERGENCY_NUMBERS:
        sheet.fault(row.line, "number", f"{number} 是紧急热线，不得登记（53号 一(一)）",
                    f"{number} is an emergency number and can never be registered")  # fmt: skip
    elif number in forbidden:
        sheet.fault(row.line, "number", f"{number} 是总号或城市另定的紧急号码，不得登记",
                    f"{number} is the main number or another emergency number and cannot be registered")  # fmt: skip
    elif number and not re.fullmatch(r"[0-9]{3,15}", number):
        sheet.fault(
            row.line,
            "number",
            f"号码应为 3–15 位数字：“{number}”",
            f"A number has 3 to 15 digits: “{number}”",
        )
    for column in ("name", "name_en", "clause"):
        sheet.required(row, column)
    for column, most in LENGTHS.items():
        if len(row[column]) > most:
            sheet.fault(row.line, column, f"最多 {most} 字", f"at most {most} characters")
    _known(sheet, row, "department", departments, "organisations.csv", needed=True)
    _known(sheet, row, "notice_prompt", prompts, "prompts.csv")
    if hours:  # without any, city.yaml itself is at fault
        _known(sheet, row, "seats_hours", hours, "city.yaml hours")
    return NumberFacts(
        number=number,
        annex_row=sheet.parsed(
            row, "annex_row", _ordinal, "应为 1–9999 的整数", "must be a whole number from 1 to 9999"
        ),
        name=row["name"],
        name_annex=row["name_annex"],
        name_en=row["name_en"],
        department=row["department"],
        clause=row["clause"],
        text=row["text"],
        text_annex=row["text_annex"],
        answer_at_12345_if_unanswered=sheet.yes(row, "answer_at_12345_if_unanswered"),
        seats_hours=row["seats_hours"],
        notice_prompt=row["notice_prompt"],
        budget_moves=sheet.yes(row, "budget_moves"),
        budget_note=row["budget_note"],
    )


def _known(
    sheet: Sheet, row: Row, column: str, known: Collection[str], source: str, *, needed: bool = False
) -> None:
    if needed and not sheet.required(row, column):
        return
    if row[column] and row[column] not in known:
        sheet.fault(
            row.line, column, f"“{row[column]}”不在 {source} 中", f"“{row[column]}” is not in {source}"
        )


def _histories(sheet: Sheet, later: Sheet) -> dict[str, list[DatedRow]]:
    """Each number's dated rows: its line of numbers.csv, then its lines of treatments.csv, dates ascending."""
    found: dict[str, list[DatedRow]] = {}
    for row in sheet.rows:
        dated = _dated(sheet, row)
        if dated and dated.effective_from is None and dated.treatment is not Treatment.CEASED:
            sheet.fault(
                row.line,
                "effective_from",
                "除 ceased 外必须写明生效时间",
                "Only ceased may leave its date open",
            )
        if dated:
            found.setdefault(row["number"], []).append(DatedRow(dated, row["clause"]))
    for row in later.rows:
        later.required(row, "reason")
        later.required(row, "effective_from")
        dated = _dated(later, row)
        _known(later, row, "number", {r["number"] for r in sheet.rows}, "numbers.csv", needed=True)
        if dated is None or row["number"] not in found or dated.effective_from is None:
            continue
        before = found[row["number"]][-1].dated.effective_from
        if before is not None and dated.effective_from <= before:
            later.fault(row.line, "effective_from", f"应晚于上一条的 {before.isoformat()}",
                        f"must be later than the row before, {before.isoformat()}")  # fmt: skip
        found[row["number"]].append(DatedRow(dated, row["reason"]))
    return found


def _dated(sheet: Sheet, row: Row) -> DatedTreatment | None:
    """The dated part of a line of either file; None when its treatment is missing or unknown."""
    choices = "|".join(Treatment)
    sheet.required(row, "treatment")
    treatment = sheet.parsed(
        row, "treatment", Treatment, f"处理方式应为 {choices}", f"treatment must be one of {choices}"
    )
    carrier = sheet.parsed(
        row, "carried_by", CarriedBy, "应为 operator 或 platform", "must be operator or platform"
    )
    moment = sheet.moment(row, "effective_from")
    if treatment is None:
        return None
    plays = BEHAVIOUR_OF[treatment] in (Behaviour.VACANT, Behaviour.NOTICE_THEN_QUEUE)
    if plays and not row["carried_by"]:
        sheet.fault(row.line, "carried_by", "空号音或语音提醒须写明由谁播放（operator|platform）",
                    "say who plays the tone or the notice (operator|platform)")  # fmt: skip
    if not plays and row["carried_by"]:
        sheet.fault(
            row.line,
            "carried_by",
            f"{treatment} 不播放空号音或提醒，应留空",
            f"{treatment} plays nothing; leave empty",
        )
    return DatedTreatment(treatment, moment, carrier)


def _ordinal(cell: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", cell):
        raise ValueError(cell)
    return int(cell)


def _optional(path: Path, columns: tuple[str, ...]) -> Sheet:
    return tables.read(path, columns) if path.exists() else Sheet(path)


def _column(path: Path, column: str) -> set[str]:
    """The cells of one column of a file another room checks; empty when it cannot be read."""
    return {row[column] for row in tables.read(path, ()).rows} - {""}
