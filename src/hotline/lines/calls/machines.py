"""How calls may change, as a table, and nothing else: no database, no switch, no clock.

``step(call, event)`` gives the call as it is then, what the switch must be told and the facts to be kept. A pair of
state and event that stands in no row changes nothing. The documentation's diagram is drawn from CALL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hotline.lines.calls.acts import ending, leaders, talking, waiting
from hotline.lines.calls.acts.common import Act
from hotline.lines.calls.call import CallNow, Command, Event, Step, fact
from hotline.lines.calls.consequences import WITH_AGENT, consequences, settled, withdrawn
from hotline.lines.calls.standing import NOTHING, change, picture
from hotline.lines.calls.words import CallState, Role

# --- the table -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """In ``state``, on ``event``: do ``act``; ``leads_to`` are the states it may lead to.

    ``event`` is an EventKind, with the role of the leg it is about before it where it is about one.
    """

    state: CallState
    event: str
    act: Act
    leads_to: tuple[CallState, ...]


_S = CallState
_OVER = (_S.SURVEY, _S.ENDED)


def _rows() -> Iterator[Row]:
    yield Row(_S.PROMPT, "claimed", waiting.open, (_S.PROMPT, _S.QUEUED))
    yield Row(_S.LINKING, "claimed", waiting.open_linked, (_S.LINKING,))
    yield Row(_S.DIALLING, "claimed", ending.open_outbound, (_S.DIALLING,))
    yield Row(_S.PROMPT, "prompt_ended", waiting.prompt_ended, (_S.PROMPT, _S.QUEUED))
    yield Row(_S.PROMPT, "menu_timeout", waiting.not_chosen, (_S.PROMPT, _S.QUEUED))
    yield Row(_S.PROMPT, "dtmf", waiting.pressed, (_S.PROMPT, _S.QUEUED, _S.ENDED))
    for state in (_S.QUEUED, _S.RINGING):
        yield Row(state, "prompt_ended", waiting.silent, (state,))
        yield Row(state, "say", waiting.said, (state,))
        yield Row(state, "dtmf", waiting.ask_back, (state, _S.LEAVING))
    for state in (*WITH_AGENT, _S.AWAITING, _S.TRANSFERRING, _S.LINKED):
        yield Row(state, "prompt_ended", talking.told, (state,))
    yield Row(_S.QUEUED, "offered", waiting.ring, (_S.RINGING,))
    yield Row(_S.QUEUED, "overflow", waiting.overflow, (_S.LINKING,))
    yield Row(_S.LEAVING, "prompt_ended", waiting.left, (_S.LEAVING, _S.ENDED))
    yield Row(_S.RINGING, "agent_answered", waiting.connect, (_S.TALKING,))
    for event in ("agent_gone", "agent_timeout", "agent_ring_lost"):
        yield Row(_S.RINGING, event, waiting.not_taken, (_S.QUEUED,))
    yield Row(_S.TALKING, "hold", talking.hold, (_S.HELD,))
    yield Row(_S.HELD, "resume", talking.resume, (_S.TALKING,))
    for state in (_S.TALKING, _S.HELD):
        yield Row(state, "consult", talking.consult, (_S.CONSULTING,))
        yield Row(state, "three_way", talking.call_in, (_S.CONFERENCE,))
        yield Row(state, "transfer", talking.transfer, (_S.TRANSFERRING,))
        yield Row(state, "hang_up", ending.hung_up, _OVER)
        yield Row(state, "rate", ending.rate, _OVER)
    for state in WITH_AGENT:
        yield Row(state, "emergency", talking.emergency, (_S.CONFERENCE,))
        yield Row(state, "to_queue", talking.to_queue, (_S.QUEUED,))
        yield Row(state, "record_pause", talking.no_record, (state,))
        yield Row(state, "record_resume", talking.record, (state,))
        yield Row(state, "record_again", talking.record_again, (state,))
        yield Row(state, "rejoin", talking.rejoin, (_S.AWAITING, state))
        gone = (_S.AWAITING, _S.LINKED, _S.TRANSFERRING, _S.TALKING, *_OVER)
        yield Row(state, "agent_gone", talking.agent_gone, gone)
        for mode in ("listen", "whisper", "barge", "take_over"):
            yield Row(state, mode, leaders.monitor, (state, _S.TALKING))
        yield Row(state, "leader_answered", leaders.leader_answered, (state, _S.TALKING))
        yield Row(state, "snoop_answered", talking.other_answered, (state,))
        for event in ("leader_gone", "leader_timeout", "snoop_gone", "stop_listening"):
            yield Row(state, event, leaders.unwatched, (state,))
    for state in (_S.CONSULTING, _S.CONFERENCE):
        yield Row(state, "other_answered", talking.other_answered, (state,))
        for event in ("other_gone", "other_timeout", "other_ring_lost", "back", "drop_other"):
            yield Row(state, event, talking.back, (_S.TALKING, state))
        yield Row(state, "agent_answered", talking.other_answered, (state,))
        yield Row(
            state,
            "agent_timeout",
            talking.agent_gone,
            (_S.AWAITING, _S.LINKED, _S.TALKING, _S.TRANSFERRING, *_OVER),
        )
    yield Row(_S.CONSULTING, "hang_up", talking.back, (_S.TALKING,))
    yield Row(_S.CONFERENCE, "hang_up", ending.hung_up, _OVER)
    yield Row(_S.CONSULTING, "swap", talking.swap, (_S.CONSULTING,))
    yield Row(_S.CONSULTING, "complete", talking.complete, (_S.LINKED, _S.TALKING, _S.TRANSFERRING))
    yield Row(_S.CONSULTING, "three_way", talking.together, (_S.CONFERENCE,))
    yield Row(_S.CONFERENCE, "leave", talking.leave, (_S.LINKED, _S.TALKING, _S.CONFERENCE))
    yield Row(_S.TRANSFERRING, "other_answered", talking.taken_over, (_S.LINKED, _S.TALKING))
    for event in ("other_gone", "other_timeout", "other_ring_lost"):
        yield Row(_S.TRANSFERRING, event, talking.not_transferred, (_S.QUEUED, _S.TRANSFERRING))
    yield Row(_S.AWAITING, "rejoin", talking.rejoin, (_S.AWAITING,))
    yield Row(_S.AWAITING, "agent_answered", talking.rejoined, (_S.TALKING, _S.CONSULTING, _S.CONFERENCE))
    yield Row(_S.AWAITING, "other_answered", talking.other_answered, (_S.AWAITING,))
    for event in ("other_gone", "other_timeout", "other_ring_lost", "drop_other"):
        yield Row(_S.AWAITING, event, talking.third_gone, (_S.AWAITING,))
    for event in ("agent_gone", "agent_timeout", "agent_ring_lost"):
        yield Row(_S.AWAITING, event, talking.still_away, (_S.AWAITING,))
    for event in ("await_timeout", "to_queue"):
        left_to = (_S.QUEUED, _S.LINKED, _S.TALKING, _S.TRANSFERRING)
        yield Row(_S.AWAITING, event, talking.given_up, left_to)
    yield Row(_S.AWAITING, "hang_up", ending.hung_up, _OVER)
    yield Row(_S.LINKING, "other_answered", waiting.linked, (_S.LINKED,))
    for event in ("other_gone", "other_timeout"):
        yield Row(_S.LINKING, event, waiting.not_linked, (_S.QUEUED, _S.ENDED))
    yield Row(_S.LINKED, "other_gone", ending.other_gone, (_S.ENDED,))
    yield Row(_S.DIALLING, "agent_answered", talking.other_answered, (_S.DIALLING,))
    yield Row(_S.DIALLING, "caller_timeout", ending.not_reached, (_S.ENDED,))
    yield Row(_S.DIALLING, "caller_answered", ending.citizen_answered, (_S.TALKING,))
    for event in ("agent_gone", "agent_timeout", "hang_up"):
        yield Row(_S.DIALLING, event, ending.not_dialled, (_S.ENDED,))
    yield Row(_S.SURVEY, "dtmf", ending.answer, (_S.SURVEY, _S.ENDED))
    yield Row(_S.SURVEY, "prompt_ended", ending.survey_said, (_S.SURVEY, _S.ENDED))
    yield Row(_S.SURVEY, "survey_timeout", ending.survey_over, (_S.ENDED,))
    for state in _S:
        if state is _S.ENDED:
            continue
        yield Row(state, "caller_gone", ending.caller_gone, (_S.ENDED,))
        yield Row(state, "lost", ending.lost, (_S.ENDED,))
        for role in Role:
            yield Row(state, f"{role}_rang", waiting.rang, (state,))


def _failed_too(rows: Iterator[Row]) -> Iterator[Row]:
    """A prompt that failed leads where one that was heard does; only it was not heard."""
    for row in rows:
        yield row
        if row.event == "prompt_ended":
            yield replace(row, event="prompt_failed")


CALL: tuple[Row, ...] = tuple(_failed_too(_rows()))

_BY_PAIR = {(row.state, row.event): row for row in CALL}
_ABOUT_A_LEG = frozenset({"rang", "answered", "gone", "timeout", "ring_lost"})


def step(call: CallNow, event: Event) -> Step:
    """The call after ``event``. Facts always name a changed state, so that what is kept is never behind."""
    leg = call.leg(event.leg) if event.kind in _ABOUT_A_LEG else None
    if event.kind in _ABOUT_A_LEG and leg is None:
        return _stray(call, event)
    row = _BY_PAIR.get((call.state, f"{leg.role}_{event.kind}" if leg else event.kind))
    after, facts = row.act(call, event) if row else (call, ())
    after = settled(after)
    missed = event.invited if event.invited and after.leg(event.invited.channel) is None else None
    gone = tuple(withdrawn(missed)) if missed else ()
    if after == call and not facts:
        return call, (), gone
    facts = (fact("state", before=call, after=after), *facts, *consequences(call, after, event), *gone)
    return after, _commands(call, after, event), facts


def _stray(call: CallNow, event: Event) -> Step:
    """A leg that is no longer the call's: one that answers in the instant it was given up is hung up again."""
    if event.kind == "answered":
        return call, (Command("hang_up", channel=event.leg),), ()
    return call, (), ()


def _commands(call: CallNow, after: CallNow, event: Event) -> tuple[Command, ...]:
    """The difference of the two pictures; who has gone by himself need not be hung up."""
    before = NOTHING if event.kind == "claimed" else picture(call)
    told = list(change(before, picture(after), call.channel))
    gone = event.leg if event.kind == "gone" else ""
    if after.state is CallState.ENDED:
        told = [c for c in told if c.channel != call.channel]
        dialled = not call.outbound or call.channel in before.dialled
        if dialled and event.kind not in ("caller_gone", "lost"):
            told.insert(0, Command("hang_up", channel=call.channel, cause=after.end_cause))
    return tuple(c for c in told if not (c.verb == "hang_up" and c.channel == gone))
