"""Finding Chinese inside sentences: text as overlapping pairs of characters.

PostgreSQL's own parsers see a Chinese sentence as one word, and ``LIKE '%…%'`` reads the whole table. Every pair of
neighbouring characters as a lexeme with its position makes any substring of two characters or more a phrase query that
a GIN index answers.
"""

from __future__ import annotations

import unicodedata

MAX_POSITION = 16_000
"""PostgreSQL keeps positions up to 16,383; what stands later in a text is found by its pairs, not by its order."""

MAX_TERMS = 8


def _runs(text: str) -> list[str]:
    """``text`` without case, width and punctuation: runs of letters, digits and Chinese characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c if c.isalnum() else " " for c in plain).split()


def index_vector(*texts: str) -> str:
    """The literal of a tsvector in which every substring of two or more characters of ``texts`` can be found.

    A single character is found too: the last one of each run stands in the index by itself, the others begin a pair.
    """
    lexemes: list[str] = []
    position = 1
    for text in texts:
        for run in _runs(text):
            for i, character in enumerate(run):
                lexemes.append(f"{run[i : i + 2] or character}:{min(position, MAX_POSITION)}")
                position += 1
            position += 1  # a gap, so that no phrase reaches from one run into the next
    return " ".join(lexemes)


def search_query(text: str) -> str:
    """The tsquery that finds texts holding every space-separated term of ``text`` as a substring; "" if nothing is asked."""
    return " & ".join(_phrase(run) for run in _runs(text)[:MAX_TERMS])


def _phrase(run: str) -> str:
    if len(run) == 1:
        return f"{run}:*"
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    return "(" + " <-> ".join(pairs) + ")"
