"""What call control keeps: every write of call, leg, queue, offer, agent and timer rows, each batch in one transaction.

The machines decide, this module writes. It runs on the bounded threads of `switch.database`; nothing here waits for
the switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from hotline.base.kernel import clock, ids, masking, sealing
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.rows import insert
from hotline.base.parties import actions as parties
from hotline.base.parties.phones import normal
from hotline.lines.calls import limits, seats
from hotline.lines.calls.machines import CallNow, Event, Fact, Step, step
from hotline.lines.calls.models import Call, CallEvent, Leg, Offer, QueueEntry, Timer
from hotline.lines.calls.routing import Arrival, Route, plan_of, route
from hotline.lines.calls.words import CallState, LegState, OfferState
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Behaviour, Plans, period_at

ACTOR = system("callcontrol")


# --- a call begins -------------------------------------------------------------------------------------------------------


def begin(slot: int, arrival: Arrival, plans: Plans) -> Step:
    """Keep a call just claimed, take its first step and return it.

    Raises DatabaseError, also when this channel already had a call: then the caller is given back to the dialplan.
    """
    found = route(ids.new(), arrival, plans, seats_open=_seats_open(plans, arrival))
    first = step(found.call, Event("claimed"))
    with deed(ACTOR, "call.begin") as d:
        row = _new_call(slot, arrival, found, plans)
        for name, value in _columns(first[0]).items():
            setattr(row, name, value)
        caller = Leg(
            call=row, channel=arrival.channel, role="caller", state=LegState.UP, planned_at=row.arrived_at,
            up_at=row.arrived_at,
        )  # fmt: skip
        rest = [fact for fact in first[2] if fact.kind != "state"]
        said = {"behaviour": arrival.behaviour, "marks": list(found.marks)}
        _keep(d, found.call, rest, [("claimed", said)], row, caller)
        d.about("call", row.id, number=row.number, marks=list(found.marks))
        if "emergency" in found.marks:
            d.tell("call.emergency", row.id, number=row.number, at=row.arrived_at.isoformat())
    return first


def _seats_open(plans: Plans, arrival: Arrival) -> bool:
    """Own seats count as open in their hours while at least one of them is signed in: else nobody would ever answer."""
    plan = plan_of(plans, arrival.number)
    if plan is None or arrival.behaviour != Behaviour.OWN_SEATS.value:
        return False
    return numbers.seats_open(plan, clock.now()) and seats.anybody_signed_in(plan.line)


def _new_call(slot: int, arrival: Arrival, found: Route, plans: Plans) -> Call:
    now, call = clock.now(), found.call
    plan = plan_of(plans, arrival.number)
    period = period_at(plan, now) if plan else None
    return Call(
        id=call.id,
        channel=arrival.channel,
        slot=slot,
        state=call.state,
        number=arrival.number,
        dialled=arrival.dialled,
        trunk=arrival.trunk,
        line=call.line,
        behaviour=arrival.behaviour,
        treatment=period.treatment.value if period else "",
        notice_prompt=call.prompt if call.prompt_first else "",
        linked_trunk=call.linked_trunk,
        returned=arrival.returned,
        marks=list(found.marks),
        priority=call.priority,
        arrived_at=now,
        **caller_fields(arrival.caller),
    )


def caller_fields(caller: str) -> dict[str, Any]:
    """The caller as he is stored: his number sealed, findable and masked, and who he is. A withheld number is nobody."""
    number = normal(caller)
    if number is None:
        return {
            "caller_sealed": sealing.seal(caller),
            "caller_masked": masking.phone(caller) if caller else "",
        }
    return {
        "caller_sealed": sealing.seal(number),
        "caller_index": sealing.blind_index("phone", number),
        "caller_masked": masking.phone(number),
        "party_id": parties.find_or_create(ACTOR, number).id,
    }


# --- what happened is kept -----------------------------------------------------------------------------------------------


def keep(call: CallNow, facts: Sequence[Fact], events: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Keep a batch of facts of one call, as it was before them, in one transaction."""
    with deed(ACTOR, "call.progress") as d:
        _keep(d, call, facts, events)
        d.about("call", call.id, events=[kind for kind, _ in events])


def _keep(
    d: Deed, call: CallNow, facts: Iterable[Fact], events: Sequence[tuple[str, dict[str, Any]]], *new: Model
) -> None:
    """Write what the facts and events say, and the rows in ``new``: as few statements as there can be."""
    now = clock.now()
    changes: dict[str, Any] = {}
    rows: list[Model] = [*new]
    for fact in facts:
        data = fact.data
        match fact.kind:
            case "state":
                changes |= _columns(data["after"])
            case "queued":
                place = {"skills": data["skills"], "priority": data["priority"]}
                rows.append(QueueEntry(call_id=call.id, entered_at=now, **place))
                changes["queued_at"] = now
            case "left_queue":
                _queue(call).filter(waiting=True).update(waiting=False, left_at=now, left_as=data["left_as"])
            case "leg_planned":
                rows.append(Leg(call_id=call.id, planned_at=now, **data))
            case "leg":
                _keep_leg(data, now)
            case "offer":
                _keep_offer(data, now)
            case "agent":
                seats.happened(data["id"], data["event"])
            case "answered":
                changes |= {"answered_at": now, "agent_id": data["agent_id"]}
            case "ended":
                changes |= _ended(d, call, data, now)
            case "marked":
                changes["marks"] = [
                    *Call.objects.values_list("marks", flat=True).get(id=call.id),
                    data["mark"],
                ]
            case "timer_set":
                deadline = now + timedelta(seconds=limits.seconds(data["limit"]))
                rows.append(
                    Timer(kind=data["kind"], call_id=call.id, about=data["about"], deadline_at=deadline)
                )
            case "timer_cleared":
                Timer.objects.filter(about=data["about"]).delete()
    rows += [CallEvent(call_id=call.id, at=now, kind=kind, detail=detail) for kind, detail in events]
    insert(*rows)
    if changes:
        Call.objects.filter(id=call.id).update(**changes)


