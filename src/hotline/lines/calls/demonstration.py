"""Calls that never happened, for `hotline demo`: marked, in the past, and removed without a trace of them in any figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet

from hotline.base.kernel import clock, ids, masking
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index, seal
from hotline.base.parties import demonstration as nobodies
from hotline.lines.calls.models import (
    AgentState,
    Call,
    CallCommand,
    CallEvent,
    Leg,
    Offer,
    QueueEntry,
    SeatSpan,
    Timer,
)
from hotline.lines.calls.words import AgentMode, CallState, Outcome

MARK = "demo"
_AGENTS = UUID("5301c0de-0000-4000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call as it shall have been. Seconds: heard a prompt, then waited for a person, then talked (None: never)."""

    number: str
    line: str
    behaviour: str
    treatment: str
    at: datetime
    phone: str
    party_id: UUID | None
    prompt_s: float
    wait_s: float
    talk_s: float | None
    outcome: Outcome
    agent: int


def agent_id(number: int) -> UUID:
    """The staff id of demonstration agent ``number``; nobody can sign in with it."""
    return uuid5(_AGENTS, str(number))


def exists() -> bool:
    """Whether there are demonstration calls."""
    return Call.objects.filter(city_id=this_city(), marks__contains=[MARK]).exists()


def record(actor: Actor, agents: Sequence[str], calls: Iterable[PastCall]) -> list[UUID]:
    """Write down calls that ended in the past; returns their ids in order. Only the platform itself may."""
    _only_the_platform(actor)
    with deed(actor, "demo.calls") as d:
        now = clock.now()
        AgentState.objects.bulk_create(
            (
                AgentState(
                    staff_id=agent_id(n), name=name, mode=AgentMode.SIGNED_OUT, since=now, idle_since=now
                )
                for n, name in enumerate(agents)
            ),
            ignore_conflicts=True,
        )
        made = Call.objects.bulk_create((_call(one) for one in calls), batch_size=500)
        d.about("call", MARK, recorded=len(made))
    return [call.id for call in made]


def _call(past: PastCall) -> Call:
    queued = past.at + timedelta(seconds=past.prompt_s)
    waited = queued + timedelta(seconds=past.wait_s)
    talked = past.talk_s is not None
    served = past.outcome is not Outcome.VACANT
    return Call(
        channel=f"{MARK}-{ids.new()}",
        slot=0,
        state=CallState.ENDED,
        number=past.number,
        dialled=past.number,
        line=past.line,
        behaviour=past.behaviour,
        treatment=past.treatment,
        marks=[MARK],
        caller_sealed=seal(past.phone),
        caller_index=blind_index("phone", past.phone),
        caller_masked=masking.phone(past.phone),
        party_id=past.party_id,
        agent_id=agent_id(past.agent) if talked else None,
        arrived_at=past.at,
        queued_at=queued if served and past.outcome is not Outcome.ABANDONED_IN_PROMPT else None,
        answered_at=waited if talked else None,
        ended_at=waited + timedelta(seconds=past.talk_s or 0),
        outcome=past.outcome,
        ended_by="caller",
    )


def counted(since: datetime) -> int:
    """How many calls of invented callers that arrived at ``since`` or later are over and kept."""
    ended = Call.objects.filter(city_id=this_city(), state=CallState.ENDED, arrived_at__gte=since)
    return ended.filter(caller_index__in=_invented()).count()


def _invented() -> list[bytes]:
    return [blind_index("phone", nobodies.phone(n)) for n in range(nobodies.COUNT)]


def calls() -> QuerySet[Call, Any]:
    """The ids of all demonstration calls, written down or really placed, as a query for whatever hangs on them."""
    return _all().values("id")


def _all() -> QuerySet[Call]:
    mine = Q(marks__contains=[MARK]) | Q(caller_index__in=_invented())
    return Call.objects.filter(mine, city_id=this_city())


def clear(actor: Actor) -> int:
    """Remove every demonstration call and agent; returns how many calls. Real ones are never touched.

    What other rooms keep of them (`calls`) must be gone before. The time an agent spent in one stays his time.
    """
    _only_the_platform(actor)
    with deed(actor, "demo.clear_calls") as d:
        for rows in (CallEvent, Offer, QueueEntry, Leg):
            rows.objects.filter(call__in=calls()).delete()
        for named in (Timer, CallCommand):
            named.objects.filter(call_id__in=calls()).delete()
        SeatSpan.objects.filter(call_id__in=calls()).update(call_id=None)
        removed = _all().count()
        _all().delete()
        AgentState.objects.filter(staff_id__in=[agent_id(n) for n in range(100)]).delete()
        d.about("call", MARK, removed=removed)
    return removed


def _only_the_platform(actor: Actor) -> None:
    if actor.kind != "system":
        raise Forbidden("system")
