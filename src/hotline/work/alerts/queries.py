"""One's own alerts, how many are unread, and who has which mobile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.base.notices import actions as notices
from hotline.base.people import holders
from hotline.work.alerts.kinds import HEARS, KINDS
from hotline.work.alerts.models import Alert, Holder, Wish
from hotline.work.alerts.rights import DUTY
from hotline.work.alerts.texts import ALERTS
from hotline.work.cases import queries as cases

MOST = 100
"""Unread alerts are counted up to here: more is "99+" on any bell."""
_UNREAD = """
    SELECT staff.id, (SELECT count(*) FROM (SELECT FROM alerts_alert
        WHERE staff_id = staff.id AND read_at IS NULL LIMIT %s) AS few)
      FROM unnest(%s::uuid[]) AS staff (id)
"""


def page(
    actor: Actor, *, unread: bool = False, kind: str = "", cursor: str | None = None, size: int = 50
) -> Page[dict[str, Any]]:
    """One's own alerts, newest first, each with its case as far as he may see it now. Two queries at any size."""
    rows: Any = Alert.objects.filter(staff_id=actor.id) if actor.kind == "person" else Alert.objects.none()
    if unread:
        rows = rows.filter(read_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    found = keyset(
        rows.values("id", "kind", "case_id", "number", "at", "read_at"), ("-at", "-id"), cursor, size
    )
    seen: dict[UUID, Any] = {
        row["id"]: row
        for row in cases.visible(actor).filter(id__in={row["case_id"] for row in found.items}).values("id", "matter", "state")
    }  # fmt: skip
    return Page([_row(row, seen.get(row["case_id"])) for row in found.items], found.next_cursor)


def _row(row: dict[str, Any], case: dict[str, Any] | None) -> dict[str, Any]:
    kind = KINDS.get(row["kind"], KINDS["acted"])
    there = {"matter": case["matter"], "state": case["state"]} if case else {"matter": "", "state": ""}
    return {**row, "zh": kind.zh, "en": kind.en, "in_sight": case is not None, **there}


def unread(staff_ids: Sequence[UUID | str]) -> dict[UUID, int]:
    """How many alerts each has not read, ``MOST`` at most. One query for everybody."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [MOST, [str(id) for id in staff_ids]])
        return dict(cursor.fetchall())


def unread_of(actor: Actor) -> int:
    """How many alerts he has not read."""
    return unread([actor.id]).get(UUID(actor.id), 0) if actor.kind == "person" else 0


def choices(actor: Actor) -> dict[str, Any]:
    """What may be chosen and what was: the kinds with who hears them, one's own mobile, and the duty mobiles of the units in
    sight for who may set them. Four queries at most."""
    own = Wish.objects.filter(city_id=this_city(), holder=Holder.STAFF, holder_id=actor.id).first()
    units = holders.units_of(actor) if actor.may(DUTY) else []
    duty = {
        row.holder_id: row
        for row in Wish.objects.filter(city_id=this_city(), holder=Holder.UNIT, holder_id__in=[unit.id for unit in units])
    }  # fmt: skip
    return {
        "texts": notices.offered(ALERTS),
        "kinds": [
            {
                "name": kind.name, "zh": kind.zh, "en": kind.en,
                "hears_zh": "、".join(HEARS[one][0] for one in kind.hears), "hears_en": ", ".join(HEARS[one][1] for one in kind.hears),
            }
            for kind in KINDS.values()
        ],
        "own": _wish(own),
        "units": [{"id": unit.id, "name": unit.name, **_wish(duty.get(unit.id))} for unit in units],
    }  # fmt: skip


def _wish(row: Wish | None) -> dict[str, Any]:
    return {"phone_masked": row.phone_masked if row else "", "kinds": row.kinds if row else []}
