"""The live process as it really runs, on the test database, and browsers that listen to it."""

from __future__ import annotations

import http.client
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from hotline.base.kernel.actor import system
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.base.people.models import Staff
from hotline.base.people.roles import ROLES
from hotline.base.people.sessions import SessionStore
from hotline.project.cli.load import load_city
from tests.harness import free_port

TESTS = system("tests")


class Live:
    """One real live process."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.log = home / "live.log"
        db = settings.DATABASES["default"]
        dsn = f"postgresql://{db['USER']}:{quote(db['PASSWORD'], safe='')}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
        environment = os.environ | {
            "HOTLINE_HOME": str(settings.HOTLINE.home),  # the same secrets: sessions are signed with them
            "HOTLINE_PORT": str(settings.HOTLINE.port),
            "DATABASE_URL": dsn,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "DJANGO_SETTINGS_MODULE": "hotline.project.settings",
        }
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port),
                   "--workers", "1", "--workers-kill-timeout", "1", "--no-ws", "hotline.faces.desk.live:app"]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd="/")
        self.until(lambda: self.get("/live/ping")[0] == 200)

    def get(self, path: str, session: str = "") -> tuple[int, dict[str, Any]]:
        """Status and JSON of one answer; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=_cookie(session))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except OSError:
            return 0, {}
        finally:
            connection.close()

    def until(self, true: Callable[[], bool], seconds: float = 30) -> None:
        """Wait for ``true``; fails with the process's log."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=20)


def _cookie(session: str) -> dict[str, str]:
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}


class Listener:
    """A browser's EventSource: everything that came, with the moment it came."""

    def __init__(self, live: Live, path: str, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)
        self.connection.request("GET", path, headers=_cookie(session))
        self.answer = self.connection.getresponse()
        self._came: queue.Queue[tuple[float, str, Any]] = queue.Queue()
        self.ended = threading.Event()
        if self.answer.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        name = ""
        try:
            for line in self.answer:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    self._came.put((time.monotonic(), name, json.loads(text.removeprefix("data: "))))
                elif text.startswith(":"):
                    self._came.put((time.monotonic(), "comment", text))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.ended.set()

    def next(self, name: str, seconds: float = 20) -> Any:
        """The data of the next ``name`` event."""
        return self.next_timed(name, seconds)[1]

    def next_timed(self, name: str, seconds: float = 20) -> tuple[float, Any]:
        """The next ``name`` event with the monotonic moment it came."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                at, came, data = self._came.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {name} event within {seconds} s") from None
            if came == name:
                return at, data

    def close(self) -> None:
        if self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


@pytest.fixture
def live(transactional_db: None, tmp_path: Path) -> Iterator[Live]:
    load_city()
    process = Live(tmp_path)
    yield process
    process.stop()


@pytest.fixture
def signed_in() -> Callable[[str], tuple[Staff, str]]:
    """Somebody of a role, and the key of his session."""

    def make(role: str) -> tuple[Staff, str]:
        staff, _ = people.open_account(
            TESTS, f"{role.replace('_', '-')}-{uuid4().hex[:8]}", role, must_change_password=False
        )
        whole = ROLES[role].whole_city
        unit = organisations.root() if whole else organisations.organisations(kind="department")[0]
        people.give_post(TESTS, staff.id, role, unit.id)
        session = SessionStore()
        session[SESSION_KEY] = str(staff.id)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
        session.save()
        return staff, str(session.session_key)

    return make


@pytest.fixture
def listen(live: Live) -> Iterator[Callable[[str, str], Listener]]:
    opened: list[Listener] = []

    def make(path: str, session: str) -> Listener:
        opened.append(Listener(live, path, session))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
