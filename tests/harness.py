"""A whole real hotline for a test: its own temporary home, free ports, the shared cache, and nothing left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.project import config
from hotline.project.runtime.process import Process

CHECKOUT = Path(__file__).resolve().parents[1]
START_S = 240
"""An empty home on a slow machine: database, migrations, the city, prompts. (The console is built before.)"""
HOTLINE = (sys.executable, "-m", "hotline.project.cli")


@dataclass
class Instance:
    """A running (or stopped) instance. `accounts` maps a role (its first account) and a username to {"role", "username", "password"}.

    `program` is how its `hotline` is called and `up` what starts it in `folder`, should that not be this checkout's.
    """

    home: Path
    port: int
    sip_port: int
    environment: dict[str, str]
    program: tuple[str, ...] = HOTLINE
    up: tuple[str, ...] = (*HOTLINE, "up")
    folder: Path = CHECKOUT
    process: subprocess.Popen[bytes] | None = None
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """Everything the starts have printed so far."""
        return (self.home / "output.txt").read_text(errors="replace")

    def start(self, wait: bool = True) -> None:
        """Run `up` as a terminal would, in a process group of its own; with `wait` return when /healthz says 200, or fail
        with what was printed."""
        with (self.home / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                self.up, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout: float = START_S) -> dict[str, Any]:
        """What /healthz says once it says 200; AssertionError with the last answer and the output otherwise."""
        deadline = time.monotonic() + timeout
        answer: tuple[int, dict[str, Any]] = (0, {})
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(
                    f"{' '.join(self.up)} ended with {self.process.returncode}:\n{self.output[-4000:]}"
                )
            answer = self.healthz() if self._supervised() else (0, {})
            if answer[0] == 200:
                self._read_accounts()
                return answer[1]
            time.sleep(0.2)
        raise AssertionError(f"not ready in {timeout} s: {answer}\n{self.output[-4000:]}\n{self.logs()}")

    def _supervised(self) -> bool:
        """Whether this start has come as far as its supervisor: until then it is a killed one's leftovers that answer."""
        if self.process is None:
            return True
        supervisor = Process.read(self.home / "run/supervisor.pid")
        # Under make the supervisor is a child of what was started; the process group is the same.
        with contextlib.suppress(ProcessLookupError):
            return supervisor is not None and os.getpgid(supervisor.pid) == self.process.pid
        return False

    def healthz(self) -> tuple[int, dict[str, Any]]:
        """(HTTP status, body) of /healthz; (0, {}) while nobody listens. Https where the instance has a name."""
        line = self._line()
        try:
            line.request("GET", "/healthz", headers={"Host": f"{self.host or '127.0.0.1'}:{self.port}"})
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            line.close()
        try:
            return answer.status, json.loads(body)
        except ValueError:
            return answer.status, {}

    @property
    def host(self) -> str:
        """The public name (HOTLINE_HOST), empty on plain localhost."""
        return self.environment.get("HOTLINE_HOST", "")

    def _line(self) -> http.client.HTTPConnection:
        if not self.host:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line = _HttpsTo(self.host, self.port, timeout=20)
        with contextlib.suppress(OSError):  # until the front door has made its authority nothing is trusted
            line.trusted.load_verify_locations(self.home / "caddy/pki/authorities/local/root.crt")
        return line

    def hotline(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `hotline ARGUMENTS` against this instance."""
        return subprocess.run(
            [*self.program, *arguments],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        """`hotline status --json`."""
        found: dict[str, Any] = json.loads(self.hotline("status", "--json").stdout)
        return found

    def pid_of(self, part: str) -> int:
        """The pid of a part's process."""
        return next(row["pid"] for row in self.status()["processes"] if row["name"] == part)

    def logs(self, lines: int = 15) -> str:
        """The end of every part's log, for the message of a failure."""
        files = sorted((self.home / "log").glob("*.log"))
        return "\n".join(
            f"--- {file.name}\n" + "\n".join(file.read_text(errors="replace").splitlines()[-lines:])
            for file in files
        )

    def stop(self, how: int = signal.SIGINT) -> int:
        """Ctrl-C as a terminal does it, to the whole process group (or `how`), and wait; returns the exit code."""
        code = 0
        if self.process is not None:
            if self.process.poll() is None:
                os.killpg(self.process.pid, how)
            code = self.process.wait(120)
            self.process = None
        return code

    def listeners(self) -> list[int]:
        """This instance's TCP ports on which somebody listens."""
        ports = json.loads((self.home / "ports.json").read_text())
        inner = [port for name, port in ports.items() if not name.startswith("rtp_")]
        return [port for port in (self.port, self.sip_port, *inner) if _listens(port)]

    def _read_accounts(self) -> None:
        rows = json.loads((self.home / "accounts.json").read_text())
        self.accounts = {row["username"]: row for row in rows} | {row["role"]: row for row in reversed(rows)}


class _HttpsTo(http.client.HTTPSConnection):
    """Https to a name that only this test knows: the connection goes to loopback, the certificate must be the name's."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.trusted = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self.trusted)

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self.trusted.wrap_socket(plain, server_hostname=self.host)


def start_instance(
    tmp: Path | None = None, *, extra_env: Mapping[str, str] | None = None, wait: bool = True
) -> Instance:
    """Start a hotline in `tmp` (by default a fresh directory under the system's temporary one) on free ports."""
    instance = new_instance(tmp, extra_env=extra_env)
    try:
        instance.start(wait)
    except BaseException:
        discard(instance)
        raise
    return instance


@contextlib.contextmanager
def running_instance(**settings: Any) -> Iterator[Instance]:
    """`start_instance` that is stopped and removed at the end."""
    instance = start_instance(**settings)
    try:
        yield instance
    finally:
        discard(instance)


def new_instance(tmp: Path | None = None, *, extra_env: Mapping[str, str] | None = None) -> Instance:
    """A home and ports, nothing started. The caller's HOTLINE_* and DATABASE_URL are ignored."""
    home = Path(tempfile.mkdtemp(prefix="hotline-")) if tmp is None else tmp
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # the service user that PostgreSQL runs as must be able to cross it
    port, sip_port = free_port(), free_port()
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HOTLINE_", "DJANGO_")) and k != "DATABASE_URL"
    }
    environment = kept | {
        "HOTLINE_HOME": str(home), "HOTLINE_PORT": str(port), "HOTLINE_SIP_PORT": str(sip_port),
        "HOTLINE_CACHE": str(CHECKOUT / "var/cache"), "PYTHONPATH": str(CHECKOUT / "src"), **(extra_env or {}),
    }  # fmt: skip
    return Instance(home, port, sip_port, environment)


def discard(instance: Instance) -> None:
    """Stop the instance whatever its state, and remove its home."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        instance.stop()
    instance.hotline("down")
    shutil.rmtree(instance.home, ignore_errors=True)


def own_city(home: Path, trunks: str = "") -> Path:
    """A copy of the city's folder in ``home`` with more ``trunks`` (rows of trunks.csv), for an instance of its own.

    Its citizens may be rung around the clock: no test depends on the hour it is run at.
    """
    city = home / "city"
    shutil.copytree(CHECKOUT / "cities/quanzhou", city)
    with (city / "trunks.csv").open("a", encoding="utf-8") as file:
        file.write(trunks)
    routing = city / "routing.yaml"
    text = routing.read_text(encoding="utf-8")
    by_day = 'hours: {spans: ["08:00-21:00"]}'
    assert by_day in text
    routing.write_text(text.replace(by_day, 'hours: {spans: ["00:00-24:00"]}'), encoding="utf-8")
    return city


def free_port() -> int:
    """A loopback port free for TCP and UDP that this process was not given before."""
    port = config.free_port(_given)
    _given.add(port)
    return port


_given: set[int] = set()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
