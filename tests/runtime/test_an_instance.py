"""`make run`, one command, runs the whole platform: skips what is done, restarts what dies, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from bench.figures import Figure, record

from hotline.base.people.roles import ROLES
from hotline.project.runtime.postgres import Postgres
from hotline.project.runtime.process import Process
from tests.harness import Instance, discard, free_port, new_instance, running_instance
from tests.runtime.checkout import borrowed_environment, instance_of_a_copy

pytestmark = [pytest.mark.instance, pytest.mark.timeout(600)]

PARTS = {"postgres", "asterisk", "web", "live", "worker", "callcontrol-1", "caddy"}


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """What `make run` runs in a checkout of its own, for the tests below, each of which finds it stopped or running."""
    with instance_of_a_copy() as one:
        yield one


@pytest.fixture
def running(instance: Instance) -> Instance:
    """The instance, running and ready."""
    if instance.process is None or instance.process.poll() is not None:
        instance.start()
    instance.wait_ready()
    return instance


def test_healthz_says_503_until_every_part_is_ready_and_then_200(instance: Instance) -> None:
    instance.start(wait=False)
    seen: list[int] = []
    deadline = time.monotonic() + 240
    while 200 not in seen and time.monotonic() < deadline:
        code, _ = instance.healthz()
        if code and (not seen or seen[-1] != code):
            seen.append(code)
        time.sleep(0.02)
    assert seen == [503, 200], f"{instance.output}\n{instance.logs()}"
    body = instance.wait_ready()
    assert body["telephony"] == "ok"
    assert {part["name"] for part in body["parts"]} >= {
        "postgres",
        "web",
        "asterisk",
        "live",
        "worker",
        "callcontrol-1",
    }


def test_the_start_prints_where_everything_is_as_the_readme_says(running: Instance) -> None:
    _until(lambda: "Ready." in running.output)
    printed = running.output.split()
    readme = (running.folder / "README.md").read_text(encoding="utf-8")
    promised = set(re.findall(r"`((?:http://localhost:8000|sip:12345@127\.0\.0\.1:5060)[^`]*)`", readme))
    assert len(promised) == 5
    for address in promised:
        here = address.replace(":8000", f":{running.port}").replace(":5060", f":{running.sip_port}")
        assert here in printed, running.output
    assert str(running.folder / "var/accounts.json") in printed, running.output  # nobody said where


def test_there_is_one_account_a_role_readable_by_its_owner_only(running: Instance) -> None:
    path = running.home / "accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = json.loads(path.read_text())
    assert {row["role"] for row in rows} == set(ROLES) - {"citizen"}
    assert len({row["password"] for row in rows}) == len(rows)


def test_status_lists_every_process_and_tells_by_its_exit_code(running: Instance) -> None:
    done = running.hotline("status", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert {row["name"] for row in found["processes"]} == PARTS
    assert all(row["state"] == "RUNNING" for row in found["processes"])


def test_voices_have_the_processor_before_pages(running: Instance) -> None:
    nice = {
        part: os.getpriority(os.PRIO_PROCESS, running.pid_of(part))
        for part in ("asterisk", "callcontrol-1", "web")
    }
    may = (
        subprocess.run(
            [sys.executable, "-c", "import os; os.nice(-1)"], capture_output=True, check=False
        ).returncode
        == 0
    )
    assert nice["web"] - nice["asterisk"] == (10 if may else 0)
    assert nice["web"] - nice["callcontrol-1"] == (5 if may else 0)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_process_that_dies_is_started_again(running: Instance, part: str) -> None:
    _until(lambda: running.pid_of(part) is not None, 60)
    before = running.pid_of(part)
    os.kill(before, signal.SIGKILL)
    _until(lambda: running.pid_of(part) not in (before, None), 60)
    running.wait_ready(90)


def test_a_home_that_is_running_is_not_started_twice(running: Instance) -> None:
    again = running.hotline("up")
    assert again.returncode == 1
    assert "已在运行" in again.stderr
    assert "running already" in again.stderr
    assert running.healthz()[0] == 200


def test_after_a_kill_of_the_supervisor_the_next_start_ends_the_leftovers(running: Instance) -> None:
    left = [record for path in (running.home / "run/parts").glob("*.pid") if (record := Process.read(path))]
    assert len(left) >= len(PARTS)
    assert running.process is not None
    running.stop(signal.SIGKILL)
    assert all(process.alive for process in left if process.members())
    assert running.listeners()
    running.start()
    assert not any(process.members() for process in left)
    assert "left over from last time" in running.output


def test_ctrl_c_stops_everything_and_leaves_nothing_listening(running: Instance) -> None:
    assert len(_processes_of(running)) > len(PARTS)
    assert running.stop(signal.SIGINT) == -signal.SIGINT  # make ends as a program that was interrupted
    assert running.listeners() == []
    assert _processes_of(running) == []
    assert not running.status()["running"]


def test_a_second_start_skips_every_step_that_is_done(instance: Instance) -> None:
    """The goal is 5 s on a machine at rest, which a test's machine is not: a bound that any step done again would break."""
    already, began = len(instance.output), time.monotonic()
    instance.start()
    took = round(time.monotonic() - began, 1)
    record("skeleton-start", __name__, [Figure("run.second_start_s", took, "s", 5.0)])
    printed = instance.output[already:]
    assert [line for line in printed.splitlines() if "▶" in line and "starting" not in line] == []
    assert took < 40, printed


