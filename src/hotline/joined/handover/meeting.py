"""A far centre's caller and its message find each other, whichever comes first; and the far centre learns what became of him.

The two are joined by the correlation id in the SIP header, on the trunk of the very centre that sent the message; or by a
one-time code (codes.py) where no header can be sent.
"""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID

import msgspec

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import Deed, deed, notify
from hotline.base.kernel.errors import Problem
from hotline.joined.handover import codes, format, queries, sending
from hotline.joined.handover.models import CameOver, FarCentre, HandOver, HandOverEvent
from hotline.lines.calls import queries as calls
from hotline.work.cases import queries as cases

log = logging.getLogger(__name__)
ACTOR = system("hand-over")


def look_for_the_call(d: Deed, row: HandOver) -> None:
    """The message came after its caller: is he on the line already?"""
    for came in CameOver.objects.filter(correlation=row.correlation).order_by("-at"):
        if row.far in queries.numbers_of_trunk(came.trunk):
            _meet(d, row, came.call_id)
            return


def on_came_over(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A call with a correlation id began: note it, and see whether its message is here already. Harmless when told twice."""
    correlation, trunk = payload["correlation"], payload["trunk"]
    with deed(ACTOR, "handover.came_over") as d:
        d.about("call", key, trunk=trunk)
        came = CameOver(call_id=UUID(key), correlation=correlation, trunk=trunk, at=clock.now())
        CameOver.objects.bulk_create([came], ignore_conflicts=True)
        waiting = HandOver.objects.filter(
            direction="in", correlation=correlation, far__in=queries.numbers_of_trunk(trunk), call_id=None
        )
        for row in waiting.select_for_update():
            _meet(d, row, UUID(key))


def _meet(d: Deed, row: HandOver, call_id: UUID) -> None:
    row.call_id, row.met_at = call_id, clock.now()
    row.save(update_fields=["call_id", "met_at"])
    HandOverEvent.objects.create(
        hand_over=row, at=row.met_at, kind="met", detail={"call_id": str(call_id), "by": "header"}
    )
    d.about("hand_over", row.id, call_id=str(call_id))
    wake_desk(call_id)


def wake_desk(call_id: UUID) -> None:
    """The agent who has the call sees its context at once."""
    call = calls.desk_call(call_id)
    if call is not None and call.agent_id is not None:
        notify("desk", json.dumps({"staff_id": str(call.agent_id)}))


def on_code_keyed(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Somebody keyed a code during a call. A wrong one is noted in the log only: he may try again."""
    try:
        codes.redeem(ACTOR, str(payload["code"]), UUID(key))
    except Problem as problem:
        log.warning("call %s: a code was keyed in vain: %s", key, problem.en)
        return
    wake_desk(UUID(key))


# --- what became of him --------------------------------------------------------------------------------------------------


def tell_answered() -> None:
    """Tell far centres that their callers talk with our agents now."""
    open_ones = HandOver.objects.filter(direction="in", outcome="").exclude(call_id=None)
    for row in open_ones.order_by("id")[:100]:
        call = calls.desk_call(row.call_id) if row.call_id else None
        if call is not None and call.answered_at is not None:
            _say(row, format.OutcomeSaid("answered", call.answered_at))


def on_ended(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A call ended: tell the far centre it came from, with the number of the case it led to. Harmless when told twice."""
    for row in HandOver.objects.filter(direction="in", call_id=UUID(key)):
        call = calls.desk_call(UUID(key))
        if call is None or row.outcome in ("refused", "finished"):
            continue
        served = call.answered_at is not None
        filed = cases.of_calls(ACTOR, [call.id]).get(call.id) if served else None
        number = cases.one(ACTOR, filed).number if filed else None
        _say(
            row, format.OutcomeSaid("finished" if served else "refused", call.ended_at or clock.now(), number)
        )


def _say(row: HandOver, said: format.OutcomeSaid) -> None:
    with deed(ACTOR, "handover.say_outcome") as d:
        row.outcome, row.outcome_at = said.outcome, said.at
        row.save(update_fields=["outcome", "outcome_at"])
        HandOverEvent.objects.create(
            hand_over=row,
            at=clock.now(),
            kind="outcome",
            detail={"outcome": said.outcome, "reference": said.reference},
        )
        d.about("hand_over", row.id, outcome=said.outcome)
        if FarCentre.objects.filter(number=row.far).exists():
            path = f"/hand-overs/{row.message_id}/outcome"
            sending.deliver(row, said.outcome, path, msgspec.json.encode(said))
