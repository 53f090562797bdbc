"""Two call controls share one switch: nobody's call is lost with one of them, and nobody's is driven twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.calls.conftest import TRUNKS, _city
from tests.calls.lab import Lab, heard, until

pytestmark = pytest.mark.telephony

CALLER, FIRST, SECOND = 700, 610, 1110


@pytest.fixture
def pair() -> Iterator[Lab]:
    """A laboratory with the first of two call controls; tests start the second."""
    lab = Lab(TRUNKS, _city, slots=2)
    try:
        lab.start()
        yield lab
    finally:
        if lab.control:
            lab.control.send_signal(signal.SIGCONT)
        lab.stop()


def test_the_calls_of_a_frozen_call_control_go_on_under_the_other_and_it_lets_go_when_it_wakes(
    pair: Lab,
) -> None:
    agent = pair.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    talking = pair.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    waiting = pair.call("12345", CALLER)
    waiting.wait(5, "state", state="CONFIRMED")
    pair.start_control(2)
    assert pair.control
    pair.control.send_signal(signal.SIGSTOP)
    owned = "SELECT count(*) AS n FROM calls_call WHERE slot = 2 AND state <> 'ended'"
    until(25, lambda: pair.one(owned)["n"] == 2, "the calls were not taken over")
    assert agent.command("hold")["ok"]
    time.sleep(1.5)
    assert agent.command("resume")["ok"]
    time.sleep(2)
    assert heard(talking.hear()[-5:], FIRST, 3), "the conversation did not go on"
    colleague = pair.agent("lihua", SECOND, "--answer-after", "0.2")
    colleague.be_ready()
    until(5, lambda: colleague.mode == "busy", "the waiting caller was forgotten")
    pair.control.send_signal(signal.SIGCONT)
    time.sleep(3)
    assert heard(talking.hear()[-4:], FIRST, 2), "the call control that woke broke the conversation"
    assert agent.command("hangup")["ok"]
    assert talking.code == 200
    waiting.say("hangup")
    until(10, lambda: pair.one("SELECT count(*) AS n FROM calls_call WHERE state <> 'ended'")["n"] == 0)
    outcomes = [row["outcome"] for row in pair.rows("SELECT outcome FROM calls_call")]
    assert outcomes == ["answered", "answered"]
    ends = pair.rows(
        "SELECT call_id, count(*) AS n FROM calls_callevent WHERE kind IN ('caller_gone', 'hang_up') GROUP BY 1"
    )
    assert [row["n"] for row in ends] == [1, 1], "a call was ended twice"
    until(5, pair.quiet, "something stayed behind in the switch")


def test_a_caller_whose_agent_was_being_rung_is_offered_again_when_his_call_control_is_gone(
    pair: Lab,
) -> None:
    agent = pair.agent("zhang", FIRST, "--answer-after", "40")
    agent.be_ready()
    caller = pair.call("12345", CALLER)
    agent.phone.wait(5, "incoming")
    pair.start_control(2)
    pair.kill_control()
    until(25, lambda: pair.last_call()["slot"] == 2, "the call was not taken over")
    assert agent.command("ready")["ok"]
    agent.phone.say("answer")
    until(10, lambda: pair.one("SELECT count(*) AS n FROM calls_offer")["n"] == 2, "nobody was asked again")
    agent.phone.say("answer")
    until(10, lambda: pair.last_call()["state"] == "talking")
    caller.say("hangup")
    assert pair.ended()["outcome"] == "answered"
