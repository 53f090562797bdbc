"""How an act moves a case: its state, its owner and its clock as they are afterwards. Writes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.base.kernel import clock
from hotline.base.kernel.calendar import MissingYear, city_calendar
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.people import queries as people
from hotline.work.cases import clocks, queries
from hotline.work.cases.acts import Act, Clock, Turn
from hotline.work.cases.models import Case, Limit
from hotline.work.cases.states import STATES, State, Step

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """What an act did: the turn it took, and which step it ended, late or not."""

    turn: Turn
    step: Step | None = None
    step_late: bool = False


def move(case: Case, row: Act, values: dict[str, Any]) -> Moved:
    """Let ``case`` stand as it does after the act. Raises Invalid, MissingYear, NoLimit."""
    now, limits = clock.now(), queries.limits()
    step, step_due_at = step_of(case), case.step_due_at
    turn = _turn_clock(case, row.outcome(values), values, now, limits)
    case.state = turn.to or case.state
    case.version += 1
    case.changed_at = now
    case.redo_count += turn.redone
    case.urged += row.urges
    if turn.owner == "chosen":
        _give_to(case, values)
    elif turn.owner == "centre":
        case.owner_id, case.owner_name, case.owner_path, case.designated = None, "", "", False
    elif values.get("designated"):
        case.designated = True
    if turn.clock is Clock.START:
        case.contacted_at = None
    elif row.contacts and values["contact"] == "reached":
        case.contacted_at = case.contacted_at or now
    another = values.get("urgency", case.urgency) != case.urgency
    case.urgency = values.get("urgency", case.urgency)
    after = _wanted(case)
    if after is not step or another:
        begin_step(case, limits, now)
    late = step_due_at is not None and now > step_due_at
    # The first contact is done when he was reached, and not when something else is under way; a step that begins anew
    # because it has become urgent keeps that it was late.
    done = step is not after and (step is not Step.CONTACT or case.contacted_at is not None)
    ended = step if done or (another and late) else None
    return Moved(turn, ended, ended is not None and late)


def step_of(case: Case) -> Step | None:
    """What has to be done by ``case.step_due_at``; None: nothing, or nobody says by when."""
    return _wanted(case) if case.step_due_at is not None else None


def _wanted(case: Case) -> Step | None:
    """What the state asks for. Who left no number cannot be contacted, and who was reached was."""
    step = STATES[State(case.state)].step
    if step is Step.CONTACT and (case.contacted_at or not case.contact_phone):
        return None
    return step


def begin_step(case: Case, limits: Iterable[Limit], now: datetime) -> None:
    """Count the step of the state that ``case`` has come to. The first contact counts from dispatch, whatever lies between;
    every other step from the moment it can be done. A missing year leaves it without an end, and says so."""
    case.step_due_at = case.step_told_at = None
    step = _wanted(case)
    since = (case.clock_started_at or now) if step is Step.CONTACT else now
    limit = clocks.closest(limits, step, case.type, case.urgency, since) if step else None
    if limit is None:
        return
    try:
        case.step_due_at = clocks.deadline(limit, since, city_calendar())
    except MissingYear as missing:
        log.error("case %s, %s: %s", case.number, step, missing.en)
        return
    if step is Step.CONTACT and case.step_due_at < now and queries.urged_since(case, case.step_due_at):
        case.step_told_at = now  # it was said, before something else came between


def _give_to(case: Case, values: dict[str, Any]) -> None:
    unit = people.organisation(values["unit"])
    if not unit.accepts_cases or not unit.in_jurisdiction or unit.closed_on:
        raise Invalid(
            [
                Fault(
                    "unit",
                    f"{unit.name}不能承办诉求件，请选办理节点",
                    f"{unit.name} takes no cases; choose a node",
                )
            ]
        )
    values["unit_name"] = unit.name
    case.owner_id, case.owner_name, case.owner_path = unit.id, unit.name, unit.path
    case.designated = bool(values.get("designated"))


def _turn_clock(case: Case, turn: Turn, values: dict[str, Any], now: datetime, limits: list[Limit]) -> Turn:
    """Set the clock as ``turn`` says, and return it or, where no deadline can be counted, the one in its place.

    Raises MissingYear or NoLimit where there is none.
    """
    match turn.clock:
        case Clock.START:
            # The clock starts at dispatch, not when the unit signs: otherwise an unsigned case never runs late.
            try:
                due = clocks.deadline(_limit(case, limits, now), now, city_calendar())
            except (MissingYear, clocks.NoLimit) as missing:
                if (instead := turn.without_deadline()) is None:
                    raise
                log.error("case %s: %s", case.number, missing.en)
                return _turn_clock(case, instead, values, now, limits)
            case.clock_started_at = now
            _runs_until(case, due)
        case Clock.STOP:
            case.clock_running, case.paused_at = False, None
        case Clock.RESUME:
            case.clock_running = case.deadline_at is not None
        case Clock.PAUSE:
            case.clock_running, case.paused_at = False, now
        case Clock.CONTINUE if case.deadline_at and case.paused_at:
            limit = _limit(case, limits, case.clock_started_at or now)
            _runs_until(case, clocks.continued(limit, case.deadline_at, case.paused_at, now, city_calendar()))
        case Clock.EXTEND if case.deadline_at:
            _runs_until(case, city_calendar().due(case.deadline_at, values["days"]))
    return turn


def _limit(case: Case, limits: list[Limit], at: datetime) -> Limit:
    return clocks.in_force(limits, case.type, case.urgency, at)


def _runs_until(case: Case, due: datetime) -> None:
    """The sweep has yet to say of a new deadline that it is near, or over."""
    if due != case.deadline_at:
        case.told_soon_at = case.told_late_at = None
    case.deadline_at, case.clock_running, case.paused_at = due, True, None
