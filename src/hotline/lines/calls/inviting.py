"""From what a desk asks of a call to the call's event: whoever is to be called in is found, and an agent reserved, first.

A reservation is kept before the call hears of it; a call that has moved on meanwhile gives it back (consequences.py).
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict
from hotline.base.kernel.rows import insert
from hotline.lines.calls import queueing, seats, store, targets
from hotline.lines.calls.call import CallNow, Event, EventKind, LegNow
from hotline.lines.calls.models import AgentState
from hotline.lines.calls.words import AgentMode, Role
from hotline.lines.numbers import queries as numbers

ACTOR = system("callcontrol")

LEADERS_COMMANDS: tuple[EventKind, ...] = ("listen", "whisper", "barge", "take_over", "stop_listening")
AGENTS_COMMANDS: dict[str, EventKind] = {
    "hold": "hold", "resume": "resume", "hangup": "hang_up", "consult": "consult", "swap": "swap",
    "complete": "complete", "three_way": "three_way", "back": "back", "drop_other": "drop_other", "leave": "leave",
    "transfer": "transfer", "to_queue": "to_queue", "emergency": "emergency", "rejoin": "rejoin",
    "record_pause": "record_pause", "record_resume": "record_resume", "rate": "rate",
}  # fmt: skip
COMMANDS = (*AGENTS_COMMANDS, *LEADERS_COMMANDS)
"""What may be asked of a call."""


def event_of(taken: seats.Taken, call: CallNow) -> Event:
    """The event for one command. Raises Problem when whoever is to be called in cannot be."""
    if taken.command in LEADERS_COMMANDS:
        return _leaders(taken, call)
    if taken.staff_id != call.agent_id:
        return _visitors(taken, call)
    kind, note = AGENTS_COMMANDS[taken.command], dict(taken.args)
    to = str(note.pop("to", "") or "")
    who = {"agent_id": taken.staff_id, "command_id": taken.id}
    if kind == "rejoin":
        return Event(kind, invited=_returning(taken.staff_id, call), **who)  # type: ignore[arg-type]
    if kind == "emergency":
        to = f"emergency:{note.get('number', '')}"
    if kind == "to_queue" or to.startswith("line:"):
        return Event("to_queue", skills=_skills(to or f"line:{note.get('line') or ''}", call), **who)  # type: ignore[arg-type]
    if kind in ("consult", "transfer", "emergency") or (kind == "three_way" and to):
        return Event(kind, invited=_invited(to, call), note=note, **who)  # type: ignore[arg-type]
    return Event(kind, **who)  # type: ignore[arg-type]


def _visitors(taken: seats.Taken, call: CallNow) -> Event:
    """A colleague or leader in somebody else's call may only go."""
    if taken.command == "hangup" and call.leader and call.leader.agent_id == taken.staff_id:
        return Event("stop_listening", agent_id=taken.staff_id, command_id=taken.id)
    if taken.command == "hangup" and call.other and call.other.agent_id == taken.staff_id:
        return Event("drop_other", agent_id=taken.staff_id, command_id=taken.id)
    raise Conflict(
        "这个通话由另一位坐席负责。", "Another agent is responsible for this call.", code="not-yours"
    )


def _skills(to: str, call: CallNow) -> tuple[str, ...]:
    main = numbers.plans().main
    line = to.partition(":")[2] or call.line
    return tuple(dict.fromkeys((line, main)))


def _invited(to: str, call: CallNow) -> LegNow:
    kind, _, rest = to.partition(":")
    if kind != "agent":
        leg = targets.outside(to, f"l-{ids.new()}", numbers.plans())
        return replace(leg, shows=store.caller_of(call.id)) if kind == "emergency" else leg
    with deed(ACTOR, "call.invite") as d:
        agent = AgentState.objects.select_for_update().filter(staff_id=_uuid(rest, to)).first()
        if agent is None:
            raise targets.unknown(to)
        if agent.mode != AgentMode.READY or not agent.phone_registered:
            raise Conflict(
                f"{agent.name} 现在不能接听。", f"{agent.name} cannot take a call now.", code="busy"
            )
        d.about("call", call.id, agent=str(agent.staff_id))
        leg = seats.leg_to(agent, Role.OTHER, offer_id=ids.new(), target=to)
        queueing.reserve(call.id, agent, leg, clock.now())
    return leg


def _uuid(text: str, to: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise targets.unknown(to) from None


def _returning(staff_id: UUID, call: CallNow) -> LegNow:
    """The agent's phone as it is now, to be rung into his own call again."""
    with deed(ACTOR, "call.rejoin") as d:
        agent = AgentState.objects.select_for_update().get(staff_id=staff_id)
        if not agent.phone_registered:
            raise Conflict("话机尚未注册。", "The phone is not registered yet.", code="phone-absent")
        d.about("call", call.id, agent=str(staff_id))
        leg = seats.leg_to(agent, Role.AGENT, target=f"agent:{staff_id}", mode="rejoin")
        insert(store.leg_row(call.id, leg, clock.now()))
    return leg


def _leaders(taken: seats.Taken, call: CallNow) -> Event:
    kind: EventKind = taken.command  # type: ignore[assignment]
    event = Event(kind, agent_id=taken.staff_id, command_id=taken.id)
    if kind == "stop_listening" or (call.leader and call.leader.agent_id == taken.staff_id):
        return event
    with deed(ACTOR, "call.watch") as d:
        agent = AgentState.objects.select_for_update().filter(staff_id=taken.staff_id).first()
        if agent is None or not agent.phone_registered or not seats.invited(agent, call.id):
            raise Conflict(
                "请先登录坐席并注册话机，且不在通话中。", "Sign in at a desk with a phone first, and be in no call.",
                code="phone-absent",
            )  # fmt: skip
        d.about("call", call.id, leader=str(agent.staff_id), how=kind)
        leg = seats.leg_to(agent, Role.LEADER, target=f"agent:{agent.staff_id}")
        insert(store.leg_row(call.id, leg, clock.now()))
    return Event(kind, invited=leg, agent_id=taken.staff_id, command_id=taken.id)
