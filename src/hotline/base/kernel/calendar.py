"""Working days as the State Council arranges them each year, make-up days (调休) included.

The days are typed from each year's notice, which the file cites (kernel/holidays/<year>.csv; a city may add the next
year's before the program does, in its own folder's holidays/). A year without its notice is an error: weekdays are
never guessed, since a make-up Saturday or a moved holiday would make a deadline wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from hotline.base.kernel import clock, tables
from hotline.base.kernel.errors import Fault, Invalid, Problem

HOLIDAYS = Path(__file__).with_name("holidays")


class MissingYear(Problem):
    """The State Council's notice for this year has not been loaded."""

    def __init__(self, year: int) -> None:
        super().__init__(
            "calendar-missing",
            f"缺少 {year} 年的节假日安排，无法计算工作日期限；请把国务院办公厅当年通知录入城市文件夹的 holidays/{year}.csv。",
            f"The holidays of {year} are missing, so working days cannot be counted; "
            f"type that year's State Council notice into holidays/{year}.csv of the city's folder.",
            status=409,
        )
        self.year = year


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, and until what hour of the day an office works.

    ``off`` are weekdays that are holidays, ``work`` are weekend days that are worked, ``years`` are the years known.
    """

    off: frozenset[date]
    work: frozenset[date]
    years: frozenset[int]
    opens: time
    closes: time

    def is_working(self, day: date) -> bool:
        """Whether offices work on ``day``. Raises MissingYear."""
        if day.year not in self.years:
            raise MissingYear(day.year)
        return day in self.work or (day.weekday() < 5 and day not in self.off)

    def due(self, start: datetime, days: int) -> datetime:
        """When ``days`` working days from ``start`` end: the close of business of the last one.

        The day of the start is not counted (民法典 201条), the last day ends when business hours end (203条).
        """
        if days < 1:
            raise ValueError("a limit is at least one working day")
        day, left = clock.local(start).date(), days
        while left:
            day += timedelta(days=1)
            left -= self.is_working(day)
        return datetime.combine(day, self.closes, tzinfo=clock.zone())

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of ``start`` up to and with the day of ``end``; the inverse of ``due``."""
        first, last = clock.local(start).date(), clock.local(end).date()
        return sum(self.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def city_calendar() -> WorkCalendar:
    """The city's calendar: national holidays with the city's own office hours.

    A year's file that is added or mended counts from the next question on, in every process and without a restart.
    """
    hours = settings.CITY["work_hours"]
    folders = (HOLIDAYS, settings.HOTLINE.city_dir / "holidays")
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in _files(folders))
    return _as_of(stamps, folders, time.fromisoformat(hours["opens"]), time.fromisoformat(hours["closes"]))


@lru_cache(maxsize=2)
def _as_of(
    stamps: tuple[tuple[str, int], ...], folders: tuple[Path, ...], opens: time, closes: time
) -> WorkCalendar:
    """``load``, kept as long as the files are those of ``stamps``."""
    return load(folders, opens, closes)


def _files(folders: Sequence[Path]) -> list[Path]:
    """One file a year: of two for one year the later folder's."""
    files = {path.stem: path for folder in folders for path in folder.glob("[0-9][0-9][0-9][0-9].csv")}
    return [files[year] for year in sorted(files)]


def load(folders: Sequence[Path], opens: time, closes: time) -> WorkCalendar:
    """Read every ``<year>.csv`` (columns date, kind off|work, name) of ``folders``; of two for one year the later
    folder's counts. Raises Invalid with every fault, each with file, line and column."""
    off: set[date] = set()
    work: set[date] = set()
    years: set[int] = set()
    faults: list[Fault] = []
    for path in _files(folders):
        years.add(int(path.stem))
        sheet = tables.read(path, ("date", "kind", "name"))
        for row in sheet.rows:
            (off if row["kind"] == "off" else work).update(_day(sheet, row))
        if not sheet.faults and not re.search(r"(?m)^# source:", path.read_text(encoding="utf-8-sig")):
            zh, en = (
                "缺少引用国务院通知的 “# source:” 行",
                "No “# source:” line cites the State Council's notice",
            )
            sheet.fault(0, "", zh, en)
        faults += sheet.faults
    if faults:
        raise Invalid(faults, "工作日历有误", "The calendar of working days is wrong")
    return WorkCalendar(frozenset(off), frozenset(work), frozenset(years), opens, closes)


def _day(sheet: tables.Sheet, row: tables.Row) -> Iterator[date]:
    """The row's day, if all is well with it; else its faults go into the sheet."""
    zh, en = "应为日期，如 2026-01-01", "must be a date, as 2026-01-01"
    sheet.required(row, "date")
    day = sheet.parsed(row, "date", date.fromisoformat, zh, en)
    if row["kind"] not in ("off", "work"):
        sheet.fault(
            row.line, "kind", f"应为 off 或 work：“{row['kind']}”", f"must be off or work: “{row['kind']}”"
        )
    elif day is not None:
        if str(day.year) == sheet.path.stem:
            yield day
        else:
            sheet.fault(row.line, "date", "不是文件名所说的年份", "Not of the year in the file's name")
