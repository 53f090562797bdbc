"""Machines that send run data, and records as they send them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.base.kernel.actor import Actor
from hotline.joined.exchange import queries

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # noon in the city


def record(external_id: str = "a-1", sequence: int = 0, **changes: Any) -> dict[str, Any]:
    """An answered call to 12348: queued after 4 s, answered 8 s later, one minute long."""
    started = NOON - timedelta(hours=1)
    given: dict[str, Any] = {
        "kind": "call",
        "external_id": external_id,
        "sequence": sequence,
        "number": "12348",
        "started_at": started.isoformat(),
        "queued_at": (started + timedelta(seconds=4)).isoformat(),
        "answered_at": (started + timedelta(seconds=12)).isoformat(),
        "ended_at": (started + timedelta(seconds=72)).isoformat(),
        "outcome": "answered",
    }
    return given | changes


def batch(*records: Any, source: str = "12348") -> bytes:
    """The body of one delivery."""
    return json.dumps({"source": source, "records": list(records)}, ensure_ascii=False).encode()


@pytest.fixture
def sender(city: None, db: None) -> Actor:
    """The token of 12348's own centre."""
    path = queries.sources()["12348"].path
    return Actor("machine", "token-12348", "12348 中心", frozenset({"rundata.push"}), (path,))
