"""What dispatch asks of cases: which a unit is handling for the same caller, and which went where."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.work.cases import queries
from hotline.work.cases.lists import NEWEST
from hotline.work.cases.models import CaseEvent
from hotline.work.cases.states import OVER


class Handled(NamedTuple):
    """A case a unit has in hand."""

    number: str
    matter: str
    content: str
    division: str
    owner_id: UUID


def in_hand_of_caller(
    actor: Actor, phone_index: bytes, without: UUID | None = None, limit: int = 20
) -> list[Handled]:
    """The open cases of whoever left this telephone that are with a unit, within the actor's sight, but for ``without``;
    confidential ones only for who may know their callers. One query."""
    rows = queries.visible(actor).filter(contact_phone_index=phone_index, owner_id__isnull=False)
    rows = rows.exclude(state__in=OVER)
    if without is not None:
        rows = rows.exclude(id=without)
    if not queries.may_know_callers(actor):
        rows = rows.filter(confidential=False)
    found = rows.order_by("id").values_list("number", "matter", "content", "place_division", "owner_id")
    return [
        Handled(number, matter, content, division, owner)
        for number, matter, content, division, owner in found[:limit]
        if owner is not None
    ]


class Dispatched(NamedTuple):
    """A case and the unit it was dispatched to first."""

    id: UUID
    number: str
    matter: str
    content: str
    division: str
    unit_id: UUID | None
    unit_name: str


def dispatched(
    actor: Actor, since: datetime, until: datetime, cursor: str | None, size: int
) -> Page[Dispatched]:
    """Cases taken in from ``since`` to before ``until`` with where they went at first, newest first, within the actor's sight.
    Those that never went to a unit are left out of the page. Two queries at any size."""
    rows: Any = queries.visible(actor).filter(created_at__gte=since, created_at__lt=until)
    page = keyset(rows.values("id", "number", "matter", "content", "place_division"), NEWEST, cursor, size)
    first: dict[UUID, tuple[UUID | None, str]] = {}
    events = CaseEvent.objects.filter(
        city_id=this_city(), case_id__in=[row["id"] for row in page.items], act="dispatch"
    )
    for case_id, owner_id, name in events.order_by("version").values_list(
        "case_id", "owner_id", "owner_name"
    ):
        first.setdefault(case_id, (owner_id, name))
    return Page(
        [
            Dispatched(
                row["id"],
                row["number"],
                row["matter"],
                row["content"],
                row["place_division"],
                *first[row["id"]],
            )
            for row in page.items
            if row["id"] in first
        ],
        page.next_cursor,
    )
