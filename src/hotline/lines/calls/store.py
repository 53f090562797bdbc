"""What call control keeps: every write of call, leg, queue, offer, agent and timer rows, each batch in one transaction.

The machines decide, this module writes. It runs on the bounded threads of `switch.database`; nothing here waits for
the switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from hotline.base.kernel import clock, ids, masking, sealing
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.deeds import keep as keep_rows
from hotline.base.kernel.rows import update
from hotline.base.parties import actions as parties
from hotline.base.parties.phones import normal
from hotline.lines.calls import limits, rules_file, seats, waiting
from hotline.lines.calls.announcements import queries as announcements
from hotline.lines.calls.call import CallNow, Event, Fact, LegNow, Step
from hotline.lines.calls.machines import step
from hotline.lines.calls.matching import FIRST_IN_LINE
from hotline.lines.calls.models import Call, CallEvent, Leg, Offer, QueueEntry, Timer
from hotline.lines.calls.restrictions import queries as restrictions
from hotline.lines.calls.routing import Arrival, Route, hears_announcements, menu_of, plan_of, route
from hotline.lines.calls.words import CallState, LegState, OfferState, Place, Role
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Behaviour, Plans, period_at

ACTOR = system("callcontrol")


# --- a call begins -------------------------------------------------------------------------------------------------------


def begin(slot: int, arrival: Arrival, plans: Plans) -> Step:
    """Keep a call just claimed, take its first step and return it.

    Raises DatabaseError, also when this channel already had a call: then the caller is given back to the dialplan.
    """
    heard = announcements.heard_by((arrival.number,), arrival.caller) if hears_announcements(arrival) else ()
    announced, staffed = announcements.prompts(heard), _seats_open(plans, arrival)
    restricted = restrictions.restricted(arrival.caller)
    found = route(
        ids.new(), arrival, plans, seats_open=staffed, announced=announced, restricted=restricted,
        hour=rules_file.plan_at(arrival.number, clock.now()),
    )  # fmt: skip
    wanted = as_the_city_wants(found.call, may_ask_back=normal(arrival.caller) is not None)
    first = step(wanted, Event("claimed"))
    with deed(ACTOR, "call.begin") as d:
        row = _new_call(slot, arrival, found, plans)
        caller = Leg(
            call=row, channel=arrival.channel, role="caller", state=LegState.UP, planned_at=row.arrived_at,
            up_at=row.arrived_at,
        )  # fmt: skip
        said = {"behaviour": arrival.behaviour, "marks": list(found.marks)}
        hearings = announcements.hearings(heard, row.id, row.arrived_at) if "announced" in found.marks else ()
        keep_in(d, found.call, first[2], [("claimed", said)], row, caller, *hearings)
        d.about("call", row.id, number=row.number, marks=list(found.marks))
        if arrival.correlation:
            d.tell("call.came_over", row.id, correlation=arrival.correlation, trunk=row.trunk)
        if "emergency" in found.marks:
            d.tell("call.emergency", row.id, number=row.number, at=row.arrived_at.isoformat())
    return first


def as_the_city_wants(call: CallNow, *, may_ask_back: bool = False) -> CallNow:
    """Whether conversations are recorded, callers asked how it was, and how one asks to be called back: the city's to say.

    ``may_ask_back``: his number is known, so that he can be.
    """
    asks = may_ask_back and call.priority > FIRST_IN_LINE
    key = rules_file.queue_rules(clock.now()).calling_back.key if asks else ""
    return replace(
        call, recorded=limits.wanted("recording"), survey=limits.wanted("survey"), callback_key=key
    )


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
        notice_prompt=call.prompts[0] if plan and call.prompts[:1] == (plan.notice_prompt,) else "",
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


class NotOurs(Exception):
    """Another call control has taken the call over: whatever this one knows of it is out of date."""


def keep(
    slot: int, call: CallNow, facts: Sequence[Fact], events: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Keep a batch of facts of one call, as it was before them, in one transaction. Raises NotOurs; nothing is kept then."""
    with deed(ACTOR, "call.progress") as d:
        keep_in(d, call, facts, events, slot=slot)
        d.about("call", call.id, events=[kind for kind, _ in events])


