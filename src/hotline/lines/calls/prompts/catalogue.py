"""The list of prompts: ``cities/<city>/prompts.csv``, checked whole before anything is made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hotline.base.kernel import tables
from hotline.base.kernel.errors import Invalid
from hotline.base.kernel.tables import Row, Sheet

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
        return _key(self.id, self.language)


def _key(id: str, language: str) -> str:
    return id if language.startswith("zh") else f"{id}.{language}"


def read(path: Path) -> list[Prompt]:
    """The prompts listed in ``path``. Raises Invalid with every fault, each with its line and column."""
    sheet = tables.read(path, COLUMNS[:4], COLUMNS[4:])
    prompts = [_prompt(sheet, row) for row in sheet.rows]
    lines: dict[str, int] = {}
    for row in sheet.rows:
        key = _key(row["id"], row["language"])
        if lines.setdefault(key, row.line) != row.line:
            sheet.fault(
                row.line, "id", f"提示语“{key}”与第 {lines[key]} 行重复", f"{key} repeats line {lines[key]}"
            )
    if not sheet.rows and not sheet.faults:
        sheet.fault(0, "", "文件里没有提示语", "The file holds no prompts")
    if sheet.faults:
        raise Invalid(sheet.faults)
    return prompts


def spoken(prompt: Prompt) -> str:
    """The text as it is said: in Chinese a telephone number is read digit by digit with 幺 for 1 (12333: 幺二三三三)."""
    if not prompt.language.startswith("zh"):
        return _NUMBER.sub(lambda match: " ".join(match[0]), prompt.text)
    return _NUMBER.sub(lambda match: match[0].translate(_READ_ALOUD), prompt.text)


def _prompt(sheet: Sheet, row: Row) -> Prompt:
    """One line; what is wrong with it goes into the sheet's faults."""
    for name, pattern in (("id", _IDENTIFIER), ("language", _LANGUAGE), ("voice", _VOICE)):
        if sheet.required(row, name) and not pattern.fullmatch(row[name]):
            sheet.fault(
                row.line, name, f"{name} 不合规：“{row[name]}”", f"{name} is not valid: “{row[name]}”"
            )
    sheet.required(row, "text")
    if "{n}" in row["text"] and row["language"][:2] not in ("zh", "en"):
        zh, en = "含 {n} 的模板只能是中文或英文", "a template with {n} is in Chinese or English"
        sheet.fault(row.line, "text", zh, en)
    zh, en = "tone 应为 赫兹/毫秒,…", "tone must be hertz/milliseconds,…"
    tone = sheet.parsed(row, "tone", _cadence, zh, en) or ()
    return Prompt(row["id"], row["language"], row["text"], row["voice"], tone)


def _cadence(text: str) -> tuple[tuple[int, int], ...]:
    pairs = (part.split("/") for part in text.split(",") if part.strip())
    return tuple((int(hertz), int(length)) for hertz, length in pairs)
