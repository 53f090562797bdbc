"""What one agent's desk shows: himself, the call, who calls and what he had before, and how long the queue is; and the
records of calls, each with the case filed from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import NotFound
from hotline.base.parties import queries as parties
from hotline.joined.handover import queries as links
from hotline.lines.alarms import queries as alarms
from hotline.lines.calls import prompts
from hotline.lines.calls import queries as calls
from hotline.lines.calls import targets as call_targets
from hotline.lines.calls.callbacks import queries as callbacks
from hotline.lines.calls.words import AgentMode, CallState, LegState, Place, Role
from hotline.lines.numbers import queries as numbers
from hotline.lines.recordings import queries as recordings
from hotline.work.cases import queries as cases

DESK = system("desk")
"""The screen pop shows masked rows only; whatever is unmasked goes through the rooms' own reveal, and is logged."""

RESULTS_FOR = timedelta(seconds=30)


def desk_state(staff_id: UUID) -> dict[str, Any]:
    """DeskState, whole: the agent, his call with its caller's history, the callback in his hands, the queue. Masked."""
    row = calls.agent(staff_id)
    call = calls.desk_call(row.call_id) if row and row.call_id else None
    return {
        "agent": _agent(staff_id, row),
        "call": _call(row, call) if row and call else None,
        "callback": callbacks.on_desk(staff_id),
        "queue": calls.queue_now(),
    }


def _agent(staff_id: UUID, row: calls.Seat | None) -> dict[str, Any]:
    if row is None:
        return {"id": staff_id, "name": "", "state": AgentMode.SIGNED_OUT, "since": None, "requested": None,
                "reason": "", "note": "", "forced_by": "", "deadline_at": None, "lines": [], "phone": "absent"}  # fmt: skip
    return {
        "id": staff_id,
        "name": row.name,
        "state": row.mode,
        "since": row.since,
        "requested": row.requested or None,
        "reason": row.reason,
        "note": row.note,
        "forced_by": row.forced_by,
        "deadline_at": row.deadline_at,
        "lines": row.lines,
        "phone": "registered" if row.phone_registered else "absent",
    }


def _call(agent: calls.Seat, call: calls.DeskCall) -> dict[str, Any]:
    queued = call.queued_at or call.arrived_at
    waited = (call.answered_at or call.ended_at or clock.now()) - queued
    return {
        "id": call.id,
        "number": call.number,
        "number_name": _name(call.number),
        "treatment": call.treatment or _unregistered(call),
        "notice_text": _text(call.notice_prompt),
        "marks": call.marks,
        "caller_masked": call.caller_masked,
        "party_id": call.party_id,
        "state": _shown(agent, call),
        "direction": call.direction,
        **_company(agent, call),
        "cry": alarms.cry_of(agent.staff_id, call.id),
        "since": agent.since,
        "arrived_at": call.arrived_at,
        "answered_at": call.answered_at,
        # It grows while it rings, and a figure that moves by itself would send the state for ever: whole at the answer.
        "queue_wait_s": int(waited.total_seconds()) if call.answered_at else 0,
        "queued_at": queued,
        "line": call.line,
        "party": _party(call),
        "handover": links.context_of(call.id),
    }


_RINGING = (CallState.QUEUED, CallState.RINGING, CallState.PROMPT, CallState.LINKING)


def _shown(agent: calls.Seat, call: calls.DeskCall) -> str:
    """What the call is to this agent: a leader's and a colleague's is another thing than the responsible agent's."""
    if agent.mode == AgentMode.WRAP_UP:
        return "wrap_up"
    if agent.mode in (AgentMode.RESERVED, AgentMode.RINGING) and call.agent_id != agent.staff_id:
        return "ringing"
    return "ringing" if call.state in _RINGING else call.state


