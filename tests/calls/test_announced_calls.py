"""A call that hears announcements, by the machine alone: what keys do, when hanging up is informed, who hears none."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from hotline.lines.calls.announcements.words import CHOICE, prompt_of
from hotline.lines.calls.call import CallNow, Event, Fact
from hotline.lines.calls.machines import step
from hotline.lines.calls.routing import Arrival, route
from hotline.lines.calls.words import CallState, Outcome
from hotline.lines.numbers.plan import Plans

ONE, TWO = prompt_of("1"), prompt_of("2")
PLANS = Plans("12345", "热线", "Hotline", (), (), ())


def begun(**more: Any) -> CallNow:
    fields = {"behaviour": "queue", "notice": False, "linked_trunk": "", "returned": False, **more}
    arrival = Arrival(channel="c", number="12345", dialled="12345", trunk="t", caller="", **fields)
    call = route(uuid4(), arrival, PLANS, seats_open=False, announced=(ONE, TWO, CHOICE)).call
    return step(call, Event("claimed"))[0]


def until(prompt: str) -> CallNow:
    """A caller who has heard everything before ``prompt``."""
    call = begun()
    while call.saying != prompt:
        call = step(call, Event("prompt_ended", playback=call.playing))[0]
    return call


def outcome(facts: tuple[Fact, ...]) -> Outcome | None:
    return next((fact.data["outcome"] for fact in facts if fact.kind == "ended"), None)


def test_the_greeting_comes_first_then_each_then_the_choice_and_then_the_queue() -> None:
    call, said = begun(), []
    while call.state is CallState.PROMPT:
        said.append(call.saying)
        call, _, facts = step(call, Event("prompt_ended", playback=call.playing))
    assert said == ["welcome", ONE, TWO, CHOICE]
    assert call.state is CallState.QUEUED
    assert "queued" in {fact.kind for fact in facts}


@pytest.mark.parametrize("prompt", [ONE, TWO, CHOICE])
def test_one_ends_the_call_informed_and_two_leads_to_the_queue(prompt: str) -> None:
    ended, commands, facts = step(until(prompt), Event("dtmf", digit="1"))
    assert (ended.state, outcome(facts)) == (CallState.ENDED, Outcome.INFORMED)
    assert "hang_up" in {command.verb for command in commands}
    for key in ("2", "#"):
        queued, commands, _ = step(until(prompt), Event("dtmf", digit=key))
        assert (queued.state, queued.prompts) == (CallState.QUEUED, ())
        assert "stop_playing" in {command.verb for command in commands}
    call = until(prompt)
    assert step(call, Event("dtmf", digit="7")) == (call, (), ())


def test_keys_in_the_greeting_mean_nothing() -> None:
    call = begun()
    assert step(call, Event("dtmf", digit="1")) == (call, (), ())


def test_hanging_up_is_informed_only_after_the_last_announcements_end() -> None:
    for prompt, wanted in (
        (ONE, Outcome.ABANDONED_IN_PROMPT),
        (TWO, Outcome.ABANDONED_IN_PROMPT),
        (CHOICE, Outcome.INFORMED),
    ):
        assert outcome(step(until(prompt), Event("caller_gone"))[2]) is wanted, prompt
    last = until(CHOICE)
    queued = step(last, Event("prompt_ended", playback=last.playing))[0]
    assert outcome(step(queued, Event("caller_gone"))[2]) is Outcome.ABANDONED_IN_QUEUE


def test_a_prompt_that_failed_goes_on_and_was_not_heard() -> None:
    call = begun()
    after, _, facts = step(call, Event("prompt_failed", playback=call.playing))
    assert after.saying == ONE
    assert not [fact for fact in facts if fact.data.get("kind") == "heard"]
    _, _, facts = step(call, Event("prompt_ended", playback=call.playing))
    assert [fact.data["prompts"] for fact in facts if fact.data.get("kind") == "heard"] == ["welcome"]


@pytest.mark.parametrize("more", [{"behaviour": "emergency"}, {"returned": True}, {"correlation": "far-1"}])
def test_an_emergency_and_who_comes_from_another_centre_hear_none(more: dict[str, Any]) -> None:
    call = begun(**more)
    assert call.state is CallState.QUEUED
    assert not call.prompts
