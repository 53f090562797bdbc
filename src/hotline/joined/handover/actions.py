"""What a far centre tells us: a caller who comes over, and what became of one who went there (53号 二(二)3, 二(三))."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.sealing import seal
from hotline.joined.handover import codes, figures, format, meeting, queries
from hotline.joined.handover.models import Delivery, HandOver, HandOverEvent, OneTimeCode


@dataclass(frozen=True)
class Receipt:
    """What became of a message: ``fresh`` False is a repetition; ``met`` says its caller is on our line already."""

    message_id: UUID
    received_at: datetime
    fresh: bool
    met: bool


def check_size(octets: int) -> None:
    """Raise Problem (413) for a body over the limit; asked before it is read."""
    if octets > format.MAX_BYTES:
        raise Problem(
            "message-too-large", f"消息最多 {format.MAX_BYTES} 字节。",
            f"A message may have at most {format.MAX_BYTES} bytes.", status=413,
        )  # fmt: skip


def receive(actor: Actor, body: bytes) -> Receipt:
    """Keep a message of a far centre, sealed; sending it again changes nothing. Right handover.push.

    Raises Problem: 400, 413, 422 for the body, 403 for another's number, 409 for the same id with other content, 410 for
    one that comes too late.
    """
    with deed(actor, "handover.receive", right="handover.push") as d:
        message = format.read(body, format.Message)
        queries.speaks_for(actor, message.sender)
        digest, now = format.digest(message), clock.now()
        # One message at a time per centre and id: whoever comes second finds the first.
        known = HandOver.objects.select_for_update().filter(
            direction="in", far=message.sender, message_id=message.message_id
        )
        if (row := known.first()) is None:
            _check(message, now)
            row = _keep(message, digest, now)
        if bytes(row.digest) != digest:
            raise Conflict(
                "相同 message_id 的消息已有不同内容；请换新的 message_id。",
                "A message with this message_id has other content; use a new message_id.",
                code="other-content",
            )
        fresh = row.kept_at == now
        d.about("hand_over", row.id, far=row.far, way=row.kind, fresh=fresh)
        if fresh:
            meeting.look_for_the_call(d, row)
        return Receipt(row.message_id, row.kept_at, fresh, row.call_id is not None)


def _check(message: format.Message, now: datetime) -> None:
    limit = figures.LATE_SECONDS()
    if message.sent_at < now - timedelta(seconds=limit):
        raise Problem(
            "too-late", f"消息已过迟（限 {limit} 秒内），未作任何改动。",
            f"The message comes too late (limit {limit} seconds); nothing was changed.", status=410,
        )  # fmt: skip
    if faults := list(format.meaning_faults(message, queries.here(), now)):
        raise Invalid(faults)


def _keep(message: format.Message, digest: bytes, now: datetime) -> HandOver:
    """The row of a message, ours or that of whoever was quicker."""
    row = HandOver(
        direction="in", far=message.sender, message_id=message.message_id, correlation=message.correlation_id,
        kind=message.kind, confidential=message.confidential, content_sealed=seal(format.canonical(message).decode()),
        digest=digest, sent_at=message.sent_at, kept_at=now,
    )  # fmt: skip
    HandOver.objects.bulk_create([row], ignore_conflicts=True)
    kept = HandOver.objects.select_for_update().get(
        direction="in", far=message.sender, message_id=message.message_id
    )
    if kept.id == row.id:
        HandOverEvent.objects.create(hand_over=kept, at=now, kind="received", detail={"kind": kept.kind})
        if message.code and codes.keep(message.code, hand_over=kept) is None:
            raise Invalid(
                [Fault("code", "此移交码正被使用，请另换一个", "This code is in use; choose another")]
            )
    return kept


def take_outcome(actor: Actor, message_id: UUID, body: bytes) -> str:
    """Keep what a far centre says became of a caller we sent; returns the outcome that stands. Right handover.push.

    Told again it changes nothing; what came later in the life of the call stands over what came earlier. Raises Problem
    for the body, Conflict when the last word was another, NotFound.
    """
    with deed(actor, "handover.outcome", right="handover.push") as d:
        said = format.read(body, format.OutcomeSaid)
        mine = [number for number in queries.linked_numbers() if queries.is_of(actor, number)]
        row = (
            HandOver.objects.select_for_update()
            .filter(direction="out", message_id=message_id, far__in=mine)
            .first()
        )
        if row is None:
            raise NotFound("hand-over", message_id)
        d.about("hand_over", row.id, outcome=said.outcome)
        if row.outcome in ("refused", "finished") and said.outcome not in (row.outcome, "answered"):
            raise Conflict(
                f"此前已报 {row.outcome}。",
                f"It was said before that this one is {row.outcome}.",
                code="other-outcome",
            )
        if row.outcome not in ("refused", "finished") or (said.reference and not row.reference):
            _note_outcome(row, said)
        return row.outcome


def _note_outcome(row: HandOver, said: format.OutcomeSaid) -> None:
    detail = json.loads(
        json.dumps({"outcome": said.outcome, "at": said.at.isoformat(), "reference": said.reference})
    )
    if row.outcome == said.outcome and row.reference == (said.reference or row.reference):
        return
    row.outcome, row.outcome_at = said.outcome, said.at
    row.reference = said.reference or row.reference
    row.save(update_fields=["outcome", "outcome_at", "reference"])
    HandOverEvent.objects.create(hand_over=row, at=clock.now(), kind="outcome", detail=detail)


def reveal_phone(actor: Actor, hand_over_id: UUID, reason: str) -> str:
    """The caller's number in clear as a far centre handed it over. Every look is logged with its reason (个保法 51).

    Right party.reveal. Raises Invalid without a reason, NotFound, also where the message names no number.
    """
    with deed(actor, "handover.reveal", right="party.reveal") as d:
        if not reason.strip():
            raise Invalid([Fault("reason", "须说明理由", "A reason is needed")])
        row = HandOver.objects.filter(id=hand_over_id, direction="in").exclude(content_sealed=b"").first()
        phone = queries.message_of(row).caller.phone if row else None
        if phone is None:
            raise NotFound("hand-over", hand_over_id)
        d.about("hand_over", hand_over_id, field="phone", reason=reason.strip()[:200])
        return phone


def forget_contents(actor: Actor) -> int:
    """Wipe the content of hand-overs older than the city keeps it (个保法 19); returns how many. Only the platform itself."""
    if actor.kind != "system":
        raise Forbidden("system")
    before = clock.now() - timedelta(days=figures.KEPT_DAYS())
    with deed(actor, "handover.forget") as d:
        old = HandOver.objects.filter(kept_at__lt=before).exclude(content_sealed=b"")
        Delivery.objects.filter(hand_over__in=old).update(body_sealed=b"", next_try_at=None)
        wiped = old.update(content_sealed=b"")
        codes_gone, _ = OneTimeCode.objects.filter(made_at__lt=before).delete()
        d.about("hand_over", "contents", wiped=wiped, codes=codes_gone)
    return wiped
