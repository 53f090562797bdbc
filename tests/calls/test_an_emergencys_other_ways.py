"""An agent calls 110 in: what cannot be reached over one trunk is tried over the next, and nobody is left alone meanwhile."""

from __future__ import annotations

from uuid import uuid4

import pytest

from hotline.lines.calls.call import CallNow, Event, LegNow
from hotline.lines.calls.machines import step
from hotline.lines.calls.switch.keyed import Keyed
from hotline.lines.calls.switch.requests import request
from hotline.lines.calls.targets import outside
from hotline.lines.calls.words import CallState, LegState, Place, Role
from hotline.lines.numbers.plan import EmergencyPlan, Plans

PLANS = Plans("12345", "m", "m", (), (EmergencyPlan("110", "x", "x", ("police", "spare", "last")),), ())
AGENT = uuid4()


def talking() -> CallNow:
    agent = LegNow("l-a", Role.AGENT, LegState.UP, Place.MAIN, endpoint="PJSIP/agent-a", agent_id=AGENT)
    return CallNow(
        uuid4(),
        "caller",
        "12345",
        "12345",
        "queue",
        state=CallState.TALKING,
        caller_up=True,
        legs=(agent,),
        talked=True,
    )


def called_in() -> CallNow:
    leg = outside("emergency:110", "l-p", PLANS)
    call, commands, facts = step(talking(), Event("emergency", invited=leg, agent_id=AGENT))
    assert call.state is CallState.CONFERENCE
    dialled = next(c for c in commands if c.verb == "dial")
    asked = request("callcontrol-1", call, dialled, lambda prompt: None)
    assert asked is not None
    assert asked.params["endpoint"] == "PJSIP/110@trunk-police"
    assert {f.data["limit"] for f in facts if f.kind == "timer_set"} == {"emergency"}
    return call


@pytest.mark.parametrize("kind", ["gone", "timeout", "ring_lost"])
def test_the_next_trunk_is_dialled_and_the_caller_stays_with_the_agent(kind: str) -> None:
    call = called_in()
    for trunk in ("spare", "last"):
        before = call.other
        assert before is not None
        call, commands, facts = step(call, Event(kind, leg=before.channel, cause=3))  # type: ignore[arg-type]
        other = call.other
        assert call.state is CallState.CONFERENCE
        assert other is not None
        assert other.channel != before.channel
        assert other.endpoint.partition("|")[0] == f"PJSIP/110@trunk-{trunk}"
        assert [c.channel for c in commands if c.verb == "dial"] == [other.channel]
        hung_up = [c.channel for c in commands if c.verb == "hang_up"]
        assert hung_up == ([] if kind == "gone" else [before.channel])
        assert [f.data["about"] for f in facts if f.kind == "timer_set"] == [other.channel]
        assert call.agent is not None
        assert call.agent.place is Place.MAIN
    assert call.other is not None
    call, _, _ = step(call, Event(kind, leg=call.other.channel, cause=3))  # type: ignore[arg-type]
    assert call.state is CallState.TALKING, "after the last way the agent has the caller"
    assert call.other is None


def test_one_who_answered_and_hung_up_is_not_called_again() -> None:
    call = called_in()
    call, _, _ = step(call, Event("answered", leg="l-p"))
    call, commands, _ = step(call, Event("gone", leg="l-p", cause=16))
    assert call.state is CallState.TALKING
    assert not [c for c in commands if c.verb == "dial"]


def test_an_agent_who_drops_the_call_to_110_drops_all_its_ways() -> None:
    call, commands, _ = step(called_in(), Event("drop_other", agent_id=AGENT))
    assert call.state is CallState.TALKING
    assert not [c for c in commands if c.verb == "dial"]


def test_a_linked_hotline_has_one_way() -> None:
    leg = LegNow("l-1", Role.OTHER, endpoint="PJSIP/12348@trunk-law", target="linked:12348")
    call, _, _ = step(talking(), Event("three_way", invited=leg, agent_id=AGENT))
    call, commands, _ = step(call, Event("timeout", leg="l-1", cause=19))
    assert call.state is CallState.TALKING
    assert not [c for c in commands if c.verb == "dial"]


def test_six_digits_and_a_hash_are_a_code_and_nothing_else_is() -> None:
    keyed = Keyed()

    def press(keys: str, channel: str = "c") -> list[str | None]:
        return [keyed.pressed(channel, key) for key in keys]

    assert press("123456#")[-1] == "123456"
    assert press("12345#")[-1] is None
    assert press("99123456#")[-1] == "123456", "what was keyed before does not spoil it"
    assert press("12*456#")[-1] is None
    assert press("123", "a") + press("456#", "b") == [None] * 7, "two people are not one"
    assert press("12345") == [None] * 5
    keyed.forget("c")
    assert press("6#")[-1] is None


def test_a_key_the_switch_tells_twice_was_pressed_once() -> None:
    keyed = Keyed()
    told = [("c", "t1"), ("c", "t1"), ("d", "t1"), ("c", "t2"), ("c", "t2")]
    assert [keyed.is_new(channel, at) for channel, at in told] == [True, False, True, True, False]
