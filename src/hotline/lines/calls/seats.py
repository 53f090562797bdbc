"""Seats: what agents are doing, whose phone is there, who is asked next. Every change passes the table of agent_machine.py."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed, keep, notify
from hotline.base.kernel.rows import save
from hotline.lines.calls import limits, pauses
from hotline.lines.calls.agent_machine import AGENT_COMMANDS, AgentEvent, AgentNow, agent_step
from hotline.lines.calls.call import LegNow
from hotline.lines.calls.models import AgentState, Call, CallCommand, PhoneCredential, QueueEntry, SeatSpan
from hotline.lines.calls.ownership import owner_of
from hotline.lines.calls.words import AgentMode, Role

log = logging.getLogger(__name__)
ACTOR = system("callcontrol")

_WITH_A_CALLER = (AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY)
_ON_A_CALL = (*_WITH_A_CALLER, AgentMode.WRAP_UP)


def anybody_signed_in(line: str) -> bool:
    """Whether any seat of this line is staffed."""
    return AgentState.objects.filter(lines__contains=[line]).exclude(mode=AgentMode.SIGNED_OUT).exists()


def leg_to(
    agent: AgentState, role: Role, *, offer_id: UUID | None = None, target: str = "", mode: str = ""
) -> LegNow:
    """The leg by which an agent's phone is rung."""
    kind = PhoneCredential.objects.filter(staff_id=agent.staff_id).values_list("kind", flat=True).first()
    return LegNow(
        f"l-{offer_id or ids.new()}", role, endpoint=f"PJSIP/{agent.endpoint}", target=target,
        agent_id=agent.staff_id, offer_id=offer_id, browser=kind == "webrtc", mode=mode,
    )  # fmt: skip


def invited(agent: AgentState, call_id: UUID) -> bool:
    """A locked agent goes to a call of his own accord, or a leader's; False when he cannot now."""
    return _change(agent, "invited", call_id=call_id)


def offered(agent: AgentState, call_id: UUID) -> None:
    """An agent already locked is reserved for a call."""
    _change(agent, "offered", call_id=call_id)


def happened(staff_id: UUID, event: AgentEvent) -> None:
    """Something happened to an agent's call."""
    agent = AgentState.objects.select_for_update().filter(staff_id=staff_id).first()
    if agent is None or not _change(agent, event):
        log.warning("agent %s: %s cannot happen in %s", staff_id, event, agent.mode if agent else "no row")


@dataclass(frozen=True, slots=True)
class Why:
    """What goes with a change of state: the reason's code, a leader's words, and the leader who forced it."""

    reason: str = ""
    note: str = ""
    forced_by: str = ""


_BY_ITSELF: dict[AgentEvent, str] = {
    "not_answered": "not_answered",
    "pause_over": "overdue",
    "phone_gone": "phone_gone",
}
"""The reasons of states nobody asked for: the agent reads them at his desk, the leader in his list."""


def _change(
    agent: AgentState, event: AgentEvent, why: Why | None = None, *, call_id: UUID | None = None
) -> bool:
    """Bring a locked agent where ``event`` leads; False when it may not happen now. The state that ends becomes a span."""
    why = why or Why()
    before = AgentNow(AgentMode(agent.mode), AgentMode(agent.requested) if agent.requested else None)
    after = agent_step(before, event)
    if after is None:
        return False
    now = _moment(agent)
    ends = _span(agent, now, event)
    _say_why(agent, before, after, event, why)
    agent.mode, agent.requested = after.mode, after.requested or ""
    agent.call_id = call_id or (agent.call_id if after.mode in _ON_A_CALL else None)
    if (agent.mode, agent.reason, agent.call_id) != (ends.mode, ends.reason, ends.call_id):
        _keep_span(ends)
        agent.since = now
        agent.deadline_at = _deadline(agent, before.mode, now)
    # Who was asked in vain keeps his place in the order of asking.
    if after.mode is AgentMode.READY and before.mode is not AgentMode.READY and event != "withdrawn":
        agent.idle_since = now
    agent.version += 1
    save(agent)
    announce(agent.staff_id)
    return True


def _say_why(agent: AgentState, before: AgentNow, after: AgentNow, event: AgentEvent, why: Why) -> None:
    """The words that go with a state: what was asked for during a call keeps its own until the call's end."""
    asked = event in _ASKED
    if asked:
        agent.note, agent.forced_by = why.note, why.forced_by
    elif before.requested is None and after.mode is not before.mode:
        agent.note = agent.forced_by = ""
    if asked and after.requested:
        agent.requested_reason = why.reason
        return
    if asked or after.mode is not before.mode:
        by_itself = _BY_ITSELF.get(event, "") if after.mode is AgentMode.NOT_READY else ""
        reason = by_itself or (why.reason if asked else agent.requested_reason)
        agent.reason = reason if after.mode in _RESTS else ""
    if after.requested is None:
        agent.requested_reason = ""


