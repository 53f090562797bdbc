"""SIPp on the telephone, with the scenarios of sipp/*.xml."""

from __future__ import annotations

import subprocess
from typing import Any

from tests.calls.lab import HERE, Lab, until
from tests.calls.scenes import nothing_is_left
from tests.harness import free_port

PATIENCE_S = 60


class Street:
    """SIPp on the telephone: as callers, or as the far centre behind the linked trunk."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.before = {row["id"] for row in lab.rows("SELECT id FROM calls_call")}
        self._running: list[subprocess.Popen[bytes]] = []

    def _start(self, scenario: str, port: int, *args: object) -> subprocess.Popen[bytes]:
        command = [
            "sipp", "-sf", HERE / "sipp" / f"{scenario}.xml", "-i", "127.0.0.1", "-p", port, "-cp", free_port(), "-mi",
            "127.0.0.1", "-mp", free_port(), "-nostdin", "-trace_err", "-error_file", self.lab.home / f"{scenario}.err",
            *args,
        ]  # fmt: skip
        with (self.lab.home / f"{scenario}.out").open("wb") as out:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.lab.home,
            )
        self._running.append(process)
        return process

    def calls(
        self, scenario: str, number: str, *, times: int = 1, a_second: int = 1
    ) -> subprocess.Popen[bytes]:
        """So many callers of ``number``."""
        there = f"127.0.0.1:{self.lab.sip_port}"
        return self._start(scenario, free_port(), there, "-s", number, "-m", times, "-r", a_second)

    def centre(self, port: int, scenario: str) -> None:
        """The far centre behind a linked trunk, which also says that it is there (OPTIONS), until the street ends."""
        self._start(scenario, port, "-aa")
        self.lab.sees(port)

    def went_well(self, process: subprocess.Popen[bytes], scenario: str) -> None:
        """It saw what its scenario says."""
        code = process.wait(PATIENCE_S)
        errors = self.lab.home / f"{scenario}.err"
        assert code == 0, errors.read_text(errors="replace")[:2000] if errors.is_file() else f"sipp: {code}"

    def left(self) -> list[dict[str, Any]]:
        """The calls, once nothing else is left of them."""
        kept = "SELECT id, outcome FROM calls_call"

        def over() -> bool:
            new = [row for row in self.lab.rows(kept) if row["id"] not in self.before]
            return bool(new) and all(row["outcome"] for row in new)

        until(10, over, "a call did not end")
        return nothing_is_left(self.lab, self.before)

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()
