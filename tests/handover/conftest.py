"""Far centres' tokens, and messages as they send them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.people import queries as organisations
from hotline.lines.calls import demonstration as calls
from hotline.lines.calls.demonstration import PastCall
from hotline.lines.calls.words import Outcome

ACTOR = system("tests")


def message(**changes: Any) -> dict[str, Any]:
    """12348 hands over a caller who agreed to it."""
    given: dict[str, Any] = {
        "message_id": str(uuid4()),
        "correlation_id": f"12348-{uuid4()}",
        "sent_at": clock.now().isoformat(),
        "kind": "transfer",
        "from": "12348",
        "to": "12345",
        "number_dialled": "12348",
        "consent": True,
        "confidential": False,
        "caller": {"phone": "13800001111"},
        "case": {"id": "A-77", "number": "SF2026-77"},
        "language": "闽南语",
        "summary": "咨询法律援助后转问低保",
    }
    return given | changes


def body(**changes: Any) -> bytes:
    return json.dumps(message(**changes), ensure_ascii=False).encode()


def machine(*keys: str) -> Actor:
    """The token of an organisation, given by its key."""
    paths = tuple(organisations.organisation_by_key(key).path for key in keys)
    return Actor("machine", "t", "t", frozenset({"handover.push"}), paths)


@pytest.fixture
def law(city: None, db: None) -> Actor:
    """12348's own centre."""
    return machine("linked-12348")


@pytest.fixture
def agent(city: None, db: None) -> Actor:
    return Actor("person", str(uuid4()), "zhang", frozenset({"desk.work", "calls.read"}), ("/",), ("agent",))


def past_call(number: str = "12345", phone: str = "13800002222", at: datetime | None = None) -> UUID:
    """A call of ours that was answered."""
    made = PastCall(
        number=number, line="12345", behaviour="queue", treatment="", at=at or clock.now(), phone=phone, party_id=None,
        prompt_s=1, wait_s=2, talk_s=30, outcome=Outcome.ANSWERED, agent=0,
    )  # fmt: skip
    return calls.record(ACTOR, ("zhang",), [made])[0]
