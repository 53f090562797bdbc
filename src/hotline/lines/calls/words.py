"""The states and outcomes of this room, with their words for people. Tables, rows and pages all take them from here."""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    """Where a call stands."""

    PROMPT = "prompt"  # hears the notice it must hear before anybody answers
    QUEUED = "queued"
    RINGING = "ringing"  # still waiting, an agent's phone rings
    TALKING = "talking"
    HELD = "held"
    CONSULTING = "consulting"  # hears music while the agent rings or talks with a third party aside
    CONFERENCE = "conference"  # three-way; the third may still be ringing
    TRANSFERRING = "transferring"  # the agent has left, the third is being rung
    AWAITING = "awaiting"  # the agent's browser is gone; he is rung again when it is back
    LINKING = "linking"  # being put through to a linked hotline
    LINKED = "linked"  # talks with a third party, no agent of ours in the call
    SURVEY = "survey"  # is asked how satisfied he is
    LEAVING = "leaving"  # hears a last word, then it ends
    DIALLING = "dialling"  # outbound: the agent is on, the citizen is being rung
    ENDED = "ended"


class Role(StrEnum):
    """What a leg is to its call. The caller is not among them: he is the call."""

    AGENT = "agent"  # the one responsible
    OTHER = "other"  # whom he has called in: a linked hotline, a colleague, an emergency service
    LEADER = "leader"  # who listens, whispers or has stepped in
    SNOOP = "snoop"  # the switch's ear on the agent's leg


class Place(StrEnum):
    """In which of the call's bridges a leg stands once it is up."""

    MAIN = "main"  # with the caller
    ASIDE = "aside"  # the agent and the third, without the caller
    WATCH = "watch"  # the leader and the switch's ear
    NOWHERE = ""  # on hold


class Outcome(StrEnum):
    """How a call ended; every call has exactly one."""

    ANSWERED = "answered"
    ABANDONED_IN_PROMPT = "abandoned_in_prompt"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    ABANDONED_IN_LINKING = "abandoned_in_linking"
    TRANSFERRED_LINKED = "transferred_linked"
    VACANT = "vacant"
    FALLBACK = "fallback"  # nobody claimed it, the dialplan's fallback answered
    FALLBACK_ANSWERED = "fallback_answered"  # … and a duty phone took it
    EMERGENCY = "emergency"  # 110/119/120/122, put through
    NOT_REACHED = "not_reached"  # outbound: the citizen did not answer
    INFORMED = "informed"  # heard an announcement, needed no more
    FAILED = "failed"


OUTCOME_WORDS: dict[Outcome, tuple[str, str]] = {
    Outcome.ANSWERED: ("已接听", "Answered"),
    Outcome.ABANDONED_IN_PROMPT: ("提示音中挂机", "Hung up during the notice"),
    Outcome.ABANDONED_IN_QUEUE: ("排队中挂机", "Hung up in the queue"),
    Outcome.ABANDONED_IN_LINKING: ("转接中挂机", "Hung up while being put through"),
    Outcome.TRANSFERRED_LINKED: ("已转联动热线", "Put through to the linked hotline"),
    Outcome.VACANT: ("空号", "Vacant"),
    Outcome.FALLBACK: ("应急提示", "Fallback announcement"),
    Outcome.FALLBACK_ANSWERED: ("值班电话接听", "Answered by the duty phone"),
    Outcome.EMERGENCY: ("紧急号码转接", "Emergency, put through"),
    Outcome.NOT_REACHED: ("外呼未接通", "Not reached"),
    Outcome.INFORMED: ("听公告后挂机", "Informed by an announcement"),
    Outcome.FAILED: ("失败", "Failed"),
}

ANSWERED_OUTCOMES = (
    Outcome.ANSWERED,
    Outcome.FALLBACK_ANSWERED,
    Outcome.TRANSFERRED_LINKED,
    Outcome.EMERGENCY,
)
ABANDONED_OUTCOMES = (
    Outcome.ABANDONED_IN_PROMPT,
    Outcome.ABANDONED_IN_QUEUE,
    Outcome.ABANDONED_IN_LINKING,
    Outcome.FALLBACK,
)
"""A caller who got only the fallback's apology was not served: he counts as abandoned and is called back (漏接必回)."""


class LegState(StrEnum):
    """One channel of a call."""

    PLANNED = "planned"
    RINGING = "ringing"
    UP = "up"
    GONE = "gone"


class OfferState(StrEnum):
    """A call offered to one agent."""

    OPEN = "open"
    ACCEPTED = "accepted"
    NOT_ANSWERED = "not_answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class AgentMode(StrEnum):
    """What an agent is doing."""

    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"
    READY = "ready"
    RESERVED = "reserved"
    RINGING = "ringing"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


CRIES = ("distress", "ask_leader")
"""An agent in need, one who wants his leader: told at once to whoever leads (outbox), not to call control."""
