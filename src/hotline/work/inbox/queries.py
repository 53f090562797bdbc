"""What came in, and which open cases its sender has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.paging import Page
from hotline.base.notices import queries as messages
from hotline.work.cases import queries as cases


def page(*, waiting: bool, cursor: str | None = None, size: int = 50) -> Page[messages.IncomingRow]:
    """What came in: what waits oldest first, the rest newest first. One query."""
    return messages.incoming(waiting=waiting, cursor=cursor, size=size)


def open_cases(actor: Actor, id: UUID) -> list[dict[str, Any]]:
    """The sender's cases that are going on, newest first. Two queries. Raises NotFound."""
    return cases.going_on_of(actor, messages.received(id)["phone_index"])
