"""The sums behind the figures: pure, one function a code of definitions.yaml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls of one number (or of many, added) by how they went.

    ``calls`` are all that arrived; of the others every call is in at most one of ``answered``, ``abandoned``, ``vacant``
    and ``failed``. ``within`` are the answered ones that waited no longer than the service level allows,
    ``short_abandoned`` the abandoned ones that hardly waited.
    """

    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    vacant: int = 0
    failed: int = 0
    within: int = 0
    short_abandoned: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)))


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole > 0 else None


def _offered(counts: Counts) -> int:
    """Calls that wanted a person and whose fate is known: the denominator of every rate."""
    return counts.answered + counts.abandoned + counts.failed


FORMULAS: dict[str, Callable[[Counts], int | float | None]] = {
    "calls": lambda c: c.calls,
    "answered": lambda c: c.answered,
    "abandoned": lambda c: c.abandoned,
    "short_abandoned": lambda c: c.short_abandoned,
    "vacant": lambda c: c.vacant,
    "answer_rate": lambda c: _ratio(c.answered, _offered(c)),
    "answer_rate_without_short": lambda c: _ratio(c.answered, _offered(c) - c.short_abandoned),
    "within_15s_rate": lambda c: _ratio(c.within, _offered(c)),
}


def figures(counts: Counts) -> dict[str, int | float | None]:
    """All figures of ``counts`` by code. Rates are 0–1 with four decimals; None where nothing can be said."""
    return {code: formula(counts) for code, formula in FORMULAS.items()}
