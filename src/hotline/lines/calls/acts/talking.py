"""In a conversation: hold, a third party, transfers, an agent whose browser goes and comes back."""

from __future__ import annotations

from dataclasses import replace

from hotline.lines.calls.acts.common import (
    After,
    heard_whole,
    hushed,
    moved,
    over,
    queued,
    say,
    sure,
    talk,
    told_far,
    up,
)
from hotline.lines.calls.call import OR, CallNow, Event, Fact, LegNow, fact
from hotline.lines.calls.words import CallState, LegState, Place, Role

FRONT = -5
"""Priority of a caller who has waited before: before all who have not, after an emergency."""


def hold(call: CallNow, event: Event) -> After:
    agent = sure(call.agent)
    return moved(replace(call, state=CallState.HELD), agent, Place.NOWHERE), ()


def resume(call: CallNow, event: Event) -> After:
    return talk(call), ()


def no_record(call: CallNow, event: Event) -> After:
    return replace(call, paused=True), (fact("noted", kind="recording_paused"),)


def told(call: CallNow, event: Event) -> After:
    """What was said into the conversation, or what became of it meanwhile, has been heard to its end."""
    if not call.playing or event.playback != call.playing:
        return call, ()
    return hushed(call), heard_whole(call, event)


def record(call: CallNow, event: Event) -> After:
    return replace(call, paused=False), (fact("noted", kind="recording_resumed"),)


def record_again(call: CallNow, event: Event) -> After:
    """The switch could not write what is being recorded; perhaps it can now, under a new name."""
    still = call.recording and event.what == call.recording_name
    return (replace(call, segment=call.segment + 1) if still else call), ()


def consult(call: CallNow, event: Event) -> After:
    """The caller hears music; the agent hears the third ring, then talks with him aside."""
    agent, other = sure(call.agent), replace(sure(event.invited), place=Place.ASIDE)
    after = moved(replace(call, state=CallState.CONSULTING), agent, Place.ASIDE).having(other)
    return after, told_far(call, event)


def call_in(call: CallNow, event: Event) -> After:
    """The third is rung into the conversation, which goes on meanwhile."""
    if event.invited is None:
        return call, ()
    after = talk(call)
    after = replace(after, state=CallState.CONFERENCE).having(replace(sure(event.invited), place=Place.MAIN))
    return after, told_far(call, event)


def emergency(call: CallNow, event: Event) -> After:
    """110, 119, 120, 122: never queued, three-way until taken."""
    after, told = call_in(call, event)
    target = sure(event.invited).target
    return after, (*told, fact("marked", mark=target), _alarm(target, event))


def _alarm(target: str, event: Event) -> Fact:
    place = str(event.note.get("place", ""))
    return fact("told", topic="call.emergency", number=target.rpartition(":")[2], to=target, place=place)


def transfer(call: CallNow, event: Event) -> After:
    """The agent leaves at once; what follows is the platform's to see to."""
    other = replace(sure(event.invited), place=Place.MAIN)
    after = replace(call.without(Role.AGENT, Role.OTHER), state=CallState.TRANSFERRING).having(other)
    return after, (*told_far(call, event), fact("marked", mark=_to_whom(other)))


def other_answered(call: CallNow, event: Event) -> After:
    return up(call, event), ()


def taken_over(call: CallNow, event: Event) -> After:
    """The one the caller was transferred to has answered."""
    return _left_to(up(call, event))


def _left_to(call: CallNow) -> After:
    """The agent leaves the caller to the third: a colleague becomes responsible, a linked hotline is by itself."""
    other = sure(call.other)
    after = call.without(Role.AGENT, Role.OTHER)
    if other.agent_id is None:
        return replace(after, state=CallState.LINKED).having(replace(other, place=Place.MAIN)), ()
    colleague = replace(other, role=Role.AGENT, place=Place.MAIN)
    after = replace(after, state=CallState.TALKING, talked=True).having(colleague)
    return after, (fact("answered", agent_id=colleague.agent_id),)


def complete(call: CallNow, event: Event) -> After:
    """Consulted, now transferred; a third who still rings is left ringing for the caller."""
    other = sure(call.other)
    marked = fact("marked", mark=_to_whom(other))
    if other.up:
        after, facts = _left_to(call)
        return after, (*facts, marked)
    after = replace(call.without(Role.AGENT), state=CallState.TRANSFERRING)
    return moved(after, other, Place.MAIN), (marked,)


def _to_whom(other: LegNow) -> str:
    return "transferred:agent" if other.agent_id else f"transferred:{other.target}"


def leave(call: CallNow, event: Event) -> After:
    """Only who leaves somebody with the caller may leave."""
    other = call.other
    return complete(call, event) if other and other.up else (call, ())


