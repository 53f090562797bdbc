"""Counting how often something is tried, in the database, so that every process counts together."""

from __future__ import annotations

from django.db import connection

from hotline.base.kernel import clock


def allow(key: str, limit: int, seconds: int) -> bool:
    """Count one try of ``key``; False once more than ``limit`` were made in the current window of ``seconds``."""
    window = int(clock.now().timestamp()) // seconds * seconds
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kernel_trycount (key, window_start, tries) VALUES (%s, %s, 1)
            ON CONFLICT (key, window_start) DO UPDATE SET tries = kernel_trycount.tries + 1
            RETURNING tries
            """,
            [key, window],
        )
        (tries,) = cursor.fetchone()
    return int(tries) <= limit


def prune(older_than_s: int = 86_400) -> int:
    """Remove windows that ended more than ``older_than_s`` seconds ago; returns how many."""
    from hotline.base.kernel.models import TryCount

    removed, _ = TryCount.objects.filter(
        window_start__lt=int(clock.now().timestamp()) - older_than_s
    ).delete()
    return removed