def be_ours(slot: int, call_id: UUID) -> None:
    """Raises NotOurs where the call is no longer ``slot``'s."""
    if not Call.objects.filter(id=call_id, slot=slot).exists():
        raise NotOurs(str(call_id))


def caller_of(call_id: UUID) -> str:
    """The caller's number in plain, for an emergency service that must be able to call back. The hand-over is logged."""
    return sealing.unseal(bytes(Call.objects.values_list("caller_sealed", flat=True).get(id=call_id)))


def note(call_id: UUID, kind: str, detail: dict[str, Any], slot: int | None = None) -> None:
    """Keep that something happened in a call which changes no state; a recording that failed is news at once.

    With ``slot`` only of a call that is still its own: one that was frozen hears of its successor's recordings late.
    """
    if slot is not None and not Call.objects.filter(id=call_id, slot=slot).exists():
        return
    with deed(ACTOR, "call.noted") as d:
        d.about("call", call_id, events=[kind])
        if kind == "recording_failed":
            d.tell("call.recording_failed", call_id, **detail)
        keep_rows(CallEvent(call_id=call_id, at=clock.now(), kind=kind, detail=detail))


def code_keyed(call_id: UUID, code: str) -> None:
    """Tell whoever joins records by one-time codes that one was keyed in this call."""
    with deed(ACTOR, "call.code_keyed") as d:
        d.about("call", call_id)
        d.tell("call.code_keyed", call_id, code=code)


def keep_in(
    d: Deed,
    call: CallNow,
    facts: Iterable[Fact],
    events: Sequence[tuple[str, dict[str, Any]]],
    *new: Model,
    slot: int | None = None,
) -> None:
    """Write what the facts and events say inside a deed, and the rows in ``new``: as few statements as there can be.

    Raises NotOurs where the call is no longer ``slot``'s.
    """
    now = clock.now()
    changes: dict[str, Any] = {}
    rows: list[Model] = [*new]
    noted: list[tuple[str, dict[str, Any]]] = []
    for fact in facts:
        data = fact.data
        match fact.kind:
            case "state":
                changes |= _columns(data["after"])
                rows += _keep_legs(call, data["before"], data["after"], now)
                _tell_desks(data["before"], data["after"])
            case "leg_gone":
                _legs_gone([data["channel"]], now)
            case "queued":
                if place := _enter_queue(
                    call, data, now, new
                ):  # who comes back has waited since he first came
                    rows += place
                    changes["queued_at"] = now
            case "left_queue":
                _queue(call).filter(waiting=True).update(waiting=False, left_at=now, left_as=data["left_as"])
            case "offer":
                _keep_offer(data, now)
            case "agent":
                seats.happened(data["id"], data["event"])
            case "answered":
                changes |= {"agent_id": data["agent_id"]}
                Call.objects.filter(id=call.id, answered_at=None).update(answered_at=now)
            case "ended":
                changes |= _ended(d, call, data, now)
            case "marked":
                marks = changes.get("marks") or Call.objects.values_list("marks", flat=True).get(id=call.id)
                changes["marks"] = [*marks, data["mark"]]
            case "rated":
                changes["rating"] = data["rating"]
            case "told":
                d.tell(
                    data["topic"],
                    call.id,
                    at=now.isoformat(),
                    **{k: v for k, v in data.items() if k != "topic"},
                )
            case "noted":
                noted.append((data["kind"], {k: v for k, v in data.items() if k != "kind"}))
            case "timer_set":
                seconds = data.get("seconds") or limits.seconds(data["limit"])
                deadline = now + timedelta(seconds=seconds)
                rows.append(
                    Timer(kind=data["kind"], call_id=call.id, about=data["about"], deadline_at=deadline)
                )
            case "timer_cleared":
                Timer.objects.filter(about=data["about"]).delete()
    rows += [
        CallEvent(call_id=call.id, at=now, kind=kind, detail=detail) for kind, detail in (*events, *noted)
    ]
    if new and isinstance(new[0], Call):  # a call that begins is written once, as it is after its first step
        for name, value in changes.items():
            setattr(new[0], name, value)
        changes = {}
    keep_rows(*rows)
    ours = {} if slot is None else {"slot": slot}
    if changes and not update(Call, {"id": call.id, **ours}, changes) and ours:
        raise NotOurs(str(call.id))


