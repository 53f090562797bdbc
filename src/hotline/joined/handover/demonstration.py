"""Hand-overs of demonstration calls, for `hotline demo clear`."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.joined.handover.models import CameOver, Delivery, HandOver, HandOverEvent, OneTimeCode


def clear(actor: Actor, calls: QuerySet[Any, Any]) -> int:
    """Remove what was handed over with ``calls`` (a query of ids); returns how many messages. Only the platform may."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_hand_overs") as d:
        theirs = [*HandOver.objects.filter(call_id__in=calls).values_list("id", flat=True)]
        OneTimeCode.objects.filter(
            Q(call_id__in=calls) | Q(redeemed_call_id__in=calls) | Q(hand_over__in=theirs)
        ).delete()
        for rows in (HandOverEvent, Delivery):
            rows.objects.filter(hand_over__in=theirs).delete()
        CameOver.objects.filter(call_id__in=calls).delete()
        HandOver.objects.filter(id__in=theirs).delete()
        d.about("hand_over", "demo", removed=len(theirs))
    return len(theirs)
