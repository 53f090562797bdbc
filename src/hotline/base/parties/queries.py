"""Who somebody is, masked. Unmasked reads are an action (``actions.reveal``), because each leaves a row in the log."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index
from hotline.base.parties.models import Party
from hotline.base.parties.phones import normal

_CARD = ("id", "kind", "name_masked", "phone_masked", "language", "needs", "note", "created_at")


@dataclass(frozen=True, slots=True)
class Card:
    """What anyone who may see a party at all sees of him: nothing that names him."""

    id: UUID
    kind: str
    name_masked: str
    phone_masked: str
    language: str
    needs: list[str]
    note: str


def card_of(row: Party | dict[str, Any]) -> Card:
    """The card of a party row."""
    fields = row if isinstance(row, dict) else row.__dict__
    return Card(**{name: fields[name] for name in Card.__slots__})


def by_phone(phone: str) -> Card | None:
    """The party with this number, however it is written; None when unknown or not a number. One query."""
    number = normal(phone)
    if number is None:
        return None
    # Plain SQL: every call and every case comes through here, and compiling the query costs five times its sending.
    with connection.cursor() as cursor:
        cursor.execute(_BY_PHONE, [this_city(), blind_index("phone", number)])
        found = cursor.fetchone()
    if found is None:
        return None
    row = dict(zip(_CARD, found, strict=True))
    return card_of(row | {"needs": json.loads(row["needs"])})


_BY_PHONE = f"SELECT {', '.join(_CARD)} FROM parties_party WHERE city_id = %s AND phone_index = %s"  # noqa: S608


def by_last4(digits: str, limit: int = 50) -> list[Card]:
    """Parties whose number ends so, newest first: for a citizen who reads out only the end of his number."""
    rows = Party.objects.filter(city_id=this_city(), phone_last4=digits).order_by("-created_at")
    return [card_of(row) for row in rows.values(*_CARD)[:limit]]


def card(party_id: UUID | str) -> Card:
    """One party. Raises NotFound."""
    found = cards([party_id])
    if not found:
        raise NotFound("party", party_id)
    return next(iter(found.values()))


def cards(party_ids: Iterable[UUID | str]) -> dict[UUID, Card]:
    """Many parties by id, in one query: for lists and the screen pop."""
    rows = Party.objects.filter(city_id=this_city(), id__in=set(party_ids)).values(*_CARD)
    return {row["id"]: card_of(row) for row in rows}
