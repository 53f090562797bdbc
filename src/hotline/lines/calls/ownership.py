"""Whose people sit at the desks: 12345 manages 12329's agents, their own centre has them (53号 二(二)2)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from hotline.base.kernel.actor import system
from hotline.base.people import queries as people
from hotline.base.people.roles import ROLES


@dataclass(frozen=True, slots=True)
class Owner:
    """The organisation an agent belongs to: his time, cost, training and scoring are its own."""

    id: UUID
    path: str


def owner_of(staff_id: UUID) -> Owner:
    """The owner of an agent now: the deepest organisation in which he holds a post that works at the desk.

    Posts in the root are those of the whole city's centre: it owns who has no other. Two or three queries.
    """
    posts = people.posts_held(people.staff_member(system("calls"), staff_id))
    places = [post.organisation for post in posts if "desk.work" in ROLES[post.role].rights]
    deepest = max(places, key=lambda place: place.path.count("/"), default=None)
    if deepest is None or deepest.path == "/":
        deepest = people.organisation_by_key(str(settings.CITY["hotline"]["centre"]))
    return Owner(deepest.id, deepest.path)
