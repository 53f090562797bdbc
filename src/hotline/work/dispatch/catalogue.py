"""The dispatch catalogue (派单目录) as a value: rows in force on a day, the tree of their matters, which of them a text names.

66号文 (五): 依据法律法规、三定、权责清单编制派单目录并动态调整. A matter's code has two digits a level, three levels at most;
01 is above 0102, that above 010203. Pure functions.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from math import log
from uuid import UUID

from hotline.base.text.lexicon import Lexicon, plain
from hotline.work.cases.items import CLOCKS, Span

AT_PLACE = "@place"
"""In place of a lead: whoever handles the place (属地)."""
DIGITS = (2, 4, 6)
_TITLE = 2.5
"""A word in the matter's own line weighs so much more than in the text: it was written to name the matter."""
_PARTLY, _PARTLY_WEIGHS = 0.6, 0.5
"""From which share of a longer word's pairs of characters it is taken as meant, and what that is worth."""
_CHILD_WINS = 0.6
"""A matter below another is taken for it when it has at least this share of its weight: the closer one counts."""


def span_of(text: str) -> Span:
    """“3d”: three working days; “24h”: hours."""
    return Span(int(text[:-1]), "hours" if text[-1] == "h" else "working_days")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: who leads for a matter in a place ("" for the whole city), with whom, on which basis, from when to before when.

    ``lead`` is a unit's key, ``AT_PLACE``, or "" for a row that only names a matter. ``department_work`` (部门事项): work of a
    department by law, which towns may not be given (北京 17, 66号文 (五)). ``*_limit``: the matter's own time, "3d" for working
    days, "24h" for hours on the wall clock, "" for that of the type.
    """

    matter: str
    name: str
    aliases: tuple[str, ...]
    department_work: bool
    place: str
    lead: str
    assisting: tuple[str, ...]
    basis: str
    note: str
    source: str
    effective_from: date
    effective_to: date | None = None
    id: UUID | None = None
    handle_limit: str = ""
    sign_limit: str = ""
    contact_limit: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two rows speak of the same: matter, place, lead."""
        return self.matter, self.place, self.lead

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, without its dates and who wrote it."""
        same = replace(self, effective_from=date.min, effective_to=None, id=None)
        return (
            same.key, same.name, same.aliases, same.department_work, same.assisting, same.basis, same.note, same.source,
            same.handle_limit, same.sign_limit, same.contact_limit,
        )  # fmt: skip

    @property
    def limits(self) -> dict[str, Span]:
        """Its own limits, by the clock they are for."""
        given = ((clock, getattr(self, f"{clock}_limit")) for clock in CLOCKS)
        return {clock: span_of(text) for clock, text in given if text}

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter of the tree."""

    code: str
    name: str
    aliases: tuple[str, ...]

    @property
    def level(self) -> int:
        """1 to 3."""
        return len(self.code) // 2


@dataclass(frozen=True, slots=True)
class Named:
    """A matter that a text names: how strongly, and by which words."""

    matter: Matter
    score: float
    words: tuple[str, ...]


class Catalogue:
    """The rows in force on one day."""

    def __init__(self, entries: Iterable[Entry], on: date) -> None:
        self.on = on
        self.entries = [entry for entry in entries if entry.holds(on)]
        self._of: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._of.setdefault(entry.matter, []).append(entry)

    @cached_property
    def matters(self) -> dict[str, Matter]:
        """The tree in its order, by code; a matter's words are those of all its rows."""
        return {
            code: Matter(
                code, rows[0].name, tuple(dict.fromkeys(word for row in rows for word in row.aliases))
            )
            for code, rows in sorted(self._of.items())
        }

    def rows(self, matter: str) -> list[Entry]:
        """The rows with a lead for ``matter``, or, if it has none, for the nearest matter above it."""
        for digits in range(len(matter), 0, -2):
            if found := [entry for entry in self._of.get(matter[:digits], ()) if entry.lead]:
                return found
        return []

    def path(self, matter: str) -> str:
        """The names from the top, 城市管理 › 市政设施 › 路灯."""
        above = (matter[:digits] for digits in range(2, len(matter) + 1, 2))
        return " › ".join(self.matters[code].name for code in above if code in self.matters)

    @cached_property
    def _words(self) -> dict[str, tuple[str, ...]]:
        """By spelling, the matters it names."""
        known: dict[str, dict[str, None]] = {}
        for matter in self.matters.values():
            for word in (matter.name, *matter.aliases):
                if len(spelt := plain(word)) >= 2:
                    known.setdefault(spelt, {})[matter.code] = None
        return {word: tuple(codes) for word, codes in known.items()}

    @cached_property
    def _weights(self) -> dict[str, float]:
        """Longer words and words of fewer matters say more."""
        number = len(self.matters) or 1
        return {word: len(word) ** 0.7 * log(1 + number / len(codes)) for word, codes in self._words.items()}

    @cached_property
    def _lexicon(self) -> Lexicon[str]:
        return Lexicon((word, word) for word in self._words)

    @cached_property
    def _by_pair(self) -> dict[str, list[str]]:
        """By pair of neighbouring characters, the longer words it stands in."""
        found: dict[str, list[str]] = {}
        for word in self._words:
            if len(word) >= 4:
                for pair in _pairs(word):
                    found.setdefault(pair, []).append(word)
        return found

    def named(self, title: str, content: str = "") -> list[Named]:
        """The matters that a request names, the strongest first; a matter and one below it count as the one below."""
        worth: dict[str, float] = {}
        for text, times in ((plain(title), _TITLE), (plain(content), 1.0)):
            for word, found in self._found(text).items():
                worth[word] = worth.get(word, 0.0) + times * found
        scores: dict[str, float] = {}
        words: dict[str, list[str]] = {}
        for word in sorted(worth, key=len, reverse=True):
            for code in self._words[word]:
                if not any(
                    word in longer for longer in words.get(code, ())
                ):  # 路灯 inside of 路灯不亮 says it again
                    words.setdefault(code, []).append(word)
                    scores[code] = scores.get(code, 0.0) + worth[word] * self._weights[word]
        ranked = sorted(scores, key=lambda code: (-scores[code], code))
        covered = {
            code
            for code in ranked
            for below in ranked
            if below.startswith(code) and below != code and scores[below] >= _CHILD_WINS * scores[code]
        }
        return [
            Named(self.matters[code], round(scores[code], 3), tuple(words[code]))
            for code in ranked
            if code not in covered
        ]

    def _found(self, text: str) -> dict[str, float]:
        """The words in ``text`` with what each counts: more for the second time, but never twice."""
        times = Counter(hit.word for hit in self._lexicon.every(text))
        found = {word: 1.0 if often == 1 else 1.3 for word, often in times.items()}
        partly = Counter(word for pair in _pairs(text) for word in self._by_pair.get(pair, ()))
        for word, pairs in partly.items():
            share = pairs / (len(word) - 1)
            if word not in found and share >= _PARTLY:
                found[word] = _PARTLY_WEIGHS * share
        return found


def _pairs(text: str) -> set[str]:
    return {pair for pair in map("".join, itertools.pairwise(text)) if pair.isalnum()}


def likeness(one: str, other: str) -> float:
    """0 to 1: which share of the shorter text's pairs of characters stands in the other, too."""
    left, right = _pairs(plain(one)), _pairs(plain(other))
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def ancestors(code: str) -> Iterator[str]:
    """The codes above a matter's, from the top."""
    return (code[:digits] for digits in DIGITS if digits < len(code))
