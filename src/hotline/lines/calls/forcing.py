"""A leader brings an agent to another state: at once, or at the end of the call he is on; the agent reads who and why."""

from __future__ import annotations

import json
from typing import Literal, get_args
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed, notify
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.people import queries as people
from hotline.lines.calls import seats
from hotline.lines.calls.agent_machine import AgentEvent
from hotline.lines.calls.models import AgentState

Forced = Literal["ready", "pause", "not_ready", "sign_out"]
CHANNEL = "callcontrol"


def force(actor: Actor, staff_id: UUID, mode: str, reason: str) -> str:
    """Have an agent be ``mode``; returns the state he is in then (with a call on, the one he keeps until its end).

    Right desk.supervise, and only over agents within the leader's sight. Raises Invalid without a reason or for another
    mode, NotFound, Conflict when his state does not allow it. The agent's desk shows the leader's name and reason.
    """
    reason = reason.strip()
    faults = []
    if mode not in get_args(Forced):
        known = "、".join(get_args(Forced))
        faults.append(Fault("mode", f"应为 {known} 之一：“{mode}”", f"must be one of {known}: “{mode}”"))
    if not 2 <= len(reason) <= 200:
        faults.append(
            Fault(
                "reason", "请写明原因（2–200 字）", "Give the reason, 2 to 200 characters: the agent reads it"
            )
        )
    with deed(actor, "agent.force", right="desk.supervise") as d:
        if faults:
            raise Invalid(faults)
        event: AgentEvent = mode  # type: ignore[assignment]
        agent = AgentState.objects.filter(people.within(actor, "owner_path"), staff_id=staff_id).first()
        if agent is None:
            raise NotFound("agent", staff_id)
        before = agent.mode
        after = seats.force(staff_id, event, seats.Why("forced", reason, actor.label[:60]))
        if after is None:
            raise Conflict(
                f"{agent.name}当前状态（{before}）不能改为 {mode}",
                f"{agent.name} is {before} and cannot be made {mode} now",
            )
        d.about("agent", staff_id, mode=mode, reason=reason, before=before, requested=after.requested)
        d.tell("agent.forced", staff_id, mode=mode, by=actor.id)
        notify(CHANNEL, json.dumps({"seats": True}))
    return after.mode
