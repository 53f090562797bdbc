"""What demonstration calls were to hear, for `hotline demo clear`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.lines.calls.announcements.models import Hearing


def clear(actor: Actor, calls: QuerySet[Any, Any]) -> int:
    """Remove the hearings of ``calls`` (a query of ids); the announcements stay. Returns how many. Only the platform may."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_hearings") as d:
        removed, _ = Hearing.objects.filter(call_id__in=calls).delete()
        d.about("announcement", "demo", hearings=removed)
    return removed
