"""How an act moves a case: its state, its owner and its clock as they are afterwards. Writes nothing."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from hotline.base.kernel import clock
from hotline.base.kernel.calendar import MissingYear, city_calendar
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.people import queries as people
from hotline.work.cases import clocks, queries
from hotline.work.cases.acts import Act, Clock, Turn
from hotline.work.cases.models import Case, Limit

log = logging.getLogger(__name__)


def move(case: Case, row: Act, values: dict[str, Any]) -> Turn:
    """Let ``case`` stand as it does after the act, and return the turn it took. Raises Invalid, MissingYear, NoLimit."""
    now = clock.now()
    turn = _turn_clock(case, row.outcome(values), values, now)
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
    return turn


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


def _turn_clock(case: Case, turn: Turn, values: dict[str, Any], now: datetime) -> Turn:
    """Set the clock as ``turn`` says, and return it or, where no deadline can be counted, the one in its place.

    Raises MissingYear or NoLimit where there is none.
    """
    match turn.clock:
        case Clock.START:
            # The clock starts at dispatch, not when the unit signs: otherwise an unsigned case never runs late.
            try:
                due = clocks.deadline(_limit(case, now), now, city_calendar())
            except (MissingYear, clocks.NoLimit) as missing:
                if (instead := turn.without_deadline()) is None:
                    raise
                log.error("case %s: %s", case.number, missing.en)
                return _turn_clock(case, instead, values, now)
            case.clock_started_at = now
            _runs_until(case, due)
        case Clock.STOP:
            case.clock_running, case.paused_at = False, None
        case Clock.RESUME:
            case.clock_running = case.deadline_at is not None
        case Clock.PAUSE:
            case.clock_running, case.paused_at = False, now
        case Clock.CONTINUE if case.deadline_at and case.paused_at:
            limit = _limit(case, case.clock_started_at or now)
            _runs_until(case, clocks.continued(limit, case.deadline_at, case.paused_at, now, city_calendar()))
        case Clock.EXTEND if case.deadline_at:
            _runs_until(case, city_calendar().due(case.deadline_at, values["days"]))
    return turn


def _limit(case: Case, at: datetime) -> Limit:
    return clocks.in_force(queries.limits(), case.type, at)


def _runs_until(case: Case, due: datetime) -> None:
    """The sweep has yet to say of a new deadline that it is near, or over."""
    if due != case.deadline_at:
        case.told_soon_at = case.told_late_at = None
    case.deadline_at, case.clock_running, case.paused_at = due, True, None
