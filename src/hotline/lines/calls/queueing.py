"""The queue: who waits, who is asked next. An offer is kept whole (place, offer, leg, agent, timer) before a phone rings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.rows import insert
from hotline.lines.calls import limits, seats, store
from hotline.lines.calls.call import Event, LegNow
from hotline.lines.calls.models import AgentState, Call, Offer, QueueEntry, Timer
from hotline.lines.calls.words import CallState, Role

ACTOR = system("callcontrol")


@dataclass(frozen=True, slots=True)
class Match:
    """A waiting call and the agent it was offered to."""

    call_id: UUID
    event: Event


def match(slot: int) -> list[Match]:
    """Offer this slot's waiting calls, first come first served, to ready agents with the skill, longest idle first."""
    matches = []
    while (found := match_one(slot)) is not None:
        matches.append(found)
    return matches


def match_one(slot: int) -> Match | None:
    """Offer the first waiting call for which an agent is ready; None when there is none."""
    waiting = QueueEntry.objects.filter(waiting=True, call__slot=slot, call__state=CallState.QUEUED)
    tried: set[tuple[str, ...]] = set()
    for entry in waiting.order_by("priority", "entered_at")[:100]:
        skills = tuple(entry.skills)
        if skills not in tried and (found := _offer(entry, skills)) is not None:
            return found
        tried.add(skills)
    return None


def _offer(entry: QueueEntry, skills: tuple[str, ...]) -> Match | None:
    with transaction.atomic(savepoint=False):
        agent = seats.longest_idle(skills)
        if agent is None:
            return None
        now, leg = clock.now(), seats.leg_to(agent, Role.AGENT, offer_id=ids.new())
        taken = Call.objects.filter(id=entry.call_id, state=CallState.QUEUED).update(
            state=CallState.RINGING, agent_id=agent.staff_id
        )
        if not taken:
            return None
        with deed(ACTOR, "call.offer") as d:
            d.about("call", entry.call_id, agent=str(agent.staff_id))
            reserve(entry.call_id, agent, leg, now)
    return Match(entry.call_id, Event("offered", invited=leg))


def reserve(call_id: UUID, agent: AgentState, leg: LegNow, now: datetime) -> None:
    """Keep an agent's reservation for a call, inside the caller's deed: offer, leg, timer, and the agent's own state."""
    deadline = now + timedelta(seconds=limits.seconds("ring"))
    insert(
        Offer(
            id=leg.offer_id, leg_channel=leg.channel, made_at=now, call_id=call_id, agent_id=agent.staff_id
        ),
        store.leg_row(call_id, leg, now),
        Timer(kind="ring", call_id=call_id, about=leg.channel, deadline_at=deadline),
    )
    seats.offered(agent, call_id)
