"""Where a message stands, as a table, with its words for people. No database."""

from __future__ import annotations

from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"  # to be handed to the gateway, at `next_try_at`
    SENDING = "sending"  # a worker is handing it over; after a crash it is handed over again
    SENT = "sent"  # the gateway has it and has said nothing more yet
    DELIVERED = "delivered"  # the telephone has it
    UNDELIVERED = "undelivered"  # the telephone could not be reached
    REFUSED = "refused"  # the gateway will not send it: number, template or content
    EXPIRED = "expired"  # could not be handed over before it was of no more use
    UNKNOWN = "unknown"  # the gateway was asked, more than once, and never answered: it may have been sent


WORDS: dict[MessageState, tuple[str, str]] = {
    MessageState.WAITING: ("待发", "Waiting"),
    MessageState.SENDING: ("发送中", "Being sent"),
    MessageState.SENT: ("已发，待回执", "Sent, no receipt yet"),
    MessageState.DELIVERED: ("已送达", "Delivered"),
    MessageState.UNDELIVERED: ("未送达", "Not delivered"),
    MessageState.REFUSED: ("对方拒收或网关拒发", "Refused by the gateway or the mail server"),
    MessageState.EXPIRED: ("过期未发", "Not sent in time"),
    MessageState.UNKNOWN: ("网关未应答，不知是否发出", "No answer from the gateway, perhaps sent"),
}

NEXT: dict[MessageState, frozenset[MessageState]] = {
    MessageState.WAITING: frozenset({MessageState.SENDING, MessageState.EXPIRED}),
    MessageState.SENDING: frozenset(
        {MessageState.SENDING, MessageState.WAITING, MessageState.SENT, MessageState.REFUSED, MessageState.EXPIRED,
         MessageState.UNKNOWN}
    ),
    # A receipt may come late, or be corrected: an operator that gave up may deliver after all, never the other way.
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.UNDELIVERED}),
    MessageState.UNDELIVERED: frozenset({MessageState.DELIVERED}),
    MessageState.DELIVERED: frozenset(),
    MessageState.REFUSED: frozenset(),
    MessageState.EXPIRED: frozenset(),
    MessageState.UNKNOWN: frozenset(),
}  # fmt: skip
"""Where a message may go from each state."""
FAILED = (MessageState.UNDELIVERED, MessageState.REFUSED, MessageState.EXPIRED, MessageState.UNKNOWN)


def may(state: str, to: MessageState) -> bool:
    """Whether a message in ``state`` may go to ``to``."""
    return to in NEXT[MessageState(state)]


FLAWS: dict[str, tuple[str, str]] = {
    "cut": (
        "邮件过大，只收下开头；全文在邮箱里，已告知发件人",
        "Too large: only its beginning was taken; all of it is in the mailbox, and its sender was told",
    ),
    "unread": ("邮件服务器给不出这封邮件，请到邮箱里查看", "The mail server could not give this mail; look into the mailbox"),
    "broken": (
        "邮件格式不合规范，可能显示不全，请对照原件",
        "The mail breaks the rules of mail; compare the original, something may be missing",
    ),
}  # fmt: skip
"""Why a mail may not be all here."""
