"""Reading hand-overs and links: a call's messages, the context on the desk, who may speak for which number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Q

from hotline.base.kernel import clock, masking
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Problem
from hotline.base.kernel.sealing import unseal
from hotline.base.people import queries as people
from hotline.joined.handover import format
from hotline.joined.handover.models import (
    CameOver,
    Delivery,
    FarCentre,
    HandOver,
    HandOverEvent,
    Link,
    LinkChange,
    OneTimeCode,
)
from hotline.joined.handover.words import DELIVERY_WORDS, LINK_WORDS, DeliveryState, LinkState
from hotline.lines.calls import queries as calls
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Treatment

LINKED = frozenset({Treatment.LINKED_SEATS, Treatment.SUB_CENTRE})
"""Treatments whose numbers are joined by one-click transfer and three-way calls, both ways (53号 二(二)3, 二(三))."""


def here() -> str:
    """Our own number in the protocol: the one number."""
    return str(settings.CITY["hotline"]["number"])


def linked_numbers() -> list[str]:
    """The numbers with a centre of their own elsewhere, in the order of the annex."""
    return [item["number"] for item in numbers.listing() if item["treatment"] in LINKED]


def is_of(actor: Actor, number: str) -> bool:
    """Whether ``actor`` belongs to the centre of ``number``: the whole city's scope is no licence to speak for a hotline."""
    key = next((row["department_key"] for row in numbers.listing() if row["number"] == number), None)
    if key is None:
        return False
    home = people.organisation_by_key(key).path
    return any(path.startswith(home) for path in actor.scope)


def speaks_for(actor: Actor, number: str) -> None:
    """Raise Problem (403) unless ``actor`` may send in the name of ``number``; an unknown number reads the same."""
    if number not in linked_numbers() or not is_of(actor, number):
        raise Problem(
            "not-your-number", f"此令牌不属于 {number}，未作任何改动。",
            f"This token does not belong to {number}; nothing was changed.", status=403,
        )  # fmt: skip


def numbers_of_trunk(trunk: str) -> list[str]:
    """The linked numbers whose own trunk ``trunk`` is; none for an operator's trunk."""
    return [
        number
        for plan in numbers.trunk_plans()
        if plan.name == trunk and plan.kind in ("linked", "emergency")
        for number in plan.serves
    ]


# --- a call's hand-overs -------------------------------------------------------------------------------------------------


def of_call(call_id: UUID) -> list[dict[str, Any]]:
    """What was handed over with a call, both ways, oldest first, with what happened: no content. Three queries."""
    rows = [*HandOver.objects.filter(call_id=call_id).order_by("kept_at")]
    deliveries = _by_hand_over(Delivery.objects.filter(hand_over__in=rows))
    events = _by_hand_over(HandOverEvent.objects.filter(hand_over__in=rows).order_by("id"))
    return [_row(row, deliveries.get(row.id, []), events.get(row.id, [])) for row in rows]


def _by_hand_over(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.hand_over_id, []).append(row)
    return found


def _row(row: HandOver, deliveries: list[Delivery], events: list[HandOverEvent]) -> dict[str, Any]:
    message = next((one for one in deliveries if one.what == "message"), None)
    state = message.state if message else "received" if row.direction == "in" else "not_joined"
    zh, en = _state_words(state)
    return {
        "id": row.id,
        "message_id": row.message_id,
        "direction": row.direction,
        "far": row.far,
        "kind": row.kind,
        "confidential": row.confidential,
        "state": state,
        "state_zh": zh,
        "state_en": en,
        "tries": message.tries if message else 0,
        "said": message.said if message else "",
        "at": row.kept_at,
        "met_at": row.met_at,
        "outcome": row.outcome,
        "outcome_at": row.outcome_at,
        "reference": row.reference,
        "events": [{"at": event.at, "kind": event.kind, "detail": event.detail} for event in events],
    }


def _state_words(state: str) -> tuple[str, str]:
    if state == "received":
        return "已收到", "Received"
    if state == "not_joined":
        return "对方未接入消息", "The far centre takes no messages"
    return DELIVERY_WORDS[DeliveryState(state)]


