"""News between rooms: written with the change, delivered at least once after it, in no promised order.

Rows are claimed with SKIP LOCKED and removed in the transaction that handled them. Reading by ``id > cursor`` would
lose a row whose transaction took a low id and committed late (tests/kernel/test_outbox.py holds such one open).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from hotline.base.kernel import clock
from hotline.base.kernel.models import OutboxRow

log = logging.getLogger(__name__)

Handler = Callable[[str, str, dict[str, Any]], None]
_handlers: dict[str, list[Handler]] = defaultdict(list)
MAX_DELAY_S = 600


def on(topic: str, handler: Handler) -> None:
    """Have ``handler(topic, key, payload)`` called for every row of ``topic``. It must be idempotent."""
    if handler not in _handlers[topic]:
        _handlers[topic].append(handler)


def relay(limit: int = 100) -> int:
    """Deliver up to ``limit`` rows that are due; returns how many were taken. A failing row is kept and tried later."""
    taken = 0
    while taken < limit and _relay_one():
        taken += 1
    return taken


def _relay_one() -> bool:
    with transaction.atomic():
        due = Q(not_before=None) | Q(not_before__lte=clock.now())
        row = OutboxRow.objects.filter(due).select_for_update(skip_locked=True).order_by("id").first()
        if row is None:
            return False
        try:
            with transaction.atomic():
                for handler in _handlers[row.topic]:
                    handler(row.topic, row.key, row.payload)
        except (
            Exception
        ) as error:  # kept, retried and visible: one bad consumer must not stop the others' news
            log.exception("outbox row %s (%s) failed, try %s", row.id, row.topic, row.tries + 1)
            delay = min(2 ** min(row.tries, 10), MAX_DELAY_S)
            OutboxRow.objects.filter(id=row.id).update(
                tries=F("tries") + 1,
                not_before=clock.now() + timedelta(seconds=delay),
                last_error=f"{type(error).__name__}: {error}"[:1000],
            )
        else:
            row.delete()
    return True
