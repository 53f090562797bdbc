"""The switch's log must not fill the disk: every refused request writes a line of it, and anybody may send requests."""

from __future__ import annotations

from pathlib import Path

LOG = "messages.log"
MOST_BYTES = 10_000_000
KEPT = 5
"""How many older ones are kept beside it, newest first: ``messages.log.0`` …"""


def too_long(root: Path) -> bool:
    """Whether the log below ``root`` is to be begun anew."""
    log = root / "log" / LOG
    return log.is_file() and log.stat().st_size > MOST_BYTES


def drop_old(root: Path) -> None:
    """Remove all but the newest of the older logs."""
    for log in (root / "log").glob(f"{LOG}.*"):
        number = log.suffix[1:]
        if number.isdigit() and int(number) >= KEPT:
            log.unlink(missing_ok=True)
