"""What the register says: the plans the dialplan is compiled from, and the numbers as people read them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.calendar import MissingYear, city_calendar
from hotline.base.kernel.errors import NotFound
from hotline.base.people.queries import within
from hotline.lines.numbers.city_file import hours_of
from hotline.lines.numbers.models import HotlineNumber, TreatmentRow, Trunk
from hotline.lines.numbers.plan import (
    EMERGENCY_NUMBERS,
    Behaviour,
    CarriedBy,
    DatedTreatment,
    EmergencyPlan,
    NumberPlan,
    Plans,
    Treatment,
    TrunkPlan,
    period_at,
    periods_of,
)

log = logging.getLogger(__name__)

GENERAL_NOTICE = "notice"
"""The prompt for a number that has none of its own, as one that came under the notice by a later change."""


class HistoryItem(TypedDict):
    """One dated row, in the order of recording; ``effective_to`` is None while open, ``superseded`` says a later row
    replaced it before it began."""

    treatment: str
    treatment_zh: str
    treatment_en: str
    carried_by: str | None
    effective_from: str | None
    effective_to: str | None
    superseded: bool
    reason: str
    recorded_at: str
    recorded_by: str


class NumberItem(TypedDict):
    """A number as people read it. ``treatment``, ``effective_from`` and ``carried_by`` are those of this moment, or,
    before its first date, those that are to come."""

    number: str
    name: str
    name_annex: str
    name_en: str
    department: str
    department_key: str
    treatment: str
    treatment_zh: str
    treatment_en: str
    behaviour_now: str
    behaviour_zh: str
    behaviour_en: str
    carried_by: str | None
    effective_from: str | None
    clause: str
    text: str
    text_annex: str
    linked_trunk: str | None
    answer_at_12345_if_unanswered: bool
    budget_moves: bool
    budget_note: str
    history: list[HistoryItem]


def plans() -> Plans:
    """The whole register, as the dialplan is compiled from it. One query; five after a change."""
    city, (_, rows, trunks) = settings.CITY, _register()
    return Plans(
        main=str(city["hotline"]["number"]),
        main_name=city["hotline"]["name"],
        main_name_en=city["hotline"]["name_en"],
        numbers=tuple(_plan(row, trunks) for row in rows),
        emergency=_emergency(trunks),
        trunks=trunks,
    )


def trunk_plans() -> tuple[TrunkPlan, ...]:
    """The trunks in the order of their file. One query."""
    return tuple(
        TrunkPlan(
            name=row.name,
            kind=row.kind,
            host=row.host,
            port=row.port,
            transport=row.transport,
            serves=tuple(row.serves),
            strip=tuple(row.strip),
            codecs=tuple(row.codecs),
            from_number=row.from_number or None,
            duty=tuple(row.duty),
        )
        for row in Trunk.objects.order_by("position")
    )


def reaches_real_people() -> bool:
    """True if any trunk is not loopback: tests, demo, load and the sandbox clock must refuse (design.md)."""
    return not all(trunk.is_loopback for trunk in trunk_plans())


def plan_of(number: str) -> NumberPlan:
    """One number's plan. Raises NotFound."""
    return _plan(_one(number), trunk_plans())


def seats_open(plan: NumberPlan, at: datetime) -> bool:
    """True if the line's own seats inside 12345 are staffed at ``at``; when closed, its calls go to 12345's seats.

    Closed, too, on days of a year whose holidays are not loaded: a caller never pays for a missing file.
    """
    if plan.seats_hours is None:
        return False
    local = clock.local(at)
    try:
        working = not plan.seats_hours.working_days or city_calendar().is_working(local.date())
    except MissingYear as missing:
        _complain(missing.year)
        return False
    return plan.seats_hours.cover(local, working)


@lru_cache
def _complain(year: int) -> None:
    """Say once a process that a year is missing."""
    log.error("%s", MissingYear(year).en)


def listing() -> list[NumberItem]:
    """All numbers in the order of the annex. One query, whatever their count; five after a change."""
    now, (_, rows, trunks) = clock.now(), _register()
    return [_item(row, trunks, now) for row in rows]


def item(number: str) -> NumberItem:
    """One number. Raises NotFound."""
    return _item(_one(number), trunk_plans(), clock.now())


def numbers_of(actor: Actor) -> list[str]:
    """The numbers of the departments in ``actor``'s scope. One query."""
    return [*HotlineNumber.objects.filter(within(actor, "department__path")).values_list("number", flat=True)]


def history_of(rows: Iterable[TreatmentRow]) -> list[DatedTreatment]:
    """A number's rows as the pure functions take them, in the order of recording."""
    return [
        DatedTreatment(
            Treatment(row.treatment),
            row.effective_from,
            CarriedBy(row.carried_by) if row.carried_by else None,
        )
        for row in sorted(rows, key=lambda row: row.sequence)
    ]


class _Register(NamedTuple):
    """The rows as they were read last, and the digest of what they said; nobody changes them."""

    digest: str
    numbers: tuple[HotlineNumber, ...]
    trunks: tuple[TrunkPlan, ...]


