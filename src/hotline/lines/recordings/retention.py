"""How long recordings are kept: by class, as many months as the city says at the time they are made (figures.py)."""

from __future__ import annotations

import calendar
from datetime import datetime

from hotline.base.kernel import clock
from hotline.lines.recordings.figures import MONTHS
from hotline.lines.recordings.words import RetentionClass


def expires(retention: RetentionClass, made_at: datetime) -> datetime:
    """The first moment a recording made at ``made_at`` may be erased: the same day so many months later, city time."""
    made = clock.local(made_at)
    year, month = divmod(made.year * 12 + made.month - 1 + MONTHS[retention](made_at), 12)
    day = min(made.day, calendar.monthrange(year, month + 1)[1])
    return made.replace(year=year, month=month + 1, day=day)
