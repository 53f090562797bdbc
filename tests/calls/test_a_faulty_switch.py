"""Call control against a switch that loses, doubles, delays and reorders: in the end everything adds up, nothing is left."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.calls.conftest import _city
from tests.calls.lab import HERE, Lab, Lines, until

pytestmark = pytest.mark.telephony

AGENTS = 4


class FaultyLab(Lab):
    """The laboratory with the fake instead of Asterisk."""

    def __init__(self, seed: int) -> None:
        super().__init__("", _city)
        self.seed = seed
        self.fake: Lines | None = None

    def start_asterisk(self) -> None:
        ports = json.loads((self.home / "ports.json").read_text())
        secrets = json.loads((self.home / "secrets.json").read_text())
        self.fake = Lines(
            [
                sys.executable, str(HERE / "fake_ari.py"), "--http", str(ports["asterisk_http"]), "--user", "callcontrol",
                f"--password={secrets['ari']}", "--app", f"callcontrol-1=ws://127.0.0.1:{ports['callcontrol']}/ari",
                f"--app-password={secrets['callcontrol']}", "--seed", str(self.seed),
            ],
            self.environment, self.home / "fake.log",
        )  # fmt: skip
        self.parties.append(self.fake)
        assert self.fake.process.stdout
        assert json.loads(self.fake.process.stdout.readline())["ready"]

    def tell(self, **what: Any) -> dict[str, Any]:
        assert self.fake
        assert self.fake.process.stdout
        self.fake.say(json.dumps(what))
        found: dict[str, Any] = json.loads(self.fake.process.stdout.readline())["ok"]
        return found


@pytest.fixture
def faulty(request: pytest.FixtureRequest) -> Iterator[FaultyLab]:
    lab = FaultyLab(getattr(request, "param", 1))
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


def staffed(lab: FaultyLab) -> list[str]:
    staff = [str(lab.ask(do="agent", name=f"agent{n}", organisation="centre")) for n in range(AGENTS)]
    for one in staff:
        lab.ask(do="phone", staff=one)
        lab.ask(do="command", staff=one, command="sign_in")
        lab.ask(do="command", staff=one, command="ready")
    registered = "SELECT count(*) AS n FROM calls_agentstate WHERE phone_registered AND mode <> 'signed_out'"
    until(10, lambda: lab.one(registered)["n"] == AGENTS, "the phones were not seen")
    return staff


def live(lab: FaultyLab, staff: list[str], seconds: float, chance: random.Random) -> int:
    """Callers call, agents ask for this and that; how many calls were placed."""
    until_ = time.monotonic() + seconds
    placed = 0
    commands = [
        "hold",
        "resume",
        "hangup",
        "ready",
        "ready",
        "wrap_up_done",
        "record_pause",
        "record_resume",
        "to_queue",
    ]
    while time.monotonic() < until_:
        if chance.random() < 0.4:
            placed = int(lab.tell(do="call", number="12345")["placed"])
        one, command = chance.choice(staff), chance.choice(commands)
        about_call = command not in ("ready", "wrap_up_done")
        if not about_call or lab.maybe(
            "SELECT 1 FROM calls_agentstate WHERE staff_id = %s AND call_id IS NOT NULL", one
        ):
            try:
                lab.ask(do="command", staff=one, command=command)
            except AssertionError as error:  # the call ended between the look and the asking
                if "NotFound" not in str(error):
                    raise
        time.sleep(0.1)
    return placed


def everything_adds_up(lab: FaultyLab, seconds: float) -> None:
    """After the last sweep nothing is left anywhere, and every call has ended once."""

    def over() -> bool:
        state = lab.tell(do="state")
        return (
            not state["channels"]
            and not state["bridges"]
            and not lab.rows("SELECT 1 FROM calls_call WHERE state <> 'ended'")
        )

    still = "SELECT id, state FROM calls_call WHERE state <> 'ended'"
    until(seconds, over, "left behind")
    assert not lab.rows(still), lab.rows(still)
    # Whoever was matched in the instant in which call control lost his caller is freed when his phone has rung in vain.
    until(25, lambda: not lab.rows("SELECT 1 FROM calls_offer WHERE state = 'open'"), "offers left behind")
    assert not lab.rows("SELECT 1 FROM calls_queueentry WHERE waiting")
    assert not lab.rows("SELECT 1 FROM calls_leg WHERE state <> 'gone'")
    assert not lab.rows("SELECT 1 FROM calls_timer WHERE call_id IS NOT NULL")
    until(
        10,
        lambda: not lab.rows("SELECT 1 FROM calls_agentstate WHERE mode IN ('reserved', 'ringing', 'busy')"),
    )
    told = lab.rows("SELECT key, count(*) AS n FROM kernel_outboxrow WHERE topic = 'call.ended' GROUP BY 1")
    assert {row["n"] for row in told} == {1}, "a call ended twice"
    assert len(told) == lab.one("SELECT count(*) AS n FROM calls_call WHERE outcome <> ''")["n"]


def run(lab: FaultyLab, level: float, seconds: float) -> None:
    staff = staffed(lab)
    lab.tell(do="faults", level=level)
    placed = live(lab, staff, seconds, random.Random(lab.seed))
    calm = lab.tell(do="calm")
    assert placed > seconds / 2
    assert calm["faults"] > placed, "the switch was not faulty"
    everything_adds_up(lab, 25)
    state = lab.tell(do="state")
    kept = lab.one("SELECT count(*) AS n FROM calls_call")["n"]
    assert kept <= placed
    assert kept >= placed - state["fell_back"] - calm["faults"]
    answered = lab.one("SELECT count(*) AS n FROM calls_call WHERE outcome = 'answered'")["n"]
    assert answered, "nobody was answered at all"


def test_whatever_the_switch_loses_doubles_or_reorders_every_call_ends_once_and_nothing_is_left(
    faulty: FaultyLab,
) -> None:
    run(faulty, 0.05, 25)


@pytest.mark.chaos
@pytest.mark.parametrize("faulty", range(2, 8), indirect=True)
@pytest.mark.timeout(600)
def test_the_same_for_longer_and_worse(faulty: FaultyLab) -> None:
    run(faulty, 0.12, 90)
