"""Processes by pid *and* start time, so that a recycled pid is never taken for ours. Standard library only (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process of ours as it was when it started; `group` members share its pid as process group."""

    pid: int
    started: int
    """Clock ticks after boot, from /proc; with the pid it names one process for ever."""

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has this pid now."""
        return cls(pid, _started(pid) or 0)

    @classmethod
    def read(cls, record: Path) -> Process | None:
        """What `record` says, or None when it is missing or unreadable."""
        try:
            pid, started = record.read_text().split()
            return cls(int(pid), int(started))
        except (OSError, ValueError):
            return None

    def write(self, record: Path) -> None:
        partial = record.with_suffix(".partial")
        partial.write_text(f"{self.pid} {self.started}\n")
        partial.replace(record)

    @property
    def alive(self) -> bool:
        return _started(self.pid) == self.started

    def members(self) -> list[int]:
        """The process and what it left in its group (workers of a killed server), never a newer stranger's group."""
        found = [self.pid] if self.alive else []
        if not self.alive and _started(self.pid) is not None:
            return []  # the pid is somebody else's now, and with it perhaps the group
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != self.pid:
                fields = _stat(int(entry.name))
                if (
                    fields
                    and int(fields[2]) == self.pid
                    and fields[0] != "Z"
                    and int(fields[19]) >= self.started
                ):
                    found.append(int(entry.name))
        return found


VOICES, CALLS = 10, 5
"""By how much the switch and call control go before what can wait: a page comes a moment later, a word is lost."""


def go_first(by: int) -> None:
    """Let this process, and what it becomes, have the processor before others; without the right to it nothing happens."""
    with contextlib.suppress(PermissionError):
        os.nice(-by)


def stop(processes: Iterable[Process], patience: float = 15.0, first: int = signal.SIGTERM) -> int:
    """Ask each process (and its group) to end with `first`, kill what is left; returns how many there were."""
    known = list(processes)
    pids = {pid for process in known for pid in process.members()}
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, first)
    deadline = time.monotonic() + patience
    while (left := {pid for process in known for pid in process.members()}) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(process.members() for process in known) and time.monotonic() < deadline + 5:
        time.sleep(0.05)
    return len(pids)


def _started(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else None


def _stat(pid: int) -> list[str]:
    """/proc/PID/stat from the third field (state) on; a name may hold spaces and brackets, so cut behind the last one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
