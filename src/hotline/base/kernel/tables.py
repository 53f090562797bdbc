"""A city's CSV files, read so that a wrong one is refused whole with every fault's line, column and reason.

UTF-8 (a byte order mark is allowed), comma separated; lines starting with ``#`` between records are comments; the
first other line is the header; an empty cell means none. ``cities/README.md`` describes the files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hotline.base.kernel.errors import Fault

Value = TypeVar("Value")


@dataclass(frozen=True)
class Row:
    """One record: the line it starts on and its cells by column name, stripped."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def list(self, column: str) -> list[str]:
        """The cell's ``|``-separated parts."""
        return [part.strip() for part in self[column].split("|") if part.strip()]


@dataclass
class Sheet:
    """One CSV file and everything found wrong with it. Nothing of it may be used while ``faults`` is not empty."""

    path: Path
    columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, column: str, zh: str, en: str) -> None:
        """Record a fault at ``line`` (0: the whole file) and ``column`` (a column name, or empty for the whole line)."""
        place = f":{self.columns.index(column) + 1} {column}" if column in self.columns else ""
        where = f"{self.path.name}:{line}{place}" if line else self.path.name
        self.faults.append(Fault(where, zh, en))

    def required(self, row: Row, column: str) -> str:
        """The cell, which must not be empty."""
        if not row[column]:
            self.fault(row.line, column, f"缺少 {column}", f"{column} is missing")
        return row[column]

    def parsed(self, row: Row, column: str, parse: Callable[[str], Value], zh: str, en: str) -> Value | None:
        """``parse(cell)``; a ValueError becomes a fault with the cell quoted after ``zh``/``en``. Empty: None, no fault."""
        if not row[column]:
            return None
        try:
            return parse(row[column])
        except ValueError:
            self.fault(row.line, column, f"{zh}：“{row[column]}”", f"{en}: “{row[column]}”")
            return None

    def yes(self, row: Row, column: str) -> bool:
        """A yes/no cell; empty means no."""
        words = {"yes": True, "no": False}
        zh, en = "应为 yes 或 no", "must be yes or no"
        return bool(self.parsed(row, column, lambda cell: _word(words, cell), zh, en))

    def moment(self, row: Row, column: str) -> datetime | None:
        """A time with its offset (2021-12-01T00:00:00+08:00); empty: None."""
        zh, en = (
            "应为带时区的时间，如 2021-12-01T00:00:00+08:00",
            "must be a time with its offset, as 2021-12-01T00:00:00+08:00",
        )
        return self.parsed(row, column, _aware, zh, en)

    def unique(self, column: str) -> None:
        """Fault every row whose ``column`` repeats an earlier row's."""
        first: dict[str, int] = {}
        for row in self.rows:
            line = first.setdefault(row[column], row.line)
            if row[column] and line != row.line:
                self.fault(
                    row.line,
                    column,
                    f"“{row[column]}”重复，已见于第 {line} 行",
                    f"“{row[column]}” repeats line {line}",
                )


def read(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Read ``path``. Structural faults (encoding, header, number of cells, quotes) are in the sheet, never raised."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        sheet = Sheet(path)
        sheet.fault(0, "", "文件不存在", "There is no such file")
        return sheet
    return parse(path, raw, required, optional)


def parse(path: Path, raw: bytes, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """``read`` for a file that was sent: ``raw`` is what is in it, ``path`` the name its faults bear."""
    sheet = Sheet(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        sheet.fault(
            line, "", "不是 UTF-8 编码，请另存为“CSV UTF-8”", "Not UTF-8: save the file as “CSV UTF-8”"
        )
        return sheet
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        sheet.fault(line, "", "含有空字符，不是文本文件", "Holds a NUL character: not a text file")
        return sheet
    try:
        _fill(sheet, text, required, optional)
    except csv.Error as error:
        line = text.count("\n") if not sheet.rows else sheet.rows[-1].line + 1
        sheet.fault(line, "", f"引号或分隔符有误（{error}）", f"Bad quotes or separators ({error})")
    return sheet


def _fill(sheet: Sheet, text: str, required: Sequence[str], optional: Sequence[str]) -> None:
    records = _records(text)
    line, header = next(records, (1, []))
    sheet.columns = tuple(name.strip() for name in header)
    missing = [name for name in required if name not in sheet.columns]
    strange = [name for name in sheet.columns if name not in (*required, *optional)]
    if missing:
        sheet.fault(line, "", f"缺少列：{'、'.join(missing)}", f"Missing columns: {', '.join(missing)}")
    if strange:
        sheet.fault(line, "", f"不认识的列：{'、'.join(strange)}", f"Unknown columns: {', '.join(strange)}")
    if len(set(sheet.columns)) != len(sheet.columns):
        sheet.fault(line, "", "列名重复", "A column name is repeated")
    for line, cells in records:
        if len(cells) != len(header):
            sheet.fault(
                line,
                "",
                f"应有 {len(header)} 列，实有 {len(cells)} 列",
                f"{len(header)} cells expected, {len(cells)} found",
            )
            continue
        sheet.rows.append(Row(line, dict(zip(sheet.columns, (cell.strip() for cell in cells), strict=True))))


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each starts on; comments and empty lines between records left out."""
    between, line = True, 0

    def lines() -> Iterator[str]:
        nonlocal between, line
        for number, content in enumerate(io.StringIO(text, newline=""), 1):
            if between and (content.startswith("#") or not content.strip()):
                continue
            if between:
                between, line = False, number
            yield content

    for record in csv.reader(lines(), strict=True):
        yield line, record
        between = True


def _word(words: dict[str, bool], cell: str) -> bool:
    if cell not in words:
        raise ValueError(cell)
    return words[cell]


def _aware(cell: str) -> datetime:
    moment = datetime.fromisoformat(cell)
    if (
        moment.tzinfo is None or not 1900 <= moment.year < 2200
    ):  # others are slips, and no database gives them back
        raise ValueError(cell)
    return moment
