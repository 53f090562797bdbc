"""Whatever a command starts is ended with it: also servers in sessions of their own, and when it is itself cut off.

``python -m tests.guardian COMMAND…`` ends with the command's code, or 1 when it left processes behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ENDS_WITHIN_S = 5.0
"""What was told to end may take so long before it counts as left behind."""
PATIENCE_S = 20.0
"""Left behind, it is asked to end; then killed."""
_PR_SET_CHILD_SUBREAPER = 36


def guarded(command: list[str]) -> tuple[int, list[str]]:
    """The command's exit code, and what it left behind (now ended) as command lines.

    On Ctrl-C, which the terminal has told the command too, it is waited for: it still stops what it has started.
    """
    # Whose parent dies becomes our child, however many sessions he has opened in between.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    process = subprocess.Popen(command)
    interrupted = False
    while process.returncode is None:
        try:
            pid, status = os.wait()
        except KeyboardInterrupt:
            interrupted = True
            continue
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
    left = [] if _all_gone(ENDS_WITHIN_S) else [*_lines()]
    for asked, patience in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, ENDS_WITHIN_S)):
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, asked)
        if _all_gone(patience):
            break
    return process.returncode, [] if interrupted else left


def _all_gone(within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        time.sleep(0.05)
    return False


def _children() -> Iterator[int]:
    """Ours and those we have inherited, as long as they live."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == os.getpid() and state != "Z":
                    yield int(entry.name)


def _lines() -> Iterator[str]:
    for pid in _children():
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            yield f"{pid} {b' '.join(words).decode(errors='replace')[:200]}"


def main(command: list[str]) -> int:
    """The command's exit code; 1 when it was green but left something behind, which is named."""
    code, left = guarded(command)
    for line in left:
        print(f"遗留进程,已结束 / left behind, ended now: {line}", file=sys.stderr, flush=True)
    return code or (1 if left else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
