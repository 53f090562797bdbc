"""Who is restricted, and the list of it all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hotline.base.kernel import clock, sealing
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.paging import Page, keyset
from hotline.base.parties.phones import normal
from hotline.lines.calls.restrictions.models import Restriction, RestrictionAct
from hotline.lines.calls.restrictions.words import ACTS, STANDING

_FIELDS = (
    "id", "state", "caller_masked", "call_id", "reason", "note", "days", "proposed_at", "proposed_name", "decided_at",
    "decided_name", "until",
)  # fmt: skip


def restricted(caller: str) -> bool:
    """Whether this caller waits behind the others now. One query; none for a withheld number."""
    number = normal(caller)
    if number is None:
        return False
    rows = Restriction.objects.filter(caller_index=sealing.blind_index("phone", number), state__in=STANDING)
    return rows.filter(until__gt=clock.now()).exists()


def page(*, state: str = "", cursor: str | None = None, size: int = 50) -> Page[dict[str, Any]]:
    """Restrictions, newest first. One query."""
    rows = Restriction.objects.all()
    if state:
        rows = rows.filter(state=state)
    found = keyset(rows.values(*_FIELDS), ("-proposed_at", "-id"), cursor, size)
    return Page([_shown(row) for row in found.items], found.next_cursor)


def one(id: UUID) -> dict[str, Any]:
    """One with all that was done about it. Raises NotFound. Two queries."""
    row = Restriction.objects.filter(id=id).values(*_FIELDS).first()
    if row is None:
        raise NotFound("restriction", id)
    acts = RestrictionAct.objects.filter(restriction_id=id).order_by("id").values("act", "at", "name", "note")
    return {
        **_shown(row),
        "acts": [*acts],
        "acts_allowed": [act for state, act in ACTS if state == row["state"]],
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    over = row["until"] is not None and row["until"] <= clock.now() and row["state"] in STANDING
    return {**row, "state": "expired" if over else row["state"]}
