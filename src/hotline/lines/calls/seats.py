"""Seats: what agents are doing, whose phone is there, who is asked next. Every change passes the table of agent_machine.py."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed, notify
from hotline.lines.calls import limits
from hotline.lines.calls.agent_machine import AGENT_COMMANDS, AgentEvent, AgentNow, agent_step
from hotline.lines.calls.models import AgentState, CallCommand, PhoneCredential, QueueEntry, Timer
from hotline.lines.calls.words import AgentMode

log = logging.getLogger(__name__)
ACTOR = system("callcontrol")

_WITH_A_CALLER = (AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY)
_ON_A_CALL = (*_WITH_A_CALLER, AgentMode.WRAP_UP)


def anybody_signed_in(line: str) -> bool:
    """Whether any seat of this line is staffed."""
    return AgentState.objects.filter(lines__contains=[line]).exclude(mode=AgentMode.SIGNED_OUT).exists()


def longest_idle(skills: Sequence[str]) -> AgentState | None:
    """The ready agent to ask, locked: who has the line's own skill before others, then who waited longest."""
    ready = AgentState.objects.select_for_update(skip_locked=True).filter(
        mode=AgentMode.READY, phone_registered=True
    )
    for skill in skills:
        found = ready.filter(lines__contains=[skill]).order_by("idle_since", "staff_id").first()
        if found is not None:
            return found
    return None


def offered(agent: AgentState, call_id: UUID) -> None:
    """An agent already locked is reserved for a call."""
    _change(agent, "offered", call_id=call_id)


def happened(staff_id: UUID, event: AgentEvent) -> None:
    """Something happened to an agent's call."""
    agent = AgentState.objects.select_for_update().filter(staff_id=staff_id).first()
    if agent is None or not _change(agent, event):
        log.warning("agent %s: %s cannot happen in %s", staff_id, event, agent.mode if agent else "no row")


def _change(agent: AgentState, event: AgentEvent, *, call_id: UUID | None = None, reason: str = "") -> bool:
    before = AgentNow(AgentMode(agent.mode), AgentMode(agent.requested) if agent.requested else None)
    after = agent_step(before, event)
    if after is None:
        return False
    now = clock.now()
    if after.mode is not before.mode:
        agent.since = now
        # Who was asked in vain keeps his place in the order of asking.
        if after.mode is AgentMode.READY and event != "withdrawn":
            agent.idle_since = now
    agent.mode, agent.requested = after.mode, after.requested or ""
    agent.reason = reason if event in ("pause", "not_ready") else agent.reason
    agent.call_id = call_id or (agent.call_id if after.mode in _ON_A_CALL else None)
    agent.version += 1
    agent.save()
    _wrap_up_timer(agent, before.mode)
    announce(agent.staff_id)
    return True


def _wrap_up_timer(agent: AgentState, before: AgentMode) -> None:
    if agent.mode == AgentMode.WRAP_UP and before is not AgentMode.WRAP_UP:
        deadline = clock.now() + timedelta(seconds=limits.seconds("wrap_up"))
        Timer(
            kind="wrap_up", agent_id=agent.staff_id, about=f"wrap-{agent.staff_id}", deadline_at=deadline
        ).save(force_insert=True)
    elif before is AgentMode.WRAP_UP and agent.mode != AgentMode.WRAP_UP:
        Timer.objects.filter(about=f"wrap-{agent.staff_id}").delete()


def announce(staff_id: UUID) -> None:
    """Tell the desk of one agent, at commit, that what it shows has changed (live.py listens)."""
    notify("desk", json.dumps({"staff_id": str(staff_id)}))


def announce_queue(known: int) -> int:
    """Tell every staffed desk if no longer ``known`` callers wait; returns how many do. For a round of seconds, not for
    every caller: with hundreds of seats that would be thousands of notices a second."""
    waiting = QueueEntry.objects.filter(waiting=True).count()
    if waiting != known:
        for staff_id in AgentState.objects.exclude(mode=AgentMode.SIGNED_OUT).values_list(
            "staff_id", flat=True
        ):
            announce(staff_id)
    return waiting


def end_wrap_ups() -> bool:
    """Agents whose wrap-up time is over become ready, or what they asked for; whether there were any."""
    due = Timer.objects.filter(kind="wrap_up", deadline_at__lte=clock.now())
    ended = False
    for timer in due[:100]:
        with deed(ACTOR, "agent.wrap_up_over") as d:
            d.about("agent", timer.agent_id)
            if timer.agent_id and Timer.objects.filter(id=timer.id).delete()[0]:
                happened(timer.agent_id, "wrap_up_done")
                ended = True
    return ended


# --- what agents ask for -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """A desk command this call control has taken; ``call_id`` names the call it is about, if any."""

    id: UUID
    command: str
    call_id: UUID | None


def take(command_id: UUID | None, slot: int, owned: Iterable[UUID]) -> list[Taken]:
    """Take commands nobody has taken: about agents, any; about calls, those of calls this slot owns."""
    rows = CallCommand.objects.filter(taken_at=None, done_at=None, deadline_at__gt=clock.now())
    if command_id:
        rows = rows.filter(id=command_id)
    mine, taken = {*owned}, []
    for row in rows.order_by("id")[:50]:
        about_call = row.command not in AGENT_COMMANDS
        if about_call and row.call_id not in mine:
            continue
        if CallCommand.objects.filter(id=row.id, taken_at=None).update(taken_at=clock.now()):
            taken.append(Taken(row.id, row.command, row.call_id if about_call else None))
    return taken


