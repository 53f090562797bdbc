"""Which open cases the sender of a message has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.notices import queries as messages
from hotline.work.cases import queries as cases


def open_cases(actor: Actor, id: UUID) -> list[dict[str, Any]]:
    """The sender's cases that are going on, newest first. Two queries. Raises NotFound."""
    return cases.going_on_of(actor, messages.received(id)["phone_index"])
