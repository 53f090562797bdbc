"""Handing messages over to gateway or mail server: claimed before it is asked, so that two workers never send one together.

A worker killed between the answer and our writing it down leaves the message claimed; it is sent again after
the lease: a message may come twice, none is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from hotline.base.kernel import clock
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.rows import insert
from hotline.base.notices import carriers, templates
from hotline.base.notices.actions import ACTOR, opens, settle
from hotline.base.notices.carriers import Carrier
from hotline.base.notices.gateways import Answer, Receipt
from hotline.base.notices.models import Message, MessageEvent, StrayReceipt
from hotline.base.notices.ways import Means
from hotline.base.notices.words import MessageState

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
LONGEST_PAUSE_S = 900
EXPIRED_AT_ONCE = 50
UNSURE_TRIES = 3
"""So often at most may a gateway that does not answer be asked to send the same: it may have sent each."""
SECRET = frozenset({"code", "link"})
_held: set[str] = set()
"""Those that take nothing of ours, so that they are asked with one message at a time."""
_told_mended: set[str] = set()
"""Those of which it was said that they take messages (again)."""
HELD_PAUSE = timedelta(seconds=60)
"""While one takes nothing of ours it is asked so often."""


def send_due(means: Means = Means.SMS) -> int:
    """Hand over whatever is due by ``means``; returns how many were tried."""
    _expire()
    carrier = carriers.by(means)
    if carrier is None:
        return 0
    claimed = _claim(carrier, 1 if carrier.name in _held else carrier.most)
    if not claimed:
        return 0
    for one, answer in carrier.hand_over(claimed):
        try:
            _record(one, answer, carrier)
        except DatabaseError:  # the others' answers must be kept; this one is sent again after its lease
            log.exception("message %s: its answer could not be kept", one.id)
    return len(claimed)


def _expire() -> None:
    """What could not be handed over in time is of no more use to anybody."""
    now = clock.now()
    with transaction.atomic():
        late = list(
            Message.objects.select_for_update(skip_locked=True).filter(
                next_try_at__lte=now, expires_at__lte=now
            )[:EXPIRED_AT_ONCE]
        )
        if late:
            with deed(ACTOR, "notice.expire") as d:
                for one in late:
                    _put(d, one, MessageState.EXPIRED, now, Answer("refused", code=one.code, said=one.said))


def _claim(carrier: Carrier, most: int) -> Sequence[Message]:
    now = clock.now()
    # What waited for the gateway to come back waits for the morning too, unless its reader waits for it.
    night = carrier.wakes and opens(now) > now
    wanted = [name for name in carrier.templates if not night or templates.declared()[name].at_once]
    with transaction.atomic():
        due = Message.objects.select_for_update(skip_locked=True).filter(next_try_at__lte=now)
        due = due.filter(means=carrier.means, template__in=wanted)
        found = [*due.order_by("next_try_at", "id")[:most]]
        if found:
            with deed(ACTOR, "notice.send") as d:
                for one in found:
                    one.state, one.gateway = MessageState.SENDING, carrier.gateway
                    one.tries, one.next_try_at = one.tries + 1, now + LEASE
                    one.save(update_fields=["state", "gateway", "tries", "next_try_at"])
                    d.about("notice", one.id, template=one.template, attempt=one.tries)
    return found


def _record(claimed: Message, answer: Answer, carrier: Carrier) -> None:
    now = clock.now()
    with deed(ACTOR, "notice.answered") as d:
        one = Message.objects.select_for_update().get(id=claimed.id)
        d.about("notice", one.id, verdict=answer.verdict, code=answer.code)
        if one.state != MessageState.SENDING or one.tries != claimed.tries:
            return  # our lease had run out: another worker has it
        if answer.verdict == "broken":
            log.error("%s takes nothing of ours: %s %s", carrier.name, answer.code, answer.said)
            d.tell(f"{carrier.means}.broken", carrier.name, what=f"{answer.code} {answer.said}")
            _held.add(carrier.name)
            _told_mended.discard(carrier.name)
        elif answer.verdict in ("accepted", "refused"):
            _held.discard(carrier.name)
            if carrier.name not in _told_mended:  # once after a start and after each time it took nothing
                d.tell(f"{carrier.means}.mended", carrier.name)
                _told_mended.add(carrier.name)
        match answer.verdict:
            case "accepted":
                one.serial, one.parts, one.sent_at = answer.serial, answer.parts, now
                _put(d, one, MessageState.SENT, now, answer)
                _early_receipt(d, one)
            case "refused":
                _put(d, one, MessageState.REFUSED, now, answer)
            case "unsure" if one.tries >= UNSURE_TRIES:
                _put(d, one, MessageState.UNKNOWN, now, answer)
            case "again" | "unsure":
                pause = min(5 * 2 ** min(one.tries, 10), LONGEST_PAUSE_S)
                _put(d, one, MessageState.WAITING, now, answer, again=now + timedelta(seconds=pause))
            case "broken":
                _put(d, one, MessageState.WAITING, now, answer, again=now + HELD_PAUSE)


def _put(
    d: Deed,
    one: Message,
    state: MessageState,
    now: datetime,
    answer: Answer,
    *,
    again: datetime | None = None,
) -> None:
    one.state, one.next_try_at, one.code, one.said = state, again, answer.code, answer.said
    if state in (MessageState.REFUSED, MessageState.EXPIRED, MessageState.UNKNOWN):
        one.settled_at = now
    known = templates.declared().get(one.template)
    if again is None and (known is None or SECRET & {*known.fields}):
        one.content_sealed = b""  # a code or a link is kept nowhere once it has gone out, or cannot any more
    one.save()
    d.about("notice", one.id, state=state)
    insert(MessageEvent(message_id=one.id, at=now, state=state, code=answer.code, said=answer.said))


def _early_receipt(d: Deed, one: Message) -> None:
    """The receipt may have been faster than the answer."""
    stray = StrayReceipt.objects.filter(gateway=one.gateway, serial=one.serial).first()
    if stray is not None:
        settle(d, one, Receipt(stray.serial, stray.delivered, stray.code, stray.said))
        stray.delete()
