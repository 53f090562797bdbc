"""What every bench leaves behind: a table on the screen and rows in ``var/bench/<name>.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "var" / "bench"


@dataclass(frozen=True)
class Figure:
    """One measured figure. ``target`` is the most it may be; None: for information."""

    figure: str
    value: float
    unit: str
    target: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The row of the file."""
        met = None if self.target is None else self.value <= self.target
        return {
            "figure": self.figure,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "met": met,
        }


def record(name: str, figures: Iterable[Figure]) -> None:
    """Print ``figures`` and put them into ``var/bench/<name>.json``, replacing the rows of the same figures."""
    rows = [figure.as_dict() for figure in figures]
    path = FOLDER / f"{name}.json"
    FOLDER.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    ours = {row["figure"] for row in rows}
    kept = [row for row in known if row["figure"] not in ours]
    path.write_text(json.dumps(kept + rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        target = "" if row["target"] is None else f"<= {row['target']:g}"
        word = {True: "met", False: "MISSED", None: ""}[row["met"]]
        print(f"  {row['figure']:<40}{row['value']:>12.2f} {row['unit']:<8}{target:>10}  {word}")
