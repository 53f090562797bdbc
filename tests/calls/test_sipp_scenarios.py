"""The awkward moments of SIP (sipp/*.xml): each leaves nothing in the switch, holds up nobody and has its right outcome."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import pytest

from tests.calls.conftest import LINKED_PORT
from tests.calls.lab import Lab, Party, heard, until
from tests.calls.scenes import CALLER, FIRST
from tests.calls.street import Street

pytestmark = pytest.mark.telephony


@pytest.fixture
def street(lab: Lab) -> Iterator[Street]:
    """SIPp before the laboratory's switch; without it the test fails and says what to install."""
    assert shutil.which("sipp"), "SIPp is missing: apt-get install sip-tester"
    one = Street(lab)
    yield one
    one.end()


def test_a_caller_who_cancels_while_it_rings(street: Street) -> None:
    centre = Party(street.lab, "phone", "--port", str(LINKED_PORT), "--user", "12348")
    street.lab.parties.append(centre)
    centre.wait(20, "up")
    street.lab.sees(LINKED_PORT)
    street.went_well(street.calls("cancel_while_ringing", "12348"), "cancel_while_ringing")
    centre.wait(5, "state", state="DISCONNECTED")
    assert [call["outcome"] for call in street.left()] == ["abandoned_in_linking"]


def test_a_caller_who_hangs_up_in_the_announcement(street: Street) -> None:
    street.went_well(street.calls("early_hang_up", "12333"), "early_hang_up")
    assert [call["outcome"] for call in street.left()] == ["abandoned_in_prompt"]


def test_callers_who_hang_up_the_moment_they_are_answered(street: Street) -> None:
    agent = street.lab.agent("zhang", FIRST, "--answer-after", "0")
    agent.be_ready()
    callers = street.calls("hang_up_with_the_answer", "12345", times=8, a_second=4)
    street.went_well(callers, "hang_up_with_the_answer")
    calls = street.left()
    assert len(calls) == 8
    assert {call["outcome"] for call in calls} <= {"abandoned_in_queue", "answered"}
    # Whoever's phone was being rung is asked for the next caller as if nothing had been.
    until(10, lambda: agent.mode == "ready")


def test_a_caller_whose_telephone_holds_and_comes_back(street: Street) -> None:
    agent = street.lab.agent("zhang", FIRST, "--answer-after", "0.1")
    agent.be_ready()
    caller = street.calls("hold_by_reinvite", "12345")
    until(5, lambda: agent.mode == "busy")
    street.went_well(caller, "hold_by_reinvite")
    (call,) = street.left()
    assert (call["outcome"], call["ended_by"]) == ("answered", "caller")
    states = street.lab.rows(
        "SELECT kind FROM calls_callevent WHERE call_id = %s AND kind = 'hold'", call["id"]
    )
    assert not states, "his holding is his telephone's, not the agent's"


def test_a_far_centre_that_is_busy(street: Street) -> None:
    street.centre(LINKED_PORT, "busy")
    assert street.lab.call("12348", CALLER).code == 486
    assert [call["outcome"] for call in street.left()] == ["failed"]


def test_a_far_centre_where_nobody_answers(street: Street) -> None:
    street.centre(LINKED_PORT, "no_answer")
    assert street.lab.call("12348", CALLER).code == 480
    assert [(call["outcome"], call["cause"]) for call in street.left()] == [("failed", 19)]


def test_a_far_centre_that_answers_and_hangs_up_at_once(street: Street) -> None:
    street.centre(LINKED_PORT, "answered_and_hung_up")
    caller = street.lab.call("12348", CALLER)
    assert caller.code in (200, 480, 603)
    (call,) = street.left()
    assert (call["outcome"], call["ended_by"]) == ("transferred_linked", "linked")


@pytest.mark.parametrize("first", ["caller", "agent"])
def test_a_caller_who_hangs_up_as_the_agent_answers(street: Street, first: str) -> None:
    lab = street.lab
    agent = lab.agent("zhang", FIRST)
    for _ in range(3):
        agent.command("sign_in")
        agent.command("ready")
        before = len([news for news in agent.phone.read() if news["event"] == "incoming"])
        caller = lab.call("12345", CALLER)
        until(8, lambda: len([n for n in agent.phone.read() if n["event"] == "incoming"]) > before)  # noqa: B023
        both = [(caller, "hangup"), (agent.phone, "answer")]
        for party, what in both if first == "caller" else reversed(both):
            party.say(what)
        caller.wait(8, "state", state="DISCONNECTED")
        street.left()
        until(10, lambda: agent.mode in ("ready", "not_ready", "wrap_up"))
        caller.end()
    calls = street.left()
    assert len(calls) == 3
    assert {call["outcome"] for call in calls} <= {"abandoned_in_queue", "answered"}
    agent.command("ready")
    caller = lab.call("12345", CALLER)
    until(8, lambda: agent.mode == "ringing", "the agent is not asked any more")
    agent.phone.say("answer")
    until(8, lambda: agent.mode == "busy")
    time.sleep(1.2)
    assert heard(caller.finish(), FIRST, 1)
