"""What each event does to a call: where its parties stand afterwards, and what that means. No rule of cost is here.

What an act costs offers, agents and timers follows from who came, answered and went (consequences.py), and what the
switch is told from the difference of two pictures (standing.py): so no act can forget either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hotline.lines.calls.announcements.words import CHOICE, of_announcements
from hotline.lines.calls.call import OR, CallNow, Event, Fact, LegNow, fact
from hotline.lines.calls.words import CallState, LegState, Outcome, Place, Role

NO_ANSWER = 19
RATINGS = frozenset("12345")
FRONT = -5
"""Priority of a caller who has waited before: before all who have not, after an emergency."""

After = tuple[CallNow, tuple[Fact, ...]]
Act = Callable[[CallNow, Event], After]


def _say(call: CallNow, what: str) -> CallNow:
    plays = call.plays + 1
    return replace(call, playing=f"p-{call.id}-{plays}", saying=what, plays=plays)


def _hushed(call: CallNow) -> CallNow:
    return replace(call, playing="", saying="")


def _moved(call: CallNow, leg: LegNow, place: Place) -> CallNow:
    return call.changed(leg, place=place)


# --- opening -----------------------------------------------------------------------------------------------------------


def open(call: CallNow, event: Event) -> After:
    """The caller is answered; what must be heard first is, then he is queued; else he is queued at once."""
    call = replace(call, caller_up=True)
    if call.prompts:
        return _say(replace(call, state=CallState.PROMPT), call.prompts[0]), ()
    return _say(replace(call, state=CallState.QUEUED), call.prompt), (_queued(call),)


def open_linked(call: CallNow, event: Event) -> After:
    """Own seats elsewhere: the caller hears ringing and is answered (and billed) only when they answer."""
    leg = LegNow(
        f"l-{call.id}-1", Role.OTHER, endpoint=f"PJSIP/{call.number}@trunk-{call.linked_trunk}",
        target=f"linked:{call.number}",
    )  # fmt: skip
    return replace(call, state=CallState.LINKING).having(leg), ()


def open_outbound(call: CallNow, event: Event) -> After:
    """The agent first: nobody is rung to be met by silence."""
    agent = event.invited
    return (replace(call, state=CallState.DIALLING).having(agent), ()) if agent else (call, ())


def _queued(call: CallNow) -> Fact:
    return fact("queued", skills=list(call.skills), priority=call.priority)


def prompt_ended(call: CallNow, event: Event) -> After:
    if event.playback != call.playing:
        return call, ()
    heard, rest = _heard(call, event), call.prompts[1:]
    call = replace(_hushed(call), prompts=rest)
    if rest:
        return _say(call, rest[0]), heard
    if call.menu:  # a key may still come; nobody is left in silence for ever (consequences: its timer)
        return call, heard
    return replace(call, state=CallState.QUEUED), (*heard, _queued(call))


def pressed(call: CallNow, event: Event) -> After:
    """A key of the menu; or during an announcement: 1, that is all he wanted to know; 2, on. Elsewhere keys mean nothing."""
    if call.chooses:
        return _chosen(call, event.digit)
    if not (call.prompts and of_announcements(call.prompts[0])):
        return call, ()
    if event.digit == "1":
        return _end(call, Outcome.INFORMED, "caller", 16)
    if event.digit in ("2", "#"):
        if call.menu:
            return _say(replace(_hushed(call), prompts=(call.menu.prompt,)), call.menu.prompt), ()
        return replace(_hushed(call), prompts=(), state=CallState.QUEUED), (_queued(call),)
    return call, ()


def _chosen(call: CallNow, key: str) -> After:
    """To the queue, as the key says; a key that is not in the menu changes nothing."""
    choice = call.menu.keys.get(key) if call.menu else None
    if choice is None:
        return call, ()
    skills = tuple(dict.fromkeys((choice.line, *call.skills))) if choice.line else call.skills
    skills += (f"lang:{choice.language}",) if choice.language else ()
    after = replace(
        _hushed(call),
        prompts=(),
        menu=None,
        skills=skills,
        line=choice.line or call.line,
        state=CallState.QUEUED,
    )
    return after, (fact("noted", kind="chosen", key=key), _queued(after))


def not_chosen(call: CallNow, event: Event) -> After:
    """No key came: as if it had been the default's. A menu a city took away meanwhile keeps nobody."""
    if call.menu:
        return _chosen(call, call.menu.default)
    return replace(_hushed(call), prompts=(), state=CallState.QUEUED), (_queued(call),)