_ASKED = ("ready", "pause", "not_ready", "sign_out")
_RESTS = (AgentMode.SIGNED_OUT, AgentMode.NOT_READY, AgentMode.PAUSED)


def _moment(agent: AgentState) -> datetime:
    """Now, but never before the present span began: a sandbox's clock can be set back, time accounted for cannot."""
    return max(clock.now(), agent.since)


def _span(agent: AgentState, until: datetime, ended_by: str) -> SeatSpan:
    return SeatSpan(
        staff_id=agent.staff_id, owner_id=agent.owner_id, owner_path=agent.owner_path, lines=[*agent.lines],
        mode=agent.mode, reason=agent.reason, call_id=agent.call_id, began_at=agent.since, ended_at=until,
        ended_by=ended_by,
    )  # fmt: skip


def _keep_span(span: SeatSpan) -> None:
    if span.ended_at > span.began_at:
        keep(span)


def _deadline(agent: AgentState, was: AgentMode, now: datetime) -> datetime | None:
    """When the state ends by itself. A phone that rings does not begin its time anew."""
    match agent.mode:
        case AgentMode.RINGING if was is AgentMode.RESERVED:
            return agent.deadline_at
        case AgentMode.RESERVED | AgentMode.RINGING:
            return now + timedelta(seconds=limits.seconds("ring"))
        case AgentMode.WRAP_UP:
            return now + timedelta(seconds=limits.seconds("wrap_up"))
        case AgentMode.READY if not agent.phone_registered:
            return now + timedelta(seconds=limits.seconds("phone_gone"))
        case AgentMode.PAUSED:
            pause = pauses.in_force(now).get(agent.reason)
            return now + timedelta(minutes=pause.max_minutes) if pause and pause.max_minutes else None
        case _:
            return None


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


_AT_THE_DEADLINE: dict[str, AgentEvent] = {
    AgentMode.WRAP_UP: "wrap_up_done",
    AgentMode.PAUSED: "pause_over",
    AgentMode.READY: "phone_gone",
}
"""Reserved and ringing end with their call's own timer, which every call control sweeps (store.due_timers)."""

STRANDED_AFTER = timedelta(seconds=10)


def deadlines_passed() -> bool:
    """End every timed state past its deadline, and free agents whose call is long over; whether there were any.

    At the end of a pause the agent is not ready, and his leader is told (topic agent.pause_overdue).
    """
    now = clock.now()
    due = AgentState.objects.filter(deadline_at__lte=now, mode__in=[*_AT_THE_DEADLINE])
    ended = [_end_timed(staff_id) for staff_id in due.values_list("staff_id", flat=True)[:100]]
    over = Call.objects.filter(ended_at__lt=now - STRANDED_AFTER, id=OuterRef("call_id"))
    stranded = AgentState.objects.filter(
        Exists(over), mode__in=_WITH_A_CALLER, since__lt=now - STRANDED_AFTER
    )
    ended += [_free(staff_id) for staff_id in stranded.values_list("staff_id", flat=True)[:100]]
    return any(ended)


def _end_timed(staff_id: UUID) -> bool:
    with deed(ACTOR, "agent.deadline") as d:
        agent = AgentState.objects.select_for_update().get(staff_id=staff_id)
        d.about("agent", staff_id, mode=agent.mode)
        event = _AT_THE_DEADLINE.get(agent.mode)
        if event is None or agent.deadline_at is None or agent.deadline_at > clock.now():
            return False
        if event == "pause_over":
            d.tell(
                "agent.pause_overdue", staff_id, staff_id=str(staff_id), name=agent.name, reason=agent.reason,
                since=agent.since.isoformat(), owner_path=agent.owner_path,
            )  # fmt: skip
        return _change(agent, event)


def _free(staff_id: UUID) -> bool:
    """His call ended and nobody told him: the call control that should have is no more."""
    with deed(ACTOR, "agent.stranded") as d:
        agent = AgentState.objects.select_for_update().get(staff_id=staff_id)
        d.about("agent", staff_id, mode=agent.mode, call=str(agent.call_id))
        log.warning("agent %s was left %s by a call that is over", staff_id, agent.mode)
        return _change(agent, "call_over" if agent.mode == AgentMode.BUSY else "withdrawn")


# --- what agents ask for -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """A desk command this call control has taken; ``call_id`` names the call it is about, if any."""

    id: UUID
    command: str
    call_id: UUID | None
    staff_id: UUID
    args: dict[str, Any]


