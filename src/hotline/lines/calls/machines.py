"""How calls may change, as a table, and nothing else: no database, no switch, no clock.

``step(call, event)`` gives the call as it is then, what the switch must be told, and the facts to be kept. A pair of
state and event that stands in no row changes nothing. The documentation's diagram is drawn from CALL.

Events that speak of a channel other than the call's present agent's are strays: an agent's phone that answers in the
instant the caller hangs up is hung up again, whatever the state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from hotline.lines.calls.words import CallState, LegState, OfferState, Outcome

BUSY_CAUSES = frozenset({17, 21})
"""Q.850: user busy, call rejected. The agent's phone refused."""


@dataclass(frozen=True, slots=True)
class CallNow:
    """What call control must know of a call to handle its next event."""

    id: UUID
    channel: str
    number: str
    line: str
    behaviour: str
    skills: tuple[str, ...] = ()
    prompt: str = ""
    """The prompt heard first; with ``prompt_first`` nobody is rung before its end."""
    prompt_first: bool = False
    linked_trunk: str = ""
    back_if_unanswered: bool = False
    priority: int = 0
    state: CallState = CallState.PROMPT
    caller_up: bool = False
    playing: str = ""
    agent_id: UUID | None = None
    leg: str = ""
    """The channel of the agent or of the linked hotline."""
    offer_id: UUID | None = None
    plays: int = 0

    @property
    def bridge(self) -> str:
        """The call's one bridge, from its first second to its last."""
        return f"b-{self.id}"

    @property
    def correlation(self) -> str:
        """What marks this call wherever it is sent; with this mark it is never sent back."""
        return f"c-{self.id}"


# --- events ----------------------------------------------------------------------------------------------------------

EventKind = Literal[
    "claimed", "prompt_ended", "offered", "leg_rang", "leg_answered", "leg_gone", "ring_timeout", "caller_gone",
    "hold", "resume", "hang_up", "lost", "ring_lost", "amiss", "stray_answered", "stray_gone", "stray_rang", "stray_offer",
]  # fmt: skip

"""``amiss``: the switch may lack something of the call (standing.py); it changes no state and stands in no row."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a call."""

    kind: EventKind
    leg: str = ""
    cause: int = 0
    playback: str = ""
    agent_id: UUID | None = None
    offer_id: UUID | None = None
    endpoint: str = ""
    command_id: UUID | None = None


# --- what the switch is told, and what is kept -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the switch must be told; ``switch.control`` knows the request for each verb."""

    verb: Literal[
        "answer", "ringing", "open_bridge", "join", "part", "play", "stop_playing", "music", "silence", "ring_agent",
        "dial_linked", "hang_up", "close_bridge",
    ]  # fmt: skip
    channel: str = ""
    bridge: str = ""
    what: str = ""
    cause: int = 16
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to be kept. ``store.keep`` knows the rows of each kind."""

    kind: Literal[
        "state", "queued", "left_queue", "leg_planned", "leg", "offer", "agent", "answered", "ended", "marked",
        "timer_set", "timer_cleared",
    ]  # fmt: skip
    data: dict[str, Any] = field(default_factory=dict)


Step = tuple[CallNow, tuple[Command, ...], tuple[Fact, ...]]
Act = Callable[[CallNow, Event], Step]


def _fact(kind: Any, /, **data: Any) -> Fact:
    return Fact(kind, data)


def _play(call: CallNow, prompt: str) -> tuple[CallNow, tuple[Command, ...]]:
    playback = f"p-{call.id}-{call.plays + 1}"
    after = replace(call, playing=playback, plays=call.plays + 1)
    return after, (Command("play", channel=playback, bridge=call.bridge, what=prompt),)


def _hush(call: CallNow) -> tuple[CallNow, tuple[Command, ...]]:
    """Whatever the caller hears from us ends."""
    quiet: tuple[Command, ...] = (Command("silence", bridge=call.bridge),)
    if call.playing:
        quiet = (Command("stop_playing", channel=call.playing),)
    return replace(call, playing=""), quiet


# --- opening -----------------------------------------------------------------------------------------------------------


def _open(call: CallNow, event: Event) -> Step:
    """The caller is answered and hears the line's prompt; unless it must be heard first he is queued at once."""
    call, play = _play(replace(call, caller_up=True), call.prompt)
    commands = (
        Command("answer", channel=call.channel),
        Command("open_bridge", bridge=call.bridge),
        Command("join", channel=call.channel, bridge=call.bridge),
        *play,
    )
    if call.prompt_first:
        return replace(call, state=CallState.PROMPT), commands, ()
    return replace(call, state=CallState.QUEUED), commands, (_queued(call),)