def _columns(after: CallNow) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "state": after.state,
        "caller_up": after.caller_up,
        "playing": after.playing,
        "agent_leg": after.leg,
        "offer_id": after.offer_id,
    }
    if after.state is not CallState.ENDED:
        kept["agent_id"] = after.agent_id
    return kept


def _keep_leg(data: dict[str, Any], now: Any) -> None:
    moment = {LegState.RINGING: "rang_at", LegState.UP: "up_at", LegState.GONE: "gone_at"}[data["state"]]
    rows = Leg.objects.filter(channel=data["channel"]).exclude(state=LegState.GONE)
    if data["state"] is LegState.RINGING:
        rows = rows.filter(state=LegState.PLANNED)
    changes = {"state": data["state"], moment: now}
    if data.get("cause"):
        changes["cause"] = data["cause"]
    rows.update(**changes)


def _keep_offer(data: dict[str, Any], now: Any) -> None:
    if data.get("rang"):
        Offer.objects.filter(id=data["id"], rang_at=None).update(rang_at=now)
    else:
        Offer.objects.filter(id=data["id"], state=OfferState.OPEN).update(state=data["state"], closed_at=now)


def _ended(d: Deed, call: CallNow, data: dict[str, Any], now: Any) -> dict[str, Any]:
    d.tell("call.ended", call.id, number=call.number, outcome=data["outcome"].value, at=now.isoformat())
    return {
        "state": CallState.ENDED, "ended_at": now, "outcome": data["outcome"], "ended_by": data["by"],
        "cause": data["cause"] or None,
    }  # fmt: skip


def _queue(call: CallNow) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(call_id=call.id)


# --- after a restart -----------------------------------------------------------------------------------------------------


def open_calls(slot: int, plans: Plans) -> list[CallNow]:
    """The calls this slot still has to answer for, as they were last kept."""
    rows = Call.objects.filter(slot=slot).exclude(state=CallState.ENDED)
    places = {entry.call_id: tuple(entry.skills) for entry in QueueEntry.objects.filter(call__in=rows)}
    return [_as_kept(row, places.get(row.id, ()), plans) for row in rows]


def _as_kept(row: Call, skills: tuple[str, ...], plans: Plans) -> CallNow:
    plan = plan_of(plans, row.number)
    return CallNow(
        id=row.id,
        channel=row.channel,
        number=row.number,
        line=row.line,
        behaviour=row.behaviour,
        skills=skills or tuple(dict.fromkeys((row.line, plans.main))),
        prompt=row.notice_prompt,
        prompt_first=bool(row.notice_prompt),
        linked_trunk=row.linked_trunk,
        back_if_unanswered=bool(plan and plan.answered_here_if_unanswered),
        priority=row.priority,
        state=CallState(row.state),
        caller_up=row.caller_up,
        playing=row.playing,
        agent_id=row.agent_id,
        leg=row.agent_leg,
        offer_id=row.offer_id,
        # Playback ids go on above any that were given before the restart.
        plays=int(row.playing.rsplit("-", 1)[-1] or 0) + 1000 if row.playing else 1000,
    )


def adopt(slot: int, slots: int) -> int:
    """Give ``slot`` the open calls of slots there are no more, since fewer were asked for; returns how many."""
    with transaction.atomic():
        left = Call.objects.select_for_update().filter(slot__gt=slots).exclude(state=CallState.ENDED)
        owners = dict(left.values_list("id", "slot"))
        if owners:
            with deed(ACTOR, "call.adopt") as d:
                for call_id, before in owners.items():
                    d.about("call", call_id, slot=slot, before=before)
                Call.objects.filter(id__in=owners).update(slot=slot)
    return len(owners)


def due_timers(slot: int) -> list[Timer]:
    """Ring timers past their time of this slot's calls, and of calls that are over; wrap-ups are everybody's
    (seats.end_wrap_ups)."""
    others = Call.objects.exclude(slot=slot).exclude(state=CallState.ENDED).values("id")
    due = Timer.objects.filter(kind="ring", deadline_at__lte=clock.now()).exclude(call_id__in=others)
    return [*due.order_by("deadline_at")[:100]]


def nobody_rings(timer: Timer) -> None:
    """A ring is past its time and no worker has its call: the offer is closed, the agent is free. Harmless twice."""
    with deed(ACTOR, "call.ring_dropped") as d:
        d.about("call", timer.call_id, leg=timer.about)
        if not Timer.objects.filter(id=timer.id).delete()[0]:
            return
        now = clock.now()
        offer = Offer.objects.filter(leg_channel=timer.about, state=OfferState.OPEN).first()
        if offer is not None:
            _keep_offer({"id": offer.id, "state": OfferState.WITHDRAWN}, now)
            seats.happened(offer.agent_id, "withdrawn")
        _keep_leg({"channel": timer.about, "state": LegState.GONE}, now)


def known_channels(channels: Iterable[str]) -> set[str]:
    """Which of these channels belong to a call that is not over."""
    rows = Leg.objects.filter(channel__in=[*channels]).exclude(state=LegState.GONE)
    return {*rows.exclude(call__state=CallState.ENDED).values_list("channel", flat=True)}


def open_call_ids(call_ids: Iterable[str]) -> set[str]:
    """Which of these calls are not over."""
    rows = Call.objects.filter(id__in=[*call_ids]).exclude(state=CallState.ENDED)
    return {str(id) for id in rows.values_list("id", flat=True)}
