"""Who holds a role where, now: for rooms that have something for whoever it is."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.people.models import Organisation, Post
from hotline.base.people.queries import within


def _posts(*roles: str) -> QuerySet[Post]:
    now = clock.now()
    return Post.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now, role__in=roles, staff__is_active=True
    )


def of_role(*roles: str) -> list[UUID]:
    """Everybody active who holds one of ``roles`` anywhere. One query."""
    return [*_posts(*roles).order_by("staff_id").values_list("staff_id", flat=True).distinct()]


def at(unit_id: UUID, *roles: str, nearest_above: bool = True) -> list[UUID]:
    """Everybody active who holds one of ``roles`` in the unit or, where nobody does and unless told otherwise, in the nearest above
    it. Two queries."""
    path = Organisation.objects.filter(id=unit_id).values_list("path", flat=True).first()
    if path is None:
        return []
    parts = path.strip("/").split("/")
    above = [
        "/" + "".join(f"{part}/" for part in parts[:depth])
        for depth in range(len(parts), -1 if nearest_above else len(parts) - 1, -1)
    ]
    found = _posts(*roles).filter(organisation__path__in=above).order_by("staff_id")
    rows = [*found.values_list("organisation__path", "staff_id")]
    nearest = max((len(where) for where, _ in rows), default=0)
    return [*dict.fromkeys(staff for where, staff in rows if len(where) == nearest)]


def units_of(actor: Actor, most: int = 50) -> list[Organisation]:
    """The units in ``actor``'s sight that take cases, in tree order; all of the city's are too many to name, so ``most``."""
    open_now = Q(closed_on=None) | Q(closed_on__gt=clock.today())
    found = Organisation.objects.filter(open_now, within(actor), accepts_cases=True)
    return [*found.order_by("path")[:most]]


def sees_unit(actor: Actor, unit_id: UUID) -> bool:
    """Whether the unit is in ``actor``'s sight."""
    return Organisation.objects.filter(within(actor), id=unit_id).exists()
