"""The lines that have seats here, the main number first: 12345, and each number with seats of its own (53号 二(二)2)."""

from __future__ import annotations

from hotline.lines.numbers import queries as numbers


def lines_known() -> list[str]:
    """Numbers shifts can be planned on. The register is read anew at every call."""
    plans = numbers.plans()
    return [plans.main, *(plan.number for plan in plans.numbers if plan.seats_hours is not None)]
