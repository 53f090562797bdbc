"""One-time codes: six digits that join two records where only the telephone network joins two centres.

A code is short, so it holds for minutes, is used once, and whoever tries may try only a few times.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from hotline.base.kernel import clock, rates
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound, Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index, seal, unseal
from hotline.joined.handover import figures
from hotline.joined.handover.models import HandOver, HandOverEvent, OneTimeCode
from hotline.lines.calls import queries as calls

TRIES_WITHIN_S = 600
KIND = "hand-over-code"


@dataclass(frozen=True)
class Code:
    """Six digits and until when they hold."""

    code: str
    expires_at: datetime


def code_for(actor: Actor, call_id: UUID) -> Code:
    """A code for one of our calls, to be read out or keyed in at the far side; the same one while it holds.

    Right desk.work. Raises NotFound.
    """
    with deed(actor, "handover.code", right="desk.work") as d:
        if calls.desk_call(call_id) is None:
            raise NotFound("call", call_id)
        d.about("call", call_id)
        return _code_for(call_id)


def code_of(call_id: UUID) -> str:
    """The call's code, for a message to a centre that no header reaches."""
    return _code_for(call_id).code


def _code_for(call_id: UUID) -> Code:
    now = clock.now()
    standing = OneTimeCode.objects.filter(call_id=call_id, live=True, expires_at__gt=now).first()
    if standing is not None:
        return Code(unseal(standing.code_sealed), standing.expires_at)
    while True:
        code = f"{secrets.randbelow(1_000_000):06}"
        if row := keep(code, call_id=call_id):
            return Code(code, row.expires_at)


def keep(code: str, *, call_id: UUID | None = None, hand_over: HandOver | None = None) -> OneTimeCode | None:
    """Keep ``code`` for a call of ours or a far centre's message; None when these digits stand for something else now."""
    now = clock.now()
    row = OneTimeCode(
        code_sealed=seal(code), code_index=blind_index(KIND, code), call_id=call_id, hand_over=hand_over,
        made_at=now, expires_at=now + timedelta(seconds=figures.CODE_SECONDS()),
    )  # fmt: skip
    OneTimeCode.objects.filter(live=True, code_index=row.code_index, expires_at__lte=now).update(live=False)
    OneTimeCode.objects.bulk_create([row], ignore_conflicts=True)
    return OneTimeCode.objects.filter(city_id=this_city(), id=row.id).first()


def redeem(actor: Actor, code: str, call_id: UUID) -> None:
    """Join ``call_id`` with what ``code`` stands for. Right desk.work.

    Raises Invalid for a wrong or stale code, Problem (429) after too many tries, NotFound for the call.
    """
    if not actor.may("desk.work"):
        raise Problem("forbidden", "没有权限：坐席接听", "Not allowed: Work at the desk", status=403)
    # Counted outside the transaction: a try that failed has been made all the same.
    for key in {f"{KIND}:{actor.kind}:{actor.id}", f"{KIND}:call:{call_id}"}:
        if not rates.allow(key, figures.CODE_TRIES(), TRIES_WITHIN_S):
            raise Problem(
                "too-many", "试的次数过多，请稍后再试。", "Too many tries; try again later.", status=429
            )
    with transaction.atomic(), deed(actor, "handover.redeem") as d:
        if calls.desk_call(call_id) is None:
            raise NotFound("call", call_id)
        found = (
            OneTimeCode.objects.select_for_update(of=("self",))
            .select_related("hand_over")
            .filter(live=True, code_index=blind_index(KIND, code.strip()), expires_at__gt=clock.now())
            .first()
        )
        if found is None:
            raise Invalid([Fault("code", "移交码不对或已失效", "The code is wrong or holds no more")])
        _join(d, found, call_id)


def _join(d: Deed, found: OneTimeCode, call_id: UUID) -> None:
    now = clock.now()
    if found.call_id == call_id:
        raise Conflict("这是本通话自己的移交码。", "This is the call's own code.")
    found.live, found.redeemed_at, found.redeemed_call_id = False, now, call_id
    found.save(update_fields=["live", "redeemed_at", "redeemed_call_id"])
    d.about("call", call_id, by="code", earlier_call=str(found.call_id or ""))
    if found.hand_over is not None:
        HandOver.objects.filter(id=found.hand_over.id).update(call_id=call_id, met_at=now)
        HandOverEvent.objects.create(
            hand_over=found.hand_over, at=now, kind="met", detail={"call_id": str(call_id), "by": "code"}
        )
        d.about("hand_over", found.hand_over_id, call_id=str(call_id))
