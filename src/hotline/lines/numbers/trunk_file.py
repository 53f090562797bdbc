"""trunks.csv: what it may say. Its cells end up in Asterisk's configuration, so each is checked against a narrow form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.base.kernel import tables
from hotline.base.kernel.tables import Row, Sheet
from hotline.lines.numbers.plan import (
    BEHAVIOUR_OF,
    BROWSERS_COME_FROM,
    EMERGENCY_NUMBERS,
    TRANSPORTS,
    Behaviour,
    TrunkPlan,
    spellings,
)

COLUMNS = ("name", "kind", "host", "port", "transport", "serves", "strip", "codecs", "from", "duty")
KINDS = ("operator", "linked", "emergency")
CODECS = ("alaw", "ulaw")
EMERGENCY_NAMES = 90
"""Characters the names of one emergency number's trunks may have together: all of them stand on the leg that is dialled."""
_DIALLED = re.compile(r"\+?[0-9]{1,19}")


@dataclass(frozen=True)
class TrunkFile:
    """The trunks of a file and the sheet with what is wrong with it."""

    sheet: Sheet
    plans: Sequence[TrunkPlan]


def read_trunks(
    path: Path, history: Mapping[str, Sequence[Any]], main: str, emergency: Collection[str]
) -> TrunkFile:
    """Read and check trunks.csv against the numbers' dated rows (``history``), the main number and the emergency numbers."""
    sheet = tables.read(path, COLUMNS)
    plans = [_plan(sheet, row) for row in sheet.rows]
    sheet.unique("name")
    linked = {
        number for number, rows in history.items()
        if any(BEHAVIOUR_OF[row.dated.treatment] is Behaviour.LINKED for row in rows)
    }  # fmt: skip
    may_serve = {"operator": {*history, main, *emergency}, "linked": linked, "emergency": set(emergency)}
    for row, plan in zip(sheet.rows, plans, strict=True):
        _check_serves(sheet, row, plan, may_serve.get(plan.kind, set()))
    _check_one_each(sheet, plans)
    everything = sorted({*history, main, *emergency})
    for row, plan in zip(sheet.rows, plans, strict=True):
        _check_spellings(sheet, row, plan, everything)
    if not sheet.faults and not any(plan.kind == "operator" for plan in plans):
        sheet.fault(1, "kind", "至少要有一条 operator 中继", "There must be at least one operator trunk")
    return TrunkFile(sheet, plans)


def _plan(sheet: Sheet, row: Row) -> TrunkPlan:
    _form(
        sheet,
        row,
        "name",
        r"[a-z][a-z0-9-]{0,38}",
        "应为小写字母、数字、连字符",
        "lower-case letters, digits and hyphens",
    )
    _form(sheet, row, "kind", "|".join(KINDS), f"应为 {'、'.join(KINDS)}", f"one of {', '.join(KINDS)}")
    _form(
        sheet,
        row,
        "transport",
        "|".join(TRANSPORTS),
        f"应为 {'、'.join(TRANSPORTS)}（暂不支持 tls，也不会改用明文代替）",
        f"one of {', '.join(TRANSPORTS)} (tls is not supported yet, and plain text is not used in its place)",
    )
    if sheet.required(row, "host") == BROWSERS_COME_FROM:
        sheet.fault(
            row.line,
            "host",
            f"{BROWSERS_COME_FROM} 是浏览器话机的来路，不能作为中继地址",
            f"Browsers' phones come from {BROWSERS_COME_FROM}, it cannot be a trunk's address",
        )
    sheet.parsed(row, "host", _host, "应为 IP 地址或主机名", "must be an IP address or a host name")
    port = sheet.parsed(row, "port", _port, "端口应为 1–65535", "a port is 1 to 65535")
    for column in ("strip", "from", "duty"):
        for part in row.list(column):
            if not _DIALLED.fullmatch(part):
                sheet.fault(
                    row.line, column, f"应为数字，可带 +：“{part}”", f"digits, perhaps with +: “{part}”"
                )
    for number in row.list("duty"):
        if number in EMERGENCY_NUMBERS:
            sheet.fault(
                row.line, "duty", f"值班电话不得是紧急号码 {number}", f"{number} cannot be a duty telephone"
            )
    for codec in row.list("codecs"):
        if codec not in CODECS:
            sheet.fault(
                row.line,
                "codecs",
                f"应为 {'、'.join(CODECS)}：“{codec}”",
                f"one of {', '.join(CODECS)}: “{codec}”",
            )
    sheet.required(row, "codecs")
    sheet.required(row, "serves")
    return TrunkPlan(
        name=row["name"],
        kind=row["kind"],
        host=row["host"],
        port=port,
        transport=row["transport"],
        serves=tuple(row.list("serves")),
        strip=tuple(row.list("strip")),
        codecs=tuple(row.list("codecs")),
        from_number=row["from"] or None,
        duty=tuple(row.list("duty")),
    )


