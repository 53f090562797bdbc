"""States of this room with their words for people; tables, answers and the reference page take them from here."""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENT = "sent"  # it has left here, nobody has answered yet; the same bytes are sent again
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATE = "late"
    FAILED = "failed"


DELIVERY_WORDS: dict[DeliveryState, tuple[str, str]] = {
    DeliveryState.WAITING: ("待发送", "Waiting to be sent"),
    DeliveryState.SENT: ("已发出，待答复", "Sent, not answered yet"),
    DeliveryState.ACCEPTED: ("对方已收", "Accepted"),
    DeliveryState.REFUSED: ("对方拒收", "Refused"),
    DeliveryState.LATE: ("过迟，对方不收", "Too late"),
    DeliveryState.FAILED: ("未送达", "Not delivered"),
}
OVER = (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.LATE, DeliveryState.FAILED)


class LinkState(StrEnum):
    """Whether a linked centre can be reached now."""

    OPEN = "open"
    BUSY = "busy"
    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


LINK_WORDS: dict[LinkState, tuple[str, str]] = {
    LinkState.OPEN: ("可转接", "Open"),
    LinkState.BUSY: ("繁忙", "Busy"),
    LinkState.CLOSED: ("未开放", "Closed"),
    LinkState.UNREACHABLE: ("连不上", "Unreachable"),
    LinkState.UNKNOWN: ("未接入", "Not joined"),
}

OUTCOMES = ("answered", "refused", "finished")
"""What the receiving centre says became of a caller; ``refused`` and ``finished`` are the last word."""
