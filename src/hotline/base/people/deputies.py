"""Who stands in for whom: for sessions, for rooms that tell people something, for leaders and auditors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.paging import Page, keyset
from hotline.base.people.models import Deputy, Post, Staff

KEPT_BY_THE_ABSENT = frozenset({"desk.work", "desk.supervise", "deputy.approve"})
"""Rights that are not passed on: a seat is the agent's own (shifts are swapped, not stood in for), and a deputy names none."""
SEES_ALL = "audit.read"
_ROW = (
    "id", "absent_id", "absent__name", "deputy_id", "deputy__name", "starts_at", "ends_at", "reason", "state", "asked_at",
    "asked_by", "decided_by", "decided_at", "ended_at",
)  # fmt: skip


def holding(now: datetime) -> Q:
    """It holds at this moment: approved, begun, not over, and both accounts are open."""
    return Q(
        state=Deputy.State.APPROVED, starts_at__lte=now, ends_at__gt=now, ended_at=None,
        absent__is_active=True, deputy__is_active=True,
    )  # fmt: skip


def now_for(staff_id: UUID) -> list[dict[str, Any]]:
    """In whose place ``staff_id`` may act now. One query."""
    rows = Deputy.objects.filter(holding(clock.now()), deputy_id=staff_id).order_by("starts_at")
    return [
        {"id": id, "absent_id": absent, "name": name, "until": until}
        for id, absent, name, until in rows.values_list("id", "absent_id", "absent__name", "ends_at")
    ]


def of(staff_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The deputy of each of these who is away now. One query."""
    rows = Deputy.objects.filter(holding(clock.now()), absent_id__in=list(staff_ids))
    return dict(rows.values_list("absent_id", "deputy_id"))


def in_sight(actor: Actor, staff_id: UUID) -> bool:
    """Whether somebody holds a post in ``actor``'s units now."""
    return _in_sight(actor).filter(staff_id=staff_id).exists()


def _in_sight(actor: Actor) -> QuerySet[Post]:
    from hotline.base.people.queries import within  # queries asks this module who acts for whom

    now = clock.now()
    held = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
    return held.filter(within(actor, "organisation__path"))


def colleagues(actor: Actor, q: str, most: int = 30) -> list[dict[str, Any]]:
    """Whom ``actor`` may choose: everybody in his sight for who may approve, else those with a post where he has one."""
    now = clock.now()
    if actor.may("deputy.approve"):
        posts = _in_sight(actor)
    else:
        held = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
        posts = held.filter(organisation_id__in=held.filter(staff_id=actor.id).values("organisation_id"))
    rows = posts.filter(staff__is_active=True, staff__name__icontains=q).exclude(staff_id=actor.id)
    found: dict[UUID, dict[str, Any]] = {}
    for id, name, unit in rows.order_by("staff__name", "staff_id").values_list(
        "staff_id", "staff__name", "organisation__name"
    )[: most * 2]:
        found.setdefault(id, {"id": id, "name": name, "unit": unit})
    return [*found.values()][:most]


def visible(actor: Actor) -> QuerySet[Deputy]:
    """One's own, those of one's units for who may approve, all for an auditor."""
    if actor.may(SEES_ALL):
        return Deputy.objects.all()
    own = Q(absent_id=actor.id) | Q(deputy_id=actor.id)
    if actor.may("deputy.approve"):
        own |= Q(absent_id__in=_in_sight(actor).values("staff_id"))
    return Deputy.objects.filter(own)


def page(actor: Actor, cursor: str | None = None, size: int = 50) -> Page[dict[str, Any]]:
    """Newest first. One query, and one for who may decide."""
    found = keyset(visible(actor).values(*_ROW), ("-asked_at", "-id"), cursor, size)
    return Page(_rows(actor, found.items), found.next_cursor)


def one(actor: Actor, id: UUID) -> dict[str, Any]:
    """One, as the page shows it."""
    return _rows(actor, [*Deputy.objects.filter(id=id).values(*_ROW)])[0]


def _rows(actor: Actor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now = clock.now()
    led: set[UUID] = set()
    if actor.may("deputy.approve"):
        led = set(
            _in_sight(actor)
            .filter(staff_id__in=[row["absent_id"] for row in rows])
            .values_list("staff_id", flat=True)
        )
    answer = []
    for row in rows:
        mine = actor.id in (str(row["absent_id"]), str(row["deputy_id"]))
        over = row["ended_at"] is not None or row["ends_at"] <= now
        answer.append(
            {
                **row,
                "absent": row["absent__name"], "deputy": row["deputy__name"],
                "now": row["state"] == Deputy.State.APPROVED and not over and row["starts_at"] <= now,
                "may_decide": row["state"] == Deputy.State.ASKED and not over and not mine and row["absent_id"] in led,
                "may_end": not over and row["state"] != Deputy.State.REFUSED and (mine or row["absent_id"] in led),
            }
        )  # fmt: skip
    return answer


def names(staff_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of staff. One query."""
    return dict(Staff.objects.filter(id__in=set(staff_ids)).values_list("id", "name"))
