"""One switch laboratory for all tests of this room that need a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.calls.lab import Lab
from tests.calls.scenes import patient, patient_board
from tests.harness import free_port

__all__ = ["lab", "patient", "patient_board", "switchboard"]

LINKED_PORT = free_port()
FIRE_PORT = free_port()
MARKETS_PORT = free_port()
OUTSIDE_PORT = free_port()


def _quick(folder: Path) -> None:
    """Short limits, so that waiting for them is not what the tests spend their time on."""
    path = folder / "city.yaml"
    city = yaml.safe_load(path.read_text(encoding="utf-8"))
    since = "2021-12-02T00:00:00+08:00"
    city["limits"] += [
        {"figure": figure, "value": value, "effective_from": since}
        for figure, value in (("ring_seconds", 3), ("link_seconds", 4), ("wrap_up_seconds", 3))
    ]
    path.write_text(yaml.safe_dump(city, allow_unicode=True, sort_keys=False), encoding="utf-8")
    # Who is asked shall not depend on who served the same caller in another test.
    routing = folder / "routing.yaml"
    text = routing.read_text(encoding="utf-8")
    text = text.replace("preferred: {days: 30", "preferred: {days: 0")
    routing.write_text(text, encoding="utf-8")


def _city(folder: Path) -> None:
    """12315 comes back to 12345 when nobody answers it there; 12385's notice is played by its operator."""
    _quick(folder)
    numbers = folder / "numbers.csv"
    rows = [
        row.replace(",no,,,", ",yes,,,", 1) if ",12315," in row else row
        for row in numbers.read_text(encoding="utf-8").splitlines()
    ]
    numbers.write_text("\n".join([*rows, ""]), encoding="utf-8")
    with (folder / "treatments.csv").open("a", encoding="utf-8") as file:
        file.write("12385,notice_then_12345,2021-12-02T00:00:00+08:00,operator,lab\n")


TRUNKS = (
    f"law,linked,127.0.0.1,{LINKED_PORT},udp,12348,,alaw|ulaw,,\n"
    f"markets,linked,127.0.0.1,{MARKETS_PORT},udp,12315,,alaw|ulaw,,\n"
    f"fire,emergency,127.0.0.1,{FIRE_PORT},udp,119,,alaw|ulaw,,\n"
    f"outside,operator,127.0.0.1,{OUTSIDE_PORT},udp,12345,,alaw|ulaw,,\n"
)


@pytest.fixture(scope="session")
def switchboard() -> Iterator[Lab]:
    """The laboratory, with trunks to linked hotlines and to the fire brigade on ports of this machine."""
    lab = Lab(TRUNKS, _city)
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
