"""Where the words that were asked for stand in a text, as offsets: what shows them marks them up itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hotline.base.text.bigrams import spelt

Span = tuple[int, int]


class Excerpt(NamedTuple):
    """A piece of a text and what to mark in it. Offsets count characters (code points), the end is not in."""

    text: str
    marks: list[Span]


def spans(text: str, asked: Sequence[str]) -> list[Span]:
    """Where the ``asked`` runs (bigrams.asked_runs) stand in ``text``, in order, what overlaps made one."""
    plain: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        for c in spelt(character):
            plain.append(c)
            origin.append(place)
    whole = "".join(plain)
    found: list[Span] = []
    for run in asked:
        at = whole.find(run)
        while at >= 0:
            found.append((origin[at], origin[at + len(run) - 1] + 1))
            at = whole.find(run, at + len(run))
    merged: list[Span] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def excerpt(text: str, asked: Sequence[str], length: int = 60) -> Excerpt:
    """``length`` characters of ``text`` with the first word that was asked for near their beginning."""
    text = " ".join(text.split())
    found = spans(text, asked)
    begin = max(0, min(found[0][0] - length // 4, len(text) - length)) if found else 0
    end = begin + length
    inside = [(max(a, begin) - begin, min(b, end) - begin) for a, b in found if a < end and b > begin]
    return Excerpt(text[begin:end], inside)
