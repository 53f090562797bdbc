"""The switch laboratory of the benches: PostgreSQL, Asterisk and call control as a city runs them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.calls.lab import Lab

from bench.sipp import PartMissing

RTP_PORTS = 400


def laboratory(legs: int, city: Callable[[Path], None] | None = None) -> Lab:
    """One with ports for so many legs at once, not started yet.

    No sandbox: there every question of the time is one to the database, which no city pays for.
    """
    lab = Lab(city=city)
    lab.environment["HOTLINE_RTP_PORTS"] = str(max(4 * legs, RTP_PORTS))
    del lab.environment["HOTLINE_SANDBOX"]
    return lab


def within(seconds: float, what: Callable[[], bool], why: str) -> None:
    """Wait for ``what``; PartMissing with ``why`` when it does not come."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise PartMissing(f"{why} (within {seconds:.0f} s)")
        time.sleep(0.05)