def context_of(call_id: UUID) -> dict[str, Any] | None:
    """What came with a caller from a far centre, for the agent's screen, masked; None when nothing did. One query.

    Also when a caller we sent away comes back, or a code joined this call with an earlier one: then our own message.
    """
    codes = OneTimeCode.objects.filter(redeemed_call_id=call_id).exclude(call_id=None).values("call_id")
    marks = CameOver.objects.filter(call_id=call_id).values("correlation")
    earlier = Q(direction="out") & (Q(call_id__in=codes) | Q(correlation__in=marks)) & ~Q(call_id=call_id)
    # "in" before "out": what somebody told us of the caller is newer than what we told of him.
    found = HandOver.objects.filter(Q(direction="in", call_id=call_id) | earlier).exclude(content_sealed=b"")
    row = found.order_by("direction", "-kept_at").first()
    return _context(row) if row else None


def message_of(row: HandOver) -> format.Message:
    """What was handed over, in clear: for this room alone."""
    return msgspec.json.decode(unseal(row.content_sealed), type=format.Message)


def _context(row: HandOver) -> dict[str, Any]:
    message = message_of(row)
    clear = message.caller.phone
    return {
        "id": row.id,
        "direction": row.direction,
        "from": row.far,
        "from_name": names().get(row.far, row.far),
        "kind": row.kind,
        "number_dialled": message.number_dialled,
        "caller_masked": masking.phone(clear) if clear else message.caller.phone_masked or "",
        "consent": message.consent,
        "confidential": message.confidential,
        "language": message.language,
        "summary": message.summary,
        "place": message.place,
        "case_no": message.case.number if message.case else "",
        "at": row.kept_at,
        "reference": row.reference,
    }


def names() -> dict[str, str]:
    """Every linked and emergency number's name."""
    known = {item["number"]: item["name"] for item in numbers.listing()}
    return known | {str(row["number"]): str(row["name"]) for row in settings.CITY["emergency_numbers"]}


# --- links ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkNow:
    """A link at this moment. ``telephone``, ``messages``: up, down or none (not joined that way); ``waiting`` callers there."""

    state: LinkState
    since: datetime | None
    telephone: str = "none"
    messages: str = "none"
    seats_free: int | None = None
    waiting: int | None = None
    checked_at: datetime | None = None


_UNKNOWN = LinkNow(LinkState.UNKNOWN, None)


def link_states() -> dict[str, LinkNow]:
    """The state of every link that was ever looked at, by number. One query."""
    return {
        row.number: LinkNow(
            LinkState(row.state),
            row.since,
            row.telephone,
            row.messages,
            row.seats_free,
            row.waiting,
            row.checked_at,
        )
        for row in Link.objects.all()
    }


def state_of(number: str) -> LinkNow:
    """The link to ``number``'s centre; unknown when it was never looked at. One query."""
    return link_states().get(number, _UNKNOWN)


def links() -> list[dict[str, Any]]:
    """All linked hotlines and sub-centres in the order of the annex, each with the state of its link."""
    states, joined = link_states(), set(FarCentre.objects.values_list("number", flat=True))
    return [
        _link(item, states.get(item["number"], _UNKNOWN), joined)
        for item in numbers.listing()
        if item["treatment"] in LINKED
    ]


def _link(item: numbers.NumberItem, now: LinkNow, joined: set[str]) -> dict[str, Any]:
    zh, en = LINK_WORDS[now.state]
    return {
        "number": item["number"],
        "name": item["name"],
        "name_en": item["name_en"],
        "department": item["department"],
        "kind": "sub_centre" if item["treatment"] == Treatment.SUB_CENTRE else "linked",
        "trunk": item["linked_trunk"],
        "takes_messages": item["number"] in joined,
        "state": now.state,
        "state_zh": zh,
        "state_en": en,
        "since": now.since,
        "telephone": now.telephone,
        "messages": now.messages,
        "seats_free": now.seats_free,
        "waiting": now.waiting,
        "checked_at": now.checked_at,
    }


def link_history(number: str, limit: int = 50) -> list[dict[str, Any]]:
    """How a link changed, newest first."""
    rows: Any = LinkChange.objects.filter(number=number).order_by("-at", "-id")
    return [*rows.values("at", "state", "before", "telephone", "messages")[:limit]]


def our_status() -> dict[str, Any]:
    """What a far centre may know of us: whether we take calls, how many seats are free, how many callers wait."""
    seats, queue = calls.seats_now(), calls.queue_now()
    free = seats["ready"]
    state = "closed" if seats["signed_in"] == 0 else "open" if free > 0 else "busy"
    return {"state": state, "seats_free": free, "waiting": queue["waiting"], "at": clock.now()}
