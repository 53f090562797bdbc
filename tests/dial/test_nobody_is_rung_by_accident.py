"""What a dial test refuses before any packet leaves: design.md, "no call reaches a real person by accident"."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import pytest

from hotline.base.kernel.errors import Invalid
from hotline.lines.numbers.files import read_register
from hotline.project.cli.dial import read_city
from hotline.project.config import CHECKOUT

SILENT = """
    import socket, sys
    def refuse(event, args):
        if event in ("socket.sendto", "socket.connect"):
            raise SystemExit("a packet was about to leave")
    sys.addaudithook(refuse)
    from hotline.project.cli import main
    main()
"""


def dial(city: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`hotline dial` that dies when it touches the network."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT / "src"), "HOTLINE_CITY": str(city)}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SILENT), "dial", *arguments],
        env=environment | {"HOTLINE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHECKOUT / "cities" / "quanzhou", tmp_path / "city"))


@pytest.mark.parametrize("number", ["110", "119", "120", "122", "0595110", "+86120"])
def test_an_emergency_number_is_never_dialled_in_any_spelling(
    city: Path, tmp_path: Path, number: str
) -> None:
    done = dial(city, tmp_path, number)
    assert done.returncode == 2
    assert "紧急号码" in done.stderr
    assert "emergency" in done.stderr


@pytest.mark.parametrize(
    "number", ["13812341234", "95598", "1233", "123330", "", "12333@203.0.113.9", "--all=1"]
)
def test_what_is_not_in_the_register_is_never_dialled(city: Path, tmp_path: Path, number: str) -> None:
    assert dial(city, tmp_path, number).returncode == 2


def test_where_a_trunk_leads_outside_nothing_is_dialled_unless_hours_are_set(
    city: Path, tmp_path: Path
) -> None:
    settings = (city / "city.yaml").read_text(encoding="utf-8")
    (city / "city.yaml").write_text(re.sub(r"(?m)^dial_tests:.*$", "", settings), encoding="utf-8")
    with (city / "trunks.csv").open("a") as file:
        file.write("outside,operator,203.0.113.9,5060,udp,12345,,alaw,,\n")
    for arguments in (["12345", "--trunk", "outside"], ["12345"], ["--all"]):
        done = dial(city, tmp_path, *arguments)
        assert done.returncode == 2, done.stderr
        assert "dial_tests.hours" in done.stderr, done.stderr


def test_hours_that_city_yaml_does_not_name_are_a_fault_of_the_file(city: Path) -> None:
    settings = (city / "city.yaml").read_text(encoding="utf-8")
    assert "dial_tests: {hours: office}" in settings
    (city / "city.yaml").write_text(settings.replace("{hours: office}", "{hours: night}"), encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_register(city)
    assert [fault.where for fault in refused.value.faults] == ["city.yaml:dial_tests"]


def test_the_citys_own_hours_are_those_of_its_dial_tests() -> None:
    hours = read_city(CHECKOUT / "cities" / "quanzhou").hours
    assert hours is not None
    morning, noon = datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 13)
    assert hours.cover(morning, True)
    assert not hours.cover(noon, True)
    assert not hours.cover(morning, False)


def test_an_unknown_trunk_is_named_with_those_there_are(city: Path, tmp_path: Path) -> None:
    done = dial(city, tmp_path, "12345", "--trunk", "nowhere")
    assert done.returncode == 2
    assert "loopback" in done.stderr


def test_without_fingerprints_nothing_is_claimed(city: Path, tmp_path: Path) -> None:
    done = dial(city, tmp_path, "12345")
    assert done.returncode == 3
    assert "声纹" in done.stderr