def _company(agent: calls.Seat, call: calls.DeskCall) -> dict[str, Any]:
    """Who else is in the call, whom this agent talks to, and whether it is recorded."""
    legs = calls.parties_of(call.id)
    mine = next((leg for leg in legs if leg.agent_id == agent.staff_id), None)
    names = calls.names_of({leg.agent_id for leg in legs if leg.agent_id})
    other = next((leg for leg in legs if leg.role == Role.OTHER), None)
    if (
        other is not None and other.agent_id == agent.staff_id
    ):  # to the colleague who was called in it is the agent
        other = next((leg for leg in legs if leg.role == Role.AGENT), None)
    return {
        "role": mine.role if mine else "agent",
        "mode": mine.mode if mine else "",
        "agent_name": names.get(call.agent_id, "") if call.agent_id else "",
        "other": _other(other, names) if other else None,
        "talking_to": _talking_to(call, mine, other),
        "recording": _recording(call),
        "listeners": [
            {"name": names.get(leg.agent_id, "") if leg.agent_id else "", "mode": leg.mode}
            for leg in legs
            if leg.role == Role.LEADER and leg.state == LegState.UP
        ],
    }


def _recording(call: calls.DeskCall) -> str:
    """What the switch was told to do, unless it is known that it does not."""
    if not call.recording:
        return "paused" if call.paused else "off"
    return "failed" if recordings.fails(call.id, call.segment) else "on"


def _other(leg: calls.Party, names: dict[UUID, str]) -> dict[str, Any]:
    kind, _, rest = leg.target.partition(":")
    name = names.get(leg.agent_id, "") if leg.agent_id else _name_or_number(rest.rpartition(":")[2])
    return {
        "to": leg.target,
        "name": name,
        "kind": "agent" if leg.agent_id else kind,
        "state": "up" if leg.state == LegState.UP else "ringing",
        "since": leg.up_at or leg.planned_at,
    }


def _name_or_number(number: str) -> str:
    try:
        return _name(number)
    except NotFound:
        return number


def _talking_to(call: calls.DeskCall, mine: calls.Party | None, other: calls.Party | None) -> str:
    if mine is None or mine.state != LegState.UP or mine.place not in (Place.MAIN, Place.ASIDE):
        return "nobody"
    there = other is not None and other.state == LegState.UP and other.place == mine.place
    caller = mine.place == Place.MAIN and call.caller_up
    return "both" if there and caller else "other" if there else "caller" if caller else "nobody"


def _party(call: calls.DeskCall) -> dict[str, Any] | None:
    """Who calls, his earlier calls and cases, newest first."""
    if call.party_id is None:
        return None
    card = parties.card(call.party_id)
    earlier = calls.of_party(call.party_id, but=call.id)
    return {
        "id": card.id,
        "name_masked": card.name_masked,
        "phone_masked": card.phone_masked,
        "language": card.language,
        "needs": card.needs,
        "note": card.note,
        "calls": [{key: row[key] for key in ("id", "at", "number", "outcome")} for row in earlier],
        "cases": cases.of_party(DESK, call.party_id),
    }


def _name(number: str) -> str:
    """A number's name: the register's, the main number's, or an emergency's. At most three queries."""
    main = settings.CITY["hotline"]
    if number == str(main["number"]):
        return str(main["name"])
    return _emergencies().get(number) or numbers.plan_of(number).name


def _unregistered(call: calls.DeskCall) -> str:
    """What stands where the register has no treatment: the main number, an emergency's, one not merged yet, or another."""
    if call.number == str(settings.CITY["hotline"]["number"]):
        return "main"
    if call.number in _emergencies():
        return "emergency"
    return "not_merged" if call.behaviour == "not_merged" else "other"


def _emergencies() -> dict[str, str]:
    return {str(row["number"]): str(row["name"]) for row in settings.CITY["emergency_numbers"]}


@lru_cache(maxsize=1)
def _texts() -> dict[str, str]:
    rows = prompts.read(settings.HOTLINE.city_dir / "prompts.csv")
    return {row.id: row.text for row in rows if row.language.startswith("zh")}


