"""Every write on attachments: added, handed over to a case, let out of quarantine, shown to a unit, erased, opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.kernel import clock, rates
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.rows import insert
from hotline.base.kernel.sealing import blind_index, seal, unseal
from hotline.work.attachments import figures, queries, scanner
from hotline.work.attachments.examining import Examined, Refused, Upload, cleaned_name, examine
from hotline.work.attachments.kinds import KINDS
from hotline.work.attachments.models import Attachment
from hotline.work.attachments.rights import ADD, QUARANTINE, READ, RELEASE
from hotline.work.attachments.states import State, may
from hotline.work.cases import queries as cases

ACTOR = system("attachments")
DRAFTS_KEPT = timedelta(hours=3)
"""Longer than a draft of the portal can be sent."""

About = tuple[str, UUID]
"""What attachments belong to: ("case" | "draft" | "incoming", its id)."""


def add(actor: Actor, case_id: UUID, upload: Upload, *, original: bool = False) -> UUID:
    """Add a file to a case in sight, for the centre or for its unit; ``original``: it is the letter, or what the visitor brought,
    that the case was filed from. Right attachment.add. Raises NotFound, Invalid."""
    with deed(actor, "attachment.add", ADD) as d:
        case = cases.one(actor, case_id)
        if original:
            if case.arrived_on is None or not actor.sees_all:
                zh, en = "只有中心登记的来信、来访有原件", "Only letters and visits the centre filed have one"
                raise Invalid([Fault("original", zh, en)])
            return _take(d, ("case", case.id), [upload], side="caller", channel=case.channel, act="accept")[0]
        side = "centre" if actor.sees_all else "unit"
        return _take(d, ("case", case.id), [upload], side=side, channel="desk", act="")[0]


def add_from_caller(
    actor: Actor, about: About, uploads: Iterable[Upload], *, channel: str, act: str = ""
) -> list[UUID]:
    """Keep what a caller sends with his request, all of it or nothing. Raises Invalid naming each file that is not taken,
    Problem 429 when too much comes from his address."""
    given = [*uploads]
    if not given:
        return []
    source = rates.source(actor.address)
    if not all(
        rates.allow(f"attachments-from:{source}", figures.PER_ADDRESS(), 3600) for _ in given if source
    ):
        raise Problem(
            "too-many",
            "上传过于频繁，请一小时后再试，或拨打 12345",
            "Too many files from here; try again in an hour or call 12345",
            status=429,
        )
    with deed(actor, "attachment.add") as d:
        return _take(d, about, given, side="caller", channel=channel, act=act)


def take_what_came(actor: Actor, about: About, uploads: Iterable[Upload], *, channel: str) -> None:
    """Keep what came with a message, which nobody can be asked to send anew: what is not taken stays visible with the reason."""
    with deed(actor, "attachment.take") as d:
        d.about(*about, attachments=True)
        for number, upload in enumerate(uploads):
            try:
                if number >= figures.PER_CASE():
                    raise Refused("附件过多", "too many attachments")
                _take(d, about, [upload], side="caller", channel=channel, act="")
            except Invalid as refusal:
                _refuse(d, about, upload, channel, refusal.faults[0])
            except Refused as refusal:
                _refuse(d, about, upload, channel, Fault("file", refusal.zh, refusal.en))


def _refuse(d: Deed, about: About, upload: Upload, channel: str, why: Fault) -> None:
    row = _row(d.actor, about, upload, side="caller", channel=channel, act="")
    row.name_sealed = seal(cleaned_name(upload.name, KINDS["pdf"]).removesuffix(".pdf"))
    row.size, row.state, row.said = len(upload.data), State.REFUSED, f"{why.zh} / {why.en}"
    insert(row)


def _take(d: Deed, about: About, uploads: list[Upload], *, side: str, channel: str, act: str) -> list[UUID]:
    """Examine all, then keep all. What is there already is not kept twice."""
    faults: list[Fault] = []
    examined: list[tuple[Upload, Examined]] = []
    for upload in uploads:
        try:
            examined.append((upload, examine(upload)))
        except Refused as refusal:
            shown = upload.name[-60:] or "–"
            faults.append(
                Fault("file", f"“{shown}”没有收下：{refusal.zh}", f"“{shown}” was not taken: {refusal.en}")
            )
    there = queries.originals(about)
    most = figures.PER_REQUEST() if about[0] == "draft" else figures.PER_CASE()
    coming = [one for one in examined if _original(one[0]) not in there]
    if len(there) + len(coming) > most:
        faults.append(Fault("file", f"附件最多 {most} 个", f"At most {most} attachments"))
    if faults:
        raise Invalid(faults)
    kept: list[UUID] = []
    for upload, one in examined:
        original = _original(upload)
        if original not in there:
            there[original] = _keep(d, about, upload, one, side=side, channel=channel, act=act)
        kept.append(there[original])
    for id in kept:
        d.about("attachment", id, of=about[0], of_id=str(about[1]))
    return kept


def _original(upload: Upload) -> bytes:
    return blind_index("attachment", files.digest([upload.data]).hex())


def _row(actor: Actor, about: About, upload: Upload, *, side: str, channel: str, act: str) -> Attachment:
    return Attachment(
        about_kind=about[0], about_id=about[1], original=_original(upload), side=side, channel=channel, act=act,
        added_at=clock.now(), added_kind=actor.kind, added_id=actor.id, added_by=actor.label,
    )  # fmt: skip


def _keep(d: Deed, about: About, upload: Upload, one: Examined, *, side: str, channel: str, act: str) -> UUID:
    row = _row(d.actor, about, upload, side=side, channel=channel, act=act)
    file = files.keep(d.actor, [one.data], kind="attachment", content_type=one.kind.media)
    row.file_id, row.name_sealed, row.kind, row.size = file.id, seal(one.name), one.kind.name, len(one.data)
    if one.doubt:
        row.state, row.doubt = State.QUARANTINED, one.doubt
    elif scanner.where():
        row.state, row.next_scan_at = State.RECEIVED, row.added_at
    else:
        row.state = State.CLEAN
    insert(row)
    return row.id


def hand_over(actor: Actor, source: About, to: About, *, act: str = "") -> int:
    """Give everything that belongs to ``source`` to ``to``, in the transaction that makes the one of the other; how many there
    were. Harmless twice."""
    rows = Attachment.objects.filter(city_id=this_city(), about_kind=source[0], about_id=source[1])
    ids = [*rows.exclude(state=State.ERASED).values_list("id", flat=True)]
    if ids:
        with deed(actor, "attachment.hand_over") as d:
            Attachment.objects.filter(id__in=ids).update(about_kind=to[0], about_id=to[1], act=act)
            for id in ids:
                d.about("attachment", id, of=to[0], of_id=str(to[1]))
    return len(ids)


def remove_from_draft(actor: Actor, draft: UUID, id: UUID) -> None:
    """Erase what a caller takes back before he sends his request. Harmless twice."""
    with deed(actor, "attachment.remove") as d:
        d.about("attachment", id, of="draft")
        _erase(
            actor,
            Attachment.objects.filter(about_kind="draft", about_id=draft, id=id),
            "taken back by its caller",
        )


def settle(actor: Actor, id: UUID, verdict: str, reason: str) -> None:
    """Let a file out of quarantine ("clean"), or erase it ("erase"), with the reason. Right attachment.quarantine.

    Raises NotFound, Conflict when it does not stand so, Invalid.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "请填写理由", "A reason is required")])
    with deed(actor, "attachment.settle", QUARANTINE) as d:
        row = _seen(actor, id, lock=True)
        to = {"clean": State.CLEAN, "erase": State.ERASED}.get(verdict)
        if to is None:
            raise Invalid([Fault("verdict", "应为 clean 或 erase", "Must be clean or erase")])
        if not may(row.state, to) or (to is State.CLEAN and row.state != State.QUARANTINED):
            raise Conflict(
                "附件的状态已变，未作任何改动，请刷新",
                "The attachment stands otherwise now; nothing was changed, reload",
                code="attachment-state",
            )
        d.about("attachment", id, verdict=verdict, reason=reason.strip()[:500], doubt=row.doubt)
        if to is State.ERASED:
            _erase(actor, Attachment.objects.filter(id=id), "quarantine")
        else:
            Attachment.objects.filter(id=id).update(state=State.CLEAN)