def _open_linked(call: CallNow, event: Event) -> Step:
    """Own seats elsewhere: the caller hears ringing and is answered (and billed) only when they answer."""
    leg = f"l-{call.id}-1"
    commands = (
        Command("ringing", channel=call.channel),
        Command("open_bridge", bridge=call.bridge),
        Command("dial_linked", channel=leg, what=call.linked_trunk),
    )
    facts = (
        _fact("leg_planned", channel=leg, role="linked", agent_id=None),
        _fact("timer_set", kind="ring", about=leg, limit="link"),
    )
    return replace(call, state=CallState.LINKING, leg=leg), commands, facts


def _queued(call: CallNow) -> Fact:
    return _fact("queued", skills=list(call.skills), priority=call.priority)


def _enter_queue(call: CallNow, event: Event) -> Step:
    call, play = _play(replace(call, state=CallState.QUEUED), "queue-wait")
    return call, play, (_queued(call),)


def _music(call: CallNow, event: Event) -> Step:
    """After the first prompt, word that all agents are busy, if nobody is being rung; after that, music."""
    if event.playback != call.playing:
        return call, (), ()
    if call.plays == 1 and call.state is CallState.QUEUED:
        call, play = _play(call, "queue-wait")
        return call, play, ()
    return replace(call, playing=""), (Command("music", bridge=call.bridge),), ()


# --- the queue -----------------------------------------------------------------------------------------------------------


def _ring(call: CallNow, event: Event) -> Step:
    """The match was kept (offer, leg, agent, timer) in its own transaction; now the phone is rung."""
    after = replace(
        call, state=CallState.RINGING, agent_id=event.agent_id, leg=event.leg, offer_id=event.offer_id
    )
    return after, (Command("ring_agent", channel=event.leg, what=event.endpoint),), ()


def _rang(call: CallNow, event: Event) -> Step:
    facts: tuple[Fact, ...] = (_fact("leg", channel=event.leg, state=LegState.RINGING),)
    if call.agent_id:
        facts += (_fact("offer", id=call.offer_id, rang=True), _fact("agent", id=call.agent_id, event="rang"))
    return call, (), facts


def _connect(call: CallNow, event: Event) -> Step:
    after, quiet = _hush(call)
    commands = (*quiet, Command("join", channel=event.leg, bridge=call.bridge))
    facts = (
        _fact("leg", channel=event.leg, state=LegState.UP),
        _fact("offer", id=call.offer_id, state=OfferState.ACCEPTED),
        _fact("agent", id=call.agent_id, event="answered"),
        _fact("answered", agent_id=call.agent_id),
        _fact("left_queue", left_as="answered"),
        _fact("timer_cleared", about=event.leg),
    )
    return replace(after, state=CallState.TALKING), commands, facts


def _not_taken(call: CallNow, event: Event) -> Step:
    """The agent's phone refused or could not be reached: he is not ready, the caller keeps his place."""
    state = OfferState.REFUSED if event.cause in BUSY_CAUSES else OfferState.FAILED
    return _back_to_queue(call, state, event, ())


def _not_answered(call: CallNow, event: Event) -> Step:
    if event.leg != call.leg:
        return call, (), ()
    return _back_to_queue(
        call, OfferState.NOT_ANSWERED, event, (Command("hang_up", channel=call.leg, cause=19),)
    )


def _ring_lost(call: CallNow, event: Event) -> Step:
    """The switch knows nothing of the phone it was to ring: not the agent's doing, he may be asked again."""
    if event.leg != call.leg:
        return call, (), ()
    return _back_to_queue(call, OfferState.WITHDRAWN, event, (Command("hang_up", channel=call.leg),))


def _back_to_queue(call: CallNow, state: OfferState, event: Event, commands: tuple[Command, ...]) -> Step:
    facts = (
        _fact("leg", channel=call.leg, state=LegState.GONE, cause=event.cause or None),
        _fact("offer", id=call.offer_id, state=state),
        _fact(
            "agent", id=call.agent_id, event="withdrawn" if state is OfferState.WITHDRAWN else "not_answered"
        ),
        _fact("timer_cleared", about=call.leg),
    )
    after = replace(call, state=CallState.QUEUED, agent_id=None, leg="", offer_id=None)
    return after, commands, facts


# --- talking -----------------------------------------------------------------------------------------------------------


def _hold(call: CallNow, event: Event) -> Step:
    commands = (Command("part", channel=call.leg, bridge=call.bridge), Command("music", bridge=call.bridge))
    return replace(call, state=CallState.HELD), commands, ()


