"""What is known of text messages: the list, those about one thing, what came in, and how the gateway stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Q
from typing_extensions import TypedDict

from hotline.base.kernel import clock
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.base.kernel.sealing import unseal
from hotline.base.notices import configured, templates
from hotline.base.notices.models import Incoming, Message
from hotline.base.notices.words import FAILED, WORDS, MessageState

_NEWEST = ("-queued_at", "-id")
_FIELDS = (
    "id", "template", "about_kind", "about_id", "to_masked", "state", "queued_at", "next_try_at", "sent_at", "settled_at",
    "tries", "parts", "code", "said",
)  # fmt: skip


class MessageRow(TypedDict):
    """One message, without what it said: its kind and where it stands, with their words."""

    id: UUID
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
    gateway and it is ready to be used."""

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
    return cast(MessageCounts, {"configured": configured.ready(), **found})


class Received(TypedDict):
    """A message that came in, in plain: for the room that takes it."""

    id: UUID
    phone: str
    phone_index: bytes
    text: str
    at: datetime
    taken_as: str


class IncomingRow(TypedDict):
    """A message that came in, as staff read it; ``taken_as``: "" while it waits."""

    id: UUID
    at: datetime
    from_masked: str
    text: str
    taken_as: str
    taken_id: UUID | None


def incoming(*, waiting: bool, cursor: str | None = None, size: int = 50) -> Page[IncomingRow]:
    """What came in: what nobody has dealt with, oldest first, or the rest, newest first. One query."""
    rows = Incoming.objects.filter(city_id=this_city())
    rows = rows.filter(taken_as="") if waiting else rows.exclude(taken_as="")
    order = ("received_at", "id") if waiting else ("-received_at", "-id")
    fields = ("id", "at", "received_at", "from_masked", "text_sealed", "taken_as", "taken_id")
    found = keyset(rows.values(*fields), order, cursor, size)
    return Page(
        [
            IncomingRow(
                id=row["id"], at=row["at"], from_masked=row["from_masked"], text=unseal(row["text_sealed"]),
                taken_as=row["taken_as"], taken_id=row["taken_id"],
            )
            for row in found.items
        ],
        found.next_cursor,
    )  # fmt: skip


def received(id: UUID | str, *, lock: bool = False) -> Received:
    """One message that came in; ``lock``: for whoever is about to make something of it. Raises NotFound."""
    rows = Incoming.objects.select_for_update() if lock else Incoming.objects
    row = rows.filter(id=id).first()
    if row is None:
        raise NotFound("incoming", id)
    return Received(
        id=row.id, phone=unseal(row.from_sealed), phone_index=bytes(row.from_index), text=unseal(row.text_sealed),
        at=row.at, taken_as=row.taken_as,
    )  # fmt: skip
