"""`hotline demo centres`: far centres to try the joining with, on this machine only, and nothing of them left afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from hotline.base.kernel.errors import Conflict
from hotline.lines.numbers import queries as numbers
from hotline.project.config import config
from hotline.project.demonstration import centres
from hotline.project.runtime.switch import Tools
from tests.harness import Instance, running_instance


def state(instance: Instance, number: str) -> str:
    lines = instance.hotline("link", "list").stdout.splitlines()
    return next(line.split()[1] for line in lines if line.startswith(number))


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
def test_demonstration_centres_are_refused_beside_a_real_trunk(
    monkeypatch: pytest.MonkeyPatch, toolbox: Tools
) -> None:
    monkeypatch.setattr(numbers, "reaches_real_people", lambda: True)
    with pytest.raises(Conflict), centres.joined(config(), toolbox, print):
        raise AssertionError("they run beside a real trunk")


@pytest.mark.timeout(900)
@pytest.mark.instance
@pytest.mark.telephony
def test_the_centres_stand_while_the_command_runs_and_the_citys_own_trunks_afterwards() -> None:
    with running_instance() as instance:
        demo = subprocess.Popen(
            [sys.executable, "-m", "hotline.project.cli", "demo", "centres"],
            env=instance.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said: list[str] = []
        assert demo.stdout
        reading = threading.Thread(target=lambda: said.extend(demo.stdout or ()), daemon=True)
        reading.start()
        try:
            until(240, lambda: any("ready" in line for line in said) or demo.poll() is not None)
            assert any("12348 可转接" in line for line in said), "".join(said) + instance.logs()
            assert state(instance, "12366") == "可转接"
            assert state(instance, "12320") == "未接入"
        finally:
            demo.send_signal(signal.SIGINT)
            assert demo.wait(90) == 0, "".join(said)
        until(60, lambda: state(instance, "12348") == "未接入")
        assert "demo" not in (instance.home / "asterisk/etc/pjsip.conf").read_text()


def until(seconds: float, what: object) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():  # type: ignore[operator]
            return
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s")
