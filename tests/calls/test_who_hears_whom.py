"""Transfers, three-way calls, listening leaders, calls out: between telephones with real voices, who hears whom and when."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.calls.conftest import FIRE_PORT, LINKED_PORT, OUTSIDE_PORT
from tests.calls.lab import Agent, Lab, Party, heard, until

pytestmark = pytest.mark.telephony

CALLER, FIRST, SECOND, THIRD = 700, 610, 1110, 1450
"""None of them a note of the music on hold, nor its overtone."""


def in_talk(lab: Lab, *options: str) -> tuple[Agent, Party]:
    """An agent and a caller who talk."""
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2", *options)
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    time.sleep(1.2)
    return agent, caller


def far_centre(lab: Lab, *options: str, port: int = LINKED_PORT, number: str = "12348") -> Party:
    party = Party(
        lab, "phone", "--port", str(port), "--user", number, "--tone", str(SECOND), "--answer-after", "0.3", *options
    )  # fmt: skip
    lab.parties.append(party)
    party.wait(20, "up")
    return party


def ok(result: dict[str, Any]) -> None:
    assert result["ok"], result


def last(tones: list[list[int]], halves: int = 4) -> set[int]:
    """Which of the test's voices were heard in the last half seconds."""
    known = (CALLER, FIRST, SECOND, THIRD)
    return {
        voice for voice in known
        if sum(any(abs(tone - voice) <= 12 for tone in half) for half in tones[-halves:]) >= 2
    }  # fmt: skip


def settle(lab: Lab, state: str) -> None:
    """Wait for the state, then long enough to be heard in it."""
    until(5, lambda: lab.last_call()["state"] == state, f"not {state}: {lab.last_call()['state']}")
    time.sleep(2.4)


def test_while_an_agent_consults_the_caller_hears_music_and_the_third_hears_only_the_agent(lab: Lab) -> None:
    centre = far_centre(lab)
    agent, caller = in_talk(lab)
    ok(agent.command("consult", to="linked:12348", summary="欠薪"))
    until(5, lambda: (agent.state["call"]["other"] or {}).get("state") == "up")
    assert agent.state["call"]["talking_to"] == "other"
    time.sleep(2.4)
    tones = caller.finish()
    assert last(tones) == set(), "the caller heard somebody"
    assert any(tones[-4:]), "the caller heard no music"
    assert last(agent.phone.finish()) == {SECOND}
    assert last(centre.finish()) == {FIRST}
    assert lab.ended()["outcome"] == "answered"


def test_a_consulted_call_is_put_through_and_outlives_the_agent(lab: Lab) -> None:
    centre = far_centre(lab)
    agent, caller = in_talk(lab)
    ok(agent.command("consult", to="linked:12348"))
    until(5, lambda: (agent.state["call"]["other"] or {}).get("state") == "up")
    ok(agent.command("complete"))
    settle(lab, "linked")
    assert agent.mode == "wrap_up"
    assert last(caller.finish()) == {SECOND}
    assert last(centre.finish()) == {CALLER}
    call = lab.ended()
    assert (call["outcome"], call["marks"]) == ("answered", ["transferred:linked:12348"])


def test_in_a_three_way_call_everybody_hears_the_two_others_and_the_agent_may_leave(lab: Lab) -> None:
    centre = far_centre(lab)
    agent, caller = in_talk(lab)
    ok(agent.command("consult", to="linked:12348"))
    until(5, lambda: (agent.state["call"]["other"] or {}).get("state") == "up")
    ok(agent.command("three_way"))
    settle(lab, "conference")
    ok(agent.command("leave"))
    settle(lab, "linked")
    told, said, first = caller.finish(), centre.finish(), agent.phone.finish()
    assert heard(told, FIRST)
    assert heard(told, SECOND)
    assert last(told) == {SECOND}
    assert heard(said, FIRST)
    assert last(said) == {CALLER}
    assert last(first) == {CALLER, SECOND}


def test_the_third_party_may_leave_a_three_way_call(lab: Lab) -> None:
    centre = far_centre(lab)
    agent, caller = in_talk(lab)
    ok(agent.command("three_way", to="linked:12348"))
    until(5, lambda: agent.state["call"]["talking_to"] == "both")
    time.sleep(1)
    centre.say("hangup")
    settle(lab, "talking")
    assert last(caller.finish()) == {FIRST}
    assert last(agent.phone.finish()) == {CALLER}


def test_an_agent_talks_by_turns_with_the_caller_and_the_third(lab: Lab) -> None:
    centre = far_centre(lab)
    agent, caller = in_talk(lab)
    ok(agent.command("consult", to="linked:12348"))
    until(5, lambda: agent.state["call"]["talking_to"] == "other")
    ok(agent.command("swap"))
    until(3, lambda: agent.state["call"]["talking_to"] == "caller")
    time.sleep(2.4)
    tones = centre.finish()
    assert last(tones) == set()
    assert any(tones[-4:]), "the third heard no music"
    assert last(caller.finish()) == {FIRST}


