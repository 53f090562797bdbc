"""What follows from a change of a call by itself, whatever act made it: recording, offers, agents, timers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotline.lines.calls.agent_machine import AgentEvent
from hotline.lines.calls.call import CallNow, Event, Fact, LegNow, fact
from hotline.lines.calls.words import CallState, LegState, OfferState, Place, Role

BUSY_CAUSES = frozenset({17, 21})
"""Q.850: user busy, call rejected. The agent's phone refused."""

WITH_AGENT = (CallState.TALKING, CallState.HELD, CallState.CONSULTING, CallState.CONFERENCE)
"""States in which an agent is in the call."""


def settled(call: CallNow) -> CallNow:
    """What is true of every call whatever was done: who listens listens to somebody; a conversation is recorded."""
    agent = call.agent
    if call.leader and not (agent and agent.up and call.state in WITH_AGENT):
        call = call.without(Role.LEADER, Role.SNOOP)
    where = _recorded_where(call)
    if where == call.recording:
        return call
    return replace(call, recording=where, segment=call.segment + bool(where))


def _recorded_where(call: CallNow) -> str:
    """The bridge in which an agent of ours talks; "" where none does, or what is said is not to be kept."""
    agent = call.agent
    if not call.recorded or call.paused or agent is None or not agent.up or call.state is CallState.DIALLING:
        return ""
    if agent.place is Place.MAIN and call.caller_up:
        return call.bridge
    if agent.place is Place.ASIDE and call.other and call.other.up:
        return call.aside
    return ""


def consequences(before: CallNow, after: CallNow, event: Event) -> Iterator[Fact]:
    """Offers, agents and timers, from who came, rang, answered and went."""
    stays = {leg.channel: leg for leg in after.legs}
    for leg in before.legs:
        now = stays.get(leg.channel)
        if now is None or (now.state is LegState.GONE and leg.state is not LegState.GONE):
            yield from _went(leg, after, event)
        elif now.state is not leg.state and now.state in (LegState.RINGING, LegState.UP):
            yield from _progressed(leg, now.state)
    known = {leg.channel for leg in before.legs}
    for leg in after.legs:
        if leg.channel not in known and leg.rings and leg.offer_id is None and leg.role is not Role.SNOOP:
            yield fact("timer_set", kind="ring", about=leg.channel, limit=leg.patience)
    if (after.recording, after.segment) != (before.recording, before.segment):
        if before.recording:
            yield fact("noted", kind="recording_stopped", segment=before.segment)
        if after.recording:
            kind = "aside" if after.recording == after.aside else "main"
            yield fact("noted", kind="recording_started", segment=after.segment, bridge=kind)
    if before.outbound and _rung(after) and not _rung(before):
        yield fact("timer_set", kind="ring", about=after.channel, limit="link")
    if before.outbound and _rung(before) and not _rung(after):
        yield fact("timer_cleared", about=before.channel)
    if _silent_menu(after) and not _silent_menu(before) and after.menu:
        yield fact("timer_set", kind="menu", about=f"menu-{after.id}", seconds=after.menu.seconds)
    elif _silent_menu(before) and not _silent_menu(after):
        yield fact("timer_cleared", about=f"menu-{after.id}")
    for state, kind in ((CallState.AWAITING, "await"), (CallState.SURVEY, "survey")):
        if after.state is state and before.state is not state:
            yield fact("timer_set", kind=kind, about=f"{kind}-{after.id}", limit=kind)
        elif before.state is state and after.state is not state:
            yield fact("timer_cleared", about=f"{kind}-{after.id}")


def _silent_menu(call: CallNow) -> bool:
    """Whether the menu has been heard and a key is waited for."""
    return call.chooses and not call.playing


def _rung(call: CallNow) -> bool:
    """Whether the citizen of an outbound call is being rung."""
    return call.state is CallState.DIALLING and call.agent is not None and call.agent.up


def _progressed(leg: LegNow, state: LegState) -> Iterator[Fact]:
    if state is LegState.UP:
        yield fact("timer_cleared", about=leg.channel)
    if leg.offer_id:
        ringing = state is LegState.RINGING
        yield (
            fact("offer", id=leg.offer_id, rang=True)
            if ringing
            else fact("offer", id=leg.offer_id, state=OfferState.ACCEPTED)
        )
    if leg.agent_id and leg.mode != "rejoin":
        yield fact("agent", id=leg.agent_id, event="rang" if state is LegState.RINGING else "answered")


def _went(leg: LegNow, after: CallNow, event: Event) -> Iterator[Fact]:
    """A leg that is no more. Its agent is free, unless he is expected back or stays in another role."""
    if leg.rings:
        yield fact("timer_cleared", about=leg.channel)
    refused = event.leg == leg.channel and event.kind in ("gone", "timeout")
    if leg.offer_id and leg.rings:
        state = OfferState.WITHDRAWN
        if refused:
            busy = event.cause in BUSY_CAUSES
            state = OfferState.REFUSED if busy else OfferState.FAILED
            state = OfferState.NOT_ANSWERED if event.kind == "timeout" else state
        yield fact("offer", id=leg.offer_id, state=state)
    if leg.agent_id is None or any(one.agent_id == leg.agent_id for one in after.legs):
        return
    if leg.offer_id and leg.rings:
        yield fact("agent", id=leg.agent_id, event="not_answered" if refused else "withdrawn")
    else:
        yield fact("agent", id=leg.agent_id, event=_how_he_left(leg))


def _how_he_left(leg: LegNow) -> AgentEvent:
    """Who was not asked but came by himself, and did not come to talk with the caller, has nothing to write down."""
    came_by_himself = leg.rings and leg.mode != "rejoin"
    return "left" if leg.role is Role.LEADER or came_by_himself else "call_over"


def withdrawn(leg: LegNow) -> Iterator[Fact]:
    """The call moved on in the instant somebody was matched with it or called into it: he is free again."""
    yield fact("timer_cleared", about=leg.channel)
    yield fact("leg_gone", channel=leg.channel)
    if leg.offer_id:
        yield fact("offer", id=leg.offer_id, state=OfferState.WITHDRAWN)
    if leg.agent_id and leg.mode != "rejoin":
        yield fact("agent", id=leg.agent_id, event="withdrawn" if leg.offer_id else "left")