def obey(command_id: UUID) -> None:
    """Carry out a command about the agent himself; its result is kept in the same transaction."""
    row = CallCommand.objects.get(id=command_id)
    event: Any = row.command
    with deed(ACTOR, f"agent.{row.command}") as d:
        d.about("agent", row.staff_id, command=str(row.id))
        agent = AgentState.objects.select_for_update().filter(staff_id=row.staff_id).first()
        if agent is not None and row.command == "sign_in":
            agent.lines = row.args.get("lines") or agent.lines
        if agent is None or not _change(agent, event, reason=str(row.args.get("reason", ""))[:60]):
            _finish(row.id, _refusal(agent))
        else:
            _finish(row.id, None)
        announce(row.staff_id)


def finish(command_id: UUID, error: dict[str, Any] | None) -> None:
    """Keep what became of a command about a call."""
    with deed(ACTOR, "agent.command_done") as d:
        row = CallCommand.objects.get(id=command_id)
        d.about("agent", row.staff_id, command=row.command, ok=error is None)
        _finish(command_id, error)
        announce(row.staff_id)


def _finish(command_id: UUID, error: dict[str, Any] | None) -> None:
    CallCommand.objects.filter(id=command_id, done_at=None).update(
        done_at=clock.now(), ok=error is None, error=error
    )


def _refusal(agent: AgentState | None) -> dict[str, Any]:
    mode = agent.mode if agent else "signed_out"
    return {
        "type": "not_now",
        "title": f"当前状态（{mode}）不能执行此操作",
        "title_en": f"This cannot be done in the present state ({mode})",
    }


# --- phones --------------------------------------------------------------------------------------------------------------


def credentials(*, unpushed: bool = False) -> list[PhoneCredential]:
    """The phones that may sign in now; with ``unpushed`` only those the switch has not been told of."""
    rows = PhoneCredential.objects.filter(expires_at__gt=clock.now())
    return [row for row in rows if not unpushed or row.pushed_version < row.version]


def expired_credentials() -> list[str]:
    """Endpoints whose time is over, to be taken from the switch; one with a call on it once that is over."""
    talking = AgentState.objects.filter(mode__in=_WITH_A_CALLER).values("staff_id")
    rows = PhoneCredential.objects.filter(expires_at__lte=clock.now()).exclude(staff_id__in=talking)
    return [*rows.values_list("endpoint", flat=True)]


def has_desk(staff_id: UUID) -> bool:
    """Whether somebody is signed in at a desk or has a phone."""
    at_work = AgentState.objects.filter(staff_id=staff_id).exclude(mode=AgentMode.SIGNED_OUT)
    return at_work.exists() or PhoneCredential.objects.filter(staff_id=staff_id).exists()


def end_desk(staff_id: UUID, at: datetime) -> None:
    """Sign an agent out as of ``at`` and let his phone's time be over; what he began later stays. Harmless twice."""
    PhoneCredential.objects.filter(staff_id=staff_id, issued_at__lte=at, expires_at__gt=at).update(
        expires_at=at
    )
    agent = AgentState.objects.select_for_update().filter(staff_id=staff_id).first()
    if agent is not None and agent.mode != AgentMode.SIGNED_OUT and not _began_again(staff_id, at):
        _change(agent, "sign_out")


def _began_again(staff_id: UUID, at: datetime) -> bool:
    return CallCommand.objects.filter(staff_id=staff_id, command="sign_in", asked_at__gt=at).exists()


def forget(endpoints: Sequence[str]) -> None:
    """The switch knows these no more. Who took a new phone at that very moment has it pushed again."""
    PhoneCredential.objects.filter(endpoint__in=endpoints, expires_at__gt=clock.now()).update(
        pushed_version=0
    )
    PhoneCredential.objects.filter(endpoint__in=endpoints, expires_at__lte=clock.now()).delete()


def pushed(credential: PhoneCredential) -> None:
    """The switch has been told of this phone; the desk that waits for it may go on."""
    PhoneCredential.objects.filter(id=credential.id).update(pushed_version=credential.version)


def not_pushed(credential: PhoneCredential) -> None:
    """The switch would not take this phone: it is due again."""
    PhoneCredential.objects.filter(id=credential.id).update(pushed_version=0)


def endpoints() -> list[str]:
    """The phones of all agents."""
    return [*AgentState.objects.exclude(endpoint="").values_list("endpoint", flat=True)]


def phone_seen(endpoint: str, registered: bool) -> bool:
    """A phone came or went; whether that was news."""
    if not AgentState.objects.filter(endpoint=endpoint, phone_registered=not registered).exists():
        return False
    with deed(ACTOR, "agent.phone") as d:
        agent = AgentState.objects.select_for_update().filter(endpoint=endpoint).first()
        d.about("phone", endpoint, registered=registered)
        if agent is None or agent.phone_registered is registered:
            return False
        agent.phone_registered = registered
        agent.version += 1
        agent.save(update_fields=["phone_registered", "version"])
        announce(agent.staff_id)
    return True
