"""`python -m tests.lanes [pytest's options]`: every test, in two pytest runs beside each other.

Much of what telephones and browsers do is waiting, and a machine has two cores at least. A folder is never split, and what
shares a costly fixture (the one whole hotline, the switch laboratory) stands in the same lane. A folder that is named
nowhere is in the second lane, so a new one is never forgotten. The few that fail for want of time are run once more, alone.
"""

from __future__ import annotations

import re
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
FEW = 12
"""More than so many failures are no want of time."""
FAILED = re.compile(r"(?:FAILED|ERROR) (tests/\S+?::.+?)(?: - |$)")
NOTHING_CHOSEN = 5
"""pytest's exit code when a run had no test: with -k that may well be so in one lane."""


def start(options: list[str], what: list[str]) -> subprocess.Popen[str]:
    """One lane's pytest."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pytest", *options, *what], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", cwd=HERE.parent,
    )  # fmt: skip


def follow(name: str, process: subprocess.Popen[str], failed: list[str]) -> None:
    """Print a lane's lines as they come, each with its name; note which tests it says have failed."""
    began = time.monotonic()
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{name} | {line}", end="", flush=True)
        if found := FAILED.match(line):
            failed.append(found[1])
    print(f"{name} | {time.monotonic() - began:.0f} s", flush=True)


def again(options: list[str], failed: list[str]) -> int:
    """What failed beside another lane is run once more, alone: voices, rings and deadlines need a machine that keeps up.

    What fails alone has failed. What does not is named, for a test that needs a second try is a weakness of ours.
    """
    which = list(dict.fromkeys(failed))
    print(f"again | {len(which)} run once more, alone", flush=True)
    process = start(options, which)
    still: list[str] = []
    follow("again", process, still)
    code = process.wait()
    for one in (one for one in which if one not in still and code in (0, 1)):
        print(f"again | 单独重跑后通过 / passed only alone: {one}", flush=True)
    return code


def main(options: list[str]) -> int:
    """0 when both lanes are green, or what failed in them is when it is run alone; else the first code that is not."""
    failed: list[str] = []
    lanes = {name: start(options, what) for name, what in LANES.items()}
    readers = [threading.Thread(target=follow, args=(*lane, failed)) for lane in lanes.items()]
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
    worst = next((code for code in codes if code not in (0, NOTHING_CHOSEN)), 0)
    if worst == 1 and 0 < len(set(failed)) <= FEW:
        return again(options, failed)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
