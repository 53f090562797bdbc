"""The clocks of all open cases, looked at once a minute: what is nearly due is said, what is late is said and urged, and so
is a step (signing, contact, checking …) that was not done in its time.

Each of the three is one statement over an index that holds only what has yet to be said, so it costs the same with a million
open cases as with none due. Late is late: whatever is late is urged by the clock at once, as an act in its time line.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Problem
from hotline.base.kernel.models import this_city
from hotline.work.cases import actions
from hotline.work.cases.acts import ACTS
from hotline.work.cases.figures import ARCHIVE_AFTER_DAYS
from hotline.work.cases.lists import DUE_SOON
from hotline.work.cases.models import Case
from hotline.work.cases.states import UNITS

log = logging.getLogger(__name__)
ACTOR = system("case clocks")
SOME = 500
"""So many acts one by one in a minute: the rest follows in the next."""
AT_ONCE = 5000
"""So many at most in one deed: the rest follows in the next."""
URGED = {"note": "办理期限已过，系统自动催办 / The time limit is over: urged by the clock"}
STEP_URGED = {
    "note": "应办的一步未按时办，系统自动催办 / A step was not done in its time: urged by the clock"
}


@dataclass(frozen=True, slots=True)
class Swept:
    """How many cases it was said of; how many had a duty that nobody answered in time; how many were archived."""

    soon: int = 0
    late: int = 0
    steps: int = 0
    duties: int = 0
    archived: int = 0


_UNTOLD_SOON = "city_id = %(city)s AND clock_running AND told_soon_at IS NULL AND deadline_at < %(soon)s"
_UNTOLD_LATE = "city_id = %(city)s AND clock_running AND told_late_at IS NULL AND deadline_at < %(now)s"
_UNTOLD_STEP = (
    "city_id = %(city)s AND step_due_at IS NOT NULL AND step_told_at IS NULL AND step_due_at < %(now)s"
)
_EXISTS = "EXISTS (SELECT FROM cases_case WHERE {})"
_LATE_DUTY = "city_id = %(city)s AND state = 'open' AND told_at IS NULL AND due_at < %(now)s"
_TO_ARCHIVE = "city_id = %(city)s AND state = 'closed' AND changed_at < %(archive)s"
_OF_DUTIES = "EXISTS (SELECT FROM cases_duty WHERE {})"
_DUE = (
    f"SELECT {_EXISTS.format(_UNTOLD_SOON)}, {_EXISTS.format(_UNTOLD_LATE)}, {_EXISTS.format(_UNTOLD_STEP)},"
    f" {_OF_DUTIES.format(_LATE_DUTY)}, {_EXISTS.format(_TO_ARCHIVE)}"
)
_ROWS = "SELECT id FROM cases_case WHERE {} ORDER BY {} LIMIT %(most)s FOR UPDATE SKIP LOCKED"
_NEWS = """
    INSERT INTO kernel_outboxrow (city_id, topic, key, payload, at, tries, last_error)
    SELECT city_id, %(topic)s, id::text, jsonb_build_object(
        'number', number, 'type', type, 'state', state, 'version', version, 'unit', owner_id, 'upper', upper_id,
        'deadline_at', deadline_at, 'notice', %(notice)s::jsonb), %(now)s, 0, ''
      FROM told RETURNING 1
"""
_URGED = """
    INSERT INTO cases_caseevent (id, city_id, case_id, version, act, at, actor_kind, actor_id, actor_label, fields, state,
        owner_id, owner_name, deadline_at, clock_running, redone, step, step_late)
    SELECT gen_random_uuid(), city_id, id, version, 'urge', %(now)s, %(kind)s, %(by)s, %(label)s, %(fields)s, state,
        owner_id, owner_name, deadline_at, clock_running, false, '', false
      FROM told WHERE {} RETURNING 1
"""
_SOON = f"""
    WITH due AS ({_ROWS.format(_UNTOLD_SOON, "deadline_at")}),
    told AS (
        UPDATE cases_case SET told_soon_at = %(now)s WHERE id IN (SELECT id FROM due) RETURNING *),
    news AS ({_NEWS})
    SELECT count(*) FROM news
