"""Whose people sit at the desks: 12345 manages 12329's agents, their own centre has them (53号 二(二)2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.people import queries as people
from hotline.base.people.roles import ROLES

_PLATFORM = system("calls")


@dataclass(frozen=True, slots=True)
class Owner:
    """The organisation an agent belongs to: his time, cost, training and scoring are its own."""

    id: UUID
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may sit at a desk."""

    id: UUID
    username: str
    name: str
    owner: Owner
    leads: bool
    """He may supervise: leaders and substitutes are such."""


def owner_of(staff_id: UUID) -> Owner:
    """The owner of an agent now: the deepest organisation in which he holds a post that works at the desk.

    Posts in the root are those of the whole city's centre: it owns who has no other. Two or three queries.
    """
    staff = people.staff_member(_PLATFORM, staff_id)
    return _deepest(people.posts_held(staff)) or centre()


def centre() -> Owner:
    """The hotline's own centre. One query."""
    found = people.organisation_by_key(str(settings.CITY["hotline"]["centre"]))
    return Owner(found.id, found.path, found.name)


def members(actor: Actor) -> list[Member]:
    """Everybody who may work at a desk now and belongs to an organisation ``actor`` sees, by name. Four queries."""
    now, own = clock.now(), centre()
    desk = people.staff_with_right("desk.work").order_by("name", "username")
    found = []
    for staff in desk.prefetch_related("posts__organisation"):
        posts = [
            p for p in staff.posts.all() if p.starts_at <= now and (p.ends_at is None or p.ends_at > now)
        ]
        owner = _deepest(posts) or own
        if actor.sees_all or any(owner.path.startswith(path) for path in actor.scope):
            leads = any("desk.supervise" in ROLES[post.role].rights for post in posts)
            found.append(Member(staff.id, staff.username, staff.name, owner, leads))
    return found


def _deepest(posts: Iterable[Any]) -> Owner | None:
    places = [post.organisation for post in posts if "desk.work" in ROLES[post.role].rights]
    deepest = max(places, key=lambda place: place.path.count("/"), default=None)
    if deepest is None or deepest.path == "/":
        return None
    return Owner(deepest.id, deepest.path, deepest.name)
