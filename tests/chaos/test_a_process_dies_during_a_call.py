"""Whatever process dies at whatever moment of a call: who talks goes on talking, and the call is counted once.

Every case is a real call on a whole instance: a caller dials 12345, an agent takes it on a SIP phone, one process is
killed with SIGKILL. The witnesses are what both heard, the rows, the switch's own list, and /healthz.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.seat import Seat, stands_out, until
from tests.e2e.telephone import Telephone
from tests.harness import Instance, running_instance

pytestmark = [pytest.mark.chaos, pytest.mark.instance, pytest.mark.telephony, pytest.mark.timeout(420)]

CALLER_HERTZ, AGENT_HERTZ = 700, 1000
PARTS = ("callcontrol-1", "web", "live", "worker", "postgres", "caddy")
MOMENTS = ("ringing", "talking", "wrap_up")
TALK_ON_S = 4.0
"""How long they talk after the death; the last TAIL half seconds lie within it."""
TAIL, OF_THEM = 6, 4
HEALS_S = 90
QUIET_S = 30


@dataclass
class Case:
    """One call with its two people, and what was kept before it."""

    instance: Instance
    ledger: Ledger
    seat: Seat
    caller: Telephone
    before: set[object]

    def reach(self, moment: str) -> None:
        """Bring the call to ``moment``."""
        until(30, self.seat.rung, "the agent's phone does not ring")
        until(20, lambda: self.seat.state == "ringing", "the desk does not show the ringing")
        if moment == "ringing":
            return
        self.seat.take()
        until(20, lambda: self.seat.state == "busy", "the desk does not show the talk")
        time.sleep(1)
        if moment == "wrap_up":
            self.caller.say("hangup")
            until(20, lambda: self.seat.state == "wrap_up", "no wrap-up")

    def kill(self, part: str) -> int:
        """SIGKILL, without warning; returns who was killed."""
        pid = self.instance.pid_of(part)
        os.kill(pid, signal.SIGKILL)
        return pid

    def heals(self, part: str, killed: int) -> None:
        """A new process is there and the whole says that it is healthy."""
        until(HEALS_S, lambda: self.instance.pid_of(part) not in (killed, None, 0), f"no new {part}")
        until(HEALS_S, lambda: self.instance.healthz()[0] == 200, "not healthy again")

    def talk_is_reached(self) -> bool:
        """The agent answers whenever his phone rings; whether the desk shows the talk."""
        self.seat.take()
        return self.seat.state == "busy"

    def both_hang_up(self) -> None:
        """Both at once, so that the end of either recording is the end of the talk."""
        self.caller.say("quit")
        self.seat.phone.say("quit")
        self.caller.finish()
        self.seat.phone.finish()

    def ended(self) -> list[str]:
        """The outcomes of the calls kept since the case began, once none of them is open."""

        def outcomes() -> list[str]:
            new = [row for id, row in self.ledger.calls().items() if id not in self.before]
            return [row["outcome"] for row in new] if new and all(row["outcome"] for row in new) else []

        found: list[str] = until(60, outcomes, "the call stays open")
        return found

    def nothing_is_left(self) -> None:
        """No channel, no bridge, no open offer, no place in the queue."""
        until(QUIET_S, lambda: not self.ledger.left_over(), "channels or bridges are left")
        assert self.ledger.count("calls_offer WHERE state = 'open'") == 0
        assert self.ledger.count("calls_queueentry WHERE waiting") == 0


@pytest.fixture(scope="module")
def hotline() -> Iterator[Instance]:
    """One instance for all cases, each of which leaves it healed."""
    with running_instance() as instance:
        yield instance


@pytest.fixture
def case(hotline: Instance, request: pytest.FixtureRequest) -> Iterator[Case]:
    """A ready agent of this case's own, nobody else signed in, and a caller who has dialled 12345."""
    hotline.wait_ready(HEALS_S)
    ledger = Ledger(hotline)
    username = f"chaos-{ledger.count('people_staff')}"
    seat = Seat(hotline, username, AGENT_HERTZ)
    one: Case | None = None
    try:
        seat.be_ready()
        before = set(ledger.calls())
        caller = Telephone(
            "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", str(CALLER_HERTZ), "--max-seconds", "200"
        )  # fmt: skip
        one = Case(hotline, ledger, seat, caller, before)
        yield one
    finally:
        if one is not None:
            one.caller.finish()
        hotline.wait_ready(HEALS_S)
        seat.leave()
        ledger.switch("channel request hangup all")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("part", PARTS)
def test_the_call_goes_on_and_is_counted_once_when_it_dies(case: Case, part: str, moment: str) -> None:
    case.reach(moment)
    killed = case.kill(part)
    if moment != "wrap_up":
        if moment == "ringing":
            time.sleep(1)
            until(60, case.talk_is_reached, "the call was not put through to the agent")
        time.sleep(TALK_ON_S)
        case.both_hang_up()
        caller, agent = case.caller.heard(), case.seat.phone.heard()
        assert stands_out(caller[-TAIL:], AGENT_HERTZ) >= OF_THEM, f"the caller heard {caller}"
        assert stands_out(agent[-TAIL:], CALLER_HERTZ) >= OF_THEM, f"the agent heard {agent}"
    case.heals(part, killed)
    assert case.ended() == ["answered"]
    case.nothing_is_left()
    until(40, lambda: case.seat.state in ("wrap_up", "ready"), "the agent is not free again")
    if case.seat.state == "wrap_up":
        case.seat.command("wrap_up_done", "ready")


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_call_gets_one_outcome_when_the_switch_dies(case: Case, moment: str) -> None:
    case.reach(moment)
    case.heals("asterisk", case.kill("asterisk"))
    outcomes = case.ended()
    assert len(outcomes) == 1
    assert moment == "ringing" or outcomes == ["answered"]
    case.nothing_is_left()
    until(60, lambda: case.seat.state in ("wrap_up", "ready", "not_ready"), "the agent is not free again")
