"""Chinese text as runs of characters and their overlapping pairs.

PostgreSQL's own parsers see a Chinese sentence as one word, and ``LIKE '%…%'`` reads the whole table. With every pair of
neighbouring characters as a lexeme, a GIN index names the few texts that can hold a substring of two characters or more.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

MAX_RUNS = 8
"""Words of one question; whatever follows them is not asked."""


def runs(*texts: str) -> list[str]:
    """``texts`` without case, width and punctuation: runs of letters, digits and Chinese characters."""
    return [run for text in texts for run in "".join(map(spelt, unicodedata.normalize("NFKC", text))).split()]


@lru_cache(maxsize=65_536)
def spelt(character: str) -> str:
    """One character as it is compared; a space for whatever ends a run."""
    return "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", character).casefold())


def pairs(run: str) -> list[str]:
    """The neighbouring pairs of a run, and its last character by itself, so that each character begins one of them."""
    return [run[i : i + 2] for i in range(len(run))]


def asked_runs(text: str) -> tuple[str, ...]:
    """The words of a question, each to be found as a substring; empty if it holds none."""
    return tuple(dict.fromkeys(runs(text)))[:MAX_RUNS]


def pairs_query(asked: tuple[str, ...]) -> str:
    """The tsquery for texts that hold all pairs of all ``asked`` runs; a single character is whatever begins with it."""
    return " & ".join(
        dict.fromkeys(pair for run in asked for pair in ([f"{run}:*"] if len(run) == 1 else pairs(run)[:-1]))
    )
