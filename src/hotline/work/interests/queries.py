"""What somebody must not know of: one condition, asked by every list, search, count, page and act on cases."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, TextField

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.models import this_city
from hotline.work.interests.models import Aside, Tie
from hotline.work.interests.rights import ORDER


def may_know(actor: Actor, *, reported: str = "") -> Q:
    """The condition that leaves out of a table of cases what ``actor`` stands aside from, in the same statement.

    ``reported`` names the column with the path of the organisation a case is reported of ("": the table has none): nobody of
    that organisation knows of it (信访工作条例 30), whatever he may see of the city and for whomever he stands in, nor who has a
    tie to it. A citizen and the platform itself stand aside from nothing; a machine from what is reported of its owner.
    """
    if actor.kind not in ("person", "machine"):
        return Q()
    free: Any = ~Q(id__in=_asides(actor.id).values("case_id")) if actor.kind == "person" else Q()
    if reported:
        free &= ~Q(
            **{
                f"{reported}__in": [
                    path for place in (*actor.scope, *actor.posts) for path in _upwards(place)
                ]
            }
        )
        free &= Q(**{reported: ""}) | ~Exists(_ties_to(actor.id, reported))
    return cast(Q, free)


def stands_aside() -> Exists:
    """For a table of what people did on cases (``actor_id``, ``case_id``): whether he stands aside from that case now."""
    return Exists(
        Aside.objects.filter(staff_id=OuterRef("actor_id"), case_id=OuterRef("case_id"), ended_at=None)
    )


def of_case(case_id: UUID | str) -> QuerySet[Aside]:
    """Everybody who stands or stood aside from a case, newest first."""
    return Aside.objects.filter(city_id=this_city(), case_id=case_id).order_by("-since", "-id")


def aside_staff(case_id: UUID) -> set[str]:
    """Ids of those who stand aside from a case now. One query."""
    return {*of_case(case_id).filter(ended_at=None).values_list("staff_id", flat=True)}


def ties(actor: Actor) -> QuerySet[Tie]:
    """Ties that were declared: one's own, and everybody's for who may order others aside; newest first."""
    rows = Tie.objects.filter(city_id=this_city()).order_by("-starts_at", "-id")
    return rows if actor.may(ORDER) and actor.sees_all else rows.filter(staff_id=actor.id)


def tie(actor: Actor, id: UUID) -> Tie:
    """One of them, locked for a change. Raises NotFound."""
    found = ties(actor).select_for_update().filter(id=id).first()
    if found is None:
        raise NotFound("tie", id)
    return found


def _asides(staff_id: str) -> QuerySet[Aside]:
    return Aside.objects.filter(city_id=this_city(), staff_id=staff_id, ended_at=None)


def _ties_to(staff_id: str, reported: str) -> QuerySet[Any]:
    now = clock.now()
    held = Tie.objects.filter(city_id=this_city(), staff_id=staff_id, starts_at__lte=now)
    held = held.filter(Q(ends_at=None) | Q(ends_at__gt=now)).annotate(
        of=ExpressionWrapper(OuterRef(reported), TextField())
    )
    # A report of a bureau is one of its office, and one of its office is one of the bureau.
    return held.filter(Q(of__startswith=F("path")) | Q(path__startswith=F("of")))


def _upwards(path: str) -> list[str]:
    """The organisation at ``path`` and those above it, without the city as a whole: "/a/b/" gives "/a/" and "/a/b/"."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))] if parts != [""] else []
