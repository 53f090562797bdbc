"""Why an agent may pause and for how long: the city's `pauses`, dated; a city that names none has the customary ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from hotline.base.kernel import clock, listed
from hotline.base.kernel.errors import Fault
from hotline.base.kernel.listed import DATED, WORDS, Cell


@dataclass(frozen=True, slots=True)
class Pause:
    """One reason. ``max_minutes`` None: without a limit."""

    code: str
    zh: str
    en: str
    max_minutes: int | None


_CUSTOMARY: tuple[Mapping[str, Any], ...] = (
    {"code": "rest", "name": "小休", "name_en": "Rest", "max_minutes": 15},
    {"code": "meal", "name": "用餐", "name_en": "Meal", "max_minutes": 45},
    {"code": "training", "name": "培训", "name_en": "Training", "max_minutes": 120},
    {"code": "meeting", "name": "会议", "name_en": "Meeting", "max_minutes": 90},
    {"code": "task", "name": "其他工作", "name_en": "Other work", "max_minutes": 60},
)


_CELLS: dict[str, Cell] = {
    "code": Cell(
        lambda code: re.fullmatch(r"[a-z_]{1,30}", code), "小写字母和下划线", "lower-case letters and _"
    ),
    "name": WORDS,
    "name_en": WORDS,
    "max_minutes": Cell(
        lambda minutes: minutes is None or (type(minutes) is int and 1 <= minutes <= 720),
        "1–720 的整数，或不写",
        "a whole number from 1 to 720, or left out",
        required=False,
    ),
    **DATED,
}


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the ``pauses`` of a city.yaml."""
    return listed.faults(city, "pauses", _CELLS)


def in_force(at: datetime | None = None) -> dict[str, Pause]:
    """The reasons by code ``at`` (now), in the city's order: of two rows for one code the later that has begun counts."""
    at = at or clock.now()
    rows: dict[str, Mapping[str, Any]] = {}
    for row in sorted(_rows(), key=_begins):
        if _begins(row) <= at:
            rows[str(row["code"])] = row
    return {
        code: Pause(code, str(row["name"]), str(row["name_en"]), row.get("max_minutes"))
        for code, row in rows.items()
        if not row.get("ended")
    }


def _rows() -> Iterable[Mapping[str, Any]]:
    return settings.CITY.get("pauses") or _CUSTOMARY


def _begins(row: Mapping[str, Any]) -> datetime:
    said = row.get("effective_from")
    return datetime.fromisoformat(str(said)) if said else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
