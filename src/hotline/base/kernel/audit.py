"""The audit chain: sealed in batches by the worker, so that no writer waits for another (design.md, Shape).

Each seal hashes its rows and the seal before it. Changing, removing or inserting a sealed row breaks the chain from
there on, and ``verify`` says where.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, transaction

from hotline.base.kernel import clock
from hotline.base.kernel.models import AuditRow, AuditSeal

BATCH = 2000
_CHAIN_LOCK = 0x0A0D17


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verify found: ``broken_at`` is the number of the first seal that does not hold, None when all do."""

    seals: int
    rows: int
    broken_at: int | None


def seal_batch() -> int:
    """Seal up to BATCH unsealed rows; returns how many. One sealer at a time (advisory lock)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_CHAIN_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = AuditSeal.objects.order_by("-number").first()
        number = last.number + 1 if last else 1
        previous = bytes(last.hash) if last else b""
        ids = list(
            AuditRow.objects.filter(seal=None)
            .select_for_update(skip_locked=True)
            .order_by("id")
            .values_list("id", flat=True)[:BATCH]
        )
        if not ids:
            return 0
        AuditRow.objects.filter(id__in=ids).update(seal=number)
        AuditSeal.objects.create(
            number=number,
            sealed_at=clock.now(),
            rows=len(ids),
            previous_hash=previous,
            hash=_digest(number, previous),
        )
        return len(ids)


def verify() -> Verdict:
    """Recompute the whole chain from the rows themselves."""
    previous, seals, rows = b"", 0, 0
    for link in AuditSeal.objects.order_by("number").iterator():
        seals += 1
        rows += link.rows
        count = AuditRow.objects.filter(seal=link.number).count()
        in_order = link.number == seals and bytes(link.previous_hash) == previous and count == link.rows
        if not in_order or bytes(link.hash) != _digest(link.number, previous):
            return Verdict(seals, rows, link.number)
        previous = bytes(link.hash)
    return Verdict(seals, rows, None)


def _digest(number: int, previous: bytes) -> bytes:
    chain = hashlib.sha256(previous + number.to_bytes(8, "big"))
    for row in AuditRow.objects.filter(seal=number).order_by("id").iterator():
        chain.update(msgspec.json.encode(_canonical(row), order="deterministic"))
    return chain.digest()


def _canonical(row: AuditRow) -> list[Any]:
    return [
        str(row.id), row.city_id, row.at.isoformat(), row.actor_kind, row.actor_id, row.actor_label, row.address,
        row.act, row.object_kind, row.object_id, row.detail,
    ]  # fmt: skip