_DIGEST = """
    SELECT md5(concat_ws('|',
        (SELECT string_agg(row::text, '' ORDER BY id) FROM numbers_hotlinenumber AS row),
        (SELECT string_agg(row::text, '' ORDER BY id) FROM numbers_treatmentrow AS row),
        (SELECT string_agg(row::text, '' ORDER BY id) FROM numbers_trunk AS row),
        (SELECT string_agg(home.key || home.name, '' ORDER BY id) FROM people_organisation AS home
          WHERE id IN (SELECT department_id FROM numbers_hotlinenumber))))
"""
"""It changes once a year and is asked for in every third request: so the database says first whether anything has changed."""

_read: _Register | None = None


def _register() -> _Register:
    """The register as it stands. The digest is asked first: rows read after it may be newer than it, never older."""
    global _read
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST)
        digest: str = cursor.fetchone()[0]
    if _read is None or _read.digest != digest:
        rows = HotlineNumber.objects.select_related("department").prefetch_related("treatments")
        _read = _Register(digest, tuple(rows.order_by("annex_row", "number")), trunk_plans())
    return _read


def _one(number: str) -> HotlineNumber:
    rows = HotlineNumber.objects.select_related("department").prefetch_related("treatments")
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFound("number", number)
    return found


def _plan(row: HotlineNumber, trunks: Iterable[TrunkPlan]) -> NumberPlan:
    periods = periods_of(history_of(row.treatments.all()))
    own_seats = any(period.behaviour is Behaviour.OWN_SEATS for period in periods)
    return NumberPlan(
        number=row.number,
        name=row.name,
        name_en=row.name_en,
        department=row.department.name,
        periods=periods,
        line=row.number,
        linked_trunk=_trunk_for(trunks, "linked", row.number),
        notice_prompt=(row.notice_prompt or GENERAL_NOTICE)
        if any(period.behaviour is Behaviour.NOTICE_THEN_QUEUE for period in periods)
        else None,
        answered_here_if_unanswered=row.answer_at_12345_if_unanswered,
        seats_hours=hours_of(settings.CITY, row.seats_hours or settings.CITY["seats_hours"])
        if own_seats
        else None,
    )


def _trunk_for(trunks: Iterable[TrunkPlan], kind: str, number: str) -> str | None:
    return next((trunk.name for trunk in trunks if trunk.kind == kind and number in trunk.serves), None)


def _emergency(trunks: Iterable[TrunkPlan]) -> tuple[EmergencyPlan, ...]:
    names: dict[str, dict[str, Any]] = {str(row["number"]): row for row in settings.CITY["emergency_numbers"]}
    return tuple(
        EmergencyPlan(
            number=number,
            name=names.get(number, {}).get("name", "紧急热线"),
            name_en=names.get(number, {}).get("name_en", "Emergency"),
            trunks=tuple(t.name for t in trunks if t.kind == "emergency" and number in t.serves),
        )
        for number in sorted({*EMERGENCY_NUMBERS, *names})
    )


def _item(row: HotlineNumber, trunks: Iterable[TrunkPlan], now: datetime) -> NumberItem:
    plan = _plan(row, trunks)
    current = period_at(plan, now)
    shown = current or plan.periods[0]
    behaviour = current.behaviour if current else Behaviour.NOT_MERGED
    return NumberItem(
        number=row.number,
        name=row.name,
        name_annex=row.name_annex,
        name_en=row.name_en,
        department=row.department.name,
        department_key=row.department.key,
        treatment=shown.treatment,
        treatment_zh=shown.treatment.zh,
        treatment_en=shown.treatment.en,
        behaviour_now=behaviour,
        behaviour_zh=behaviour.zh,
        behaviour_en=behaviour.en,
        carried_by=shown.carried_by,
        effective_from=_iso(shown.effective_from),
        clause=row.clause,
        text=row.text,
        text_annex=row.text_annex,
        linked_trunk=plan.linked_trunk,
        answer_at_12345_if_unanswered=row.answer_at_12345_if_unanswered,
        budget_moves=row.budget_moves,
        budget_note=row.budget_note,
        history=_history(row, plan),
    )


def _history(row: HotlineNumber, plan: NumberPlan) -> list[HistoryItem]:
    """Every recorded row; of rows with one date the last holds, and a row whose date no period begins at never did."""
    ends = {period.effective_from: period.effective_to for period in plan.periods}
    rows = sorted(row.treatments.all(), key=lambda dated: dated.sequence)
    holder = {dated.effective_from: dated.sequence for dated in rows}
    return [
        HistoryItem(
            treatment=dated.treatment,
            treatment_zh=Treatment(dated.treatment).zh,
            treatment_en=Treatment(dated.treatment).en,
            carried_by=dated.carried_by or None,
            effective_from=_iso(dated.effective_from),
            effective_to=_iso(ends.get(dated.effective_from)),
            superseded=dated.effective_from not in ends or holder[dated.effective_from] != dated.sequence,
            reason=dated.reason,
            recorded_at=dated.recorded_at.isoformat(),
            recorded_by=dated.recorded_by,
        )
        for dated in rows
    ]


def _iso(moment: datetime | None) -> str | None:
    return clock.local(moment).isoformat() if moment else None
