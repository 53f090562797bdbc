"""Call control killed between a commit and the commands that follow it: the next one makes good what was never said."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from http.client import HTTPConnection
from uuid import uuid4

import pytest

from hotline.lines.calls.machines import CallNow
from hotline.lines.calls.standing import commands_for, may_be_amiss, still_due
from hotline.lines.calls.switch.files import ARI_USER
from hotline.lines.calls.words import CallState
from tests.calls.lab import Lab, Party, heard, until

CALLER, FIRST = 700, 440
CALL = CallNow(id=uuid4(), channel="caller", number="12345", line="12345", behaviour="x", prompt="welcome")


def a_call(state: CallState, playing: str = "") -> CallNow:
    waits = state in (CallState.PROMPT, CallState.QUEUED)
    return replace(CALL, state=state, playing=playing, leg="" if waits else "leg")


def verbs(
    call: CallNow, members: list[str] | None, *, playing: bool = False, taken_up: bool = False
) -> list[str]:
    return [c.verb for c in still_due(call, members, playing=playing, taken_up=taken_up)]


def test_of_a_call_that_has_all_it_needs_the_switch_is_told_nothing() -> None:
    for state, inside in {
        CallState.QUEUED: ["caller"], CallState.RINGING: ["caller"], CallState.TALKING: ["caller", "leg"],
        CallState.HELD: ["caller"], CallState.LINKING: [], CallState.LINKED: ["caller", "leg"],
    }.items():  # fmt: skip
        assert not may_be_amiss(a_call(state), inside), state
        assert verbs(a_call(state), inside) == [], state
    assert verbs(a_call(CallState.PROMPT, "p-1"), ["caller"], playing=True) == []


def test_every_open_call_without_a_bridge_gets_one() -> None:
    for state in CallState:
        if state is not CallState.ENDED:
            assert may_be_amiss(a_call(state, "p-1"), None)
            assert "open_bridge" in verbs(a_call(state, "p-1"), None)
    assert commands_for(a_call(CallState.ENDED)) == ()


def test_what_is_there_is_not_done_twice() -> None:
    assert verbs(a_call(CallState.TALKING), ["caller"]) == ["answer", "silence", "join"]
    assert verbs(a_call(CallState.PROMPT, "p-1"), ["caller"]) == ["answer", "play"]
    assert verbs(a_call(CallState.QUEUED), ["caller"], taken_up=True) == ["answer", "music"]
    assert verbs(a_call(CallState.HELD), ["caller", "leg"]) == ["answer", "part", "music"]
    assert verbs(a_call(CallState.LINKING), [], taken_up=True) == ["ringing", "dial_linked"]


def killed_as_soon_as_it_is_kept(lab: Lab, number: str, state: str) -> Party:
    """Call, and kill call control the moment the call's row stands; whatever it had told the switch is undone."""
    before = lab.one("SELECT count(*) AS n FROM calls_call")["n"]
    caller = Party(lab, "call", f"sip:{number}@127.0.0.1:{lab.sip_port}", "--tone", str(CALLER))
    lab.parties.append(caller)
    deadline = time.monotonic() + 30
    while lab.one("SELECT count(*) AS n FROM calls_call")["n"] == before:
        assert time.monotonic() < deadline, "the call was not kept"
    lab.kill_control()
    call = lab.last_call()
    assert call["state"] == state
    take_bridge_away(lab)
    return caller


def take_bridge_away(lab: Lab) -> None:
    """As if it had never been opened. 404: it never was."""
    password = json.loads((lab.home / "secrets.json").read_text())["ari"]
    port = json.loads((lab.home / "ports.json").read_text())["asterisk_http"]
    token = base64.b64encode(f"{ARI_USER}:{password}".encode()).decode()
    switch = HTTPConnection("127.0.0.1", port, timeout=5)
    switch.request(
        "DELETE", f"/ari/bridges/b-{lab.last_call()['id']}", headers={"Authorization": f"Basic {token}"}
    )
    assert switch.getresponse().status in (204, 404)
    switch.close()


@pytest.mark.telephony
def test_a_caller_nobody_answered_hears_us_and_then_an_agent(lab: Lab) -> None:
    caller = killed_as_soon_as_it_is_kept(lab, "12345", "queued")
    lab.start_control()
    caller.wait(3, "state", state="CONFIRMED")
    time.sleep(2)
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    until(5, lambda: agent.mode == "busy")
    time.sleep(2.5)
    tones = caller.finish()
    waiting = [half for half in tones if half and not any(abs(tone - FIRST) <= 12 for tone in half)]
    assert len(waiting) >= 2, "the waiting caller heard nothing"
    assert heard(tones, FIRST, 3)
    assert lab.ended()["outcome"] == "answered"
    assert heard(agent.phone.finish(), CALLER, 3)


@pytest.mark.telephony
def test_an_agent_matched_but_never_rung_is_rung(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = killed_as_soon_as_it_is_kept(lab, "12345", "ringing")
    lab.start_control()
    caller.wait(3, "state", state="CONFIRMED")
    until(6, lambda: agent.mode == "busy")
    time.sleep(2.5)
    assert heard(caller.finish(), FIRST, 3)
    assert lab.ended()["outcome"] == "answered"
    assert heard(agent.phone.finish(), CALLER, 3)


@pytest.mark.telephony
def test_a_notice_that_was_never_begun_is_heard_before_the_agent(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = killed_as_soon_as_it_is_kept(lab, "12333", "prompt")
    lab.start_control()
    answered = caller.wait(3, "state", state="CONFIRMED")
    incoming = agent.phone.wait(20, "incoming")
    assert incoming["t"] - answered["t"] > 4, "the agent was rung before the notice had been heard"
    until(5, lambda: agent.mode == "busy")
    time.sleep(2.5)
    assert heard(caller.finish(), FIRST, 3)
    assert heard(agent.phone.finish(), CALLER, 3)
    lab.ended()


@pytest.mark.telephony
def test_a_conversation_whose_legs_were_never_joined_has_sound(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    lab.kill_control()
    take_bridge_away(lab)
    time.sleep(1.5)
    lab.start_control()
    time.sleep(3)
    assert heard(caller.finish()[-5:], FIRST, 3)
    assert heard(agent.phone.finish()[-6:], CALLER, 3)
    assert lab.ended()["outcome"] == "answered"