def together(call: CallNow, event: Event) -> After:
    """Consulted, now all three."""
    agent = sure(call.agent)
    after = moved(replace(call, state=CallState.CONFERENCE), agent, Place.MAIN)
    return moved(after, sure(after.other), Place.MAIN), ()


def swap(call: CallNow, event: Event) -> After:
    """Consulting, talk with the one who hears music."""
    agent, other = sure(call.agent), sure(call.other)
    if not other.up:
        return call, ()
    return moved(call, agent, Place.MAIN if agent.place is Place.ASIDE else Place.ASIDE), ()


def back(call: CallNow, event: Event) -> After:
    """The third is dropped, or has gone, or did not answer: the caller is not left with music."""
    if (spare := another_way(call, event)) is not None:
        return call.having(spare), (fact("noted", kind="another_way", to=spare.target),)
    return talk(call), ()


def another_way(call: CallNow, event: Event) -> LegNow | None:
    """An emergency service that cannot be reached is tried over its next trunk (trunks.csv); nobody else has a second."""
    other = sure(call.other)
    first, _, rest = other.endpoint.partition(OR)
    if event.kind not in ("gone", "timeout", "ring_lost") or other.up or not rest:
        return None
    dialled = first.rpartition("@")[0]
    return replace(
        other, channel=f"{other.channel}n", state=LegState.PLANNED, endpoint=f"{dialled}@trunk-{rest}"
    )


def not_transferred(call: CallNow, event: Event) -> After:
    """Nobody there: the caller waits again, first in line, for whom he talked with or anyone."""
    if (spare := another_way(call, event)) is not None:
        return call.having(spare), (fact("noted", kind="another_way", to=spare.target),)
    after = replace(call.without(Role.OTHER), state=CallState.QUEUED, priority=min(call.priority, FRONT))
    return say(after, "transfer-failed"), (fact("marked", mark="transfer_failed"), queued(after))


def to_queue(call: CallNow, event: Event) -> After:
    """Back to the queue, perhaps another line's; who has waited once does not wait behind the new."""
    after = replace(
        call.without(Role.AGENT, Role.OTHER), state=CallState.QUEUED, priority=min(call.priority, FRONT),
        skills=event.skills or call.skills, line=(event.skills or (call.line,))[0],
    )  # fmt: skip
    return say(after, "queue-wait"), (queued(after),)


def agent_gone(call: CallNow, event: Event) -> After:
    """A browser's phone that goes without its agent's word may come back; a telephone that is hung up has ended the call."""
    agent, other = sure(call.agent), call.other
    if agent.browser:
        return _awaited(call, agent), ()
    if call.state is CallState.CONFERENCE and other and other.up:
        return _left_to(call)
    if other:
        return complete(call, event)
    return over(call, "agent", event.cause)


def _awaited(call: CallNow, agent: LegNow) -> CallNow:
    """The agent is expected back where he was; a third stays: aside with music, or with the caller if all three talked."""
    place = agent.place if call.other else Place.MAIN
    return replace(call, state=CallState.AWAITING).changed(agent, state=LegState.GONE, place=place)


def rejoin(call: CallNow, event: Event) -> After:
    """The agent's new phone is rung into his call; where a third was with them, that goes on."""
    agent, new = sure(call.agent), sure(event.invited)
    if agent.agent_id != event.agent_id:
        return call, ()
    place = agent.place if call.other else Place.MAIN
    after = call.having(replace(new, place=place))
    return (after if call.other else replace(after, state=CallState.AWAITING)), ()


def rejoined(call: CallNow, event: Event) -> After:
    """Back where he was: with the caller, or with the third as well."""
    after, other = up(call, event), call.other
    if other is None:
        return talk(after), ()
    aside = other.place is Place.ASIDE
    return replace(after, state=CallState.CONSULTING if aside else CallState.CONFERENCE), ()


def third_gone(call: CallNow, event: Event) -> After:
    """The third has gone, or did not answer, while the agent is away: the caller waits for him alone."""
    if call.other is None:
        return call, ()
    if (spare := another_way(call, event)) is not None:
        return call.having(spare), (fact("noted", kind="another_way", to=spare.target),)
    return call.without(Role.OTHER), ()


def still_away(call: CallNow, event: Event) -> After:
    """He was rung and did not answer, or went again."""
    return _awaited(call, sure(call.agent)), ()


def given_up(call: CallNow, event: Event) -> After:
    """He has not come back in time: whom he had called in to the caller has him, else the caller waits again, and is known
    to have lost his agent."""
    if event.kind == "await_timeout" and call.other is not None and call.other.place is Place.MAIN:
        return complete(call, event)
    after, facts = to_queue(call, event)
    return after, (*facts, fact("marked", mark="agent_lost"))
