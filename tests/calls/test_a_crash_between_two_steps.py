"""Call control killed between a commit and the commands that follow it: the next one makes good what was never said."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from http.client import HTTPConnection
from uuid import uuid4

import pytest

from hotline.lines.calls.call import CallNow, LegNow
from hotline.lines.calls.standing import Seen, commands_for, may_be_amiss, picture, still_due
from hotline.lines.calls.switch.files import ARI_USER
from hotline.lines.calls.words import CallState, LegState, Place, Role
from tests.calls.lab import Lab, Party, heard, until

CALLER, FIRST = 700, 440
CALL = CallNow(
    id=uuid4(),
    channel="caller",
    number="12345",
    line="12345",
    behaviour="x",
    prompt="welcome",
    caller_up=True,
)
AGENT = LegNow("leg", Role.AGENT, LegState.UP)
OTHER = LegNow("other", Role.OTHER, LegState.UP, Place.ASIDE, endpoint="PJSIP/12348@trunk-law")


def a_call(state: CallState, playing: str = "") -> CallNow:
    alone = (CallState.PROMPT, CallState.QUEUED, CallState.SURVEY, CallState.ENDED)
    legs: dict[CallState, tuple[LegNow, ...]] = {
        CallState.RINGING: (replace(AGENT, state=LegState.RINGING),),
        CallState.HELD: (replace(AGENT, place=Place.NOWHERE),),
        CallState.CONSULTING: (replace(AGENT, place=Place.ASIDE), OTHER),
        CallState.CONFERENCE: (AGENT, replace(OTHER, place=Place.MAIN)),
        CallState.TRANSFERRING: (replace(OTHER, state=LegState.RINGING, place=Place.MAIN),),
        CallState.LINKED: (replace(OTHER, place=Place.MAIN),),
        CallState.LINKING: (replace(OTHER, state=LegState.RINGING, place=Place.MAIN),),
        CallState.AWAITING: (replace(AGENT, state=LegState.GONE),),
        CallState.DIALLING: (replace(AGENT, state=LegState.RINGING),),
        **dict.fromkeys(alone, ()),
    }
    up = state not in (CallState.LINKING, CallState.DIALLING)
    out = "PJSIP/1@trunk-x" if state is CallState.DIALLING else ""
    saying = "welcome" if playing else ""
    return replace(
        CALL,
        state=state,
        playing=playing,
        saying=saying,
        legs=legs.get(state, (AGENT,)),
        caller_up=up,
        outbound=out,
    )


def verbs(
    call: CallNow, bridges: dict[str, tuple[str, ...]], *playing: str, taken_up: bool = False
) -> list[str]:
    seen = Seen(bridges, frozenset(playing))
    return [c.verb for c in still_due(call, seen, taken_up=taken_up)]


def main(*members: str) -> dict[str, tuple[str, ...]]:
    return {CALL.bridge: members}


def test_of_a_call_that_has_all_it_needs_the_switch_is_told_nothing() -> None:
    for state in CallState:
        call = a_call(state)
        assert verbs(call, dict(picture(call).bridges)) == [], state
        assert not may_be_amiss(call, picture(call).bridges), state
    assert verbs(a_call(CallState.PROMPT, "p-1"), main("caller"), "p-1") == []


def test_every_open_call_without_a_bridge_gets_one() -> None:
    for state in CallState:
        if state is not CallState.ENDED:
            assert may_be_amiss(a_call(state, "p-1"), {})
            assert "open_bridge" in verbs(a_call(state, "p-1"), {})
    assert commands_for(a_call(CallState.ENDED)) == ()


def test_what_is_there_is_not_done_twice() -> None:
    assert verbs(a_call(CallState.TALKING), main("caller")) == ["answer", "join", "silence"]
    assert verbs(a_call(CallState.PROMPT, "p-1"), main("caller")) == ["answer", "play", "silence"]
    assert verbs(a_call(CallState.QUEUED), main("caller"), taken_up=True) == ["answer", "music"]
    assert verbs(a_call(CallState.HELD), main("caller", "leg")) == ["part", "answer", "music"]
    assert verbs(a_call(CallState.LINKING), main(), taken_up=True) == ["ringing", "dial", "silence"]
    aside = {CALL.bridge: ("caller",), CALL.aside: ("leg",)}
    assert verbs(a_call(CallState.CONSULTING), aside) == ["answer", "music", "join", "silence"]


def test_a_recording_that_never_began_is_begun() -> None:
    call = replace(a_call(CallState.TALKING), recorded=True, recording=CALL.bridge, segment=1)
    assert may_be_amiss(call, main("caller", "leg"))
    assert verbs(call, main("caller", "leg")) == ["answer", "record", "silence"]
    seen = Seen(main("caller", "leg"), recordings=frozenset({f"r-{CALL.id}-1"}))
    assert still_due(call, seen, taken_up=False) == ()


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