def test_a_third_who_does_not_answer_leaves_the_agent_with_his_caller(lab: Lab) -> None:
    far_centre(lab, "--refuse", "486")
    agent, caller = in_talk(lab)
    agent.command("consult", to="linked:12348")
    settle(lab, "talking")
    assert last(caller.finish()) == {FIRST}


def test_a_blind_transfer_nobody_answers_puts_the_caller_first_in_the_queue(lab: Lab) -> None:
    far_centre(lab, "--refuse", "486")
    agent, caller = in_talk(lab)
    entered = lab.one("SELECT entered_at FROM calls_queueentry WHERE call_id = %s", lab.last_call()["id"])
    ok(agent.command("transfer", to="linked:12348"))
    until(6, lambda: lab.last_call()["state"] == "queued")
    after = lab.one(
        "SELECT entered_at, waiting, priority FROM calls_queueentry WHERE call_id = %s", lab.last_call()["id"]
    )
    assert after["entered_at"] == entered["entered_at"], "a caller who waits again has his first place"
    assert after["waiting"]
    assert after["priority"] < 0
    assert "transfer_failed" in lab.last_call()["marks"]
    caller.say("hangup")
    assert lab.ended()["outcome"] == "abandoned_in_queue"


def test_a_colleague_takes_the_call_over_after_a_consultation(lab: Lab) -> None:
    agent, caller = in_talk(lab)
    colleague = lab.agent("lihua", SECOND, "--answer-after", "0.2")
    colleague.be_ready()
    ok(agent.command("consult", to=f"agent:{colleague.staff}"))
    until(5, lambda: colleague.mode == "busy")
    assert colleague.state["call"]["other"]["name"] == "zhang"
    refused = colleague.command("complete")
    assert refused["error"]["type"] == "not-yours"
    ok(agent.command("complete"))
    settle(lab, "talking")
    assert (agent.mode, colleague.mode) == ("wrap_up", "busy")
    assert last(caller.finish()) == {SECOND}
    assert last(colleague.phone.finish()) == {CALLER}
    assert str(lab.ended()["agent_id"]) == colleague.staff


def test_a_busy_colleague_is_not_rung(lab: Lab) -> None:
    agent, _ = in_talk(lab)
    colleague = lab.agent("lihua", SECOND)
    refused = agent.command("consult", to=f"agent:{colleague.staff}")
    assert refused["error"]["type"] == "busy"
    assert lab.last_call()["state"] == "talking"


def test_an_emergency_service_is_called_in_with_the_callers_own_number_and_the_agent_stays(lab: Lab) -> None:
    fire = far_centre(lab, port=FIRE_PORT, number="119")
    agent, caller = in_talk(lab)
    ok(agent.command("emergency", number="119", place="丰泽街"))
    incoming = fire.wait(5, "incoming")
    assert "13812341234" in incoming["message"], "the fire brigade cannot call back"
    until(5, lambda: agent.state["call"]["talking_to"] == "both")
    time.sleep(2.4)
    assert last(fire.finish()) == {CALLER, FIRST}
    settle(lab, "talking")
    assert "emergency:119" in lab.last_call()["marks"]
    assert FIRST in last(caller.finish())


def test_an_agent_whose_phone_comes_anew_is_joined_to_his_caller_again(lab: Lab) -> None:
    agent, caller = in_talk(lab)
    agent.phone.end()  # the telephone dies without a word
    again = lab.agent("zhang", SECOND, "--answer-after", "0.1")
    began = time.monotonic()
    ok(again.command("rejoin"))
    until(5, lambda: lab.last_call()["state"] == "talking", "not joined again")
    assert time.monotonic() - began < 5 * 2
    time.sleep(2.4)
    assert last(caller.finish()) == {SECOND}
    assert last(again.phone.finish()) == {CALLER}
    call = lab.ended()
    assert call["outcome"] == "answered"
    until(3, lambda: again.mode == "wrap_up")


def test_a_leader_listens_unheard_whispers_to_the_agent_alone_steps_in_and_takes_over(lab: Lab) -> None:
    agent, caller = in_talk(lab)
    leader = lab.agent("banzhang", SECOND, "--answer-after", "0.2", role="shift_leader")
    leader.command("sign_in")
    call_id = str(lab.last_call()["id"])
    heard_so_far = {}
    for mode in ("listen", "whisper", "barge"):
        ok(leader.command_on(call_id, mode))
        until(5, lambda: (agent.state["call"]["listeners"] or [{}])[0].get("mode") == mode)  # noqa: B023
        time.sleep(2.6)
        heard_so_far[mode] = (caller.hear(), agent.phone.hear(), leader.phone.hear())
    ok(leader.command_on(call_id, "take_over"))
    until(5, lambda: agent.mode == "wrap_up")
    time.sleep(2.4)
    by_caller, by_agent, by_leader = (
        [last(tones) for tones in way] for way in zip(*heard_so_far.values(), strict=True)
    )
    assert by_leader == [{CALLER, FIRST}] * 3
    assert by_agent == [{CALLER}, {CALLER, SECOND}, {CALLER, SECOND}]
    assert by_caller == [{FIRST}, {FIRST}, {FIRST, SECOND}]
    assert last(caller.finish()) == {SECOND}
    assert str(lab.ended()["agent_id"]) == leader.staff


