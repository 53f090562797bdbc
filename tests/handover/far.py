"""A far centre for tests: the reference one, in a process of its own, told over its control door how to behave."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.calls.lab import CHECKOUT, until
from tests.harness import free_port

TOKEN = "what-12345-shows"


class Far:
    """A running reference far centre; `telephone` gives it an Asterisk of its own."""

    def __init__(
        self, *numbers: str, sip: int = 0, hotline_sip: int = 0, telephone: Any = None, token: str = TOKEN
    ) -> None:
        self.numbers, self.token = numbers, token
        self.folder = Path(tempfile.mkdtemp(prefix="far-"))
        self.https, self._control = free_port(), free_port()
        self.sip = sip or free_port()
        rtp = free_port() & ~1
        self.settings: dict[str, Any] = {
            "numbers": numbers, "folder": str(self.folder), "https": self.https, "control": self._control,
            "token": token, "control_key": "key", "with_parent": True,
            "telephone": telephone and {
                "asterisk": str(telephone.asterisk), "modules": str(telephone.modules), "data": str(telephone.data),
                "sip": self.sip, "rtp": [rtp, rtp + 200], "agi": free_port(), "hotline_sip": hotline_sip,
            },
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.pids: list[int] = []

    def start(self) -> None:
        path = self.folder / "settings.json"
        path.write_text(json.dumps(self.settings))
        with (self.folder / "err.txt").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reference.farcentre", str(path)], cwd=CHECKOUT,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err,
                env={k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "DJANGO_"))},
            )  # fmt: skip
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, (self.folder / "err.txt").read_text()
        self.pids = json.loads(line)["pids"]

    def base_url(self, number: str) -> str:
        return f"https://127.0.0.1:{self.https}/{number}"

    @property
    def authority(self) -> str:
        return (self.folder / "ca.pem").read_text()

    def do(self, verb: str, **said: Any) -> dict[str, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self._control, timeout=30)
        with contextlib.closing(line):
            line.request("POST", f"/{verb}", json.dumps(said), {"Authorization": "Bearer key"})
            answer = line.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
        assert answer.status == 200, body
        return body

    def desk(self, number: str, **changes: Any) -> None:
        self.do("desk", number=number, **changes)

    def kept(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table of its store, a message's body decoded."""
        rows: list[dict[str, Any]] = self.do("look")[table]
        return [row | ({"body": json.loads(row["body"])} if "body" in row else {}) for row in rows]

    def call(self, **fields: Any) -> dict[str, Any]:
        """The last call that reached it with these fields."""

        def found() -> dict[str, Any] | None:
            rows = [
                row for row in self.kept("call") if all(row[key] == value for key, value in fields.items())
            ]
            return rows[-1] if rows else None

        result: dict[str, Any] = until(8, found, f"no call {fields}: {self.kept('call')}")
        return result

    def unplug(self) -> None:
        """It stands still: nobody answers, nothing is closed."""
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def plug(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.plug()
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
