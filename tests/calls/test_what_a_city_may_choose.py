"""What a city may configure about its calls, as a caller meets it: emergencies, the operator's notice, unanswered lines."""

from __future__ import annotations

import time

import pytest

from tests.calls.conftest import FIRE_PORT, MARKETS_PORT
from tests.calls.lab import Lab, Party, heard, until

pytestmark = pytest.mark.telephony


def centre(lab: Lab, port: int, *options: str) -> Party:
    party = Party(lab, "phone", "--port", str(port), *options)
    lab.parties.append(party)
    party.wait(20, "up")
    lab.sees(port)
    return party


def test_an_emergency_call_is_put_through_where_the_city_has_a_trunk_for_it(lab: Lab) -> None:
    count = "SELECT count(*) AS n FROM calls_call WHERE number = '119' AND outcome = 'emergency'"
    before = lab.one(count)["n"]
    fire = centre(lab, FIRE_PORT, "--tone", "1000", "--answer-after", "0.3")
    caller = lab.call("119", 700)
    assert "13812341234" in fire.wait(4, "incoming")["message"], "the fire brigade does not see who calls"
    caller.wait(4, "state", state="CONFIRMED")
    time.sleep(2)
    assert heard(caller.finish(), 1000)
    assert heard(fire.finish(), 700)
    until(20, lambda: lab.one(count)["n"] == before + 1, "the call was not counted")


def test_an_emergency_call_nobody_takes_there_is_answered_by_12345(lab: Lab) -> None:
    centre(lab, FIRE_PORT, "--refuse", "486")
    lab.call("119", 700).wait(5, "state", state="CONFIRMED")
    call = lab.last_call()
    assert (call["number"], call["state"], call["marks"]) == ("119", "queued", ["emergency"])


def test_a_notice_the_operator_has_played_is_not_heard_twice(lab: Lab) -> None:
    agent = lab.agent("zhang", 610, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12385", 700)
    incoming = agent.phone.wait(4, "incoming")
    answered = caller.wait(4, "state", state="CONFIRMED")
    assert incoming["t"] - answered["t"] < 3, "a notice was played before the agent was rung"
    assert lab.last_call()["number"] == "12385"


@pytest.mark.parametrize("options", [("--refuse", "486"), ()], ids=["busy", "nobody there"])
def test_a_linked_call_nobody_answers_comes_to_12345_where_the_number_says_so(
    lab: Lab, options: tuple[str, ...]
) -> None:
    markets = centre(lab, MARKETS_PORT, *options)
    caller = lab.call("12315", 700)
    markets.wait(4, "incoming")
    caller.wait(8, "state", state="CONFIRMED")
    call = lab.last_call()
    assert call["number"] == "12315"
    until(3, lambda: lab.last_call()["state"] == "queued")
    assert lab.last_call()["marks"] == ["linked_not_answered"]


def test_it_comes_to_12345_also_while_no_call_control_lives(lab: Lab) -> None:
    markets = centre(lab, MARKETS_PORT, "--refuse", "486")
    lab.kill_control()
    caller = lab.call("12315", 700)
    markets.wait(5, "incoming")
    assert caller.wait(5, "state", state="CONFIRMED")["code"] == 200
    time.sleep(2.5)
    assert sum(bool(half) for half in caller.finish()) >= 2, "the caller was told nothing"