def _heard(call: CallNow, event: Event) -> tuple[Fact, ...]:
    """What the caller has heard to its end: that he was told of the recording can be shown afterwards (个保法 17)."""
    return (fact("noted", kind="heard", prompts=call.saying),) if event.kind == "prompt_ended" else ()


def silent(call: CallNow, event: Event) -> After:
    """What was said ends; music follows by itself where somebody waits."""
    if event.playback != call.playing:
        return call, ()
    return _hushed(call), _heard(call, event)


def said(call: CallNow, event: Event) -> After:
    """Something for one who waits: his place, how long it may take. Never into another prompt."""
    return (call if call.playing else _say(call, event.what)), ()


# --- an agent is asked -------------------------------------------------------------------------------------------------


def ring(call: CallNow, event: Event) -> After:
    """The match was kept (offer, leg, agent, timer) in its own transaction; now the phone is rung."""
    return (replace(call, state=CallState.RINGING).having(event.invited), ()) if event.invited else (call, ())


def rang(call: CallNow, event: Event) -> After:
    leg = call.leg(event.leg)
    return (call.changed(leg, state=LegState.RINGING) if leg and leg.rings else call), ()


def _up(call: CallNow, event: Event) -> CallNow:
    leg = call.leg(event.leg)
    return call.changed(leg, state=LegState.UP) if leg and leg.rings else call


def connect(call: CallNow, event: Event) -> After:
    after = replace(_hushed(_up(call, event)), state=CallState.TALKING, talked=True)
    return after, (fact("answered", agent_id=call.agent_id), fact("left_queue", left_as="answered"))


def not_taken(call: CallNow, event: Event) -> After:
    """Refused, unreachable, not answered, or forgotten by the switch: the caller keeps his place."""
    return replace(call, state=CallState.QUEUED).without(Role.AGENT), ()


def ask_back(call: CallNow, event: Event) -> After:
    """He would rather be called back: he hears that it is noted and keeps his place (callbacks)."""
    if not call.callback_key or event.digit != call.callback_key:
        return call, ()
    after = _say(replace(call.without(Role.AGENT), state=CallState.LEAVING), "callback-noted")
    return after, (fact("left_queue", left_as="callback"), fact("marked", mark="callback_asked"))


def left(call: CallNow, event: Event) -> After:
    """The last word has been said."""
    if event.playback != call.playing:
        return call, ()
    return _end(call, _outcome(call), "platform", 16)


def overflow(call: CallNow, event: Event) -> After:
    """He has waited as long as the plan of this hour lets him: put through elsewhere, with music meanwhile."""
    if event.invited is None:
        return call, ()
    after = replace(_hushed(call), state=CallState.LINKING).having(replace(event.invited, place=Place.MAIN))
    return after, (
        fact("left_queue", left_as="overflow"),
        fact("marked", mark=f"overflow:{event.invited.target}"[:40]),
    )


# --- talking -----------------------------------------------------------------------------------------------------------


def hold(call: CallNow, event: Event) -> After:
    agent = _sure(call.agent)
    return _moved(replace(call, state=CallState.HELD), agent, Place.NOWHERE), ()


def resume(call: CallNow, event: Event) -> After:
    return _talk(call), ()


def _talk(call: CallNow) -> CallNow:
    """The agent and the caller together, nobody else of ours."""
    agent = _sure(call.agent)
    return _moved(replace(call, state=CallState.TALKING), agent, Place.MAIN).without(Role.OTHER)


def _sure(leg: LegNow | None) -> LegNow:
    assert leg is not None, "this state has such a leg"
    return leg


def no_record(call: CallNow, event: Event) -> After:
    return replace(call, paused=True), (fact("noted", kind="recording_paused"),)