def _columns(after: CallNow) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "state": after.state,
        "line": after.line,
        "caller_up": after.caller_up,
        "prompts": [*after.prompts],
        "playing": after.playing,
        "saying": after.saying,
        "talked": after.talked,
        "segment": after.segment,
        "recording": after.recording,
        "paused": after.paused,
        "priority": after.priority,
    }
    if after.agent_id:  # whoever was responsible last stays in the row
        kept["agent_id"] = after.agent_id
    return kept


def _tell_desks(before: CallNow, after: CallNow) -> None:
    """Whoever is or was in the call sees it as it is now, also when it changed without a word of his."""
    for staff_id in {leg.agent_id for leg in (*before.legs, *after.legs) if leg.agent_id}:
        seats.announce(staff_id)


def _keep_legs(call: CallNow, before: CallNow, after: CallNow, now: datetime) -> list[Model]:
    """What became of the legs; returns rows of new ones. One matched or invited was kept before (queueing, inviting)."""
    known = {leg.channel: leg for leg in before.legs}
    there = {leg.channel for leg in after.legs if leg.state is not LegState.GONE}
    gone = [leg.channel for leg in before.legs if leg.channel not in there and leg.state is not LegState.GONE]
    if after.state is CallState.ENDED:
        gone.append(call.channel)
    _legs_gone(gone, now)
    new: list[Model] = []
    for leg in after.legs:
        was = known.get(leg.channel)
        if was is None and leg.agent_id is None:
            new.append(leg_row(call.id, leg, now))
        elif leg != was and leg.state is not LegState.GONE:
            moment = {LegState.RINGING: {"rang_at": now}, LegState.UP: {"up_at": now}}.get(leg.state, {})
            moment = moment if was is None or was.state is not leg.state else {}
            update(Leg, {"channel": leg.channel}, {**_leg_columns(leg), **moment})
    return new


def leg_row(call_id: UUID, leg: LegNow, now: datetime) -> Leg:
    """A leg about to be dialled."""
    return Leg(call_id=call_id, channel=leg.channel, planned_at=now, **_leg_columns(leg))


def _leg_columns(leg: LegNow) -> dict[str, Any]:
    return {
        "role": leg.role, "state": leg.state, "place": leg.place, "endpoint": leg.endpoint, "target": leg.target,
        "agent_id": leg.agent_id, "offer_id": leg.offer_id, "browser": leg.browser, "mode": leg.mode,
    }  # fmt: skip


def _legs_gone(channels: Sequence[str], now: datetime) -> None:
    if channels:
        rows = Leg.objects.filter(channel__in=channels).exclude(state=LegState.GONE)
        rows.update(state=LegState.GONE, gone_at=now)


def _enter_queue(call: CallNow, data: dict[str, Any], now: datetime, new: Iterable[Model]) -> list[Model]:
    """A place in the queue; who was there before keeps his first one: a waiting entry is never reset."""
    begun = next((row for row in new if isinstance(row, Call)), None)
    row = begun or Call.objects.only("number", "party_id").get(id=call.id)
    return waiting.place(
        call.id, data["skills"], data["priority"], now, number=row.number, party_id=row.party_id,
        known=begun is None,
    )  # fmt: skip


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
    rows = [*Call.objects.filter(slot=slot).exclude(state=CallState.ENDED)]
    places = {entry.call_id: tuple(entry.skills) for entry in QueueEntry.objects.filter(call__in=rows)}
    legs = _legs_of(rows)
    return [_as_kept(row, legs.get(row.id, ()), places.get(row.id, ()), plans) for row in rows]


