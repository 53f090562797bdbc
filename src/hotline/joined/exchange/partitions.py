"""One partition a day for the history of run data, made before it is needed and dropped when its time is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection, transaction

_PREFIX = "exchange_runrecord_"
_LOCK = 5_301_202_153
"""Advisory lock: one process makes or drops partitions at a time."""


def existing() -> set[date]:
    """The days that have a partition."""
    # Not to_regclass(): it answers from a cache that may not yet know what another session has just committed.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'exchange_runrecord'::regclass"
        )
        return {date.fromisoformat(name.removeprefix(_PREFIX)) for (name,) in cursor.fetchall()}


def ensure(days: Iterable[date]) -> list[date]:
    """Make the missing partitions of ``days``; returns those made.

    A table is built beside and attached, because CREATE … PARTITION OF would stop every insert meanwhile.
    """
    wanted = set(days)
    if not wanted or wanted <= existing():
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        made = sorted(wanted - existing())
        for day in made:
            name, start, end = _table(day), day.isoformat(), (day + timedelta(days=1)).isoformat()
            cursor.execute(
                f"CREATE TABLE {name} (LIKE exchange_runrecord INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            cursor.execute(
                f"ALTER TABLE exchange_runrecord ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
            )
    return made


def drop_before(day: date) -> list[date]:
    """Drop the partitions of all days before ``day``; returns those dropped.

    Dropping needs the whole table for a moment: rather than have every sender wait behind a long read, it gives up after
    three seconds (OperationalError) and is done the next night.
    """
    dropped = sorted(found for found in existing() if found < day)
    for found in dropped:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute(f"DROP TABLE IF EXISTS {_table(found)}")
    return dropped


def _table(day: date) -> str:
    # An ISO date of our own making: nothing from outside reaches the statement.
    return f'"{_PREFIX}{day.isoformat()}"'