def record(call: CallNow, event: Event) -> After:
    return replace(call, paused=False), (fact("noted", kind="recording_resumed"),)


# --- a third party -------------------------------------------------------------------------------------------------------


def consult(call: CallNow, event: Event) -> After:
    """The caller hears music; the agent hears the third ring, then talks with him aside."""
    agent, other = _sure(call.agent), replace(_sure(event.invited), place=Place.ASIDE)
    after = _moved(replace(call, state=CallState.CONSULTING), agent, Place.ASIDE).having(other)
    return after, _told(call, event)


def call_in(call: CallNow, event: Event) -> After:
    """The third is rung into the conversation, which goes on meanwhile."""
    if event.invited is None:
        return call, ()
    after = _talk(call)
    after = replace(after, state=CallState.CONFERENCE).having(replace(_sure(event.invited), place=Place.MAIN))
    return after, _told(call, event)


def emergency(call: CallNow, event: Event) -> After:
    """110, 119, 120, 122: never queued, three-way until taken."""
    after, told = call_in(call, event)
    target = _sure(event.invited).target
    return after, (*told, fact("marked", mark=target), _alarm(call, target, event))


def _alarm(call: CallNow, target: str, event: Event) -> Fact:
    place = str(event.note.get("place", ""))
    return fact("told", topic="call.emergency", number=call.number, to=target, place=place)


def transfer(call: CallNow, event: Event) -> After:
    """The agent leaves at once; what follows is the platform's to see to."""
    other = replace(_sure(event.invited), place=Place.MAIN)
    after = replace(call.without(Role.AGENT, Role.OTHER), state=CallState.TRANSFERRING).having(other)
    return after, (*_told(call, event), fact("marked", mark=_to_whom(other)))


def _told(call: CallNow, event: Event) -> tuple[Fact, ...]:
    """The far side learns what the call is about (the hand-over message), as its telephone begins to ring."""
    other = _sure(event.invited)
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


def other_answered(call: CallNow, event: Event) -> After:
    return _up(call, event), ()


def taken_over(call: CallNow, event: Event) -> After:
    """The one the caller was transferred to has answered."""
    return _left_to(_up(call, event))


def _left_to(call: CallNow) -> After:
    """The agent leaves the caller to the third: a colleague becomes responsible, a linked hotline is by itself."""
    other = _sure(call.other)
    after = call.without(Role.AGENT, Role.OTHER)
    if other.agent_id is None:
        return replace(after, state=CallState.LINKED).having(replace(other, place=Place.MAIN)), ()
    colleague = replace(other, role=Role.AGENT, place=Place.MAIN)
    after = replace(after, state=CallState.TALKING, talked=True).having(colleague)
    return after, (fact("answered", agent_id=colleague.agent_id),)


def complete(call: CallNow, event: Event) -> After:
    """Consulted, now transferred; a third who still rings is left ringing for the caller."""
    other = _sure(call.other)
    marked = fact("marked", mark=_to_whom(other))
    if other.up:
        after, facts = _left_to(call)
        return after, (*facts, marked)
    after = replace(call.without(Role.AGENT), state=CallState.TRANSFERRING)
    return _moved(after, other, Place.MAIN), (marked,)


def _to_whom(other: LegNow) -> str:
    return "transferred:agent" if other.agent_id else f"transferred:{other.target}"


def leave(call: CallNow, event: Event) -> After:
    """Only who leaves somebody with the caller may leave."""
    other = call.other
    return complete(call, event) if other and other.up else (call, ())


def together(call: CallNow, event: Event) -> After:
    """Consulted, now all three."""
    agent = _sure(call.agent)
    after = _moved(replace(call, state=CallState.CONFERENCE), agent, Place.MAIN)
    return _moved(after, _sure(after.other), Place.MAIN), ()


def swap(call: CallNow, event: Event) -> After:
    """Consulting, talk with the one who hears music."""
    agent, other = _sure(call.agent), _sure(call.other)
    if not other.up:
        return call, ()
    return _moved(call, agent, Place.MAIN if agent.place is Place.ASIDE else Place.ASIDE), ()


