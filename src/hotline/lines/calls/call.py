"""The shapes of this room's machines: what is known of a call, what happens to it, what the switch is told, what is kept.

Data and nothing else: no database, no switch, no clock. `machines` says how a call may change, `standing` what must stand
in the switch for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from hotline.lines.calls.rules import Menu
from hotline.lines.calls.words import CallState, LegState, Place, Role

OR = "|"
"""Between the trunks by which an emergency service is tried, in order."""


@dataclass(frozen=True, slots=True)
class LegNow:
    """One party of a call besides the caller. An agent's leg that is GONE says: he is expected back (`CallState.AWAITING`)."""

    channel: str
    role: Role
    state: LegState = LegState.PLANNED
    place: Place = Place.MAIN
    endpoint: str = ""
    """What the switch dials: ``PJSIP/…``, perhaps with other trunks after OR; for a snoop the channel it listens to."""
    target: str = ""
    """Who it is, as desks name it: ``linked:12348``, ``agent:<id>``, ``emergency:110``, ``duty:…``."""
    agent_id: UUID | None = None
    offer_id: UUID | None = None
    browser: bool = False
    """A browser's phone: one that goes without a word may come back."""
    shows: str = ""
    """The number its telephone shows: the caller's own at an emergency service, else the one dialled. Kept nowhere."""
    mode: str = ""
    """A leader's or snoop's ``listen``, ``whisper``, ``barge``; ``rejoin`` for an agent who is rung again."""

    @property
    def up(self) -> bool:
        """Whether it has answered and is there."""
        return self.state is LegState.UP

    @property
    def patience(self) -> Literal["ring", "link", "emergency"]:
        """Which of the city's limits says how long it is rung."""
        if self.agent_id:
            return "ring"
        return "emergency" if self.target.startswith("emergency:") else "link"

    @property
    def rings(self) -> bool:
        """Whether it is being rung, or about to be."""
        return self.state in (LegState.PLANNED, LegState.RINGING)


@dataclass(frozen=True, slots=True)
class CallNow:
    """What call control must know of a call to handle its next event."""

    id: UUID
    channel: str
    """The caller's channel; in an outbound call the citizen's."""
    number: str
    line: str
    behaviour: str
    skills: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    """What must be heard, one after the other, before anybody is rung."""
    prompt: str = ""
    """What is heard first by one who is queued at once."""
    linked_trunk: str = ""
    back_if_unanswered: bool = False
    priority: int = 0
    state: CallState = CallState.PROMPT
    caller_up: bool = False
    outbound: str = ""
    """What the switch dials to reach the citizen; "" for a call that came to us."""
    playing: str = ""
    saying: str = ""
    """What the playback ``playing`` says: prompts joined by ``+``."""
    plays: int = 0
    legs: tuple[LegNow, ...] = ()
    talked: bool = False
    """An agent has talked with the caller."""
    recorded: bool = False
    """Conversations of this call are to be recorded."""
    paused: bool = False
    """The agent has asked that what follows is not recorded."""
    segment: int = 0
    recording: str = ""
    """The bridge being recorded, as segment ``segment``."""
    menu: Menu | None = None
    """What the caller may choose before he is queued, after everything in ``prompts``; its own prompt is the last there."""
    callback_key: str = ""
    """What a waiting caller presses to be called back; "": he cannot."""
    survey: bool = False
    """The caller is asked how satisfied he is when the agent has hung up."""
    rating: int = 0
    end_cause: int = 16
    """Q.850: what the caller's telephone is told at the end."""

    @property
    def bridge(self) -> str:
        """The caller's bridge, from the call's first second to its last."""
        return f"b-{self.id}"

    @property
    def aside(self) -> str:
        """Where the agent and a third talk without the caller."""
        return f"k-{self.id}"

    @property
    def watch(self) -> str:
        """Where a leader hears what the agent hears."""
        return f"w-{self.id}"

    @property
    def correlation(self) -> str:
        """What marks this call wherever it is sent; with this mark it is never sent back."""
        return f"c-{self.id}"

    @property
    def recording_name(self) -> str:
        """The file of the present segment."""
        return f"r-{self.id}-{self.segment}"

    def _of(self, role: Role) -> LegNow | None:
        return next((leg for leg in self.legs if leg.role is role), None)

    @property
    def agent(self) -> LegNow | None:
        """Who is responsible for the caller, or is being asked to be."""
        return self._of(Role.AGENT)

    @property
    def chooses(self) -> bool:
        """Whether a key of the menu counts now: while its prompt is heard, and for a while after it."""
        heard = not self.prompts or (self.menu is not None and self.prompts == (self.menu.prompt,))
        return self.state is CallState.PROMPT and self.menu is not None and heard

    @property
    def other(self) -> LegNow | None:
        """The third party."""
        return self._of(Role.OTHER)

    @property
    def leader(self) -> LegNow | None:
        """Who supervises this call."""
        return self._of(Role.LEADER)

    @property
    def agent_id(self) -> UUID | None:
        """The responsible agent."""
        return self.agent.agent_id if self.agent else None

    def leg(self, channel: str) -> LegNow | None:
        """The leg of this channel."""
        return next((leg for leg in self.legs if leg.channel == channel), None)

    def without(self, *roles: Role) -> CallNow:
        """The call without its legs of these roles."""
        return replace(self, legs=tuple(leg for leg in self.legs if leg.role not in roles))

    def having(self, leg: LegNow) -> CallNow:
        """The call with this leg in its role, instead of whoever had it."""
        rest = self.without(leg.role)
        return replace(rest, legs=(*(one for one in rest.legs if one.channel != leg.channel), leg))

    def changed(self, leg: LegNow, **fields: Any) -> CallNow:
        """The call with one leg changed."""
        return replace(self, legs=tuple(replace(one, **fields) if one == leg else one for one in self.legs))


