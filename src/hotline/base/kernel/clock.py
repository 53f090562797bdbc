"""Business time, from one place.

Nothing else in the platform asks the machine what time it is (a lint test holds this), so that a sandbox can be moved
through days and holidays. The offset lives in the database, is seen by every process within a second, and exists only
where ``HOTLINE_SANDBOX=1``; the switch refuses to run such an instance with a real trunk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

_fixed: ContextVar[datetime | None] = ContextVar("fixed", default=None)
_offset = timedelta(0)
_offset_read_at = float("-inf")
OFFSET_SEEN_WITHIN_S = 1.0


def now() -> datetime:
    """The business time now, aware, in UTC."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    real = datetime.now(UTC)
    return real + _sandbox_offset() if settings.SANDBOX else real


def local(moment: datetime) -> datetime:
    """``moment`` in the city's own zone."""
    return moment.astimezone(zone())


def today() -> date:
    """The city's date now."""
    return local(now()).date()


def zone() -> ZoneInfo:
    """The city's time zone."""
    return ZoneInfo(settings.TIME_ZONE)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of ``day`` in the city and the first of the next: a half-open interval."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone())
    after = day + timedelta(days=1)
    return start, datetime(after.year, after.month, after.day, tzinfo=zone())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside, business time stands at ``moment``: for demonstration history, dry runs and tests, never for a live call."""
    if moment.tzinfo is None:
        raise ValueError("business time is always aware")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def set_offset(seconds: float) -> None:
    """Move a sandbox's clock to ``seconds`` ahead of (or behind) real time, for all its processes."""
    from hotline.base.kernel.models import SandboxClock

    if not settings.SANDBOX:
        raise RuntimeError("the clock can be moved only in a sandbox (HOTLINE_SANDBOX=1)")
    SandboxClock.objects.update_or_create(id=1, defaults={"offset_seconds": seconds})
    global _offset_read_at
    _offset_read_at = float("-inf")


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _sandbox_offset() -> timedelta:
    from hotline.base.kernel.models import SandboxClock

    global _offset, _offset_read_at
    # Nothing may wait in an event loop: there the offset holds that the process's threads saw last.
    if not _in_event_loop() and time.monotonic() - _offset_read_at > OFFSET_SEEN_WITHIN_S:
        row = SandboxClock.objects.filter(id=1).first()
        _offset = timedelta(seconds=row.offset_seconds if row else 0.0)
        _offset_read_at = time.monotonic()
    return _offset