def _as_kept(row: Call, legs: tuple[LegNow, ...], skills: tuple[str, ...], plans: Plans) -> CallNow:
    plan = plan_of(plans, row.number)
    kept = CallNow(
        id=row.id,
        channel=row.channel,
        number=row.number,
        line=row.line,
        behaviour=row.behaviour,
        skills=skills or tuple(dict.fromkeys((row.line, plans.main))),
        prompts=tuple(row.prompts),
        prompt="welcome",
        linked_trunk=row.linked_trunk,
        back_if_unanswered=bool(plan and plan.answered_here_if_unanswered),
        priority=row.priority,
        menu=menu_of(rules_file.plan_at(row.number, row.arrived_at))
        if row.state == CallState.PROMPT
        else None,
        state=CallState(row.state),
        caller_up=row.caller_up,
        outbound=outbound_endpoint(row) if row.direction == "out" else "",
        playing=row.playing,
        saying=row.saying,
        # Playback ids go on above any that were given before the restart.
        plays=int(row.playing.rsplit("-", 1)[-1] or 0) + 1000 if row.playing else 1000,
        legs=legs,
        talked=row.talked,
        paused=row.paused,
        segment=row.segment,
        recording=row.recording,
        rating=row.rating or 0,
    )
    return as_the_city_wants(kept, may_ask_back=bool(row.caller_index) and row.direction == "in")


def outbound_endpoint(row: Call) -> str:
    """What the switch dials to reach the citizen of an outbound call."""
    return f"PJSIP/{sealing.unseal(bytes(row.caller_sealed))}@trunk-{row.trunk}"


def _legs_of(rows: Iterable[Call]) -> dict[UUID, tuple[LegNow, ...]]:
    """The legs that are there, and of calls that wait for their agent his last one."""
    awaiting = {row.id: row.agent_id for row in rows if row.state == CallState.AWAITING}
    found: dict[UUID, list[LegNow]] = {}
    for leg in (
        Leg.objects.filter(call__in=[row.id for row in rows]).exclude(role="caller").order_by("planned_at")
    ):
        now, legs = _leg_now(leg), found.setdefault(leg.call_id, [])
        expected = now.role is Role.AGENT and awaiting.get(leg.call_id) == now.agent_id
        if expected:  # his last leg stands for him, also one that is gone
            legs[:] = [one for one in legs if one.role is not Role.AGENT]
        if expected or now.state is not LegState.GONE:
            legs.append(now)
    return {call_id: tuple(legs) for call_id, legs in found.items()}


def _leg_now(leg: Leg) -> LegNow:
    return LegNow(
        leg.channel, Role(leg.role), LegState(leg.state), Place(leg.place), leg.endpoint, leg.target, leg.agent_id,
        leg.offer_id, leg.browser, mode=leg.mode,
    )  # fmt: skip


def due_timers(slot: int) -> list[Timer]:
    """Timers past their time of this slot's calls, and of calls that are over; seats have their own (seats)."""
    others = Call.objects.exclude(slot=slot).exclude(state=CallState.ENDED).values("id")
    due = Timer.objects.filter(call_id__isnull=False, deadline_at__lte=clock.now()).exclude(
        call_id__in=others
    )
    return [*due.order_by("deadline_at")[:100]]


def nobody_waits(timer: Timer) -> None:
    """A timer is past its time and no worker has its call: an offer is closed, its agent free. Harmless twice."""
    with deed(ACTOR, "call.timer_dropped") as d:
        d.about("call", timer.call_id, leg=timer.about)
        if not Timer.objects.filter(id=timer.id).delete()[0]:
            return
        now = clock.now()
        offer = Offer.objects.filter(leg_channel=timer.about, state=OfferState.OPEN).first()
        if offer is not None:
            _keep_offer({"id": offer.id, "state": OfferState.WITHDRAWN}, now)
            seats.happened(offer.agent_id, "withdrawn")
        _legs_gone([timer.about], now)


def not_rung(channel: str) -> None:
    """The caller was gone before the agent matched to him was rung at ``channel``: the agent is free at once. A call that is
    still being begun is left to its ringing time."""
    over = Call.objects.filter(state=CallState.ENDED).values("id")
    for timer in Timer.objects.filter(about=channel, kind="ring", call_id__in=over):
        nobody_waits(timer)


def known_channels(channels: Iterable[str]) -> set[str]:
    """Which of these channels belong to a call that is not over."""
    rows = Leg.objects.filter(channel__in=[*channels]).exclude(state=LegState.GONE)
    return {*rows.exclude(call__state=CallState.ENDED).values_list("channel", flat=True)}


def open_call_ids(call_ids: Iterable[str]) -> set[str]:
    """Which of these calls are not over."""
    rows = Call.objects.filter(id__in=[*call_ids]).exclude(state=CallState.ENDED)
    return {str(id) for id in rows.values_list("id", flat=True)}
