"""Counting how often something is tried, in the database, so that every process counts together."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.db import connection

from hotline.base.kernel import clock


def source(address: str) -> str:
    """Whom tries from ``address`` are counted against: an IPv4 address, or the /64 that is one IPv6 subscriber's."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ip_network((int(known), 64), strict=False))


def made(key: str, seconds: int) -> int:
    """How many tries of ``key`` were counted in the current window; counts none."""
    from hotline.base.kernel.models import TryCount

    window = int(clock.now().timestamp()) // seconds * seconds
    row = TryCount.objects.filter(key=key, window_start=window).first()
    return row.tries if row else 0


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


def forget(beginning: str) -> None:
    """Start anew for every key that begins so."""
    from hotline.base.kernel.models import TryCount

    TryCount.objects.filter(key__startswith=beginning).delete()


def prune(older_than_s: int = 86_400) -> int:
    """Remove windows that ended more than ``older_than_s`` seconds ago; returns how many."""
    from hotline.base.kernel.models import TryCount

    removed, _ = TryCount.objects.filter(
        window_start__lt=int(clock.now().timestamp()) - older_than_s
    ).delete()
    return removed
