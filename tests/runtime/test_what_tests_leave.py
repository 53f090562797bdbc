"""Nothing the tests have started outlives them (tests/guardian.py), however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotline.project.runtime.process import Process
from tests.harness import CHECKOUT

STARTS_A_SERVER = """
import subprocess, sys, time
server = subprocess.Popen(["sleep", "600"], start_new_session=True)
open(sys.argv[1], "w").write(str(server.pid))
if sys.argv[2] == "stops it":
    server.terminate(); server.wait()
if sys.argv[2] == "hangs":
    time.sleep(600)
"""


def under_the_guardian(tmp_path: Path, how: str) -> tuple[subprocess.Popen[str], Path]:
    record = tmp_path / "pid"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.guardian", sys.executable, "-c", STARTS_A_SERVER, str(record), how],
        cwd=CHECKOUT, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    return process, record


def the_server(record: Path) -> Process:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if record.is_file() and (pid := record.read_text()):
            return Process.of(int(pid))
        time.sleep(0.05)
    raise AssertionError("no server was started")


@pytest.mark.parametrize(("how", "code"), [("stops it", 0), ("forgets it", 1)])
def test_a_run_that_leaves_a_server_behind_is_not_green(tmp_path: Path, how: str, code: int) -> None:
    process, record = under_the_guardian(tmp_path, how)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == code
    assert ("sleep 600" in errors) is bool(code)
    assert not the_server(record).alive


def test_ctrl_c_ends_also_servers_in_sessions_of_their_own(tmp_path: Path) -> None:
    process, record = under_the_guardian(tmp_path, "hangs")
    server = the_server(record)
    assert server.alive
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert not server.alive