def _form(sheet: Sheet, row: Row, column: str, pattern: str, zh: str, en: str) -> None:
    if sheet.required(row, column) and not re.fullmatch(pattern, row[column]):
        sheet.fault(row.line, column, f"{zh}：“{row[column]}”", f"must be {en}: “{row[column]}”")


def _check_serves(sheet: Sheet, row: Row, plan: TrunkPlan, allowed: Collection[str]) -> None:
    for number in plan.serves:
        if number == "*" and plan.kind != "operator":
            sheet.fault(row.line, "serves", "只有 operator 中继可写 *", "Only an operator trunk may serve *")
        elif number != "*" and number not in allowed:
            sheet.fault(
                row.line,
                "serves",
                f"{plan.kind} 中继不能承载 {number}",
                f"A trunk of kind {plan.kind} cannot serve {number}",
            )


def _check_one_each(sheet: Sheet, plans: Sequence[TrunkPlan]) -> None:
    """One linked trunk a number: which of two to take would be a guess. An emergency number's are tried in their order."""
    taken: dict[tuple[str, str], str] = {}
    for row, plan in zip(sheet.rows, plans, strict=True):
        for number in plan.serves if plan.kind == "linked" else ():
            other = taken.setdefault((plan.kind, number), plan.name)
            if other != plan.name:
                sheet.fault(
                    row.line,
                    "serves",
                    f"{number} 已由中继 {other} 承载",
                    f"{number} is already served by trunk {other}",
                )
    for number in sorted({number for plan in plans if plan.kind == "emergency" for number in plan.serves}):
        names = [plan.name for plan in plans if plan.kind == "emergency" and number in plan.serves]
        if len("|".join(names)) > EMERGENCY_NAMES:
            row = next(row for row, plan in zip(sheet.rows, plans, strict=True) if plan.name == names[-1])
            zh, en = (
                f"{number} 的中继名合计过长",
                f"The names of the trunks to {number} are too long together",
            )
            sheet.fault(
                row.line,
                "name",
                f"{zh}（最多 {EMERGENCY_NAMES} 个字符）",
                f"{en} (at most {EMERGENCY_NAMES})",
            )


def _check_spellings(sheet: Sheet, row: Row, plan: TrunkPlan, numbers: Sequence[str]) -> None:
    """No spelling may mean two numbers on one trunk."""
    meant: dict[str, str] = {}
    for number in filter(plan.carries, numbers):
        for spelling in spellings(plan, number):
            other = meant.setdefault(spelling, number)
            if other != number:
                sheet.fault(row.line, "strip", f"{spelling} 既可指 {other} 又可指 {number}",
                            f"{spelling} could mean {other} or {number}")  # fmt: skip


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
        if (
            not re.fullmatch(rf"{label}(\.{label})*", text)
            or len(text) > 253
            or re.fullmatch(r"[0-9.]+", text)
        ):
            raise
        return text


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(text)
    return int(text)
