"""A roster from a file: CSV, taken in whole or refused whole with every fault's line, column and reason."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hotline.base.kernel import tables
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Invalid
from hotline.lines.calls.ownership import Member, members
from hotline.lines.roster.actions import Wanted, alone, keep_plan, wish
from hotline.lines.roster.machines import ShiftState
from hotline.lines.roster.models import Shift
from hotline.lines.roster.places import lines_known

REQUIRED = ("day", "shift", "username")
OPTIONAL = ("line", "duty")
NAME = "roster.csv"


@dataclass(frozen=True, slots=True)
class Taken:
    """How many shifts a file added, and how many of its lines were planned so already."""

    added: int
    already: int


def take_in(actor: Actor, content: bytes, *, dry_run: bool = False) -> Taken:
    """Plan every line of a CSV (columns day, shift, username; line and duty may be left out or empty).

    Right roster.write. Lines planned so already are passed over. With ``dry_run`` it is only checked. Raises Invalid,
    whose faults name ``roster.csv:<line>``, the column and the reason; then nothing was planned.
    """
    with deed(actor, "roster.import", right="roster.write") as d:
        alone()
        sheet = _read(content)
        wanted = _wishes(actor, sheet)
        if sheet.faults:
            raise Invalid(
                sheet.faults, "排班表有误，整体未导入", "The roster is wrong; nothing of it was taken in"
            )
        new = _not_yet(wanted)
        if not dry_run:
            keep_plan(actor, d, new)
        d.about("roster", NAME, added=len(new), lines=len(wanted), dry_run=dry_run)
        return Taken(len(new), len(wanted) - len(new))


def _read(content: bytes) -> tables.Sheet:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(content)
        return tables.read(path, REQUIRED, OPTIONAL)


def _wishes(actor: Actor, sheet: tables.Sheet) -> list[Wanted]:
    by_name: dict[str, Member] = {member.username: member for member in members(actor)}
    lines, found = lines_known(), list[Wanted]()
    for row in sheet.rows:
        who = sheet.required(row, "username").lower()
        kind = sheet.required(row, "shift")
        sheet.required(row, "day")
        zh, en = "应为日期，如 2026-12-01", "must be a date, as 2026-12-01"
        day = sheet.parsed(row, "day", date.fromisoformat, zh, en)
        if not (who and kind and day):
            continue
        one = wish(
            by_name.get(who), who, day, kind, row["line"], row["duty"] or "agent", lines, sheet.faults,
            f"{NAME}:{row.line}",
        )  # fmt: skip
        if one is not None:
            found.append(one)
    return found


def _not_yet(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those that are not planned in just this way."""
    rows = Shift.objects.filter(state=ShiftState.PLANNED, day__in={one.day for one in wanted})
    planned = {*rows.values_list("staff_id", "day", "kind", "line", "duty")}
    return [
        one for one in wanted if (one.member.id, one.day, one.kind.code, one.line, one.duty) not in planned
    ]