def test_an_agent_who_is_no_leader_may_not_listen(lab: Lab) -> None:
    in_talk(lab)
    nosy = lab.agent("lihua", SECOND)
    with pytest.raises(AssertionError, match="Forbidden"):
        nosy.command_on(str(lab.last_call()["id"]), "listen")


def test_a_caller_says_how_it_was_with_one_key_once(lab: Lab) -> None:
    agent, caller = in_talk(lab)
    ok(agent.command("rate"))
    until(3, lambda: lab.last_call()["state"] == "survey")
    assert agent.mode == "wrap_up"
    time.sleep(1)
    caller.say("dtmf 2")
    until(5, lambda: lab.last_call()["rating"] == 2, "the key was not heard")
    caller.say("dtmf 5")
    assert caller.code == 200
    call = lab.ended()
    assert (call["rating"], call["outcome"]) == (2, "answered")


def test_a_citizen_is_called_and_hears_the_agent(lab: Lab) -> None:
    citizen = far_centre(lab, port=OUTSIDE_PORT, number="13912345678")
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    ok(agent.command("dial", phone="13912345678", purpose="visit"))
    settle(lab, "talking")
    call = lab.last_call()
    assert (call["direction"], call["caller_masked"]) == ("out", "139****5678")
    assert last(citizen.finish()) == {FIRST}
    assert last(agent.phone.finish()) == {SECOND}
    assert lab.ended()["outcome"] == "answered"


def test_a_citizen_who_does_not_answer_is_not_reached_and_the_agent_is_free(lab: Lab) -> None:
    far_centre(lab, "--refuse", "486", port=OUTSIDE_PORT, number="13912345678")
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    ok(agent.command("dial", phone="13912345678", purpose="visit"))
    assert lab.ended()["outcome"] == "not_reached"
    until(5, lambda: agent.mode == "wrap_up")


def test_a_clerk_talks_with_a_citizen_over_his_own_telephone_and_neither_sees_the_others_number(
    lab: Lab,
) -> None:
    clerk = far_centre(
        lab, port=OUTSIDE_PORT, number="13512345678"
    )  # one trunk: the first call is his, the second is not
    staff = lab.ask(do="agent", name="clerk", organisation="centre", role="node_handler")
    call_id = lab.ask(do="connect", staff=staff, own_phone="13512345678", phone="13912345678")
    incoming = clerk.wait(6, "incoming")
    assert "13912345678" not in incoming["message"], "the clerk sees the citizen's number"
    until(6, lambda: lab.last_call()["state"] in ("dialling", "ended"))
    call = lab.ended(20)  # the same telephone stands for the citizen and is busy
    assert (str(call["id"]), call["direction"], call["outcome"]) == (call_id, "out", "not_reached")
    legs = lab.rows("SELECT target, up_at FROM calls_leg WHERE call_id = %s AND role = 'agent'", call["id"])
    assert [(leg["target"], leg["up_at"] is not None) for leg in legs] == [(f"clerk:{staff}", True)]


def test_no_emergency_number_and_no_hotline_is_dialled_as_a_citizen(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST)
    for number in ("110", "12345", "12348", "hello"):
        with pytest.raises(AssertionError, match="Invalid"):
            agent.command("dial", phone=number)


def test_conversations_are_recorded_in_segments_and_nothing_is_while_paused(lab: Lab) -> None:
    centre = far_centre(lab)
    agent, caller = in_talk(lab)
    time.sleep(1)
    ok(agent.command("record_pause"))
    assert agent.state["call"]["recording"] == "paused"
    time.sleep(1.5)
    ok(agent.command("record_resume"))
    time.sleep(1.5)
    ok(agent.command("consult", to="linked:12348"))
    until(5, lambda: agent.state["call"]["talking_to"] == "other")
    time.sleep(1.5)
    caller.say("hangup")
    call = lab.ended()
    centre.finish()
    events = lab.rows(
        "SELECT kind, detail FROM calls_callevent WHERE call_id = %s AND kind LIKE 'recording%%' ORDER BY id",
        call["id"],
    )
    assert [event["kind"].removeprefix("recording_") for event in events] == [
        "started", "paused", "stopped", "resumed", "started", "stopped", "started", "stopped",
    ]  # fmt: skip
    voices = [voices_in(lab.home / f"asterisk/spool/recording/r-{call['id']}-{n}.wav") for n in (1, 2, 3)]
    assert voices == [{CALLER, FIRST}, {CALLER, FIRST}, {FIRST, SECOND}]


def voices_in(file: Path) -> set[int]:
    """Whose tones a recording holds."""
    until(3, file.is_file, f"no {file.name}")
    samples = np.frombuffer(file.read_bytes()[44:], dtype=np.int16).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = np.fft.rfftfreq(len(samples), 1 / 8000)
    loud = spectrum.max() * 0.2
    return {
        voice for voice in (CALLER, FIRST, SECOND, THIRD) if spectrum[(abs(hertz - voice) < 10)].max() > loud
    }