def release(actor: Actor, id: UUID) -> None:
    """Let the unit see a file of a confidential case: it says nothing of who the caller is. Right attachment.release."""
    with deed(actor, "attachment.release", RELEASE) as d:
        row = _seen(actor, id, lock=True)
        d.about("attachment", id, of=row.about_kind, of_id=str(row.about_id))
        if row.released_at is None:
            Attachment.objects.filter(id=id).update(released_at=clock.now())


@dataclass(frozen=True, slots=True)
class Content:
    """An attachment that is being read."""

    name: str
    media: str
    size: int
    image: bool
    parts: Iterator[bytes]


def read(actor: Actor, id: UUID, *, preview: bool = False) -> Content:
    """An attachment's bytes; every reading is logged. Right attachment.read, and attachment.quarantine for one in quarantine.

    Raises NotFound (also outside of his sight, and for what a confidential case keeps back), Conflict while it is not usable.
    """
    with deed(actor, "attachment.read", READ) as d:
        row = _seen(actor, id)
        held = row.state == State.QUARANTINED
        if held and (preview or not actor.may(QUARANTINE)):
            raise Forbidden(QUARANTINE)
        if row.file_id is None or (row.state != State.CLEAN and not held):
            raise Conflict(
                "附件正在查毒或已删除，现在不能打开",
                "The attachment is being scanned or was erased; it cannot be opened now",
                code="attachment-state",
            )
        d.about(
            "attachment", id, of=row.about_kind, of_id=str(row.about_id), preview=preview, state=row.state
        )
        kind = KINDS[row.kind]
        file = stored.opened(row.file_id)
        return Content(unseal(row.name_sealed), kind.media, file.size, kind.image, file.read())


