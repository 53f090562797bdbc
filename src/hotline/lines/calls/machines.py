"""How calls may change, as a table, and nothing else: no database, no switch, no clock.

``step(call, event)`` gives the call as it is then, what the switch must be told and the facts to be kept. A pair of
state and event that stands in no row changes nothing. The documentation's diagram is drawn from CALL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hotline.lines.calls import acts
from hotline.lines.calls.acts import Act
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
    yield Row(_S.PROMPT, "claimed", acts.open, (_S.PROMPT, _S.QUEUED))
    yield Row(_S.LINKING, "claimed", acts.open_linked, (_S.LINKING,))
    yield Row(_S.DIALLING, "claimed", acts.open_outbound, (_S.DIALLING,))
    yield Row(_S.PROMPT, "prompt_ended", acts.prompt_ended, (_S.PROMPT, _S.QUEUED))
    yield Row(_S.PROMPT, "menu_timeout", acts.not_chosen, (_S.PROMPT, _S.QUEUED))
    yield Row(_S.PROMPT, "dtmf", acts.pressed, (_S.PROMPT, _S.QUEUED, _S.ENDED))
    for state in (_S.QUEUED, _S.RINGING):
        yield Row(state, "prompt_ended", acts.silent, (state,))
        yield Row(state, "say", acts.said, (state,))
        yield Row(state, "dtmf", acts.ask_back, (state, _S.LEAVING))
    yield Row(_S.QUEUED, "offered", acts.ring, (_S.RINGING,))
    yield Row(_S.QUEUED, "overflow", acts.overflow, (_S.LINKING,))
    yield Row(_S.LEAVING, "prompt_ended", acts.left, (_S.LEAVING, _S.ENDED))
    yield Row(_S.RINGING, "agent_answered", acts.connect, (_S.TALKING,))
    for event in ("agent_gone", "agent_timeout", "agent_ring_lost"):
        yield Row(_S.RINGING, event, acts.not_taken, (_S.QUEUED,))
    yield Row(_S.TALKING, "hold", acts.hold, (_S.HELD,))
    yield Row(_S.HELD, "resume", acts.resume, (_S.TALKING,))
    for state in (_S.TALKING, _S.HELD):
        yield Row(state, "consult", acts.consult, (_S.CONSULTING,))
        yield Row(state, "three_way", acts.call_in, (_S.CONFERENCE,))
        yield Row(state, "transfer", acts.transfer, (_S.TRANSFERRING,))
        yield Row(state, "hang_up", acts.hung_up, _OVER)
        yield Row(state, "rate", acts.rate, _OVER)
    for state in WITH_AGENT:
        yield Row(state, "emergency", acts.emergency, (_S.CONFERENCE,))
        yield Row(state, "to_queue", acts.to_queue, (_S.QUEUED,))
        yield Row(state, "record_pause", acts.no_record, (state,))
        yield Row(state, "record_resume", acts.record, (state,))
        yield Row(state, "rejoin", acts.rejoin, (_S.AWAITING, state))
        gone = (_S.AWAITING, _S.LINKED, _S.TRANSFERRING, _S.TALKING, *_OVER)
        yield Row(state, "agent_gone", acts.agent_gone, gone)
        for mode in ("listen", "whisper", "barge", "take_over"):
            yield Row(state, mode, acts.monitor, (state, _S.TALKING))
        yield Row(state, "leader_answered", acts.leader_answered, (state, _S.TALKING))
        yield Row(state, "snoop_answered", acts.other_answered, (state,))
        for event in ("leader_gone", "leader_timeout", "snoop_gone", "stop_listening"):
            yield Row(state, event, acts.unwatched, (state,))
    for state in (_S.CONSULTING, _S.CONFERENCE):
        yield Row(state, "other_answered", acts.other_answered, (state,))
        for event in ("other_gone", "other_timeout", "other_ring_lost", "back", "drop_other"):
            yield Row(state, event, acts.back, (_S.TALKING, state))
        yield Row(state, "agent_answered", acts.other_answered, (state,))
        yield Row(
            state,
            "agent_timeout",
            acts.agent_gone,
            (_S.AWAITING, _S.LINKED, _S.TALKING, _S.TRANSFERRING, *_OVER),
        )
    yield Row(_S.CONSULTING, "hang_up", acts.back, (_S.TALKING,))
    yield Row(_S.CONFERENCE, "hang_up", acts.hung_up, _OVER)
    yield Row(_S.CONSULTING, "swap", acts.swap, (_S.CONSULTING,))
    yield Row(_S.CONSULTING, "complete", acts.complete, (_S.LINKED, _S.TALKING, _S.TRANSFERRING))
    yield Row(_S.CONSULTING, "three_way", acts.together, (_S.CONFERENCE,))
    yield Row(_S.CONFERENCE, "leave", acts.leave, (_S.LINKED, _S.TALKING, _S.CONFERENCE))
    yield Row(_S.TRANSFERRING, "other_answered", acts.taken_over, (_S.LINKED, _S.TALKING))
    for event in ("other_gone", "other_timeout", "other_ring_lost"):
        yield Row(_S.TRANSFERRING, event, acts.not_transferred, (_S.QUEUED, _S.TRANSFERRING))
    yield Row(_S.AWAITING, "rejoin", acts.rejoin, (_S.AWAITING,))
    yield Row(_S.AWAITING, "agent_answered", acts.rejoined, (_S.TALKING,))
    for event in ("agent_gone", "agent_timeout", "agent_ring_lost"):
        yield Row(_S.AWAITING, event, acts.still_away, (_S.AWAITING,))
    yield Row(_S.AWAITING, "await_timeout", acts.given_up, (_S.QUEUED,))
    yield Row(_S.AWAITING, "to_queue", acts.given_up, (_S.QUEUED,))
    yield Row(_S.AWAITING, "hang_up", acts.hung_up, _OVER)
    yield Row(_S.LINKING, "other_answered", acts.linked, (_S.LINKED,))
    for event in ("other_gone", "other_timeout"):
        yield Row(_S.LINKING, event, acts.not_linked, (_S.QUEUED, _S.ENDED))
    yield Row(_S.LINKED, "other_gone", acts.other_gone, (_S.ENDED,))
    yield Row(_S.DIALLING, "agent_answered", acts.other_answered, (_S.DIALLING,))
    yield Row(_S.DIALLING, "caller_timeout", acts.not_reached, (_S.ENDED,))
    yield Row(_S.DIALLING, "caller_answered", acts.citizen_answered, (_S.TALKING,))
    for event in ("agent_gone", "agent_timeout", "hang_up"):
        yield Row(_S.DIALLING, event, acts.not_dialled, (_S.ENDED,))
    yield Row(_S.SURVEY, "dtmf", acts.answer, (_S.SURVEY, _S.ENDED))
    yield Row(_S.SURVEY, "prompt_ended", acts.survey_said, (_S.SURVEY, _S.ENDED))
    yield Row(_S.SURVEY, "survey_timeout", acts.survey_over, (_S.ENDED,))
    for state in _S:
        if state is _S.ENDED:
            continue
        yield Row(state, "caller_gone", acts.caller_gone, (_S.ENDED,))
        yield Row(state, "lost", acts.lost, (_S.ENDED,))
        for role in Role:
            yield Row(state, f"{role}_rang", acts.rang, (state,))


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
