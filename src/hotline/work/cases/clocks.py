"""When a unit's time is up: pure functions over the dated limits and the working-day calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hotline.base.kernel.calendar import WorkCalendar
from hotline.base.kernel.errors import Problem
from hotline.work.cases.acts import TYPES
from hotline.work.cases.models import Limit


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


def in_force(limits: Iterable[Limit], type: str, at: datetime) -> Limit:
    """The limit for ``type`` that holds at ``at``: the newest that has taken effect. Raises NoLimit."""
    begun = [limit for limit in limits if limit.type == type and limit.effective_from <= at]
    if not begun:
        raise NoLimit(type)
    return max(begun, key=lambda limit: limit.effective_from)


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