def back(call: CallNow, event: Event) -> After:
    """The third is dropped, or has gone, or did not answer: the caller is not left with music."""
    if (spare := another_way(call, event)) is not None:
        return call.having(spare), (fact("noted", kind="another_way", to=spare.target),)
    return _talk(call), ()


def another_way(call: CallNow, event: Event) -> LegNow | None:
    """An emergency service that cannot be reached is tried over its next trunk (trunks.csv); nobody else has a second."""
    other = _sure(call.other)
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
    return _say(after, "transfer-failed"), (fact("marked", mark="transfer_failed"), _queued(after))


def to_queue(call: CallNow, event: Event) -> After:
    """Back to the queue, perhaps another line's; who has waited once does not wait behind the new."""
    after = replace(
        call.without(Role.AGENT, Role.OTHER), state=CallState.QUEUED, priority=min(call.priority, FRONT),
        skills=event.skills or call.skills, line=(event.skills or (call.line,))[0],
    )  # fmt: skip
    return _say(after, "queue-wait"), (_queued(after),)


# --- an agent who may come back ------------------------------------------------------------------------------------------


def agent_gone(call: CallNow, event: Event) -> After:
    """A browser's phone that goes without its agent's word may come back; a telephone that is hung up has ended the call."""
    agent, other = _sure(call.agent), call.other
    if call.state is CallState.CONFERENCE and other and other.up:
        return _left_to(call)
    if agent.browser:
        return _awaited(call, agent), ()
    if other:
        return complete(call, event)
    return _over(call, "agent", event.cause)


def _awaited(call: CallNow, agent: LegNow) -> CallNow:
    after = replace(call.without(Role.OTHER), state=CallState.AWAITING)
    return after.changed(agent, state=LegState.GONE, place=Place.MAIN)


def rejoin(call: CallNow, event: Event) -> After:
    """The agent's new phone is rung into his call; where a third was with them, that goes on."""
    agent, new = _sure(call.agent), _sure(event.invited)
    if agent.agent_id != event.agent_id:
        return call, ()
    place = agent.place if call.other else Place.MAIN
    after = call.having(replace(new, place=place))
    return (after if call.other else replace(after, state=CallState.AWAITING)), ()


def rejoined(call: CallNow, event: Event) -> After:
    return replace(_up(call, event), state=CallState.TALKING), ()


def still_away(call: CallNow, event: Event) -> After:
    """He was rung and did not answer, or went again."""
    return _awaited(call, _sure(call.agent)), ()


def given_up(call: CallNow, event: Event) -> After:
    """He has not come back in time."""
    after, facts = to_queue(call.without(Role.AGENT), event)
    return after, (*facts, fact("marked", mark="agent_lost"))


# --- leaders ---------------------------------------------------------------------------------------------------------------


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
    """He is there: put where he wants to be."""
    return _in_place(_up(call, event), ())


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


# --- linked ------------------------------------------------------------------------------------------------------------


def linked(call: CallNow, event: Event) -> After:
    return replace(_up(call, event), state=CallState.LINKED, caller_up=True), (
        fact("answered", agent_id=None),
    )


def not_linked(call: CallNow, event: Event) -> After:
    """Not answered there: to 12345 where the number says so, else the caller learns what the linked side said."""
    cause = event.cause or NO_ANSWER
    if call.caller_up:  # he came from the queue: back to his place
        after = replace(call.without(Role.OTHER), state=CallState.QUEUED)
        return _say(after, "queue-still"), (fact("marked", mark="overflow_not_answered"), _queued(after))
    if not call.back_if_unanswered:
        return _end(call, Outcome.FAILED, "linked", cause, caller_cause=cause)
    after = replace(call.without(Role.OTHER), state=CallState.QUEUED, caller_up=True)
    return _say(after, "linked-to-12345"), (fact("marked", mark="linked_not_answered"), _queued(after))


# --- outbound ------------------------------------------------------------------------------------------------------------


def citizen_answered(call: CallNow, event: Event) -> After:
    after = replace(call, state=CallState.TALKING, caller_up=True, talked=True)
    return after, (fact("answered", agent_id=call.agent_id),)


