"""Agents' skills over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema, Status
from pydantic import Field

from hotline.base.people.gate import Asked, Router
from hotline.lines.calls.skills import actions, queries, rights

router = Router(tags=["skills"])


class Known(Schema):
    """Every skill there is."""

    items: list[queries.SkillWords]


class Skills(Schema):
    """What one person has and had, newest first."""

    items: list[queries.Held]


class Rating(Schema):
    """``level`` 1 (may serve) to 5 (teaches it); no ``until``: for good."""

    skill: str
    level: int
    until: datetime | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


@router.get("/skills", right=rights.READ, response=Known)
def known(request: Asked) -> dict[str, Any]:
    """Every skill there is: lines, languages, desks."""
    return {"items": [{"skill": skill, "zh": zh, "en": en} for skill, (zh, en) in queries.known().items()]}


@router.get("/staff/{uuid:staff_id}/skills", right=rights.READ, response=Skills)
def of_staff(request: Asked, staff_id: UUID) -> dict[str, Any]:
    """What one person masters, and did before."""
    return {"items": queries.of_staff(request.actor, staff_id)}


@router.post("/staff/{uuid:staff_id}/skills", right=rights.WRITE, response={201: Skills})
def rate(request: Asked, staff_id: UUID, rating: Rating) -> Status[dict[str, Any]]:
    """Rate somebody; holds from the next call on."""
    actions.rate(
        request.actor, staff_id, rating.skill, rating.level, until=rating.until, reason=rating.reason.strip()
    )
    return Status(201, {"items": queries.of_staff(request.actor, staff_id)})


@router.delete("/staff/{uuid:staff_id}/skills/{skill}", right=rights.WRITE, response=Skills)
def end(request: Asked, staff_id: UUID, skill: str) -> dict[str, Any]:
    """He has it no more."""
    actions.end(request.actor, staff_id, skill)
    return {"items": queries.of_staff(request.actor, staff_id)}
