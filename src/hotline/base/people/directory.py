"""Units and places in memory, for what looks at them at every keystroke: which unit handles a place, whose node takes cases.

They change a few times a year. One query asks whether they did; only then are they read again.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from hotline.base.people.models import Division, DivisionOverlay, Organisation, OrganisationKind
from hotline.base.people.queries import nearest

__all__ = ["Directory", "Organisation", "OrganisationKind", "directory"]


class Directory:
    """All units and places as they stood when it was read. Nothing of it is changed."""

    def __init__(
        self, units: list[Organisation], places: list[Division], overlays: list[DivisionOverlay]
    ) -> None:
        self.units = {unit.key: unit for unit in units}
        self.by_id = {unit.id: unit for unit in units}
        self.places = {place.code: place for place in places}
        self._overlays = sorted(overlays, key=lambda row: row.effective_from)
        self._of_division = {unit.division_code: unit for unit in units if unit.division_code}

    def parent(self, unit: Organisation) -> Organisation | None:
        """The unit above."""
        return self.by_id.get(unit.parent_id) if unit.parent_id else None

    def above(self, unit: Organisation) -> list[Organisation]:
        """``unit`` and all above it, the root last."""
        line, one = list[Organisation](), unit
        while one is not None:
            line.append(one)
            one = self.parent(one)  # type: ignore[assignment]
        return line

    def lineage(self, code: str) -> tuple[str, ...]:
        """The codes from the root to ``code`` itself; empty for none that is known."""
        place = self.places.get(code)
        return tuple(place.lineage.strip("/").split("/")) if place else ()

    def overlaid(self, on: date) -> dict[str, DivisionOverlay]:
        """By code, the row of the overlay in force."""
        return {row.division.code: row for row in self._overlays if row.effective_from <= on}

    def handler(self, code: str, on: date) -> tuple[Organisation | None, str | None]:
        """Which unit handles a place (queries.handler_of), or why none can, if it is out of jurisdiction."""
        units = {key: unit for key, unit in self._of_division.items() if unit.closed_on is None}
        return nearest(list(self.lineage(code)), self.overlaid(on), units)

    def node_of(self, unit: Organisation, on: date) -> Organisation | None:
        """Where ``unit``'s cases go: itself, or its own first node that takes cases."""
        if unit.accepts_cases:
            return unit
        nodes = (
            one
            for one in self.units.values()
            if one.parent_id == unit.id and one.kind == OrganisationKind.NODE and one.accepts_cases
        )
        open_ = (one for one in nodes if one.closed_on is None or one.closed_on > on)
        return min(open_, key=lambda one: one.path, default=None)


_kept: tuple[Any, Directory] | None = None


def directory() -> Directory:
    """Units and places as they stand. One query, and three more when something changed."""
    global _kept
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        state = cursor.fetchone()
    kept = _kept
    if kept is None or kept[0] != state:
        kept = _kept = (
            state,
            Directory(
                [*Organisation.objects.order_by("path")],
                [*Division.objects.order_by("code")],
                [*DivisionOverlay.objects.select_related("division", "handled_by")],
            ),
        )
    return kept[1]


_STATE = """
SELECT (SELECT sum(hashtext(o::text)::bigint) FROM people_organisation o),
       (SELECT sum(hashtext(v::text)::bigint) FROM people_divisionoverlay v),
       (SELECT count(*) FROM people_division)
"""
