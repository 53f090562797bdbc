"""What acts are made of: saying, moving, ending; used by more than one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hotline.lines.calls.announcements.words import CHOICE
from hotline.lines.calls.call import CallNow, Event, Fact, LegNow, fact
from hotline.lines.calls.words import CallState, LegState, Outcome, Place, Role

NO_ANSWER = 19

After = tuple[CallNow, tuple[Fact, ...]]

Act = Callable[[CallNow, Event], After]

_OUTCOME = {
    CallState.PROMPT: Outcome.ABANDONED_IN_PROMPT,
    CallState.QUEUED: Outcome.ABANDONED_IN_QUEUE,
    CallState.RINGING: Outcome.ABANDONED_IN_QUEUE,
    CallState.LEAVING: Outcome.ABANDONED_IN_QUEUE,
    CallState.LINKING: Outcome.ABANDONED_IN_LINKING,
    CallState.DIALLING: Outcome.NOT_REACHED,
}


def say(call: CallNow, what: str) -> CallNow:
    """Something is played to the caller, prompts joined by ``+``."""
    plays = call.plays + 1
    return replace(call, playing=f"p-{call.id}-{plays}", saying=what, plays=plays)


def hushed(call: CallNow) -> CallNow:
    """Nothing is played to the caller any more."""
    return replace(call, playing="", saying="")


def moved(call: CallNow, leg: LegNow, place: Place) -> CallNow:
    """A leg stands elsewhere."""
    return call.changed(leg, place=place)


def queued(call: CallNow) -> Fact:
    """The caller has his place in the queue."""
    return fact("queued", skills=list(call.skills), priority=call.priority)


def heard_whole(call: CallNow, event: Event) -> tuple[Fact, ...]:
    """What the caller has heard to its end: that he was told of the recording can be shown afterwards (个保法 17)."""
    return (fact("noted", kind="heard", prompts=call.saying),) if event.kind == "prompt_ended" else ()


def up(call: CallNow, event: Event) -> CallNow:
    """The leg an event is about has answered."""
    leg = call.leg(event.leg)
    return call.changed(leg, state=LegState.UP) if leg and leg.rings else call


def talk(call: CallNow) -> CallNow:
    """The agent and the caller together, nobody else of ours."""
    agent = sure(call.agent)
    return moved(replace(call, state=CallState.TALKING), agent, Place.MAIN).without(Role.OTHER)


def sure(leg: LegNow | None) -> LegNow:
    """The leg of a state that always has it."""
    assert leg is not None, "this state has such a leg"
    return leg


def told_far(call: CallNow, event: Event) -> tuple[Fact, ...]:
    """The far side learns what the call is about (the hand-over message), as its telephone begins to ring."""
    other = sure(event.invited)
    if not other.target.startswith(("linked:", "emergency:")):
        return ()
    kind = "transfer" if event.kind == "consult" else event.kind
    about = {key: event.note.get(key, "") for key in ("summary", "consent", "case_id", "place")}
    told = {
        "call_id": str(call.id),
        "correlation": call.correlation,
        "to": other.target,
        "kind": kind,
        **about,
    }
    return (fact("told", topic="call.handover", by=str(event.agent_id or ""), **told),)


def over(call: CallNow, by: str, cause: int) -> After:
    """The conversation is over: the caller is asked how it was, where that is wanted; else the call ends."""
    if not (call.survey and call.caller_up and call.talked and not call.outbound):
        return end(call, outcome_of(call), by, cause)
    alone = replace(call, state=CallState.SURVEY, legs=())
    return say(alone, "survey"), (fact("noted", kind="talk_over", by=by),)


def outcome_of(call: CallNow) -> Outcome:
    """Who waits again and gives up was not served, though he talked before; he is called back. Who hangs up when he has
    heard the announcements to their end was."""
    if call.state is CallState.PROMPT and call.prompts[:1] == (CHOICE,):
        return Outcome.INFORMED
    otherwise = Outcome.ANSWERED if call.talked else Outcome.TRANSFERRED_LINKED
    return _OUTCOME.get(call.state, otherwise)


def end(call: CallNow, outcome: Outcome, by: str, cause: int, *, caller_cause: int = 16) -> After:
    """Everything of the call goes. The agent has his wrap-up if he talked."""
    facts = [fact("ended", outcome=outcome, by=by, cause=cause)]
    if call.state in (CallState.QUEUED, CallState.RINGING):
        facts.append(fact("left_queue", left_as=outcome.value))
    after = replace(hushed(call), state=CallState.ENDED, legs=(), prompts=(), end_cause=caller_cause)
    return after, tuple(facts)