def not_reached(call: CallNow, event: Event) -> After:
    """The citizen did not answer in time."""
    return _end(call, Outcome.NOT_REACHED, "platform", NO_ANSWER, caller_cause=NO_ANSWER)


def not_dialled(call: CallNow, event: Event) -> After:
    """The agent's own phone did not answer, or he thought better of it."""
    return _end(call, Outcome.NOT_REACHED, "agent", event.cause)


# --- the end -------------------------------------------------------------------------------------------------------------


def _over(call: CallNow, by: str, cause: int) -> After:
    """The conversation is over: the caller is asked how it was, where that is wanted; else the call ends."""
    if not (call.survey and call.caller_up and call.talked and not call.outbound):
        return _end(call, _outcome(call), by, cause)
    alone = replace(call, state=CallState.SURVEY, legs=())
    return _say(alone, "survey"), (fact("noted", kind="talk_over", by=by),)


def answer(call: CallNow, event: Event) -> After:
    """1–5 counts once; * says the question again; # ends."""
    if call.rating:
        return call, ()
    if event.digit in RATINGS:
        rated = replace(call, rating=int(event.digit))
        return _say(rated, "survey-thanks"), (fact("rated", rating=rated.rating),)
    if event.digit == "*":
        return _say(call, "survey"), ()
    return survey_over(call, event) if event.digit == "#" else (call, ())


def survey_over(call: CallNow, event: Event) -> After:
    return _end(call, Outcome.ANSWERED, "desk", 16)


def survey_said(call: CallNow, event: Event) -> After:
    if event.playback != call.playing:
        return call, ()
    return survey_over(call, event) if call.rating else (_hushed(call), ())


_OUTCOME = {
    CallState.PROMPT: Outcome.ABANDONED_IN_PROMPT,
    CallState.QUEUED: Outcome.ABANDONED_IN_QUEUE,
    CallState.RINGING: Outcome.ABANDONED_IN_QUEUE,
    CallState.LEAVING: Outcome.ABANDONED_IN_QUEUE,
    CallState.LINKING: Outcome.ABANDONED_IN_LINKING,
    CallState.DIALLING: Outcome.NOT_REACHED,
}


def _outcome(call: CallNow) -> Outcome:
    """Who waits again and gives up was not served, though he talked before; he is called back. Who hangs up when he has
    heard the announcements to their end was."""
    if call.state is CallState.PROMPT and call.prompts[:1] == (CHOICE,):
        return Outcome.INFORMED
    otherwise = Outcome.ANSWERED if call.talked else Outcome.TRANSFERRED_LINKED
    return _OUTCOME.get(call.state, otherwise)


def _end(call: CallNow, outcome: Outcome, by: str, cause: int, *, caller_cause: int = 16) -> After:
    """Everything of the call goes. The agent has his wrap-up if he talked."""
    facts = [fact("ended", outcome=outcome, by=by, cause=cause)]
    if call.state in (CallState.QUEUED, CallState.RINGING):
        facts.append(fact("left_queue", left_as=outcome.value))
    after = replace(_hushed(call), state=CallState.ENDED, legs=(), prompts=(), end_cause=caller_cause)
    return after, tuple(facts)


def caller_gone(call: CallNow, event: Event) -> After:
    return _end(call, _outcome(call), "caller", event.cause)


def other_gone(call: CallNow, event: Event) -> After:
    return _end(call, _outcome(call), "linked", event.cause)


def hung_up(call: CallNow, event: Event) -> After:
    return _over(call, "desk", 16)


def rate(call: CallNow, event: Event) -> After:
    """The agent leaves the caller to the question how it was, whatever the city has asked of every call."""
    return _over(replace(call, survey=True), "desk", 16)


def lost(call: CallNow, event: Event) -> After:
    """The switch knows the caller's channel no more and nobody told us: it restarted. The citizen is called back."""
    outcome = _outcome(call)
    talked = outcome in (Outcome.ANSWERED, Outcome.TRANSFERRED_LINKED)
    return _end(call, outcome if talked else Outcome.FAILED, "switch", 0)
