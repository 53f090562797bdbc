"""`python -m tests.lanes [pytest's options]`: every test, in two pytest runs beside each other.

Much of what telephones and browsers do is waiting, and a machine has two cores at least. A folder is never split, and what
shares a costly fixture (the one whole hotline, the switch laboratory) stands in the same lane. A folder that is named
nowhere is in the second lane, so a new one is never forgotten.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
ONE = [
    str(HERE / folder) for folder in ("runtime", "calls", "dial", "handover", "alarms", "roster", "portal")
]
LANES = {"one": ONE, "two": [str(HERE), *(f"--ignore={folder}" for folder in ONE)]}
"""Chosen by what a quiet machine measured: about as long one as the other, with and without the slow tests."""
NOTHING_CHOSEN = 5
"""pytest's exit code when a run had no test: with -k that may well be so in one lane."""


def start(options: list[str], what: list[str]) -> subprocess.Popen[str]:
    """One lane's pytest."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pytest", *options, *what], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", cwd=HERE.parent,
    )  # fmt: skip


def follow(name: str, process: subprocess.Popen[str]) -> None:
    """Print a lane's lines as they come, each with its name."""
    began = time.monotonic()
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{name} | {line}", end="", flush=True)
    print(f"{name} | {time.monotonic() - began:.0f} s", flush=True)


def main(options: list[str]) -> int:
    """0 when both lanes are green, else the first code that is not."""
    lanes = {name: start(options, what) for name, what in LANES.items()}
    readers = [threading.Thread(target=follow, args=lane) for lane in lanes.items()]
    for reader in readers:
        reader.start()
    interrupted = False
    while any(reader.is_alive() for reader in readers):
        try:
            for reader in readers:
                reader.join(1)
        except KeyboardInterrupt:  # the terminal has told the lanes too: they stop what they started
            interrupted = True
    codes = [process.wait() for process in lanes.values()]
    if interrupted:
        return 130
    if all(code == NOTHING_CHOSEN for code in codes):
        return NOTHING_CHOSEN
    return next((code for code in codes if code not in (0, NOTHING_CHOSEN)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
