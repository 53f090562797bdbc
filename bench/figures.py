"""What every bench leaves behind: a table on the screen and rows in ``var/bench/<name>.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "var" / "bench"
_LOAD = os.getloadavg()[0]
"""How busy the machine was before this process measured anything."""


@dataclass(frozen=True)
class Figure:
    """One measured figure. ``target`` is the most it may be (``at_least``: the least); None: for information."""

    figure: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    below: bool = False
    """The target itself is too much already."""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        if self.at_least:
            return self.value >= self.target
        return self.value < self.target if self.below else self.value <= self.target

    @property
    def wanted(self) -> str:
        """The target as one reads it."""
        if self.target is None:
            return ""
        return f"{'>=' if self.at_least else '<' if self.below else '<='} {self.target:g}"


def record(name: str, by: str, figures: Iterable[Figure]) -> None:
    """Print ``figures`` and put them into ``var/bench/<name>.json`` in place of everything module ``by`` put there before.

    So a figure that is no longer made, or has another name now, goes. Each row says how busy the machine was (``load``,
    the average of a minute, before the measuring began) and when it was written.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [_row(figure) | {"by": by, "load": round(_LOAD, 1), "at": at} for figure in figures]
    ours = {row["figure"] for row in rows}
    _write(name, [row for row in _others(name, by) if row["figure"] not in ours] + rows)
    _print(rows)


def forget(name: str, by: str) -> None:
    """Remove what module ``by`` put into ``var/bench/<name>.json``."""
    _write(name, _others(name, by))


def show(name: str) -> None:
    """Print all of ``var/bench/<name>.json``."""
    _print(_known(name))


def _row(figure: Figure) -> dict[str, Any]:
    return {
        "figure": figure.figure,
        "value": figure.value,
        "unit": figure.unit,
        "target": figure.target,
        "wanted": figure.wanted,
        "met": figure.met,
    }


def _known(name: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{name}.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return rows


def _others(name: str, by: str) -> list[dict[str, Any]]:
    """The rows other modules put there; one that does not say whose it is belongs to no module of today."""
    return [row for row in _known(name) if row.get("by", by) != by]


def _write(name: str, rows: list[dict[str, Any]]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _print(rows: list[dict[str, Any]]) -> None:
    words = {True: "met", False: "MISSED", None: ""}
    for row in rows:
        print(
            f"  {row['figure']:<36}{row['value']:>10.2f} {row['unit']:<9}{row['wanted']:>8}  {words[row['met']]}",
            flush=True,
        )
