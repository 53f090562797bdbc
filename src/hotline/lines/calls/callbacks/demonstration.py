"""Callbacks that demonstration calls left behind, for `hotline demo clear`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.lines.calls.callbacks.models import Attempt, Callback, MissedCall


def clear(actor: Actor, calls: QuerySet[Any, Any]) -> int:
    """Remove the callbacks of ``calls`` (a query of ids) with their attempts; returns how many. Only the platform may."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_callbacks") as d:
        # All that one callback makes good are calls of one caller: with one of them in ``calls`` all are.
        owed = [*Callback.objects.filter(entry__call__in=calls).values_list("id", flat=True)]
        for rows in (Attempt, MissedCall):
            rows.objects.filter(callback__in=owed).delete()
        Callback.objects.filter(id__in=owed).delete()
        d.about("callback", "demo", removed=len(owed))
    return len(owed)
