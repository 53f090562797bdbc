"""Restrictions of callers who do not exist, for `hotline demo clear`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.lines.calls.restrictions.models import Restriction, RestrictionAct


def clear(actor: Actor, calls: QuerySet[Any, Any]) -> int:
    """Remove the restrictions proposed for one of ``calls`` (a query of ids); returns how many. Only the platform may."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_restrictions") as d:
        restricted = Restriction.objects.filter(call_id__in=calls)
        RestrictionAct.objects.filter(restriction__in=restricted.values("id")).delete()
        removed, _ = restricted.delete()
        d.about("restriction", "demo", removed=removed)
    return removed
