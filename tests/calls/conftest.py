"""One switch laboratory for all tests of this room that need a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.lab import Lab, free_port

LINKED_PORT = free_port()


def _quick(folder: Path) -> None:
    """Short limits, so that waiting for them is not what the tests spend their time on."""
    path = folder / "city.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("calls:")]
    path.write_text(
        "\n".join([*lines, "calls: {ring_seconds: 3, link_seconds: 4, wrap_up_seconds: 3}", ""]),
        encoding="utf-8",
    )
    numbers = folder / "numbers.csv"
    assert ",12328," in numbers.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def switchboard() -> Iterator[Lab]:
    """The laboratory, with a linked hotline's trunk for 12348 on a port of this machine."""
    lab = Lab(f"law,linked,127.0.0.1,{LINKED_PORT},udp,12348,,alaw|ulaw,,\n", _quick)
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def lab(switchboard: Lab) -> Iterator[Lab]:
    """The laboratory with nobody on the telephone, before and after."""
    yield switchboard
    for party in switchboard.parties:
        party.end()
    switchboard.parties.clear()
    if switchboard.control is None or switchboard.control.poll() is not None:
        switchboard.start_control()
    switchboard.clear()
