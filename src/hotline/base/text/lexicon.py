"""Many words looked for in one text at once, in time that grows with the text and not with the words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

Meaning = TypeVar("Meaning")


class Hit(NamedTuple, Generic[Meaning]):
    """A word that stands in the text from ``start`` to before ``end``, and what it means."""

    start: int
    end: int
    word: str
    means: tuple[Meaning, ...]


def plain(text: str) -> str:
    """``text`` without differences of case and width, as words are looked for."""
    return unicodedata.normalize("NFKC", text).casefold()


class Lexicon(Generic[Meaning]):
    """Words of two or more characters, each with one meaning or several."""

    def __init__(self, words: Iterable[tuple[str, Meaning]]) -> None:
        known: dict[str, dict[Meaning, None]] = {}
        for word, meaning in words:
            if len(spelt := plain(word).strip()) >= 2:
                known.setdefault(spelt, {})[meaning] = None
        self._means = {word: tuple(meanings) for word, meanings in known.items()}
        self._lengths: dict[str, list[int]] = {}
        for word in known:
            lengths = self._lengths.setdefault(word[:2], [])
            if len(word) not in lengths:
                lengths.append(len(word))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def every(self, text: str) -> Iterator[Hit[Meaning]]:
        """Every word wherever it stands in ``text`` (made ``plain`` before), the longest first at each place."""
        for start in range(len(text) - 1):
            for length in self._lengths.get(text[start : start + 2], ()):
                word = text[start : start + length]
                if means := self._means.get(word):
                    yield Hit(start, start + length, word, means)

    def longest(self, text: str) -> Iterator[Hit[Meaning]]:
        """Words that do not overlap, from the left, always the longest."""
        end = 0
        for hit in self.every(text):
            if hit.start >= end:
                end = hit.end
                yield hit
