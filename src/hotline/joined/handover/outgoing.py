"""What we hand over: composed from the call and its case when call control says so, kept, then delivered (sending.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.sealing import seal, unseal
from hotline.base.parties import queries as parties
from hotline.joined.handover import codes, format, sending
from hotline.joined.handover.models import FarCentre, HandOver, HandOverEvent
from hotline.lines.calls import queries as calls
from hotline.work.cases import queries as cases

ACTOR = system("hand-over")
_KINDS: dict[str, format.Kind] = {"three_way": "three_way"}
"""Desk commands that are no plain transfer; a consultation is one that may come to nothing."""
GOES_FAR = ("linked", "emergency")
"""Targets (`linked:12348`, `emergency:110`) that are other centres; colleagues and our own lines get no message."""


def on_handed_over(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A caller is being put through to a far centre: write the message that goes before him. Harmless when told twice."""
    to = str(payload.get("to") or "")
    where, _, far = to.partition(":")
    call = calls.desk_call(UUID(key))
    if where not in GOES_FAR or call is None:
        return
    centre = FarCentre.objects.filter(number=far).first()
    kind = "emergency" if where == "emergency" else _KINDS.get(payload.get("kind", ""), "transfer")
    with deed(ACTOR, "handover.write") as d:
        d.about("call", call.id, to=to, way=kind)
        row = HandOver(
            direction="out", far=far, message_id=uuid5(NAMESPACE_OID, f"{call.id} {to} {payload['at']}"),
            correlation=payload.get("correlation") or f"c-{call.id}", kind=kind, call_id=call.id,
            by_id=payload.get("by") or call.agent_id, sent_at=datetime.fromisoformat(payload["at"]), kept_at=clock.now(),
        )  # fmt: skip
        message = _compose(row, call, centre, payload)
        row.confidential = message.confidential
        row.content_sealed, row.digest = seal(format.canonical(message).decode()), format.digest(message)
        if not _fresh(row):
            return
        HandOverEvent.objects.create(hand_over=row, at=row.kept_at, kind="written", detail=_said(message))
        d.about("hand_over", row.id, **_said(message))
        if centre is not None:
            sending.deliver(row, "message", "/hand-overs", format.canonical(message))


def _fresh(row: HandOver) -> bool:
    """Keep ``row``; False when the very same hand-over is kept already."""
    HandOver.objects.bulk_create([row], ignore_conflicts=True)
    same = HandOver.objects.filter(direction=row.direction, far=row.far, message_id=row.message_id)
    return same.values_list("id", flat=True).get() == row.id


def _said(message: format.Message) -> dict[str, Any]:
    """What the log may know of a message: what kinds of things were told, nothing of their content."""
    return {
        "consent": message.consent,
        "confidential": message.confidential,
        "phone": "clear" if message.caller.phone else "masked" if message.caller.phone_masked else "absent",
        "summary": bool(message.summary),
        "case": message.case.number if message.case else None,
    }


def _compose(
    row: HandOver, call: calls.DeskCall, centre: FarCentre | None, note: dict[str, Any]
) -> format.Message:
    """What the agent noted (summary, consent, case_id, confidential, place), completed from the call and its case."""
    emergency = row.kind == "emergency"
    case = _case(call.id, note.get("case_id"))
    confidential = bool(note.get("confidential")) or bool(case and case.confidential)
    consent = note.get("consent") is True
    return format.Message(
        message_id=row.message_id,
        correlation_id=row.correlation,
        sent_at=row.sent_at,
        kind=row.kind,  # type: ignore[arg-type]
        sender=str(settings.CITY["hotline"]["number"]),
        to=row.far,
        number_dialled=call.number,
        consent=consent,
        confidential=confidential,
        caller=_caller(call, centre, consent=consent, confidential=confidential, emergency=emergency),
        case=format.CaseReference(str(case.id), case.number) if case else None,
        language=parties.card(call.party_id).language if call.party_id else "",
        summary=str(note.get("summary") or "")[:2000] if consent or emergency else "",
        place=str(note.get("place") or "")[:200],
        code=codes.code_of(call.id) if centre is not None and not centre.carries_header else None,
    )


def _caller(
    call: calls.DeskCall, centre: FarCentre | None, *, consent: bool, confidential: bool, emergency: bool
) -> format.Caller:
    """The number in clear only over TLS, with consent and where nothing is confidential, or in an emergency (个保法 13(四), 23)."""
    private = centre is not None and centre.base_url.startswith("https://")
    if private and (emergency or (consent and not confidential)):
        phone = unseal(call.caller_sealed)
        digits = phone.removeprefix("+")
        return format.Caller(phone=phone if digits.isdigit() and 3 <= len(digits) <= 20 else None)
    return format.Caller(phone_masked=None if confidential else call.caller_masked or None)


def _case(call_id: UUID, case_id: str | None) -> Any:
    """The case the agent named, else the one filed from this call."""
    found = UUID(case_id) if case_id else cases.of_calls(ACTOR, [call_id]).get(call_id)
    try:
        return cases.one(ACTOR, found) if found else None
    except NotFound:
        return None