def _resume(call: CallNow, event: Event) -> Step:
    commands = (Command("silence", bridge=call.bridge), Command("join", channel=call.leg, bridge=call.bridge))
    return replace(call, state=CallState.TALKING), commands, ()


# --- linked ------------------------------------------------------------------------------------------------------------


def _linked(call: CallNow, event: Event) -> Step:
    commands = (
        Command("answer", channel=call.channel),
        Command("join", channel=call.channel, bridge=call.bridge),
        Command("join", channel=event.leg, bridge=call.bridge),
    )
    facts = (
        _fact("leg", channel=event.leg, state=LegState.UP),
        _fact("answered", agent_id=None),
        _fact("timer_cleared", about=event.leg),
    )
    return replace(call, state=CallState.LINKED, caller_up=True), commands, facts


def _not_linked(call: CallNow, event: Event) -> Step:
    """Not answered there: to 12345 where the number says so, else the caller learns what the linked side said."""
    if event.leg != call.leg:
        return call, (), ()
    facts: tuple[Fact, ...] = (
        _fact("leg", channel=call.leg, state=LegState.GONE, cause=event.cause or None),
        _fact("timer_cleared", about=call.leg),
    )
    commands: tuple[Command, ...] = ()
    if event.kind == "ring_timeout":
        commands = (Command("hang_up", channel=call.leg, cause=19),)
    if not call.back_if_unanswered:
        call, more, ended = _end(
            call, Outcome.FAILED, "linked", event.cause or 19, caller_cause=event.cause or 19
        )
        return call, commands + more, facts + ended
    call, play = _play(replace(call, state=CallState.QUEUED, leg="", caller_up=True), "linked-to-12345")
    commands += (
        Command("answer", channel=call.channel),
        Command("join", channel=call.channel, bridge=call.bridge),
        *play,
    )
    return call, commands, (*facts, _fact("marked", mark="linked_not_answered"), _queued(call))


# --- the end -------------------------------------------------------------------------------------------------------------

_OUTCOME = {
    CallState.PROMPT: Outcome.ABANDONED_IN_PROMPT,
    CallState.QUEUED: Outcome.ABANDONED_IN_QUEUE,
    CallState.RINGING: Outcome.ABANDONED_IN_QUEUE,
    CallState.TALKING: Outcome.ANSWERED,
    CallState.HELD: Outcome.ANSWERED,
    CallState.LINKING: Outcome.ABANDONED_IN_LINKING,
    CallState.LINKED: Outcome.TRANSFERRED_LINKED,
}


def _end(call: CallNow, outcome: Outcome, by: str, cause: int, *, caller_cause: int = 16) -> Step:
    """Everything of the call goes: channels, bridge, offer, timers. The agent has his wrap-up if he talked."""
    facts: list[Fact] = [_fact("ended", outcome=outcome, by=by, cause=cause)]
    commands: list[Command] = []
    if by != "caller":
        commands.append(Command("hang_up", channel=call.channel, cause=caller_cause))
    if call.leg:
        if by not in ("agent", "linked"):
            commands.append(Command("hang_up", channel=call.leg))
        facts.append(_fact("leg", channel=call.leg, state=LegState.GONE, cause=None))
        facts.append(_fact("timer_cleared", about=call.leg))
    if call.state is CallState.RINGING:
        facts.append(_fact("offer", id=call.offer_id, state=OfferState.WITHDRAWN))
        facts.append(_fact("agent", id=call.agent_id, event="withdrawn"))
    elif call.agent_id:
        facts.append(_fact("agent", id=call.agent_id, event="call_over"))
    if call.state in (CallState.QUEUED, CallState.RINGING):
        facts.append(_fact("left_queue", left_as=outcome.value))
    facts.append(_fact("leg", channel=call.channel, state=LegState.GONE, cause=cause or None))
    commands.append(Command("close_bridge", bridge=call.bridge))
    return replace(call, state=CallState.ENDED, playing=""), tuple(commands), tuple(facts)


def _caller_gone(call: CallNow, event: Event) -> Step:
    return _end(call, _OUTCOME[call.state], "caller", event.cause)


def _other_gone(call: CallNow, event: Event) -> Step:
    return _end(call, _OUTCOME[call.state], "agent" if call.agent_id else "linked", event.cause)


def _hung_up(call: CallNow, event: Event) -> Step:
    return _end(call, _OUTCOME[call.state], "desk", 16)