def test_down_stops_an_instance_from_outside(running: Instance) -> None:
    done = running.hotline("down")
    assert done.returncode == 0, done.stderr
    assert running.process is not None
    running.process.wait(30)
    assert running.listeners() == []


@pytest.mark.parametrize(
    ("variable", "kind"),
    [
        ("HOTLINE_PORT", socket.SOCK_STREAM),
        ("HOTLINE_SIP_PORT", socket.SOCK_DGRAM),
        ("HOTLINE_SIP_PORT", socket.SOCK_STREAM),
    ],
)
def test_a_taken_port_is_an_error_that_names_its_variable(
    instance: Instance, variable: str, kind: socket.SocketKind
) -> None:
    instance.hotline("down")
    port = instance.port if variable == "HOTLINE_PORT" else instance.sip_port
    with socket.socket(socket.AF_INET, kind) as taker:
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taker.bind(("127.0.0.1", port))
        if kind is socket.SOCK_STREAM:
            taker.listen()
        refused = instance.hotline("up")
    assert refused.returncode == 1
    assert "占用" in refused.stderr
    assert f"port {port} is taken" in refused.stderr
    assert variable in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Postgres]:
    """A PostgreSQL that is no part of any instance."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-elsewhere-"))
    folder.chmod(0o755)
    server = Postgres(folder, free_port(), "somebody else's", durable=False)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def outside(elsewhere: Postgres) -> Iterator[Instance]:
    """A whole instance on it."""
    with running_instance(extra_env={"DATABASE_URL": elsewhere.dsn}) as one:
        yield one


@pytest.mark.telephony
def test_database_url_replaces_the_embedded_database_with_nothing_else_changed(
    elsewhere: Postgres, outside: Instance
) -> None:
    assert outside.wait_ready()["telephony"] == "ok"
    assert {row["name"] for row in outside.status()["processes"]} == PARTS - {"postgres"}
    assert not (outside.home / "postgres").exists()
    for number, code, answered in (("12396", 404, False), ("12345", 200, True)):
        dialled = outside.hotline("dial", number, "--json", "--check", "--seconds", "12")
        met = json.loads(dialled.stdout)
        assert dialled.returncode == 0, met
        assert (met["code"], met["answered"]) == (code, answered), met
    with psycopg.connect(elsewhere.dsn, autocommit=True) as there:
        outcomes = "SELECT number, outcome FROM calls_call ORDER BY number"
        _until(
            lambda: (
                there.execute(outcomes).fetchall() == [("12345", "abandoned_in_queue"), ("12396", "vacant")]
            )
        )


def test_telephony_off_is_said_loudly(outside: Instance) -> None:
    outside.stop()
    outside.environment["HOTLINE_TELEPHONY"] = "off"
    outside.start()
    assert outside.wait_ready()["telephony"] == "off"
    assert "TELEPHONY IS OFF" in outside.output
    assert {row["name"] for row in outside.status()["processes"]} == PARTS - {
        "postgres",
        "asterisk",
        "callcontrol-1",
    }


def test_it_works_as_an_ordinary_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("every test here runs as an ordinary user already")
    one = new_instance()
    # Ours may lie in a home directory that is closed to him.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    known = [Path(place) / version for place in ("/usr/bin", "/usr/local/bin")]
    system = next((python for python in known if python.exists()), None)
    assert system is not None, f"{version} is missing: apt-get install {version}"
    python = borrowed_environment(one.home / "venv", system)
    for path in [one.home, *one.home.rglob("*")]:
        os.lchown(path, 65534, 65534)
    try:
        with (one.home / "output.txt").open("wb") as output:
            one.process = subprocess.Popen(
                [python, "-m", "hotline.project.cli", "up"], cwd="/", user=65534, group=65534, extra_groups=[],
                env=one.environment | {"HOME": str(one.home)}, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        body = one.wait_ready()
        assert body["telephony"] == "ok"
        assert {Path(f"/proc/{row['pid']}").stat().st_uid for row in one.status()["processes"]} == {65534}
        assert one.stop() == 0
        assert one.listeners() == []
    finally:
        discard(one)


def _processes_of(instance: Instance) -> list[str]:
    """The command lines of all processes that were started for the instance's checkout, whoever started them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile, or somebody else's
            command, given = ((entry / name).read_bytes() for name in ("cmdline", "environ"))
            if str(instance.folder).encode() in command + given:
                found.append(command.replace(b"\0", b" ").decode())
    return found


def _until(true: object, seconds: float = 30) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.1)
