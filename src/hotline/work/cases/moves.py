"""How an act moves a case: its state, its owner and its clock as they are afterwards. Writes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hotline.base.kernel import clock
from hotline.base.kernel.calendar import MissingYear, city_calendar
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.people import queries as people
from hotline.work.cases import clocks, items, queries
from hotline.work.cases.acts import Act, Clock, Turn
from hotline.work.cases.duties import not_to_the_reported
from hotline.work.cases.models import HANDLE, OBJECTION, Case, Limit
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
    outcome = (case.upper_path and row.passed_up()) or row.outcome(values)
    if outcome.owner == "chosen":
        items.take(case, values)
    turn = _turn_clock(case, outcome, values, now, limits)
    case.state = turn.to or case.state
    case.version += 1
    case.changed_at = now
    case.redo_count += turn.redone
    case.urged += row.urges
    owner = case.owner_id
    _turn_owner(case, turn, values)
    another_owner = case.owner_id != owner
    if row.name == "split":
        case.lead_id = None
    elif row.name == "join_event":
        case.event_name = values["event"]
    elif row.name == "leave_event":
        case.event_name = ""
    if values.get("designated"):
        case.designated = True
    if turn.owner in ("below", "above"):
        case.contacted_at = None  # that was the other unit's contact
    if turn.clock is Clock.START:
        case.contacted_at = None
        case.object_until = _window(case, limits, now)
    elif row.contacts and values["contact"] == "reached":
        case.contacted_at = case.contacted_at or now
    another = values.get("urgency", case.urgency) != case.urgency
    case.urgency = values.get("urgency", case.urgency)
    after = _wanted(case)
    if "review_on" in values and case.state == State.SHELVED:
        case.step_due_at, case.step_told_at = _end_of(values["review_on"]), None
    elif after is not step or another or another_owner:
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
    if step is None:
        return
    try:
        if (limit := items.limit(limits, step, case, since, city_calendar())) is None:
            return
        case.step_due_at = clocks.deadline(limit, since, city_calendar())
    except MissingYear as missing:
        log.error("case %s, %s: %s", case.number, step, missing.en)
        return
    if step is Step.CONTACT and case.step_due_at < now and queries.urged_since(case, case.step_due_at):
        case.step_told_at = now  # it was said, before something else came between


def _turn_owner(case: Case, turn: Turn, values: dict[str, Any]) -> None:
    match turn.owner:
        case "chosen":
            _give_to(case, values)
            case.upper_id, case.upper_name, case.upper_path = None, "", ""
        case "below":
            above = case.owner_id, case.owner_name, case.owner_path
            _check_below(case, values)
            designated = case.designated
            _give_to(case, values)
            case.designated = designated
            case.upper_id, case.upper_name, case.upper_path = above
        case "above":
            case.owner_id, case.owner_name, case.owner_path = case.upper_id, case.upper_name, case.upper_path
            case.upper_id, case.upper_name, case.upper_path = None, "", ""
        case "centre":
            if "unit" in values:
                _check_centre(case, values)
            case.owner_id, case.owner_name, case.owner_path, case.designated = None, "", "", False
            case.upper_id, case.upper_name, case.upper_path = None, "", ""


def _check_below(case: Case, values: dict[str, Any]) -> None:
    """A unit passes down within its own branch only: a node stands beside what is below its organisation."""
    branch = case.owner_path.rstrip("/").rpartition("/")[0] + "/"
    unit = people.organisation(values["unit"])
    if branch == people.root().path or not unit.path.startswith(branch) or unit.id == case.owner_id:
        raise Invalid(
            [
                Fault(
                    "unit",
                    f"{unit.name}不是{case.owner_name}的下级，请选本系统内的办理节点",
                    f"{unit.name} does not stand below {case.owner_name}; choose a node of its branch",
                )
            ]
        )


def _check_centre(case: Case, values: dict[str, Any]) -> None:
    unit = people.organisation(values["unit"])
    not_to_the_reported(case, "unit", unit)
    if unit.kind != "linked_centre" or unit.closed_on:
        raise Invalid(
            [
                Fault(
                    "unit",
                    f"{unit.name}不是联动中心或分中心",
                    f"{unit.name} is no linked centre or sub-centre",
                )
            ]
        )
    values["unit_name"] = unit.name


def _window(case: Case, limits: list[Limit], now: datetime) -> datetime | None:
    """Until when the unit may object to having the case; None where the city has no such window."""
    limit = clocks.closest(limits, OBJECTION, case.type, case.urgency, now)
    return clocks.deadline(limit, now, city_calendar()) if limit else None


def _end_of(day: str) -> datetime:
    """The end of business on a day of the city's."""
    return datetime.combine(date.fromisoformat(day), city_calendar().closes, tzinfo=clock.zone())


def _give_to(case: Case, values: dict[str, Any]) -> None:
    unit = people.organisation(values["unit"])
    not_to_the_reported(case, "unit", unit)
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
    if (found := items.limit(limits, HANDLE, case, at, city_calendar())) is None:
        raise clocks.NoLimit(case.type)
    return found


def _runs_until(case: Case, due: datetime) -> None:
    """The sweep has yet to say of a new deadline that it is near, or over."""
    if due != case.deadline_at:
        case.told_soon_at = case.told_late_at = None
    case.deadline_at, case.clock_running, case.paused_at = due, True, None