def _lost(call: CallNow, event: Event) -> Step:
    """The switch knows the caller's channel no more and nobody told us: it restarted. The citizen is called back."""
    outcome = _OUTCOME[call.state]
    talked = outcome in (Outcome.ANSWERED, Outcome.TRANSFERRED_LINKED)
    return _end(call, outcome if talked else Outcome.FAILED, "switch", 0)


# --- strays --------------------------------------------------------------------------------------------------------------


def _hang_up_stray(call: CallNow, event: Event) -> Step:
    return call, (Command("hang_up", channel=event.leg),), ()


def _stray_gone(call: CallNow, event: Event) -> Step:
    return call, (), (_fact("leg", channel=event.leg, state=LegState.GONE, cause=event.cause or None),)


def _withdraw(call: CallNow, event: Event) -> Step:
    """The call was matched with an agent in the instant it ended."""
    facts = (
        _fact("offer", id=event.offer_id, state=OfferState.WITHDRAWN),
        _fact("agent", id=event.agent_id, event="withdrawn"),
        _fact("leg", channel=event.leg, state=LegState.GONE, cause=None),
        _fact("timer_cleared", about=event.leg),
    )
    return call, (), facts


@dataclass(frozen=True, slots=True)
class Row:
    """In ``state``, on ``event``: do ``act``; ``leads_to`` are the states it may lead to."""

    state: CallState
    event: EventKind
    act: Act
    leads_to: tuple[CallState, ...]


_P, _Q, _R, _T, _H = CallState.PROMPT, CallState.QUEUED, CallState.RINGING, CallState.TALKING, CallState.HELD
_LG, _LD, _E = CallState.LINKING, CallState.LINKED, CallState.ENDED

CALL: tuple[Row, ...] = (
    Row(_P, "claimed", _open, (_P, _Q)),
    Row(_LG, "claimed", _open_linked, (_LG,)),
    Row(_P, "prompt_ended", _enter_queue, (_Q,)),
    Row(_Q, "prompt_ended", _music, (_Q,)),
    Row(_R, "prompt_ended", _music, (_R,)),
    Row(_Q, "offered", _ring, (_R,)),
    Row(_R, "leg_rang", _rang, (_R,)),
    Row(_R, "leg_answered", _connect, (_T,)),
    Row(_R, "leg_gone", _not_taken, (_Q,)),
    Row(_R, "ring_timeout", _not_answered, (_Q,)),
    Row(_R, "ring_lost", _ring_lost, (_Q,)),
    Row(_T, "hold", _hold, (_H,)),
    Row(_H, "resume", _resume, (_T,)),
    Row(_T, "leg_gone", _other_gone, (_E,)),
    Row(_H, "leg_gone", _other_gone, (_E,)),
    Row(_T, "hang_up", _hung_up, (_E,)),
    Row(_H, "hang_up", _hung_up, (_E,)),
    Row(_LG, "leg_rang", _rang, (_LG,)),
    Row(_LG, "leg_answered", _linked, (_LD,)),
    Row(_LG, "leg_gone", _not_linked, (_Q, _E)),
    Row(_LG, "ring_timeout", _not_linked, (_Q, _E)),
    Row(_LD, "leg_gone", _other_gone, (_E,)),
    *(Row(state, "caller_gone", _caller_gone, (_E,)) for state in CallState if state is not _E),
    *(Row(state, "lost", _lost, (_E,)) for state in CallState if state is not _E),
    *(Row(state, "stray_answered", _hang_up_stray, (state,)) for state in CallState),
    *(Row(state, "stray_gone", _stray_gone, (state,)) for state in CallState),
    *(Row(state, "stray_offer", _withdraw, (state,)) for state in CallState if state is not _Q),
)

_BY_PAIR = {(row.state, row.event): row for row in CALL}


def step(call: CallNow, event: Event) -> Step:
    """The call after ``event``. Facts always name a changed state, so that what is kept is never behind."""
    row = _BY_PAIR.get((call.state, _as_meant(call, event)))
    if row is None:
        return call, (), ()
    after, commands, facts = row.act(call, event)
    if after != call:
        facts = (_fact("state", before=call, after=after), *facts)
    return after, commands, facts


def _as_meant(call: CallNow, event: Event) -> EventKind:
    if event.kind == "offered" and call.state is not CallState.QUEUED:
        return "stray_offer"
    if event.leg != call.leg or call.state is CallState.ENDED:
        if event.kind == "leg_answered":
            return "stray_answered"
        if event.kind == "leg_gone":
            return "stray_gone"
        if event.kind == "leg_rang":
            return "stray_rang"
    return event.kind
