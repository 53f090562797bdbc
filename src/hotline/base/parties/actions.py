"""Writes about parties: meeting one, noting his needs, and looking behind the mask."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from hotline.base.kernel import clock, ids, masking
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid, NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index, seal, unseal
from hotline.base.parties import queries
from hotline.base.parties.models import Need, Party, PartyKind
from hotline.base.parties.phones import normal
from hotline.base.parties.queries import Card

REVEALABLE = ("name", "phone", "identity")

_INSERT = """
    INSERT INTO parties_party (id, city_id, kind, name, name_masked, phone, phone_index, phone_last4, phone_masked,
        identity, identity_masked, language, needs, note, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '', '[]', '', %s)
    ON CONFLICT (city_id, phone_index) DO NOTHING
    RETURNING id
"""


def find_or_create(actor: Actor, phone: str, *, name: str = "", kind: str = PartyKind.CITIZEN) -> Card:
    """The party with this number, made when he was not known; two calls at once make one party.

    ``name`` and ``kind`` are used for a new party only: several people share a telephone, and each case keeps its own
    contact's name. Raises Invalid when ``phone`` is not a number (a withheld one has no party). One query for a known
    party, three for a new one. Needs no right of its own: whoever may take a call or a case meets its party.
    """
    number = normal(phone)
    if number is None:
        raise Invalid([Fault("phone", f"“{phone}”不是电话号码", f"“{phone}” is not a telephone number")])
    if known := queries.by_phone(number):
        return known
    with deed(actor, "party.meet") as d:
        party_id = ids.new()
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                [
                    party_id, this_city(), kind, seal(name), masking.name(name), seal(number),
                    blind_index("phone", number), number[-4:], masking.phone(number), clock.now(),
                ],
            )  # fmt: skip
            ours = cursor.fetchone() is not None
        met = None if ours else queries.by_phone(number)  # somebody else was quicker
        d.about("party", met.id if met else party_id, new=ours)
    return met or Card(party_id, kind, masking.name(name), masking.phone(number), "", [], "")


def note_party(
    actor: Actor,
    party_id: UUID,
    *,
    name: str | None = None,
    kind: str | None = None,
    identity: str | None = None,
    language: str | None = None,
    needs: Sequence[str] | None = None,
    note: str | None = None,
) -> Card:
    """Note what was learnt about a party; what is None stays. Right party.write. Raises Invalid, NotFound."""
    with deed(actor, "party.note", right="party.write") as d:
        party = Party.objects.select_for_update().filter(city_id=this_city(), id=party_id).first()
        if party is None:
            raise NotFound("party", party_id)
        _check(kind, needs, language, note)
        if name is not None:
            party.name, party.name_masked = seal(name.strip()), masking.name(name.strip())
        if identity is not None:
            number = identity.strip().upper()
            party.identity, party.identity_masked = seal(number), masking.identity(number)
            party.identity_index = blind_index("identity", number) if number else None
        plain = {
            "kind": kind,
            "language": language,
            "needs": None if needs is None else list(needs),
            "note": note,
        }
        given = {field: value for field, value in plain.items() if value is not None}
        for field, value in given.items():
            setattr(party, field, value)
        party.save()
        sealed = [field for field, value in (("name", name), ("identity", identity)) if value is not None]
        d.about("party", party.id, changed=sorted([*given, *sealed]))
    return queries.card_of(party)


def phone_to_call(actor: Actor, party_id: UUID, purpose: str) -> str:
    """The number the platform dials for an agent, who does not see it. Logged. Right desk.work. Raises NotFound."""
    with deed(actor, "party.call", right="desk.work") as d:
        sealed = (
            Party.objects.filter(city_id=this_city(), id=party_id).values_list("phone", flat=True).first()
        )
        if sealed is None:
            raise NotFound("party", party_id)
        d.about("party", party_id, purpose=purpose[:60])
        return unseal(sealed)


def reveal(actor: Actor, party_id: UUID, field: str, reason: str) -> str:
    """The plain ``field`` (name, phone or identity) of a party. Every look is logged with its reason (个保法 51).

    Right party.reveal. Raises Invalid for another field or a missing reason, NotFound.
    """
    with deed(actor, "party.reveal", right="party.reveal") as d:
        faults = []
        if field not in REVEALABLE:
            words = " ".join(REVEALABLE)
            faults.append(Fault("field", f"只能是 {words} 之一", f"Must be one of {words}"))
        if not reason.strip():
            faults.append(Fault("reason", "须说明理由", "A reason is needed"))
        if faults:
            raise Invalid(faults)
        sealed = Party.objects.filter(city_id=this_city(), id=party_id).values_list(field, flat=True).first()
        if sealed is None:
            raise NotFound("party", party_id)
        d.about("party", party_id, field=field, reason=reason.strip()[:200])
        return unseal(sealed)


def search(actor: Actor, phone: str) -> list[Card]:
    """Parties by a whole number, or by its last four digits. Right party.read; leaves a row in the log like any look-up
    of a person, with the number's end only."""
    with deed(actor, "party.search", right="party.read") as d:
        digits = phone.strip()
        if len(digits) == 4 and digits.isdigit():
            found = queries.by_last4(digits)
        else:
            one = queries.by_phone(digits)
            found = [one] if one else []
        d.about("party", "search", ends=digits[-4:], found=len(found))
    return found


def _check(kind: str | None, needs: Sequence[str] | None, language: str | None, note: str | None) -> None:
    faults = []
    if kind is not None and kind not in PartyKind.values:
        faults.append(Fault("kind", f"没有类别“{kind}”", f"There is no kind “{kind}”"))
    for i, need in enumerate(needs or ()):
        if need not in Need.values:
            faults.append(Fault(f"needs.{i}", f"没有“{need}”这一项", f"There is no need “{need}”"))
    for field, text, longest in (("language", language, 40), ("note", note, 200)):
        if text is not None and len(text) > longest:
            faults.append(Fault(field, f"最多 {longest} 字", f"At most {longest} characters"))
    if faults:
        raise Invalid(faults)
