"""Shift kinds and rest, from the city's dated data; which shifts one person cannot have. No database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings

from hotline.base.kernel import clock, listed
from hotline.base.kernel.errors import Fault
from hotline.base.kernel.listed import DATED, WORDS, Cell
from hotline.lines.roster.figures import REST_HOURS

DUTIES = {
    "agent": ("话务", "Agent"),
    "leader": ("值班长", "Shift leader"),
    "substitute": ("副值班长", "Substitute leader"),
}
"""What one does in a shift. The leader is in charge; while he is away the substitute is."""

LEAVES = {
    "annual": ("年休假", "Annual leave"),
    "sick": ("病假", "Sick leave"),
    "personal": ("事假", "Personal leave"),
    "compensatory": ("调休", "Time off in lieu"),
    "other": ("其他", "Other"),
}

_CUSTOMARY: tuple[Mapping[str, Any], ...] = (
    {"code": "early", "name": "早班", "name_en": "Early", "from": "08:00", "until": "16:00"},
    {"code": "middle", "name": "中班", "name_en": "Middle", "from": "16:00", "until": "24:00"},
    {"code": "night", "name": "晚班", "name_en": "Night", "from": "00:00", "until": "08:00"},
)
MOST_REST = timedelta(hours=REST_HOURS.most)


_CLOCK = Cell(
    lambda said: said == "24:00" or time.fromisoformat(said), '时刻，如 "08:00"', 'a time, as "08:00"'
)
_CELLS: dict[str, Cell] = {
    "code": Cell(
        lambda code: re.fullmatch(r"[a-z_]{1,20}", code), "小写字母和下划线", "lower-case letters and _"
    ),
    "name": WORDS,
    "name_en": WORDS,
    "from": _CLOCK,
    "until": _CLOCK,
    **DATED,
}


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the ``shifts`` of a city.yaml."""
    return listed.faults(city, "shifts", _CELLS)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shift in the city's own time. ``ends`` at or before ``starts``: on the next day."""

    code: str
    zh: str
    en: str
    starts: time
    ends: time

    def hours(self, day: date) -> tuple[datetime, datetime]:
        """From when until when it lasts on ``day``."""
        start = datetime.combine(day, self.starts, tzinfo=clock.zone())
        last = day if self.ends > self.starts else day + timedelta(days=1)
        return start, datetime.combine(last, self.ends, tzinfo=clock.zone())


def kinds(on: date) -> dict[str, Kind]:
    """The city's kinds of shift that hold on a day, by code, in its order; dated rows, the later one counts."""
    found: dict[str, Kind] = {}
    for row in _in_force(settings.CITY.get("shifts") or _CUSTOMARY, on):
        if not row.get("ended"):
            found[str(row["code"])] = Kind(
                str(row["code"]),
                str(row["name"]),
                str(row["name_en"]),
                _time(row["from"]),
                _time(row["until"]),
            )
        else:
            found.pop(str(row["code"]), None)
    return found


def rest(on: date) -> timedelta:
    """How long one must rest between two shifts, on a day (figure ``rest_hours``)."""
    return timedelta(hours=REST_HOURS(clock.day_bounds(on)[0]))


def _in_force(rows: Iterable[Mapping[str, Any]], on: date) -> list[Mapping[str, Any]]:
    dated = sorted(rows, key=lambda row: str(row.get("effective_from", "")))
    return [row for row in dated if not row.get("effective_from") or _day(row["effective_from"]) <= on]


def _day(said: object) -> date:
    return clock.local(datetime.fromisoformat(str(said))).date()


def _time(said: object) -> time:
    return time(0) if str(said) == "24:00" else time.fromisoformat(str(said))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of somebody's time: a shift he has or shall have."""

    starts_at: datetime
    ends_at: datetime


def against(have: Iterable[Stretch], new: Stretch, rest: timedelta) -> tuple[Stretch, bool] | None:
    """The first shift of ``have`` that ``new`` cannot stand beside, and whether the two overlap; None: it can.

    Two shifts at once are impossible; between two there must be ``rest`` at least.
    """
    for one in sorted(have, key=lambda one: one.starts_at):
        if one.starts_at < new.ends_at and new.starts_at < one.ends_at:
            return one, True
        gap = new.starts_at - one.ends_at if one.ends_at <= new.starts_at else one.starts_at - new.ends_at
        if gap < rest:
            return one, False
    return None
