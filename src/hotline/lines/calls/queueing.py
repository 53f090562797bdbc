"""The queue: who waits, who is asked next. An offer is kept whole (place, offer, leg, agent, timer) before a phone rings.

Every call control matches the whole queue, of all slots, and carries out its own part: an agent whom somebody older in
another slot should have is left to that slot, which is woken. So no slot's callers are served before older ones.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed, keep, notify
from hotline.base.kernel.models import Heartbeat
from hotline.lines.calls import due, limits, matching, rules_file, seats, store, waiting
from hotline.lines.calls.call import Event, LegNow
from hotline.lines.calls.callbacks import actions as callbacks
from hotline.lines.calls.callbacks import queries as callback_queries
from hotline.lines.calls.models import AgentState, Call, Offer, Timer
from hotline.lines.calls.words import AgentMode, CallState, Role

ACTOR = system("callcontrol")
CHANNEL = "callcontrol"
SILENT_AFTER = timedelta(seconds=20)
"""The callers of a call control that gave no sign of life for so long keep no agent from others."""


@dataclass(frozen=True, slots=True)
class Match:
    """A waiting call and the agent it was offered to."""

    call_id: UUID
    event: Event


def match(slot: int) -> list[Match]:
    """Offer this slot's waiting calls to ready agents: see matching.py for who gets whom."""
    return _match(slot, None, due.who())


def match_one(slot: int, who: due.Who | None = None) -> Match | None:
    """Offer the first of this slot's waiting calls for which an agent is ready; None when there is none. ``who``: if it was asked
    just now."""
    return next(iter(_match(slot, 1, who or due.who())), None)


def _match(slot: int, most: int | None, who: due.Who) -> list[Match]:
    """Offer until nobody is left, or ``most`` offers were made. Who was taken away meanwhile is left out the next time."""
    found: list[Match] = []
    missed: set[UUID] = set()
    while True:
        before = len(missed)
        for row, agent_id in _pairs(slot, missed, who):
            made = _carry_out(row, agent_id)
            if made is None:
                missed.add(agent_id)
            elif isinstance(made, Match):
                found.append(made)
            if most is not None and len(found) >= most:
                return found
        if len(missed) == before:
            return found


def _pairs(slot: int, missed: Collection[UUID], who: due.Who) -> list[tuple[dict[str, Any], UUID]]:
    """Who is to have whom, as far as it is this slot's to carry out. No query when nobody waits or nobody is ready, four at most
    otherwise."""
    if not who.meet:
        return []
    now = clock.now()
    alive = _Slots(slot, now)
    places = [row for row in waiting.waiting() if row["call__slot"] in alive] if who.on_the_line else []
    if who.to_be_rung:
        places += callback_queries.in_turn(now, rules_file.queue_rules(now).calling_back)
    rows = _ready().exclude(staff_id__in=missed).values("staff_id", "lines", "idle_since")
    if not places or not (agents := [waiting.AgentRow(**row) for row in rows]):
        return []
    by_id = {row["id"]: row for row in places}
    found, others = [], set[int]()
    for pair in matching.match(map(waiting.entry, places), waiting.agents(agents), now.timestamp()):
        row = by_id[pair.entry]
        if row.get("call__slot", slot) == slot:
            found.append((row, pair.agent))
        else:
            others.add(row["call__slot"])
    for other in others:
        notify(CHANNEL, json.dumps({"match": other}))
    return found


def _ready() -> QuerySet[AgentState]:
    """Agents who may be asked: ready, with a phone, and with no callback in hand."""
    ready = AgentState.objects.filter(mode=AgentMode.READY, phone_registered=True)
    return ready.exclude(staff_id__in=callback_queries.busy_with_one())


class _Slots:
    """Which slots' callers count. The others' sign of life is looked for once, when there are any."""

    def __init__(self, own: int, now: datetime) -> None:
        self._known = {own: True}
        self._since = now - SILENT_AFTER

    def __contains__(self, slot: int) -> bool:
        if slot not in self._known:
            beats = Heartbeat.objects.filter(process=f"callcontrol-{slot}")
            # A sandbox's clock jumps, so there the age of a sign of life says nothing.
            self._known[slot] = settings.SANDBOX or beats.filter(at__gt=self._since).exists()
        return self._known[slot]


def _carry_out(row: dict[str, Any], agent_id: UUID) -> Match | bool | None:
    """Offer the call, or give the callback; None when the agent or the caller is no more to be had."""
    with transaction.atomic(savepoint=False):
        # Locked by whoever carries out first: the others pass him over.
        agent = _ready().select_for_update(of=("self",), skip_locked=True).filter(staff_id=agent_id).first()
        if agent is None:
            return None
        if "callback_id" in row:
            return _give(row["callback_id"], agent)
        return _offer(row["call_id"], row["call__slot"], agent)


def _offer(call_id: UUID, slot: int, agent: AgentState) -> Match | None:
    now, leg = clock.now(), seats.leg_to(agent, Role.AGENT, offer_id=ids.new())
    # Another slot may have taken the call over meanwhile.
    taken = Call.objects.filter(id=call_id, slot=slot, state=CallState.QUEUED).update(
        state=CallState.RINGING, agent_id=agent.staff_id
    )
    if not taken:
        return None
    with deed(ACTOR, "call.offer") as d:
        d.about("call", call_id, agent=str(agent.staff_id))
        reserve(call_id, agent, leg, now)
    return Match(call_id, Event("offered", invited=leg))


def reserve(call_id: UUID, agent: AgentState, leg: LegNow, now: datetime) -> None:
    """Keep an agent's reservation for a call, inside the caller's deed: offer, leg, timer, and the agent's own state."""
    deadline = now + timedelta(seconds=limits.seconds("ring"))
    keep(
        Offer(
            id=leg.offer_id, leg_channel=leg.channel, made_at=now, call_id=call_id, agent_id=agent.staff_id
        ),
        store.leg_row(call_id, leg, now),
        Timer(kind="ring", call_id=call_id, about=leg.channel, deadline_at=deadline),
    )
    seats.offered(agent, call_id)


def _give(callback_id: UUID, agent: AgentState) -> bool | None:
    """A caller who waits offline has come to his turn: the agent is to ring him, and is asked for nothing else meanwhile."""
    with deed(ACTOR, "callback.give") as d:
        d.about("callback", callback_id, agent=str(agent.staff_id))
        if not callbacks.give(d, callback_id, agent.staff_id, agent.name):
            return None
        seats.announce(agent.staff_id)
    return True
