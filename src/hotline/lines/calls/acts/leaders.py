"""Leaders: listening, whispering, stepping in, taking over."""

from __future__ import annotations

from dataclasses import replace

from hotline.lines.calls.acts.common import After, up
from hotline.lines.calls.call import CallNow, Event, Fact, LegNow, fact
from hotline.lines.calls.words import CallState, Place, Role


def monitor(call: CallNow, event: Event) -> After:
    """Listen, whisper, step in or take over. A leader who is in already changes how; one at a time."""
    mode, leader = event.kind, call.leader
    place = Place.WATCH if mode in ("listen", "whisper") else Place.MAIN
    if event.invited is not None:
        if leader is not None:
            return call, ()
        return call.having(replace(event.invited, mode=mode, place=place)), (_noted(mode, event),)
    if leader is None or leader.agent_id != event.agent_id or leader.mode == mode:
        return call, ()
    after = call.without(Role.SNOOP).changed(leader, mode=mode, place=place)
    return _in_place(after, (_noted(mode, event),))


def _noted(kind: str, event: Event) -> Fact:
    return fact("noted", kind=f"leader_{kind}", agent=str(event.agent_id))


def leader_answered(call: CallNow, event: Event) -> After:
    """He is there: put where he wants to be. A channel that changes hands between call controls says so once more."""
    after = up(call, event)
    return _in_place(after, ()) if after != call else (call, ())


def _in_place(call: CallNow, facts: tuple[Fact, ...]) -> After:
    """A leader who is there hears what the agent hears, or stands in the conversation, or has it to himself."""
    leader, agent = call.leader, call.agent
    if leader is None or agent is None or not leader.up or leader.mode == "barge":
        return call, facts
    if leader.mode == "take_over":
        return _relieved(call, leader, facts)
    ear = LegNow(
        f"s-{leader.channel[2:]}-{leader.mode}", Role.SNOOP, place=Place.WATCH, endpoint=agent.channel, mode=leader.mode,
    )  # fmt: skip
    return call.having(ear), facts


def _relieved(call: CallNow, leader: LegNow, facts: tuple[Fact, ...]) -> After:
    """The leader becomes responsible; the agent has his wrap-up."""
    after = call.without(Role.LEADER, Role.SNOOP, Role.AGENT, Role.OTHER)
    taken = replace(leader, role=Role.AGENT, place=Place.MAIN, mode="")
    facts = (*facts, fact("answered", agent_id=leader.agent_id))
    return replace(after, state=CallState.TALKING).having(taken), facts


def unwatched(call: CallNow, event: Event) -> After:
    """The leader has heard enough, or his phone has gone. Nobody else sends him away."""
    if event.kind == "stop_listening" and (call.leader is None or call.leader.agent_id != event.agent_id):
        return call, ()
    return call.without(Role.LEADER, Role.SNOOP), (_noted("left", event),)
