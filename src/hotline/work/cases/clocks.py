"""When a unit's time is up: pure functions over the dated limits and the working-day calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hotline.base.kernel.calendar import WorkCalendar
from hotline.base.kernel.errors import Problem
from hotline.work.cases.models import HANDLE, Limit
from hotline.work.cases.terms import TYPES


class NoLimit(Problem):
    """No time limit is in force for this type, so no deadline can be promised."""

    def __init__(self, type: str) -> None:
        word = TYPES[type]
        super().__init__(
            "limit-missing",
            f"“{word.zh}”类诉求尚无生效的办理时限，请先在城市配置 time_limits 中载入。",
            f"No time limit is in force for “{word.en}”; load one from time_limits of the city's configuration first.",
            status=409,
        )


def in_force(limits: Iterable[Limit], type: str, urgency: str, at: datetime) -> Limit:
    """The limit for handling a case of ``type`` and ``urgency`` that holds at ``at``. Raises NoLimit."""
    if (found := closest(limits, HANDLE, type, urgency, at)) is None:
        raise NoLimit(type)
    return found


def closest(limits: Iterable[Limit], clock: str, type: str, urgency: str, at: datetime) -> Limit | None:
    """The limit of ``clock`` for such a case at ``at``: of those that have taken effect the one closest to it (by urgency, then by
    type), and of these the newest; None: it has none."""
    fitting = [
        limit
        for limit in limits
        if limit.clock == clock
        and limit.type in ("", type)
        and limit.urgency in ("", urgency)
        and limit.effective_from <= at
    ]
    return max(fitting, key=lambda one: (bool(one.urgency), bool(one.type), one.effective_from), default=None)


def deadline(limit: Limit, start: datetime, calendar: WorkCalendar) -> datetime:
    """When ``limit`` runs out if it starts at ``start``.

    Working days: the day of the start is not counted, the last ends with business hours (民法典 201, 203).
    Hours run on the wall clock, holidays or not (DB11/T 2021: 2 h and 24 h classes). Raises MissingYear.
    """
    if limit.unit == Limit.Unit.HOURS:
        return start + timedelta(hours=limit.amount)
    return calendar.due(start, limit.amount)


def continued(
    limit: Limit, due: datetime, paused: datetime, now: datetime, calendar: WorkCalendar
) -> datetime:
    """The deadline after a pause: later by its working days, or by its hours where the limit is one of hours.

    What is paused and goes on within a day loses nothing and gains nothing. Raises MissingYear.
    """
    if limit.unit == Limit.Unit.HOURS:
        return due + (now - paused)
    days = calendar.working_days_between(paused, now)
    return calendar.due(due, days) if days else due
