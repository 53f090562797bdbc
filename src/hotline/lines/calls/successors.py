"""Whose calls are whose: a call control that is no more, or says nothing any longer, leaves its calls to another."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from hotline.base.kernel.deeds import deed
from hotline.base.kernel.models import Heartbeat
from hotline.lines.calls.call import CallNow
from hotline.lines.calls.models import Call
from hotline.lines.calls.store import ACTOR, open_calls
from hotline.lines.calls.words import CallState
from hotline.lines.numbers.plan import Plans


def adopt(slot: int, slots: int) -> int:
    """Give ``slot`` the open calls of slots there are no more, since fewer were asked for; returns how many."""
    with transaction.atomic():
        return len(_given(slot, slot__gt=slots))


def signs_of_life(app_prefix: str = "callcontrol-") -> dict[int, str]:
    """When each call control last said that it was alive, by slot; only whether it changes means anything."""
    rows = Heartbeat.objects.filter(process__startswith=app_prefix).values_list("process", "at")
    return {int(process.removeprefix(app_prefix)): at.isoformat() for process, at in rows}


def take(slot: int, silent: Collection[int], plans: Plans) -> list[CallNow]:
    """Give ``slot`` the open calls of slots that are silent. Of two who take at once one gets each call."""
    with transaction.atomic():
        taken = _given(slot, slot__in=[*silent])
    return [call for call in open_calls(slot, plans) if call.id in taken] if taken else []


def _given(slot: int, **whose: object) -> set[UUID]:
    left = Call.objects.select_for_update(skip_locked=True).filter(**whose).exclude(state=CallState.ENDED)
    owners = dict(left.values_list("id", "slot"))
    if owners:
        with deed(ACTOR, "call.adopt") as d:
            for call_id, before in owners.items():
                d.about("call", call_id, slot=slot, before=before)
            Call.objects.filter(id__in=owners).update(slot=slot)
    return set(owners)
