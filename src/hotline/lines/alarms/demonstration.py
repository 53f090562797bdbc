"""Alarms that demonstration calls raised, for `hotline demo clear`."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.lines.alarms.models import Alarm


def clear(actor: Actor, calls: QuerySet[Any, Any]) -> int:
    """Remove the alarms about ``calls`` (a query of ids) or raised in one; returns how many. Only the platform may."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_alarms") as d:
        theirs = calls.annotate(key=Cast("id", CharField())).values("key")
        raised = Alarm.objects.annotate(during=KT("detail__call_id"))
        removed, _ = raised.filter(Q(about_kind="call", about_id__in=theirs) | Q(during__in=theirs)).delete()
        d.about("alarm", "demo", removed=removed)
    return removed
