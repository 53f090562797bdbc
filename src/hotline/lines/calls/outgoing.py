"""Calls we make: an agent's own phone rings first, then the citizen's (53号 三(三) 回访; 漏接必回)."""

from __future__ import annotations

from uuid import UUID

from hotline.base.kernel import clock, sealing
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Problem
from hotline.lines.calls import seats, store
from hotline.lines.calls.call import CallNow, Event, LegNow, Step
from hotline.lines.calls.machines import step
from hotline.lines.calls.models import AgentState, Call, Leg
from hotline.lines.calls.words import CallState, Role
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Plans

ACTOR = system("callcontrol")
BEHAVIOUR = "outbound"


def begin(slot: int, taken: seats.Taken) -> Step:
    """Keep a call an agent asked for and take its first step. Raises Problem when there is no way out, or he is busy."""
    plans = numbers.plans()
    trunk, id = way_out(plans), UUID(taken.args["new_call_id"])
    phone = sealing.unseal(bytes.fromhex(taken.args["phone_sealed"]))
    call = store.as_the_city_wants(
        CallNow(
            id=id,
            channel=f"l-{id}-0",
            number=plans.main,
            line=plans.main,
            behaviour=BEHAVIOUR,
            skills=(plans.main,),
            state=CallState.DIALLING,
            outbound=f"PJSIP/{phone}@trunk-{trunk}",
        )
    )
    with deed(ACTOR, "call.begin_out") as d:
        leg, now = _who_calls(taken, id, trunk), clock.now()
        first = step(call, Event("claimed", invited=leg))
        row = Call(
            id=id, channel=call.channel, slot=slot, state=call.state, direction="out", number=call.number, trunk=trunk,
            line=call.line, behaviour=BEHAVIOUR, agent_id=leg.agent_id, arrived_at=now,
            case_id=taken.args.get("case_id") or None,
            marks=[f"for:{taken.args.get('purpose') or 'contact'}"], **store.caller_fields(phone),
        )  # fmt: skip
        caller = Leg(call_id=id, channel=call.channel, role="caller", planned_at=now)
        said = {key: taken.args[key] for key in ("purpose", "case_id", "callback_id") if taken.args.get(key)}
        ours = [store.leg_row(id, leg, now)] if leg.agent_id else []
        store.keep_in(d, call, first[2], [("claimed", said)], row, caller, *ours)
        d.about("call", id, by=str(taken.staff_id), **said)
    return first


def _who_calls(taken: seats.Taken, call_id: UUID, trunk: str) -> LegNow:
    """An agent at his desk; a clerk of a unit on his own telephone, wherever it is."""
    if taken.command == "connect":
        own = sealing.unseal(bytes.fromhex(taken.args["own_sealed"]))
        target = f"clerk:{taken.staff_id}"
        return LegNow(f"l-{call_id}-1", Role.AGENT, endpoint=f"PJSIP/{own}@trunk-{trunk}", target=target)
    agent = AgentState.objects.select_for_update().get(staff_id=taken.staff_id)
    if not agent.phone_registered or not seats.invited(agent, call_id):
        raise Conflict(
            "现在不能外呼：请先登录坐席、注册话机并结束当前通话。",
            "Cannot call now: sign in with a phone and end the present call first.", code="not_now",
        )  # fmt: skip
    return seats.leg_to(agent, Role.AGENT, target=f"agent:{agent.staff_id}")


def way_out(plans: Plans) -> str:
    """The trunk by which citizens are reached. A loopback trunk without a port leads back to ourselves. Raises Problem."""
    for trunk in plans.trunks:
        if trunk.kind == "operator" and (trunk.port or not trunk.is_loopback):
            return trunk.name
    raise Problem(
        "no-way-out",
        "没有可以外呼的运营商中继（trunks.csv）。",
        "No operator's trunk to call out by (trunks.csv).",
        status=409,
    )