# --- events ----------------------------------------------------------------------------------------------------------

EventKind = Literal[
    # from the switch, about a channel; the machine reads them with the leg's role before them: agent_answered, …
    "rang", "answered", "gone", "timeout", "ring_lost",
    # about the caller and the call
    "claimed", "prompt_ended", "prompt_failed", "dtmf", "caller_gone", "caller_answered", "caller_timeout", "lost", "amiss",
    # from the queue and the clock
    "offered", "say", "overflow", "await_timeout", "survey_timeout", "menu_timeout",
    # from desks
    "hold", "resume", "hang_up", "consult", "swap", "complete", "three_way", "back", "drop_other", "leave", "transfer",
    "to_queue", "emergency", "rejoin", "record_pause", "record_resume", "record_again", "rate", "listen", "whisper",
    "barge", "stop_listening", "take_over",
]  # fmt: skip
"""``amiss``: the switch may lack something of the call (standing.py); it changes no state and stands in no row."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a call. ``invited`` is a leg that was kept, and its agent reserved, before this event."""

    kind: EventKind
    leg: str = ""
    cause: int = 0
    playback: str = ""
    digit: str = ""
    what: str = ""
    """Prompts to be said; a note of who asked; the recording that failed."""
    skills: tuple[str, ...] = ()
    invited: LegNow | None = None
    agent_id: UUID | None = None
    """Who asked, for what desks ask."""
    command_id: UUID | None = None
    note: dict[str, Any] = field(default_factory=dict)
    """What goes with a hand-over: summary, consent, case, place."""


# --- what the switch is told, and what is kept -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the switch must be told; ``switch.requests`` knows the request for each verb."""

    verb: Literal[
        "answer", "ringing", "open_bridge", "join", "part", "play", "stop_playing", "music", "silence", "dial", "snoop",
        "record", "stop_recording", "hang_up", "close_bridge",
    ]  # fmt: skip
    channel: str = ""
    bridge: str = ""
    what: str = ""
    cause: int = 16
    leg: LegNow | None = None


FactKind = Literal[
    "state", "leg_gone", "queued", "left_queue", "offer", "agent", "answered", "ended", "marked", "rated", "told", "noted",
    "timer_set", "timer_cleared",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to be kept. ``store.keep`` knows the rows of each kind."""

    kind: FactKind
    data: dict[str, Any] = field(default_factory=dict)


def fact(kind: FactKind, /, **data: Any) -> Fact:
    """Short for writing them."""
    return Fact(kind, data)


Step = tuple[CallNow, tuple[Command, ...], tuple[Fact, ...]]
"""The call then, what the switch must be told, what must be kept."""
