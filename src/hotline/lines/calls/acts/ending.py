"""Calls we make, the question how it was, and every way a call ends."""

from __future__ import annotations

from dataclasses import replace

from hotline.lines.calls.acts.common import NO_ANSWER, After, end, hushed, outcome_of, over, say
from hotline.lines.calls.call import CallNow, Event, fact
from hotline.lines.calls.words import CallState, Outcome

RATINGS = frozenset("12345")


def open_outbound(call: CallNow, event: Event) -> After:
    """The agent first: nobody is rung to be met by silence."""
    agent = event.invited
    return (replace(call, state=CallState.DIALLING).having(agent), ()) if agent else (call, ())


def citizen_answered(call: CallNow, event: Event) -> After:
    """Both hear who calls and that it is recorded; they may speak meanwhile (个保法 17)."""
    after = replace(call, state=CallState.TALKING, caller_up=True, talked=True)
    after = say(after, "outbound-notice") if call.recorded else after
    return after, (fact("answered", agent_id=call.agent_id),)


def not_reached(call: CallNow, event: Event) -> After:
    """The citizen did not answer in time."""
    return end(call, Outcome.NOT_REACHED, "platform", NO_ANSWER, caller_cause=NO_ANSWER)


def not_dialled(call: CallNow, event: Event) -> After:
    """The agent's own phone did not answer, or he thought better of it."""
    return end(call, Outcome.NOT_REACHED, "agent", event.cause)


def answer(call: CallNow, event: Event) -> After:
    """1–5 counts once; * says the question again; # ends."""
    if call.rating:
        return call, ()
    if event.digit in RATINGS:
        rated = replace(call, rating=int(event.digit))
        return say(rated, "survey-thanks"), (fact("rated", rating=rated.rating),)
    if event.digit == "*":
        return say(call, "survey"), ()
    return survey_over(call, event) if event.digit == "#" else (call, ())


def survey_over(call: CallNow, event: Event) -> After:
    return end(call, Outcome.ANSWERED, "desk", 16)


def survey_said(call: CallNow, event: Event) -> After:
    if event.playback != call.playing:
        return call, ()
    return survey_over(call, event) if call.rating else (hushed(call), ())


def caller_gone(call: CallNow, event: Event) -> After:
    return end(call, outcome_of(call), "caller", event.cause)


def other_gone(call: CallNow, event: Event) -> After:
    return end(call, outcome_of(call), "linked", event.cause)


def hung_up(call: CallNow, event: Event) -> After:
    return over(call, "desk", 16)


def rate(call: CallNow, event: Event) -> After:
    """The agent leaves the caller to the question how it was, whatever the city has asked of every call."""
    return over(replace(call, survey=True), "desk", 16)


def lost(call: CallNow, event: Event) -> After:
    """The switch knows the caller's channel no more and nobody told us: it restarted. The citizen is called back, unless
    his talk was over and he was but asked how it had been."""
    if call.state is CallState.SURVEY:
        return survey_over(call, event)
    outcome = outcome_of(call)
    talked = outcome in (Outcome.ANSWERED, Outcome.TRANSFERRED_LINKED)
    return end(call, outcome if talked else Outcome.FAILED, "switch", 0)