def _seen(actor: Actor, id: UUID, *, lock: bool = False) -> Attachment:
    """An attachment of something ``actor`` may know of. Raises NotFound."""
    rows = Attachment.objects.select_for_update() if lock else Attachment.objects
    row = rows.filter(city_id=this_city(), id=id).first()
    if row is None or not queries.may_see(actor, row):
        raise NotFound("attachment", id)
    return row


def scan_due(limit: int = 20) -> int:
    """Have what waits scanned; how many were. What a worker that died was at is taken up again."""
    done = 0
    while done < limit and (row := _claimed()) is not None:
        _scan(row)
        done += 1
    return done


CLAIM = timedelta(seconds=3 * scanner.TIMEOUT_S)


def _claimed() -> Attachment | None:
    now = clock.now()
    due = Attachment.objects.filter(city_id=this_city(), next_scan_at__lte=now).order_by("next_scan_at")
    for row in due[:5]:
        mine = Attachment.objects.filter(id=row.id, state=row.state, next_scan_at=row.next_scan_at)
        if mine.update(state=State.SCANNING, next_scan_at=now + CLAIM, scans=row.scans + 1):
            row.state, row.scans = State.SCANNING, row.scans + 1
            return row
    return None


def _scan(row: Attachment) -> None:
    """Outside of any transaction: the scanner may take a minute."""
    assert row.file_id is not None
    verdict = scanner.scan(stored.opened(row.file_id).read(), scanner.where())
    now = clock.now()
    after: dict[str, object] = {"said": verdict.said, "next_scan_at": None}
    if verdict.kind == "clean":
        after |= {"state": State.CLEAN, "scanned_at": now}
    elif verdict.kind == "found":
        after |= {"state": State.QUARANTINED, "doubt": "virus", "scanned_at": now}
    elif now - row.added_at >= timedelta(hours=figures.SCAN_HOURS()):
        after |= {"state": State.QUARANTINED, "doubt": "unscanned"}
    else:
        pause = min(10 * 2 ** min(row.scans, 10), 900)
        after |= {"state": State.RECEIVED, "next_scan_at": now + timedelta(seconds=pause)}
    with deed(ACTOR, "attachment.scan") as d:
        d.about("attachment", row.id, verdict=verdict.kind)
        Attachment.objects.filter(id=row.id, state=State.SCANNING, scans=row.scans).update(**after)


def forget_drafts() -> int:
    """Erase what came with requests that were never sent; how many."""
    old = Attachment.objects.filter(about_kind="draft", added_at__lt=clock.now() - DRAFTS_KEPT)
    old = old.exclude(state__in=(State.ERASED, State.REFUSED))
    ids = [*old.values_list("id", flat=True)[:500]]
    if ids:
        with deed(ACTOR, "attachment.forget") as d:
            for id in ids:
                d.about("attachment", id, of="draft")
            _erase(ACTOR, Attachment.objects.filter(id__in=ids, about_kind="draft"), "never sent")
    return len(ids)


def erase_all(actor: Actor, about: About, why: str) -> int:
    """Erase everything that belongs to ``about``, bytes and names, in the deed that erases it; how many there were."""
    return _erase(actor, Attachment.objects.filter(about_kind=about[0], about_id=about[1]), why)


def _erase(actor: Actor, rows: object, why: str) -> int:
    found = [row for row in rows.select_for_update() if may(row.state, State.ERASED)]  # type: ignore[attr-defined]
    files.erase(actor, [row.file_id for row in found if row.file_id], why)
    return Attachment.objects.filter(id__in=[row.id for row in found]).update(
        state=State.ERASED, next_scan_at=None, name_sealed=b""
    )
