"""One's own alerts over HTTP, and who wants them by text message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from hotline.base.people.gate import Asked, Router
from hotline.work.alerts import actions, queries, rights

router = Router(tags=["alerts"])


class AlertRow(Schema):
    """One alert. ``in_sight``: he may still open the case; if not, ``matter`` and ``state`` are empty."""

    id: UUID
    kind: str
    zh: str
    en: str
    case_id: UUID
    number: str
    at: datetime
    read_at: datetime | None
    in_sight: bool
    matter: str
    state: str


class AlertPage(Schema):
    """A page of alerts."""

    items: list[AlertRow]
    next_cursor: str | None


class Unread(Schema):
    """How many are unread, 100 at most."""

    unread: int


class ToRead(Schema):
    """Which alerts were read: some, those of a case, or all."""

    ids: Annotated[list[UUID], Field(max_length=200)] = []
    case_id: UUID | None = None
    all: bool = False


class KindRow(Schema):
    """A kind of alert, and who hears it."""

    name: str
    zh: str
    en: str
    hears_zh: str
    hears_en: str


class WishRow(Schema):
    """A mobile, masked, and the kinds it wants; empty: none."""

    phone_masked: str
    kinds: list[str]


class UnitWish(WishRow):
    """A unit's duty mobile."""

    id: UUID
    name: str


class Choices(Schema):
    """``texts``: the city sends alerts by text message at all."""

    texts: bool
    kinds: list[KindRow]
    own: WishRow
    units: list[UnitWish]


class ToWish(Schema):
    """A mobile and the kinds it wants. An empty ``phone`` keeps the one there is; no kinds: no more messages."""

    phone: Annotated[str, Field(max_length=40)] = ""
    kinds: Annotated[list[str], Field(max_length=50)]


@router.get("/alerts", right=rights.READ, response=AlertPage)
def list_alerts(
    request: Asked, unread: bool = False, kind: str = "", cursor: str | None = None, size: int = 50
) -> Any:
    """One's own alerts, newest first."""
    return queries.page(request.actor, unread=unread, kind=kind, cursor=cursor, size=size)


@router.get("/alerts/unread", right=rights.READ, response=Unread, use=False)
def count_unread(request: Asked) -> dict[str, int]:
    """How many are unread: what the bell shows where no live stream is."""
    return {"unread": queries.unread_of(request.actor)}


@router.post("/alerts/read", right=rights.READ, response=Unread)
def read(request: Asked, given: ToRead) -> dict[str, int]:
    """They were read; how many still are not."""
    actions.read(request.actor, ids=given.ids, case_id=given.case_id, everything=given.all)
    return {"unread": queries.unread_of(request.actor)}


@router.get("/alerts/settings", right=rights.READ, response=Choices)
def settings(request: Asked) -> dict[str, Any]:
    """What may be chosen, and what was."""
    return queries.choices(request.actor)


@router.put("/alerts/settings", right=rights.READ, response=Choices)
def set_own(request: Asked, given: ToWish) -> dict[str, Any]:
    """Choose which alerts come to one's own mobile."""
    actions.wish(request.actor, given.phone, given.kinds)
    return queries.choices(request.actor)


@router.put("/alerts/settings/units/{uuid:unit_id}", right=rights.DUTY, response=Choices)
def set_unit(request: Asked, unit_id: UUID, given: ToWish) -> dict[str, Any]:
    """Choose which alerts come to a unit's duty mobile."""
    actions.wish_for_unit(request.actor, unit_id, given.phone, given.kinds)
    return queries.choices(request.actor)
