"""The states and outcomes of a callback, with their words for people."""

from __future__ import annotations

from enum import StrEnum


class CallbackState(StrEnum):
    """Where a callback stands."""

    WAITING = "waiting"  # offline, in his place in the queue
    TAKEN = "taken"  # one agent has it, until `hold_until`
    CLOSED = "closed"


class CallbackOutcome(StrEnum):
    """What became of a callback, or of one attempt."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REFUSED = "refused"  # he wants no call
    ANSWERED_MEANWHILE = "answered_meanwhile"  # he rang again and was answered
    NO_NUMBER = "no_number"  # his number was withheld: nobody can call him back
    GIVEN_BACK = "given_back"  # whoever had taken it gave it back
    LAPSED = "lapsed"  # whoever had taken it said nothing in time


OUTCOME_WORDS: dict[CallbackOutcome, tuple[str, str]] = {
    CallbackOutcome.REACHED: ("已接通", "Reached"),
    CallbackOutcome.NO_ANSWER: ("无人接听", "No answer"),
    CallbackOutcome.BUSY: ("占线", "Busy"),
    CallbackOutcome.REFUSED: ("不需要回拨", "Wants no call"),
    CallbackOutcome.ANSWERED_MEANWHILE: ("已再次来电并接通", "Rang again and was answered"),
    CallbackOutcome.NO_NUMBER: ("未显示号码，无法回拨", "Withheld number"),
    CallbackOutcome.GIVEN_BACK: ("已退回", "Given back"),
    CallbackOutcome.LAPSED: ("超时未回报", "Nothing was said in time"),
}

REPORTED = (
    CallbackOutcome.REACHED,
    CallbackOutcome.NO_ANSWER,
    CallbackOutcome.BUSY,
    CallbackOutcome.REFUSED,
)
"""What an agent may say of an attempt."""
NOT_REACHED = (CallbackOutcome.NO_ANSWER, CallbackOutcome.BUSY)
"""After these he is tried again, as often as the city says."""
