"""Before anybody talks: opening, prompts and menus, the queue, an agent is asked, a linked hotline is tried."""

from __future__ import annotations

from dataclasses import replace

from hotline.lines.calls.acts.common import (
    NO_ANSWER,
    After,
    end,
    heard_whole,
    hushed,
    outcome_of,
    queued,
    say,
    told_far,
    up,
)
from hotline.lines.calls.announcements.words import of_announcements
from hotline.lines.calls.call import CallNow, Event, LegNow, fact
from hotline.lines.calls.words import CallState, LegState, Outcome, Place, Role


def open(call: CallNow, event: Event) -> After:
    """The caller is answered; what must be heard first is, then he is queued; else he is queued at once."""
    call = replace(call, caller_up=True)
    if call.prompts:
        return say(replace(call, state=CallState.PROMPT), call.prompts[0]), ()
    return say(replace(call, state=CallState.QUEUED), call.prompt), (queued(call),)


def open_linked(call: CallNow, event: Event) -> After:
    """Own seats elsewhere: the caller hears ringing and is answered (and billed) only when they answer."""
    leg = LegNow(
        f"l-{call.id}-1", Role.OTHER, endpoint=f"PJSIP/{call.number}@trunk-{call.linked_trunk}",
        target=f"linked:{call.number}",
    )  # fmt: skip
    return replace(call, state=CallState.LINKING).having(leg), ()


def prompt_ended(call: CallNow, event: Event) -> After:
    if event.playback != call.playing:
        return call, ()
    heard, rest = heard_whole(call, event), call.prompts[1:]
    call = replace(hushed(call), prompts=rest)
    if rest:
        return say(call, rest[0]), heard
    if call.menu:  # a key may still come; nobody is left in silence for ever (consequences: its timer)
        return call, heard
    return say(replace(call, state=CallState.QUEUED), "queue-wait"), (*heard, queued(call))


def pressed(call: CallNow, event: Event) -> After:
    """A key of the menu; or during an announcement: 1, that is all he wanted to know; 2, on. Elsewhere keys mean nothing."""
    if call.chooses:
        return _chosen(call, event.digit)
    if not (call.prompts and of_announcements(call.prompts[0])):
        return call, ()
    if event.digit == "1":
        return end(call, Outcome.INFORMED, "caller", 16)
    if event.digit in ("2", "#"):
        if call.menu:
            return say(replace(hushed(call), prompts=(call.menu.prompt,)), call.menu.prompt), ()
        return replace(hushed(call), prompts=(), state=CallState.QUEUED), (queued(call),)
    return call, ()


def _chosen(call: CallNow, key: str) -> After:
    """To the queue, as the key says; a key that is not in the menu changes nothing."""
    choice = call.menu.keys.get(key) if call.menu else None
    if choice is None:
        return call, ()
    skills = tuple(dict.fromkeys((choice.line, *call.skills))) if choice.line else call.skills
    skills += (f"lang:{choice.language}",) if choice.language else ()
    after = replace(
        hushed(call),
        prompts=(),
        menu=None,
        skills=skills,
        line=choice.line or call.line,
        state=CallState.QUEUED,
    )
    return after, (fact("noted", kind="chosen", key=key), queued(after))


def not_chosen(call: CallNow, event: Event) -> After:
    """No key came: as if it had been the default's. A menu a city took away meanwhile keeps nobody."""
    if call.menu:
        return _chosen(call, call.menu.default)
    return replace(hushed(call), prompts=(), state=CallState.QUEUED), (queued(call),)


def silent(call: CallNow, event: Event) -> After:
    """What was said ends; music follows by itself where somebody waits. Whom nobody is rung for yet is told so first."""
    if event.playback != call.playing:
        return call, ()
    greeted = call.plays == 1 and call.state is CallState.QUEUED
    after = say(call, "queue-wait") if greeted else hushed(call)
    return after, heard_whole(call, event)


def said(call: CallNow, event: Event) -> After:
    """Something for one who waits: his place, how long it may take. Never into another prompt."""
    return (call if call.playing else say(call, event.what)), ()


def ring(call: CallNow, event: Event) -> After:
    """The match was kept (offer, leg, agent, timer) in its own transaction; now the phone is rung."""
    return (replace(call, state=CallState.RINGING).having(event.invited), ()) if event.invited else (call, ())


def rang(call: CallNow, event: Event) -> After:
    leg = call.leg(event.leg)
    return (call.changed(leg, state=LegState.RINGING) if leg and leg.rings else call), ()


def connect(call: CallNow, event: Event) -> After:
    after = replace(hushed(up(call, event)), state=CallState.TALKING, talked=True)
    return after, (fact("answered", agent_id=call.agent_id), fact("left_queue", left_as="answered"))


def not_taken(call: CallNow, event: Event) -> After:
    """Refused, unreachable, not answered, or forgotten by the switch: the caller keeps his place."""
    return replace(call, state=CallState.QUEUED).without(Role.AGENT), ()


def ask_back(call: CallNow, event: Event) -> After:
    """He would rather be called back: he hears that it is noted and keeps his place (callbacks)."""
    if not call.callback_key or event.digit != call.callback_key:
        return call, ()
    after = say(replace(call.without(Role.AGENT), state=CallState.LEAVING), "callback-noted")
    return after, (fact("left_queue", left_as="callback"), fact("marked", mark="callback_asked"))


def left(call: CallNow, event: Event) -> After:
    """The last word has been said."""
    if event.playback != call.playing:
        return call, ()
    return end(call, outcome_of(call), "platform", 16)


def overflow(call: CallNow, event: Event) -> After:
    """He has waited as long as the plan of this hour lets him: put through elsewhere, with music meanwhile; another centre
    is told who comes and which number he dialled, as it would be by an agent."""
    if event.invited is None:
        return call, ()
    after = replace(hushed(call), state=CallState.LINKING).having(replace(event.invited, place=Place.MAIN))
    return after, (
        *told_far(call, event),
        fact("left_queue", left_as="overflow"),
        fact("marked", mark=f"overflow:{event.invited.target}"[:40]),
    )


def linked(call: CallNow, event: Event) -> After:
    return replace(up(call, event), state=CallState.LINKED, caller_up=True), (
        fact("answered", agent_id=None),
    )


def not_linked(call: CallNow, event: Event) -> After:
    """Not answered there: to 12345 where the number says so, else the caller learns what the linked side said."""
    cause = event.cause or NO_ANSWER
    if call.caller_up:  # he came from the queue: back to his place
        after = replace(call.without(Role.OTHER), state=CallState.QUEUED)
        return say(after, "queue-still"), (fact("marked", mark="overflow_not_answered"), queued(after))
    if not call.back_if_unanswered:
        return end(call, Outcome.FAILED, "linked", cause, caller_cause=cause)
    after = replace(call.without(Role.OTHER), state=CallState.QUEUED, caller_up=True)
    return say(after, "linked-to-12345"), (fact("marked", mark="linked_not_answered"), queued(after))