def _text(prompt_id: str) -> str:
    return _texts().get(prompt_id, "") if prompt_id else ""


def targets(actor: Actor) -> list[dict[str, Any]]:
    """Whom the agent can put a call through to, with what is known of each now: all linked hotlines by name first."""
    plans = numbers.plans()
    linked = [
        {
            "to": f"linked:{one['number']}", "name": one["name"], "number": one["number"], "kind": one["kind"],
            "department": one["department"], "state": one["state"] if one["trunk"] else "unreachable",
            "waiting": one["waiting"], "takes_messages": one["takes_messages"],
        }
        for one in links.links()
    ]  # fmt: skip
    states = links.link_states()
    ours = [{**asdict(one), "department": ""} for one in call_targets.listing(plans, UUID(actor.id))]
    for one in ours:
        # Whether an emergency service's switch is there is known as that of any linked centre.
        if one["kind"] == "emergency" and one["number"] in states:
            one["state"] = states[one["number"]].state
    return [*linked, *ours]


# --- call records --------------------------------------------------------------------------------------------------------


def call_page(
    actor: Actor,
    *,
    number: str = "",
    day: date | None = None,
    wrap_up: str = "",
    cursor: str | None = None,
    size: int = 20,
) -> dict[str, Any]:
    """Calls ``actor`` may know of, newest first, each with the case filed from it. Three queries at any size."""
    found = calls.page(actor, number=number, day=day, wrap_up=wrap_up, cursor=cursor, size=size)
    filed = _cases_of(actor, [row["id"] for row in found.items])
    items = [{**row, "case_id": filed.get(row["id"])} for row in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def one_call(actor: Actor, id: UUID) -> dict[str, Any]:
    """One call with what happened in it and the case filed from it. Raises NotFound."""
    found = calls.one(actor, id)
    return {**found, "case_id": _cases_of(actor, [id]).get(id), "hand_overs": links.of_call(id)}


def contacts(actor: Actor, case_id: UUID) -> list[dict[str, Any]]:
    """The calls made about a case the actor may know of. Raises NotFound."""
    cases.one(actor, case_id)
    shown = ("id", "at", "outcome", "state", "talk_s", "agent")
    return [{key: row[key] for key in shown} for row in calls.of_case(case_id)]  # type: ignore[literal-required]


def _cases_of(actor: Actor, ids: list[UUID]) -> dict[UUID, UUID]:
    return cases.of_calls(actor, ids) if actor.may("case.read") else {}


# --- results of commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Results:
    """Commands that came to their end since the cursor, the cursor for the next question, and whether any is open."""

    items: list[dict[str, Any]]
    cursor: tuple[datetime, frozenset[UUID]]
    pending: bool


def command_results(staff_id: UUID, cursor: tuple[datetime, frozenset[UUID]] | None) -> Results:
    """``result`` events for the desk: done, or past their deadline. Commands end in no set order, so the cursor
    remembers which were told. With no cursor nothing is told, only remembered."""
    now = clock.now()
    since, told = cursor or (now, frozenset())
    rows = calls.commands_since(staff_id, max(since - RESULTS_FOR, now - 2 * RESULTS_FOR))
    ended = [row for row in rows if row.ok is not None or row.deadline_at <= now]
    fresh = [row for row in ended if row.id not in told] if cursor else []
    told = frozenset(row.id for row in ended)
    return Results([_result(row) for row in fresh], (since, told), pending=len(ended) < len(rows))


def _result(row: calls.Command) -> dict[str, Any]:
    if row.ok:
        return {"id": row.id, "ok": True}
    error = row.error or {
        "type": "telephony-off",
        "title": "话务控制没有在规定时间内响应。",
        "title_en": "Call control did not answer in time.",
    }
    return {"id": row.id, "ok": False, "error": error}
