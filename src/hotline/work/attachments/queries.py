"""Which attachments there are, for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from typing_extensions import TypedDict

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.base.kernel.sealing import unseal
from hotline.work.attachments import figures
from hotline.work.attachments.kinds import KINDS, taken
from hotline.work.attachments.models import Attachment
from hotline.work.attachments.rights import ADD, QUARANTINE, READ, RELEASE
from hotline.work.attachments.states import DOUBTS, WORDS, State
from hotline.work.cases import queries as cases

KEPT_BACK = "（保密）"


class AttachmentRow(TypedDict):
    """One attachment with its words. ``kept_back``: it is the confidential caller's, and not yet for the unit; ``releasable``:
    the reader may change that. ``scanned``: by a scanner."""

    id: UUID
    name: str
    kind: str
    size: int
    side: str
    channel: str
    act: str
    added_at: datetime
    added_by: str
    state: str
    state_zh: str
    state_en: str
    doubt_zh: str
    doubt_en: str
    said: str
    image: bool
    scanned: bool
    may_open: bool
    kept_back: bool
    releasable: bool
    may_settle: bool


class Taken(TypedDict):
    """What may be added: kinds by name, megabytes a file, how many at once."""

    kinds: list[str]
    mb: int
    at_once: int


class Attachments(TypedDict):
    """Attachments of one thing, oldest first; ``may_add``: the reader may add to them."""

    items: list[AttachmentRow]
    may_add: bool
    taken: Taken


def limits() -> Taken:
    """What may be added today."""
    return Taken(kinds=[*taken()], mb=figures.FILE_MB(), at_once=figures.PER_REQUEST())


def of_case(actor: Actor, case_id: UUID) -> Attachments:
    """The attachments of a case in sight. Two queries. Raises NotFound."""
    case = cases.one(actor, case_id)
    hidden = case.confidential and not cases.may_know_callers(actor)
    releases = case.confidential and not hidden and actor.may(RELEASE)
    rows = Attachment.objects.filter(city_id=this_city(), about_kind="case", about_id=case_id).order_by("id")
    items = [_row(actor, row, hidden=hidden, releases=releases) for row in rows]
    return Attachments(items=items, may_add=actor.may(ADD), taken=limits())


def of_message(actor: Actor, incoming: UUID) -> list[AttachmentRow]:
    """What came with a message that is in the inbox. One query."""
    rows = Attachment.objects.filter(city_id=this_city(), about_kind="incoming", about_id=incoming)
    return [_row(actor, row, hidden=False, releases=False) for row in rows.order_by("id")]


def _row(actor: Actor, row: Attachment, *, hidden: bool, releases: bool) -> AttachmentRow:
    back = hidden and kept_back(row)
    zh, en = WORDS[State(row.state)]
    doubt_zh, doubt_en = DOUBTS.get(row.doubt, ("", ""))
    settles = actor.may(QUARANTINE) and not back
    held = row.state == State.QUARANTINED
    return AttachmentRow(
        id=row.id, name=KEPT_BACK if back else unseal(row.name_sealed), kind=row.kind, size=row.size, side=row.side,
        channel=row.channel, act=row.act, added_at=row.added_at, added_by=row.added_by, state=row.state,
        state_zh=zh, state_en=en, doubt_zh=doubt_zh, doubt_en=doubt_en, said="" if back else row.said,
        image=row.kind in KINDS and KINDS[row.kind].image, scanned=row.scanned_at is not None,
        may_open=not back and actor.may(READ) and (row.state == State.CLEAN or (held and settles)),
        kept_back=back, releasable=releases and kept_back(row) and row.state == State.CLEAN,
        may_settle=settles and row.state in (State.QUARANTINED, State.CLEAN),
    )  # fmt: skip


def kept_back(row: Attachment) -> bool:
    """Whether, on a confidential case, no unit may see it: what its caller and the centre add may say who he is."""
    return row.side != "unit" and row.released_at is None


def may_see(actor: Actor, row: Attachment) -> bool:
    """Whether ``actor`` may know of this attachment: of its case, and not kept back from him; of a message if he reads those."""
    if row.about_kind == "incoming":
        return actor.may("inbox.work")
    if row.about_kind != "case":
        return False
    try:
        case = cases.one(actor, row.about_id)
    except NotFound:
        return False
    return not (case.confidential and not cases.may_know_callers(actor) and kept_back(row))


class OwnFile(TypedDict):
    """A file as the one who sent it sees it."""

    id: UUID
    name: str
    size: int
    state: str


def of_caller(kind: str, id: UUID | str) -> list[OwnFile]:
    """What a caller has sent with his draft or his case, as far as it is kept. One query."""
    rows = Attachment.objects.filter(city_id=this_city(), about_kind=kind, about_id=id, side="caller")
    return [
        OwnFile(id=row.id, name=unseal(row.name_sealed), size=row.size, state=row.state)
        for row in rows.exclude(state__in=(State.ERASED, State.REFUSED)).order_by("id")
    ]


def originals(about: tuple[str, UUID]) -> dict[bytes, UUID]:
    """What tells the files that are there already, with their ids."""
    rows = Attachment.objects.filter(city_id=this_city(), about_kind=about[0], about_id=about[1])
    rows = rows.exclude(state__in=(State.ERASED, State.REFUSED))
    return {bytes(original): id for original, id in rows.values_list("original", "id")}


class HeldRow(TypedDict):
    """An attachment in quarantine: why, and what it belongs to."""

    id: UUID
    about_kind: str
    about_id: UUID
    kind: str
    size: int
    added_at: datetime
    doubt_zh: str
    doubt_en: str
    said: str


def quarantine(cursor: str | None = None, size: int = 50) -> Page[HeldRow]:
    """What is in quarantine, newest first. One query."""
    rows = Attachment.objects.filter(city_id=this_city(), state=State.QUARANTINED)
    fields = ("id", "about_kind", "about_id", "kind", "size", "added_at", "doubt", "said")
    found = keyset(rows.values(*fields), ("-id",), cursor, size)
    return Page([_held(row) for row in found.items], found.next_cursor)


def _held(row: dict[str, Any]) -> HeldRow:
    zh, en = DOUBTS.get(row.pop("doubt"), ("", ""))
    return cast(HeldRow, {**row, "doubt_zh": zh, "doubt_en": en})
