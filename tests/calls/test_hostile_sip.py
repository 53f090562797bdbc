"""What strangers and broken switches send: nobody who talks hears of it, new callers get through, nothing is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from hotline.lines.calls.switch.logs import KEPT, MOST_BYTES
from tests.calls.lab import Lab, until
from tests.calls.scenes import Scene
from tests.calls.torture import MAIN, UNKNOWN, Address, Flood, broken_sdp, malformed

pytestmark = pytest.mark.telephony

STRANGER, OPERATOR = "127.0.0.9", "127.0.0.1"
"""The second is the address of the laboratory's operator trunk."""
A_SECOND = 300
FLOOD_S = 3.0


def unharmed(scene: Scene) -> None:
    """They still talk, a new caller is taken, both parts of the switch are the ones they were, nothing is left."""
    lab = scene.lab
    assert lab.asterisk
    assert lab.control
    assert (lab.asterisk.poll(), lab.control.poll()) == (None, None), "something died"
    scene.settle("talking")
    another = scene.places(MAIN)
    another.wait(6, "state", state="CONFIRMED")
    another.say("hangup")
    scene.hangs_up()
    assert scene.ended()["outcome"]
    open_calls = "SELECT 1 FROM calls_call WHERE state <> 'ended'"
    until(8, lambda: not lab.rows(open_calls), "a call stays open")


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        pytest.param(STRANGER, malformed, id="requests of a stranger"),
        pytest.param(STRANGER, broken_sdp, id="SDP of a stranger", marks=pytest.mark.chaos),
        pytest.param(OPERATOR, malformed, id="requests of an operator", marks=pytest.mark.chaos),
        pytest.param(OPERATOR, broken_sdp, id="SDP of an operator"),
    ],
)
def test_malformed(
    patient: Lab, source: str, messages: Callable[[Address], Iterator[tuple[str, bytes]]]
) -> None:
    scene = Scene(patient, "talking")
    scene.settle("talking")
    before = patient.one("SELECT count(*) AS n FROM calls_call WHERE slot > 0")["n"]
    codes = []
    with Address(patient.sip_port, source) as address:
        for _, message in messages(address):
            address.send(message)
            codes += address.answers(0.05)
        scene.listen("talking")
        codes += address.answers(3)
    taken = patient.one("SELECT count(*) AS n FROM calls_call WHERE slot > 0")["n"] - before
    assert codes, "nothing was answered: was anything heard?"
    if source == STRANGER:
        assert not [code for code in codes if code < 300], "a stranger was taken at his word"
        assert taken == 0
    unharmed(scene)


@pytest.mark.parametrize(
    ("method", "source", "number"),
    [
        ("INVITE", STRANGER, MAIN),
        pytest.param("REGISTER", STRANGER, "agent-x", marks=pytest.mark.chaos),
        pytest.param("OPTIONS", STRANGER, MAIN, marks=pytest.mark.chaos),
        ("INVITE", OPERATOR, UNKNOWN),
    ],
)
def test_a_flood_from_one_address(patient: Lab, method: str, source: str, number: str) -> None:
    scene = Scene(patient, "talking")
    scene.settle("talking")
    with Flood(patient.sip_port, source, method, number, A_SECOND) as flood:
        scene.listen("talking", FLOOD_S)
        another = scene.places(MAIN)
        another.wait(6, "state", state="CONFIRMED")
        another.say("hangup")
    assert flood.sent > A_SECOND
    assert flood.answered, "the flood did not arrive"
    time.sleep(0.5)
    unharmed(scene)
    scene.nothing_is_left()


def test_the_switchs_log_is_its_users_own_and_does_not_fill_the_disk(patient: Lab) -> None:
    folder = patient.home / "asterisk/log"
    log = folder / "messages.log"
    assert log.stat().st_mode & 0o077 == 0, "others can read the numbers of who was refused"
    for n in range(KEPT + 1):
        (folder / f"messages.log.{n}").write_text("old\n")
    with log.open("ab") as file:
        file.write(b"x" * 99 + b"\n" + b"y" * MOST_BYTES)
    until(6, lambda: log.stat().st_size < MOST_BYTES, "the log was not begun anew")
    until(3, lambda: not (folder / f"messages.log.{KEPT}").exists(), "old logs are kept for ever")
    assert (folder / "messages.log.0").stat().st_size > MOST_BYTES
