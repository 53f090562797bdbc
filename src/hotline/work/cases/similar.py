"""Cases that may be the same matter as one that is just being taken down: by words, place, caller and time.

重复诉求原则上并单处理 (国办函〔2025〕66号 五): whoever takes it down sees it before he files it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Invalid
from hotline.base.kernel.sealing import blind_index, unseal
from hotline.base.parties.phones import normal
from hotline.lines.calls import queries as calls
from hotline.work.cases import queries
from hotline.work.cases.intake import CONTENT_MAX, MATTER_MAX, length
from hotline.work.cases.merging import takes_more
from hotline.work.cases.models import Case
from hotline.work.cases.states import OVER, State
from hotline.work.finding import similar

BACK = timedelta(days=90)
"""How far back the same matter is looked for."""
MOST_SHOWN = 5
OF_CALLER = 20
LIKE_ENOUGH = 0.22
"""How like the words have to be where nothing else speaks for it."""
_PLACE, _ROAD, _CALLER, _FRESH = 0.06, 0.25, 0.3, 0.04
"""What the same division, the same road or estate, the same caller and the last week add to the likeness of the words."""
FRESH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Typed:
    """What has been typed so far; every part may be missing."""

    matter: str = ""
    content: str = ""
    division: str = ""
    address: str = ""
    phone: str = ""
    call_id: UUID | None = None


def of(actor: Actor, typed: Typed) -> list[dict[str, Any]]:
    """The likeliest cases, best first, each with why: ``text``, ``road``, ``place``, ``caller``. At most six queries.

    Raises Invalid for texts longer than a case may hold.
    """
    faults = [
        length("matter", "事项", "Matter", typed.matter, MATTER_MAX),
        length("content", "内容", "Content", typed.content, CONTENT_MAX),
    ]
    if found := [fault for fault in faults if fault]:
        raise Invalid(found)
    now = clock.now()
    words = similar.near(f"{typed.matter} {typed.content}", now - BACK)
    roads = similar.in_the_same_road(typed.address, now - BACK)
    phone = _phone_index(typed)
    # Whose case it is must not be told to who may not know it, nor be guessed by trying numbers.
    callers = {*_of_caller(actor, phone)} if phone and queries.may_know_callers(actor) else set[UUID]()
    cases = queries.visible(actor).filter(id__in={*words, *roads, *callers}, created_at__gt=now - BACK)
    rows = []
    for case in cases.exclude(state=State.MERGED).only(*_SHOWN):
        reasons = {
            "text": words.get(case.id, 0.0), "road": _ROAD * (case.id in roads), "caller": _CALLER * (case.id in callers),
            "place": _PLACE * _same_place(typed.division, case.place_division),
        }  # fmt: skip
        score = sum(reasons.values()) + _FRESH * (now - case.created_at < FRESH)
        if score >= LIKE_ENOUGH:
            rows.append(
                (
                    score,
                    case,
                    [name for name, part in reasons.items() if part > (0.1 if name == "text" else 0)],
                )
            )
    rows.sort(key=lambda row: (-row[0], row[1].created_at), reverse=False)
    return [_row(case, reasons) for _, case, reasons in rows[:MOST_SHOWN]]


_SHOWN = (
    "id", "city_id", "number", "type", "matter", "content", "state", "version", "created_at", "place_name", "place_division",
    "owner_name", "reported_path",
)  # fmt: skip


def _row(case: Case, reasons: list[str]) -> dict[str, Any]:
    return {
        "id": case.id, "number": case.number, "type": case.type, "matter": case.matter, "content": case.content[:200],
        "state": case.state, "version": case.version, "created_at": case.created_at, "place_name": case.place_name,
        "owner_name": case.owner_name, "why": reasons, "takes_more": takes_more(case), "over": State(case.state) in OVER,
    }  # fmt: skip


def _same_place(one: str, other: str) -> bool:
    """Whether one division is the other's or lies in it, a county at least (codes of 6 digits)."""
    return len(one) >= 6 and len(other) >= 6 and (one.startswith(other) or other.startswith(one))


def _phone_index(typed: Typed) -> bytes | None:
    number = normal(typed.phone) if typed.phone else None
    if number is None and typed.call_id and (call := calls.desk_call(typed.call_id)) is not None:
        number = normal(unseal(call.caller_sealed))
    return blind_index("phone", number) if number else None


def _of_caller(actor: Actor, phone: bytes) -> list[UUID]:
    rows = queries.visible(actor).filter(contact_phone_index=phone).order_by("-id")
    return [*rows.values_list("id", flat=True)[:OF_CALLER]]
