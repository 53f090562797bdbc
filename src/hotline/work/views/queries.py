"""What somebody keeps, and what his unit shares with him."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from hotline.base.kernel.actor import Actor
from hotline.base.people import queries as people
from hotline.work.views.models import ChosenColumns, SavedFilter


def filters(actor: Actor) -> list[dict[str, Any]]:
    """One's own filters and those shared in the units one is posted to, by name. Two queries."""
    if actor.kind != "person":
        return []
    staff_id = UUID(actor.id)
    rows = SavedFilter.objects.filter(Q(staff_id=staff_id) | Q(unit_id__in=people.units_of(staff_id)))
    return [
        {
            "id": row.id, "name": row.name, "asks": row.asks, "shared": row.unit_id is not None, "mine": row.staff_id == staff_id,
            "by": row.staff_name,
        }
        for row in rows.order_by("name", "id")
    ]  # fmt: skip


def columns(actor: Actor) -> dict[str, list[str]]:
    """The columns chosen for each work list. One query."""
    if actor.kind != "person":
        return {}
    return dict(ChosenColumns.objects.filter(staff_id=actor.id).values_list("work_list", "columns"))
