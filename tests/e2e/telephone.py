"""A citizen's telephone: the scripted party of tests/calls/party.py as a child process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

PARTY = Path(__file__).resolve().parents[1] / "calls" / "party.py"


class Telephone:
    """One party; every line it prints is kept in ``news``."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PARTY), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.news: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self.news.append(json.loads(line))

    def say(self, command: str) -> None:
        """Give it a command (answer, hangup, dtmf 1, quit)."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def wait_for(self, event: str, timeout: float = 20, **detail: Any) -> dict[str, Any]:
        """The first news of ``event`` with ``detail``; AssertionError with all news otherwise."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for one in list(self.news):
                if one["event"] == event and all(one.get(key) == value for key, value in detail.items()):
                    return one
            time.sleep(0.05)
        raise AssertionError(f"no {event} {detail} in {timeout} s: {self.news}")

    def finish(self) -> list[dict[str, Any]]:
        """Quit and return all its news, what it heard among them."""
        if self.process.poll() is None:
            try:
                self.say("quit")
                self.process.wait(20)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait(5)
        self._reader.join(5)
        return self.news

    def hear(self) -> list[list[int]]:
        """As `heard`, of what came since it was last asked; a call goes on."""
        before = sum(one["event"] == "heard_so_far" for one in self.news)
        self.say("hear")
        deadline = time.monotonic() + 20
        while sum(one["event"] == "heard_so_far" for one in self.news) == before:
            assert time.monotonic() < deadline, f"it does not say what it hears: {self.news}"
            time.sleep(0.05)
        found: list[list[int]] = next(
            one["tones"] for one in reversed(self.news) if one["event"] == "heard_so_far"
        )
        return found

    def heard(self) -> list[list[int]]:
        """After ``finish``: per half second of received audio the frequencies that stood out."""
        return next(one["tones"] for one in reversed(self.news) if one["event"] == "heard")
