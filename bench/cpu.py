"""CPU that processes have used, as the kernel counts it: ``/proc/<pid>/stat``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class _Stat(NamedTuple):
    parent: int
    own: float
    """Seconds in its own threads."""
    reaped: float
    """Seconds of its children that have ended."""


def _stat(pid: int) -> _Stat:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    fields = text.rpartition(")")[2].split()  # from field 3 on
    utime, stime, cutime, cstime = (int(field) / TICKS for field in fields[11:15])
    return _Stat(int(fields[1]), utime + stime, cutime + cstime)


def parent_of(pid: int) -> int:
    """The process that started ``pid``."""
    return _stat(pid).parent


def seconds(pid: int) -> float:
    """What ``pid`` has used in all its threads, and its children that have ended. Raises FileNotFoundError when it is gone."""
    stat = _stat(pid)
    return stat.own + stat.reaped


def seconds_with_children(pid: int) -> float:
    """The same with the children it has now: a PostgreSQL with all its backends, also those that have ended."""
    total = seconds(pid)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = _stat(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
            if stat.parent == pid:
                total += stat.own + stat.reaped
    return total
