"""Lists of city.yaml that a room goes by (pauses, shifts, …): every row checked, every fault told with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.base.kernel.errors import Fault


@dataclass(frozen=True, slots=True)
class Cell:
    """What a value must be: ``holds`` is falsy or raises for one that is not so."""

    holds: Callable[[Any], Any]
    zh: str
    en: str
    required: bool = True


WORDS = Cell(lambda value: isinstance(value, str) and value.strip(), "文字", "words")
FROM = Cell(
    lambda value: isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None,
    "带引号、带时区的时间",
    "a time with its offset, in quotes",
    required=False,
)
YES = Cell(lambda value: isinstance(value, bool), "true 或 false", "true or false", required=False)
NOTE = Cell(lambda value: True, "", "", required=False)

DATED: dict[str, Cell] = {"effective_from": FROM, "ended": YES, "source": NOTE, "assumption": NOTE}
"""Cells of rows that follow one another in time; a row that says ``ended`` ends those before it."""


def faults(city: Mapping[str, Any], part: str, cells: Mapping[str, Cell]) -> list[Fault]:
    """Everything wrong with the list ``part`` of a city.yaml; no such list is no fault."""
    rows = city.get(part)
    if rows is None:
        return []
    if not isinstance(rows, list):
        return [Fault(f"city.yaml:{part}", "应为列表", "must be a list")]
    return [fault for position, row in enumerate(rows) for fault in _row(f"{part}[{position}]", row, cells)]


def _row(where: str, row: Any, cells: Mapping[str, Cell]) -> Iterator[Fault]:
    if not isinstance(row, dict):
        yield Fault(f"city.yaml:{where}", "应为 键: 值", "must be keys with values")
        return
    for name in row.keys() - cells.keys():
        known = "、".join(cells)
        yield Fault(
            f"city.yaml:{where}.{name}", f"没有这一项；有：{known}", f"No such key; there are: {known}"
        )
    for name, cell in cells.items():
        if name in row and not _holds(cell, row[name]):
            yield Fault(
                f"city.yaml:{where}.{name}",
                f"应为{cell.zh}：“{row[name]}”",
                f"must be {cell.en}: “{row[name]}”",
            )
        elif name not in row and cell.required:
            yield Fault(f"city.yaml:{where}.{name}", f"缺少，应为{cell.zh}", f"missing; must be {cell.en}")


def _holds(cell: Cell, value: Any) -> bool:
    try:
        return bool(cell.holds(value))
    except (TypeError, ValueError, AttributeError, KeyError):  # whatever shape was typed there instead
        return False