def take(command_id: UUID | None, slot: int, owned: Iterable[UUID]) -> list[Taken]:
    """Take commands nobody has taken: about agents, any; about calls, those of calls this slot owns."""
    rows = CallCommand.objects.filter(taken_at=None, done_at=None, deadline_at__gt=clock.now())
    if command_id:
        rows = rows.filter(id=command_id)
    mine, taken = {*owned}, []
    for row in rows.order_by("id")[:50]:
        about_call = row.command not in (*AGENT_COMMANDS, "dial", "connect")
        # One that was frozen knows calls that are another's now: what is asked of them is not its to answer.
        if about_call and not (
            row.call_id in mine and Call.objects.filter(id=row.call_id, slot=slot).exists()
        ):
            continue
        if CallCommand.objects.filter(id=row.id, taken_at=None).update(taken_at=clock.now()):
            call_id = row.call_id if about_call else None
            taken.append(Taken(row.id, row.command, call_id, row.staff_id, row.args))
    return taken


def obey(command_id: UUID) -> None:
    """Carry out a command about the agent himself; its result is kept in the same transaction."""
    row = CallCommand.objects.get(id=command_id)
    event: Any = row.command
    with deed(ACTOR, f"agent.{row.command}") as d:
        d.about("agent", row.staff_id, command=str(row.id))
        agent = AgentState.objects.select_for_update().filter(staff_id=row.staff_id).first()
        _finish(row.id, _obeyed(agent, event, row.args))
        announce(row.staff_id)


def _obeyed(agent: AgentState | None, event: AgentEvent, args: dict[str, Any]) -> dict[str, Any] | None:
    """Do it; None when it was done, else why not."""
    if agent is None:
        return _refusal(None)
    reason = str(args.get("reason") or "")[:60]
    if event == "pause":
        known = pauses.in_force()
        reason = reason or next(iter(known))
        if reason not in known:
            return _unknown_reason(reason, known.values())
    if event == "wrap_up_done" and args.get("code") and agent.call_id:
        Call.objects.filter(id=agent.call_id).update(wrap_up_code=str(args["code"])[:20])
    if event == "sign_in":
        _belongs(agent, args.get("lines") or agent.lines)
    return None if _change(agent, event, Why(reason)) else _refusal(agent)


def _belongs(agent: AgentState, lines: list[str]) -> None:
    """From here on his time counts for these lines and for the organisation he belongs to now."""
    owner = owner_of(agent.staff_id)
    if (lines, owner.id) == (agent.lines, agent.owner_id):
        return
    now = _moment(agent)
    _keep_span(_span(agent, now, "sign_in"))
    agent.lines, agent.owner_id, agent.owner_path, agent.since = lines, owner.id, owner.path, now


def _unknown_reason(reason: str, known: Iterable[pauses.Pause]) -> dict[str, Any]:
    return {
        "type": "unknown-reason",
        "title": f"没有“{reason}”这种小休原因，可用：{'、'.join(f'{one.zh}（{one.code}）' for one in known)}",
        "title_en": f"There is no reason “{reason}” to pause; known: {', '.join(one.code for one in known)}",
    }


def force(staff_id: UUID, event: AgentEvent, why: Why) -> AgentNow | None:
    """A leader has an agent do something; his state then, None when it cannot be now. Part of forcing.force."""
    agent = AgentState.objects.select_for_update().filter(staff_id=staff_id).first()
    if agent is None or not _change(agent, event, why):
        return None
    return AgentNow(AgentMode(agent.mode), AgentMode(agent.requested) if agent.requested else None)


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


def endpoints() -> dict[str, bool]:
    """The phones of all agents, and whether each is thought to be registered. One query."""
    return dict(AgentState.objects.exclude(endpoint="").values_list("endpoint", "phone_registered"))


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
        if agent.mode == AgentMode.READY:
            agent.deadline_at = _deadline(agent, AgentMode.READY, clock.now())
        agent.version += 1
        agent.save(update_fields=["phone_registered", "deadline_at", "version"])
        if registered and _only_his_phone_was_gone(agent):
            _change(agent, "ready")
        announce(agent.staff_id)
    return True


BACK_WITHIN = timedelta(minutes=10)


def _only_his_phone_was_gone(agent: AgentState) -> bool:
    """He was ready, never said otherwise, and his phone is soon back, as those of all are when the switch has restarted."""
    gone = agent.mode == AgentMode.NOT_READY and agent.reason == _BY_ITSELF["phone_gone"]
    return gone and clock.now() - agent.since < BACK_WITHIN
