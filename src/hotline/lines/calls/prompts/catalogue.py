"""The list of prompts: ``cities/<city>/prompts.csv``, checked whole before anything is made from it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("id", "language", "text", "voice", "tone")
MUSIC = "music"
"""The voice of rows whose text is notes (``C4/400 E4/400``, pitch/milliseconds) and not speech."""

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_VOICE = re.compile(r"music|[a-z]{2,3}(-[A-Za-z0-9-]+)?(\+[a-z0-9]+)?")
_NUMBER = re.compile(r"\d{3,}")
_READ_ALOUD = str.maketrans("0123456789", "零幺二三四五六七八九")


@dataclass(frozen=True)
class Prompt:
    """One prompt in one language. ``tone`` is played before the text: (hertz, milliseconds) pairs, 0 hertz is silence."""

    id: str
    language: str
    text: str
    voice: str
    tone: tuple[tuple[int, int], ...] = ()

    @property
    def key(self) -> str:
        """Its name in reports and its file's, without extension: the id, with the language unless it is Chinese
        (``vacant``, ``vacant.en``). No folder per language: Asterisk would choose among those by itself."""
        return self.id if self.language.startswith("zh") else f"{self.id}.{self.language}"


class PromptFault(Exception):
    """The list is wrong and refused whole. ``faults``: (line, Chinese, English)."""

    def __init__(self, path: Path, faults: list[tuple[int, str, str]]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{path.name}:{line}: {zh} / {en}" for line, zh, en in faults))


def read(path: Path) -> list[Prompt]:
    """The prompts listed in ``path`` (UTF-8 CSV, ``#`` starts a comment line). Raises PromptFault with every fault."""
    prompts: list[Prompt] = []
    faults: list[tuple[int, str, str]] = []
    seen: dict[str, int] = {}
    header: list[str] | None = None
    for line, cells in _lines(path):
        if header is None:
            header = cells
            missing = [name for name in COLUMNS[:4] if name not in header]
            if missing:
                faults.append((line, f"缺少列 {'、'.join(missing)}", f"missing columns {', '.join(missing)}"))
                break
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        row_faults = list(_faults(row))
        faults += [(line, zh, en) for zh, en in row_faults]
        if row_faults:
            continue
        prompt = Prompt(row["id"], row["language"], row["text"], row["voice"], _cadence(row.get("tone", "")))
        if prompt.key in seen:
            first = seen[prompt.key]
            faults.append(
                (line, f"提示语“{prompt.key}”与第 {first} 行重复", f"{prompt.key} repeats line {first}")
            )
        seen[prompt.key] = line
        prompts.append(prompt)
    if header is None:
        faults.append((1, "文件是空的", "the file is empty"))
    if faults:
        raise PromptFault(path, faults)
    return prompts


def spoken(prompt: Prompt) -> str:
    """The text as it is said: in Chinese a telephone number is read digit by digit with 幺 for 1 (12333: 幺二三三三)."""
    if not prompt.language.startswith("zh"):
        return _NUMBER.sub(lambda match: " ".join(match[0]), prompt.text)
    return _NUMBER.sub(lambda match: match[0].translate(_READ_ALOUD), prompt.text)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        for cells in rows:
            if cells and not cells[0].startswith("#"):
                yield rows.line_num, cells


def _faults(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, pattern in (("id", _IDENTIFIER), ("language", _LANGUAGE), ("voice", _VOICE)):
        if not pattern.fullmatch(row.get(name, "")):
            yield f"{name} 不合规：“{row.get(name, '')}”", f"{name} is not valid: “{row.get(name, '')}”"
    if not row.get("text"):
        yield "text 为空", "text is empty"
    try:
        _cadence(row.get("tone", ""))
    except ValueError:
        yield f"tone 应为 赫兹/毫秒,…：“{row['tone']}”", f"tone must be hertz/milliseconds,…: “{row['tone']}”"


def _cadence(text: str) -> tuple[tuple[int, int], ...]:
    pairs = (part.split("/") for part in text.split(",") if part.strip())
    return tuple((int(hertz), int(length)) for hertz, length in pairs)
