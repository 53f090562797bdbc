"""What is done with recordings: heard (never unnoticed), held, released, erased when their time is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.files.chunks import Altered
from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.rows import insert
from hotline.lines.recordings import judging, queries, restrictions, retention, rights
from hotline.lines.recordings.coverage import Found
from hotline.lines.recordings.models import Hold, Segment
from hotline.lines.recordings.words import Amiss, RetentionClass, SegmentState

EXPIRY = system("recordings: expiry")
BATCH = 200


# --- hearing -------------------------------------------------------------------------------------------------------------


def listen(actor: Actor, id: UUID, start: int, stop: int, *, download: bool = False) -> Iterator[bytes]:
    """Bytes ``start`` to ``stop`` of a recording, for ``actor`` to hear. Every call of this is an audit row.

    Raises NotFound, Conflict, Forbidden (one's own calls, others', confidential ones: three rights), and Problem when it was
    altered; where only a later part was, the sound breaks off there and the alarm is raised all the same.
    """
    row = hearable(actor, id)
    if download and not actor.may(rights.DOWNLOAD):
        raise Forbidden(rights.DOWNLOAD)
    assert row.file_id
    parts = _opened(row, row.file_id).read(start, stop)
    with deed(actor, "recording.download" if download else "recording.listen", right=rights.LISTEN) as d:
        d.about(
            "call", row.call_id, recording=str(row.id), segment=row.n, start=start, stop=stop, size=row.bytes
        )
    try:
        first = next(parts, b"")
    except Altered as error:
        raise altered(row, error) from error
    return _rest(row, first, parts)


def _rest(row: Segment, first: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    try:
        yield from parts
    except Altered as error:
        raise altered(row, error) from error


def peaks(actor: Actor, id: UUID) -> bytes:
    """How loud a recording is, 20 bytes a second (wav.Sound.peaks): a picture, nothing that can be heard. Raises as `listen`."""
    row = hearable(actor, id)
    assert row.peaks_id
    file = _opened(row, row.peaks_id)
    try:
        return b"".join(file.read())
    except Altered as error:
        raise altered(row, error) from error


def hearable(actor: Actor, id: UUID) -> Segment:
    """The segment, if ``actor`` may hear it. Raises NotFound, Forbidden, and Conflict for one that was never kept or is erased."""
    row = Segment.objects.filter(id=id).first()
    if row is None:
        raise NotFound("recording", id)
    if restrictions.barred(actor, row.call_id):
        raise NotFound("recording", id)
    if lacking := queries.lacking(actor, row.call_id):
        raise Forbidden(lacking)
    if row.state != SegmentState.KEPT:
        raise Conflict(
            "这段录音没有保存，或已到期销毁。", "This recording was not kept, or has expired and was erased."
        )
    return row


def _opened(row: Segment, file_id: UUID) -> stored.Opened:
    try:
        return stored.opened(file_id)
    except (Altered, NotFound) as error:
        raise altered(row, error) from error


def altered(row: Segment, error: Exception) -> Problem:
    """Have it known that a kept recording is not what was kept; the refusal for whoever wanted to hear it."""
    judging.amiss(row.call_id, [Found(Amiss.UNREADABLE, row.n, {"why": str(error)})])
    return Problem(
        "recording-altered",
        "这段录音已被改动或无法解密，已告警。",
        "This recording was altered or cannot be decrypted; an alarm was raised.",
        status=500,
    )


# --- legal hold ----------------------------------------------------------------------------------------------------------


def hold(actor: Actor, call_id: UUID, why: str, until: datetime | None = None) -> Hold:
    """Keep a call's recordings from being erased, until ``until`` or until released. Raises Forbidden, NotFound, Invalid."""
    faults = []
    if not why.strip():
        faults.append(Fault("why", "请写明留存原因", "Say why they are held"))
    if until is not None and (until.tzinfo is None or until <= clock.now()):
        faults.append(Fault("until", "应为将来的带时区时间", "Must be a future time with its offset"))
    with deed(actor, "recording.hold", right=rights.HOLD) as d:
        if faults:
            raise Invalid(faults)
        if not Segment.objects.filter(call_id=call_id).exclude(state=SegmentState.EXPIRED).exists():
            raise NotFound("recordings of call", call_id)
        row = Hold(
            id=ids.new(), call_id=call_id, why=why.strip()[:300], until=until, placed_at=clock.now(),
            placed_by=UUID(actor.id), placed_by_name=actor.label[:60],
        )  # fmt: skip
        insert(row)
        d.about("call", call_id, hold=str(row.id), why=row.why, until=until.isoformat() if until else None)
    return row


def release(actor: Actor, hold_id: UUID, why: str) -> Hold:
    """Let a hold go; the recordings expire when their time is over. Raises Forbidden, NotFound, Conflict, Invalid."""
    with deed(actor, "recording.release", right=rights.HOLD) as d:
        row = Hold.objects.select_for_update().filter(id=hold_id).first()
        if row is None:
            raise NotFound("hold", hold_id)
        if not why.strip():
            raise Invalid([Fault("why", "请写明解除原因", "Say why it is released")])
        if row.released_at is not None:
            raise Conflict("该留存已经解除。", "This hold was released already.")
        row.released_at, row.released_by_name, row.release_why = (
            clock.now(),
            actor.label[:60],
            why.strip()[:300],
        )
        row.save()
        d.about("call", row.call_id, hold=str(row.id), why=row.release_why)
    return row


# --- expiry --------------------------------------------------------------------------------------------------------------


def expire() -> int:
    """Erase what is past its time and not held; returns how many were looked at. The rows stay.

    The class is asked again: a call whose case was made confidential or redone meanwhile is kept as long as those are.
    """
    held = Hold.objects.filter(queries.in_force(clock.now())).values("call_id")
    due = Segment.objects.filter(expires_at__lte=clock.now()).exclude(state=SegmentState.EXPIRED)
    rows = [*due.exclude(call_id__in=held).order_by("expires_at")[:BATCH]]
    standing = restrictions.standing_of([row.call_id for row in rows])
    for row in rows:
        _expire(row, standing[row.call_id].retention)
    return len(rows)


def _expire(row: Segment, now_in: RetentionClass) -> None:
    assert row.started_at
    until = retention.expires(now_in, row.started_at)
    with deed(EXPIRY, "recording.expire") as d:
        mine: QuerySet[Segment] = Segment.objects.select_for_update().filter(id=row.id)
        if mine.get().state == SegmentState.EXPIRED:
            pass
        elif until > clock.now():
            mine.update(retention=now_in, expires_at=until)
        elif not Hold.objects.filter(queries.in_force(clock.now()), call_id=row.call_id).exists():
            files.erase(EXPIRY, [id for id in (row.file_id, row.peaks_id) if id], "retention")
            mine.update(state=SegmentState.EXPIRED, retention=now_in)
        d.about("call", row.call_id, segment=row.n, retention=now_in, until=until.isoformat())
