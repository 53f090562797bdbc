"""What is known of messages: the list, those about one thing, what came in, and how the gateway stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Q
from typing_extensions import TypedDict

from hotline.base.files import queries as files
from hotline.base.kernel import clock
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.base.kernel.sealing import unseal
from hotline.base.notices import configured, templates
from hotline.base.notices.mail import configured as mailbox
from hotline.base.notices.mail import reading
from hotline.base.notices.mail.reading import Letter
from hotline.base.notices.models import Incoming, MailboxState, Message
from hotline.base.notices.words import FAILED, FLAWS, WORDS, MessageState

_NEWEST = ("-queued_at", "-id")
_FIELDS = (
    "id", "means", "template", "about_kind", "about_id", "to_masked", "state", "queued_at", "next_try_at", "sent_at", "settled_at",
    "tries", "parts", "code", "said",
)  # fmt: skip


class MessageRow(TypedDict):
    """One message, without what it said: its kind and where it stands, with their words."""

    id: UUID
    means: str
    template: str
    zh: str
    en: str
    about_kind: str
    about_id: UUID
    to_masked: str
    state: str
    state_zh: str
    state_en: str
    queued_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    settled_at: datetime | None
    tries: int
    parts: int | None
    code: str
    said: str


class MessageCounts(TypedDict):
    """How many wait, had no receipt yet, arrived and failed, of those of the last 24 hours; ``configured``: there is a
    gateway or a mailbox, and it is ready to be used."""

    configured: bool
    waiting: int
    sent: int
    delivered: int
    failed: int


def page(
    *,
    state: str = "",
    about_kind: str = "",
    about_id: UUID | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[MessageRow]:
    """Messages, newest first, by ``state`` ("failed": every way of failing) or about one thing. One query."""
    rows = Message.objects.filter(city_id=this_city())
    if state:
        rows = rows.filter(state__in=FAILED) if state == "failed" else rows.filter(state=state)
    if about_kind and about_id:
        rows = rows.filter(about_kind=about_kind, about_id=about_id)
    found = keyset(rows.values(*_FIELDS), _NEWEST, cursor, size)
    return Page([_row(row) for row in found.items], found.next_cursor)


def _row(row: dict[str, Any]) -> MessageRow:
    known = templates.declared().get(row["template"])
    zh, en = WORDS[MessageState(row["state"])]
    words = {"zh": known.zh, "en": known.en} if known else {"zh": row["template"], "en": row["template"]}
    return cast(MessageRow, {**row, **words, "state_zh": zh, "state_en": en})


def counts() -> MessageCounts:
    """Two queries at most."""
    found = Message.objects.filter(
        city_id=this_city(), queued_at__gt=clock.now() - timedelta(days=1)
    ).aggregate(
        waiting=Count("id", filter=Q(state__in=(MessageState.WAITING, MessageState.SENDING))),
        sent=Count("id", filter=Q(state=MessageState.SENT)),
        delivered=Count("id", filter=Q(state=MessageState.DELIVERED)),
        failed=Count("id", filter=Q(state__in=FAILED)),
    )
    return cast(MessageCounts, {"configured": configured.ready() or mailbox.ready(), **found})


class Received(TypedDict):
    """A message that came in, in plain: for the room that takes it. ``sender``: a telephone, or an address; ``answers_*``: what the
    message of ours was about that it answers."""

    id: UUID
    channel: str
    sender: str
    sender_index: bytes
    subject: str
    text: str
    at: datetime
    taken_as: str
    taken_id: UUID | None
    answers_kind: str
    answers_id: UUID | None
    original_id: UUID | None


class IncomingRow(TypedDict):
    """A message that came in, as staff read it; ``taken_as``: "" while it waits; ``more``: there is more text than stands here;
    ``flaw_*``: why something may be missing; ``has_original``: it can be had as it came."""

    id: UUID
    channel: str
    at: datetime
    from_masked: str
    subject: str
    text: str
    more: bool
    flaw_zh: str
    flaw_en: str
    has_original: bool
    taken_as: str
    taken_id: UUID | None


LIST_TEXT = 600
_INCOMING = (
    "id", "channel", "at", "received_at", "from_masked", "subject_sealed", "text_sealed", "flaw", "original_id",
    "taken_as", "taken_id",
)  # fmt: skip


def incoming(
    *,
    waiting: bool,
    channel: str = "",
    taken_id: UUID | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[IncomingRow]:
    """What came in: what nobody has dealt with, oldest first, or the rest, newest first; by ``channel``, or what became of or was
    added to one thing. One query."""
    rows = Incoming.objects.filter(city_id=this_city())
    rows = rows.filter(taken_as="") if waiting else rows.exclude(taken_as="")
    if channel:
        rows = rows.filter(channel=channel)
    if taken_id:
        rows = rows.filter(taken_id=taken_id)
    order = ("received_at", "id") if waiting else ("-received_at", "-id")
    found = keyset(rows.values(*_INCOMING), order, cursor, size)
    return Page([_incoming(row, LIST_TEXT) for row in found.items], found.next_cursor)


def incoming_one(id: UUID) -> IncomingRow:
    """One message with all its words. One query. Raises NotFound."""
    row = Incoming.objects.filter(city_id=this_city(), id=id).values(*_INCOMING).first()
    if row is None:
        raise NotFound("incoming", id)
    return _incoming(row, None)


def _incoming(row: dict[str, Any], most: int | None) -> IncomingRow:
    text = unseal(row["text_sealed"])
    zh, en = FLAWS.get(row["flaw"], ("", ""))
    return IncomingRow(
        id=row["id"], channel=row["channel"], at=row["at"], from_masked=row["from_masked"],
        subject=unseal(row["subject_sealed"]), text=text if most is None else text[:most],
        more=most is not None and len(text) > most, flaw_zh=zh, flaw_en=en, has_original=row["original_id"] is not None,
        taken_as=row["taken_as"], taken_id=row["taken_id"],
    )  # fmt: skip


def received(id: UUID | str, *, lock: bool = False) -> Received:
    """One message that came in; ``lock``: for whoever is about to make something of it. Raises NotFound."""
    rows = Incoming.objects.select_for_update() if lock else Incoming.objects
    row = rows.filter(id=id).first()
    if row is None:
        raise NotFound("incoming", id)
    return Received(
        id=row.id, channel=row.channel, sender=unseal(row.from_sealed), sender_index=bytes(row.from_index),
        subject=unseal(row.subject_sealed), text=unseal(row.text_sealed), at=row.at, taken_as=row.taken_as,
        taken_id=row.taken_id, answers_kind=row.answers_kind, answers_id=row.answers_id, original_id=row.original_id,
    )  # fmt: skip


def made_into(id: UUID) -> list[UUID]:
    """The messages that became one thing or were added to it. One query."""
    return [*Incoming.objects.filter(city_id=this_city(), taken_id=id).values_list("id", flat=True)]


def original(id: UUID) -> bytes:
    """A mail's bytes as they came. Raises NotFound: also for a text message, whose words are all there is, and for what was
    kept long enough."""
    row = received(id)
    if row["original_id"] is None:
        raise NotFound("incoming", id)
    return b"".join(files.opened(row["original_id"]).read())


def letter(id: UUID) -> Letter:
    """A mail read again from its bytes: its words and what came with it. Raises NotFound as ``original`` does."""
    return reading.read(original(id))


class MailStanding(TypedDict):
    """How a mailbox stands: when it was last read, since when it cannot be, and what the server said then."""

    looked_at: datetime | None
    failing_since: datetime | None
    said: str
    uid: int


def mail_standing() -> MailStanding | None:
    """How the mailbox stands that was looked at last; None: none was. One query."""
    row = MailboxState.objects.filter(city_id=this_city()).order_by("-next_look_at").first()
    if row is None:
        return None
    return MailStanding(looked_at=row.looked_at, failing_since=row.failing_since, said=row.said, uid=row.uid)
