"""Figures that are a city's policy: how often, how many, how long. Each is declared by the room that goes by it and set,
with a date, in city.yaml (design.md, rule 3); one the city does not name has its declared default.

What only the program's own working depends on (a timeout between two processes, a page's size) is a constant where it is
used, and not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Fault

BLOCKS = ("service_levels", "limits")
"""The lists of city.yaml that hold figures: rows of {figure, value, effective_from, source, assumption}."""
_ROW = frozenset({"figure", "value", "effective_from", "source", "assumption"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a whole number from ``least`` to ``most``, its default, and its words with the unit."""

    name: str
    default: int
    zh: str
    en: str
    least: int = 1
    most: int = 1_000_000

    def __call__(self, at: datetime | None = None) -> int:
        """The value in force ``at`` (now)."""
        at = at or clock.now()
        dated = [
            (datetime.fromisoformat(row["effective_from"]), int(row["value"]))
            for _, row in _rows(settings.CITY)
            if row["figure"] == self.name
        ]
        return max((row for row in dated if row[0] <= at), default=(at, self.default))[1]


_declared: dict[str, Figure] = {}


def declare(name: str, default: int, zh: str, en: str, *, least: int = 1, most: int = 1_000_000) -> Figure:
    """Declare a figure, in a room's ``figures.py``. Declaring it twice otherwise is an error."""
    figure = Figure(name, default, zh, en, least, most)
    if _declared.setdefault(name, figure) != figure:
        raise ValueError(f"figure {name} is declared twice, and differently")
    return figure


def declared() -> dict[str, Figure]:
    """All figures by name."""
    return dict(_declared)


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the figures in ``city``, a city.yaml that was read; a row that is wrong is never guessed at."""
    found: list[Fault] = []
    seen: set[tuple[str, str]] = set()
    for where, row in _rows(city):
        wrong = list(_faults(row))
        found += [Fault(f"city.yaml:{where}{place}", zh, en) for place, zh, en in wrong]
        if not wrong:
            key = (row["figure"], str(datetime.fromisoformat(row["effective_from"]).timestamp()))
            if key in seen:
                found.append(Fault(f"city.yaml:{where}", "同一生效时间重复", "Set twice for the same moment"))
            seen.add(key)
    return found


def _rows(city: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for block in BLOCKS:
        rows = city.get(block) or ()
        if not isinstance(rows, list | tuple):
            rows = (rows,)
        for position, row in enumerate(rows):
            yield f"{block}[{position}]", row


def _faults(row: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(row, dict) or not {"figure", "value", "effective_from"} <= row.keys() <= _ROW:
        yield (
            "",
            "应有 figure、value、effective_from，可有 source、assumption",
            ("needs figure, value and effective_from; source and assumption may stand there as well"),
        )
        return
    figure = _declared.get(str(row["figure"]))
    if figure is None:
        known = "、".join(sorted(_declared))
        yield ".figure", f"没有“{row['figure']}”；有：{known}", f"No “{row['figure']}”; there are: {known}"
    elif type(row["value"]) is not int or not figure.least <= row["value"] <= figure.most:
        between = f"{figure.least}–{figure.most}"
        yield ".value", f"{figure.zh}应为 {between} 的整数", f"{figure.en}: a whole number, {between}"
    try:
        dated = datetime.fromisoformat(str(row["effective_from"])).tzinfo is not None
    except ValueError:
        dated = False
    if not dated or not isinstance(row["effective_from"], str):
        yield ".effective_from", "应为带引号、带时区的时间", "Must be a time with its offset, in quotes"
