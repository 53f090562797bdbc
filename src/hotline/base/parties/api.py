"""Parties over HTTP: always masked, except one field at a time with a reason."""

from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field

from hotline.base.parties import actions, queries
from hotline.base.people.gate import Asked, Router

router = Router(tags=["parties"])


class PartyCard(Schema):
    """A party, masked."""

    id: UUID
    kind: str
    name_masked: str
    phone_masked: str
    language: str
    needs: list[str]
    note: str


class PartyList(Schema):
    """Parties found."""

    items: list[PartyCard]


class PartySearch(Schema):
    """A whole telephone number, or its last four digits; in the body, so that no number stands in a log of addresses."""

    phone: Annotated[str, Field(min_length=4, max_length=30)]


class PartyNote(Schema):
    """What was learnt; absent = unchanged."""

    name: Annotated[str, Field(max_length=60)] | None = None
    kind: str | None = None
    identity: Annotated[str, Field(max_length=30)] | None = None
    language: str | None = None
    needs: list[str] | None = None
    note: str | None = None


class RevealRequest(Schema):
    """One field and why it is needed."""

    field: str
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class Revealed(Schema):
    """The plain value."""

    value: str


@router.post("/parties/search", right="party.read", response=PartyList)
def search_parties(request: Asked, search: PartySearch) -> dict[str, list[queries.Card]]:
    """Find parties by telephone number; logged."""
    return {"items": actions.search(request.actor, search.phone)}


@router.get("/parties/{uuid:party_id}", right="party.read", response=PartyCard)
def one_party(request: Asked, party_id: UUID) -> queries.Card:
    """One party, masked."""
    return queries.card(party_id)


@router.patch("/parties/{uuid:party_id}", right="party.write", response=PartyCard)
def note_party(request: Asked, party_id: UUID, learnt: PartyNote) -> queries.Card:
    """Note a party's name, language or needs."""
    return actions.note_party(request.actor, party_id, **learnt.dict(exclude_unset=True))


@router.post("/parties/{uuid:party_id}/reveal", right="party.reveal", response=Revealed)
def reveal_party(request: Asked, party_id: UUID, wanted: RevealRequest) -> dict[str, str]:
    """One unmasked field; every look is logged with its reason."""
    return {"value": actions.reveal(request.actor, party_id, wanted.field, wanted.reason)}
