"""A text-message gateway for tests: the reference one, in a process of its own, told over its control door how to behave."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.harness import CHECKOUT, free_port

IDS = {"AKID-of-the-city": "the-citys-own-key"}
APP, SIGN = "1400006666", "泉州12345"


class SmsGateway:
    """A running reference gateway with approved ``templates`` {number: text with {1}, {2}, …}."""

    def __init__(self, templates: dict[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sms-"))
        self.port, self.control = free_port(), free_port()
        self.settings = {
            "port": self.port, "control": self.control, "control_key": "key", "ids": IDS, "app_id": APP, "sign": SIGN,
            "templates": templates, "report_to": "", "with_parent": True,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        path = self.folder / "settings.json"
        path.write_text(json.dumps(self.settings), encoding="utf-8")
        with (self.folder / "err.txt").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reference.smsgateway", str(path)], cwd=CHECKOUT, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=err,
                env={k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "DJANGO_"))},
            )  # fmt: skip
        assert self.process.stdout
        assert self.process.stdout.readline(), (self.folder / "err.txt").read_text()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)

    def do(self, verb: str, **said: Any) -> dict[str, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self.control, timeout=60)
        with contextlib.closing(line):
            line.request("POST", f"/{verb}", json.dumps(said), {"Authorization": "Bearer key"})
            answer: dict[str, Any] = json.loads(line.getresponse().read())
        return answer

    def how(self, **changes: Any) -> None:
        self.do("how", **changes)

    def asked(self) -> list[dict[str, Any]]:
        """The requests whose signature held."""
        found: list[dict[str, Any]] = self.do("look")["asked"]
        return found

    def received(self, phone: str) -> list[str]:
        """What the telephone shows, oldest first."""
        return [row["text"] for row in self.do("look")["received"].get(f"+86{phone}", [])]

    def texts(self, phone: str, count: int, within: float = 20) -> list[str]:
        """What the telephone shows once it is ``count`` messages."""
        end = time.monotonic() + within
        while len(found := self.received(phone)) < count and time.monotonic() < end:
            time.sleep(0.1)
        assert len(found) >= count, self.do("look")
        return found

    def reports(self, count: int, within: float = 10) -> list[dict[str, Any]]:
        """What it posted, or tried to, once there are ``count``."""
        end = time.monotonic() + within
        while len(found := self.do("look")["reports"]) < count and time.monotonic() < end:
            time.sleep(0.05)
        assert len(found) >= count, found
        return list(found)
