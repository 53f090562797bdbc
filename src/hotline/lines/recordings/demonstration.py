"""Recordings of demonstration calls, for `hotline demo clear`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from hotline.base.files import actions as files
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.lines.recordings.models import CallCheck, Finding, Hold, Segment


def clear(actor: Actor, calls: QuerySet[Any, Any]) -> int:
    """Erase the recordings of ``calls`` (a query of ids) and what is known of them; returns how many. Only the platform may.

    A hold keeps nothing here: nobody real was recorded.
    """
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_recordings") as d:
        segments = Segment.objects.filter(call_id__in=calls)
        kept = segments.values_list("file_id", "peaks_id")
        files.erase(actor, [id for pair in kept for id in pair if id], "demonstration")
        removed, _ = segments.delete()
        for rows in (CallCheck, Finding, Hold):
            rows.objects.filter(call_id__in=calls).delete()
        d.about("recording", "demo", removed=removed)
    return removed