"""  # noqa: S608 -- our own words
_LATE = f"""
    WITH due AS ({_ROWS.format(_UNTOLD_LATE, "deadline_at")}),
    told AS (
        UPDATE cases_case
           SET told_late_at = %(now)s, told_soon_at = coalesce(told_soon_at, %(now)s), urged = urged + 1,
               version = version + 1, changed_at = %(now)s
         WHERE id IN (SELECT id FROM due) RETURNING *),
    acts AS ({_URGED.format("TRUE")}),
    news AS ({_NEWS})
    SELECT count(*) FROM news
"""  # noqa: S608 -- our own words
_STEP = f"""
    WITH due AS ({_ROWS.format(_UNTOLD_STEP, "step_due_at")}),
    told AS (
        UPDATE cases_case
           SET step_told_at = %(now)s, urged = urged + (state = ANY(%(units)s))::int,
               version = version + (state = ANY(%(units)s))::int,
               changed_at = CASE WHEN state = ANY(%(units)s) THEN %(now)s ELSE changed_at END
         WHERE id IN (SELECT id FROM due) RETURNING *),
    acts AS ({_URGED.format("state = ANY(%(units)s)")}),
    news AS ({_NEWS})
    SELECT count(*) FROM news
"""  # noqa: S608 -- our own words


def sweep() -> Swept:
    """Say of every running clock that is nearly or wholly out, once for each deadline; returns of how many.

    One query when there is nothing to say. The cases' own versions move on, so whoever had one open is told so.
    """
    now = clock.now()
    given: dict[str, Any] = {
        "city": this_city(), "now": now, "soon": now + DUE_SOON, "most": AT_ONCE,
        "kind": ACTOR.kind, "by": ACTOR.id, "label": ACTOR.label, "fields": Jsonb(URGED), "units": [*UNITS],
        "archive": now - timedelta(days=ARCHIVE_AFTER_DAYS()), "some": SOME,
    }  # fmt: skip
    soon, late, steps, unanswered, over = _row(_DUE, given)
    if not (soon or late or steps or unanswered or over):
        return Swept()
    # Whatever is late first: of that nothing more is said than that it is late.
    notice = Jsonb([*ACTS["urge"].notice, "centre"])
    told_late = _tell(_LATE, given | {"topic": "case.overdue", "notice": notice}) if late else 0
    told_soon = _tell(_SOON, given | {"topic": "case.due_soon", "notice": Jsonb(["unit"])}) if soon else 0
    told_steps = 0
    if steps:
        news = {"topic": "case.step_overdue", "notice": notice, "fields": Jsonb(STEP_URGED)}
        told_steps = _tell(_STEP, given | news)
    told_duties = _late_duties(given) if unanswered else 0
    archived = _archive(given) if over else 0
    return Swept(told_soon, told_late, told_steps, told_duties, archived)


def _late_duties(given: dict[str, Any]) -> int:
    """Say of what nobody answered in time that it is late, or give a slip its next colour; each an act in its case's time line."""
    rows = f"SELECT DISTINCT case_id FROM cases_duty WHERE {_LATE_DUTY} LIMIT %(some)s"  # noqa: S608 -- our own words
    return sum(_act(id, "duty_overdue") for id in _ids(rows, given))


def _archive(given: dict[str, Any]) -> int:
    """Archive what has been closed for as long as the city says."""
    rows = f"SELECT id FROM cases_case WHERE {_TO_ARCHIVE} ORDER BY changed_at LIMIT %(some)s"  # noqa: S608 -- our own words
    return sum(_act(id, "archive") for id in _ids(rows, given))


def _ids(statement: str, given: dict[str, Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [row[0] for row in cursor.fetchall()]


def _act(case_id: UUID, name: str) -> bool:
    """Whether the clock's act was done; whoever acts on the case in this moment comes first, and the next minute is ours."""
    case = Case.objects.filter(city_id=this_city(), id=case_id).only("version").first()
    try:
        return case is not None and bool(actions.perform(ACTOR, case_id, name, case.version, {}))
    except Conflict as conflict:
        log.info("case %s, %s: %s", case_id, name, conflict.en)
    except Problem as problem:  # one case must not keep the clock from all others
        log.error("case %s, %s: %s", case_id, name, problem.en)
    return False


def _tell(statement: str, given: dict[str, Any]) -> int:
    """Say it of all, so many at once and each time a deed of its own: whoever works on one of them waits for a part only."""
    told = 0
    while True:
        with deed(ACTOR, "case.sweep") as d:
            some = int(_row(statement, given)[0])
            d.about("case_clocks", given["topic"], told=some)
        told += some
        if some < AT_ONCE:
            return told


def _row(statement: str, given: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
