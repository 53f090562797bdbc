"""满意度 by text message: who was not asked at the end of his call, or gave no key, is sent a link. One call, one rating
(一次一评), by whichever way comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.actor import Actor, citizen, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.kernel.figures import declare
from hotline.base.kernel.grades import DIGITS, GRADES
from hotline.base.kernel.rows import insert
from hotline.base.kernel.sealing import unseal
from hotline.base.notices import actions as notices
from hotline.base.notices import templates, tickets, verdicts
from hotline.base.parties.phones import normal
from hotline.lines.calls.models import Call, CallEvent
from hotline.lines.calls.words import Outcome

ACTOR = system("call ratings")
TICKET = "call"
"""The purpose of a link by which a caller rates a call."""
RATE = templates.declare(
    "call-rate", "通话评价邀请", "Please rate your call",
    "感谢您拨打{hotline}，请评价本次通话： {link} ，也可直接回复数字：" + DIGITS + "。", hours=24,
)  # fmt: skip
INVITED = declare(
    "survey_sms", 0, "通话后短信邀请评价（1 是 0 否）", "callers are asked by text message how it was (1 yes, 0 no)", least=0, most=1
)  # fmt: skip
NOT_AGAIN_DAYS = declare(
    "survey_sms_days", 7, "同一号码几天内不再邀请", "days for which a caller is not asked by text message again", most=365
)  # fmt: skip


def listen() -> None:
    """Hear of calls that end, and of what callers write; called once."""
    outbox.on("call.ended", call_ended)
    outbox.on("sms.received", answered)


def call_ended(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A call ended: whoever talked with an agent and rated nothing is asked, if the city wants it."""
    if payload.get("outcome") != Outcome.ANSWERED or not INVITED():
        return
    call = Call.objects.filter(id=key).first()
    if call is None or call.direction != "in" or not call.talked or call.rating is not None:
        return
    phone = normal(unseal(call.caller_sealed)) or ""
    way = notices.way(RATE, phone)
    since = clock.now() - timedelta(days=NOT_AGAIN_DAYS())
    if way is None or tickets.issued_since(TICKET, way, since):
        return
    with deed(ACTOR, "call.ask_rating") as d:
        d.about("call", call.id)
        link = f"{settings.HOTLINE.origin}/r/{tickets.issue(TICKET, call.id, way)}"
        fields = {"hotline": settings.CITY["hotline"]["number"], "link": link}
        notices.queue(RATE, phone, fields, about=("call", call.id), key=f"rate:{call.id}")


@dataclass(frozen=True, slots=True)
class Rateable:
    """A call as its caller sees it when he rates it."""

    id: UUID
    number: str
    at: datetime
    rating: int | None


def rateable(call_id: UUID) -> Rateable:
    """The call a link is for. Raises NotFound."""
    row = Call.objects.filter(id=call_id).values("id", "number", "arrived_at", "rating").first()
    if row is None:
        raise NotFound("call", call_id)
    return Rateable(row["id"], row["number"], row["arrived_at"], row["rating"])


def rate(actor: Actor, call_id: UUID, rating: int, by: str) -> None:
    """Keep a caller's rating (1 very satisfied … 5 very dissatisfied) of a call that ended; ``by``: link or sms.

    Raises Invalid, Conflict when it was rated before (一次一评).
    """
    if not 1 <= rating <= len(GRADES):
        raise Invalid([Fault("grade", "请选择一项", "Choose one")])
    with deed(actor, "call.rate") as d:
        d.about("call", call_id, rating=rating, by=by)
        rated = Call.objects.filter(id=call_id, rating=None, ended_at__isnull=False).update(rating=rating)
        if not rated:
            raise Conflict(
                "这次通话已经评价过了，谢谢", "This call was rated before; thank you", code="rated-before"
            )
        insert(CallEvent(call_id=call_id, at=clock.now(), kind="rated", detail={"rating": rating, "by": by}))


def _judged(call_id: UUID, digit: int, reason: str) -> None:
    rate(citizen(), call_id, digit, "sms")


QUESTION = verdicts.Question(TICKET, ACTOR, timedelta(days=2), frozenset(), _judged)


def answered(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Somebody wrote to us: a lone digit from a caller whom we asked last is his rating."""
    verdicts.take(QUESTION, key)
