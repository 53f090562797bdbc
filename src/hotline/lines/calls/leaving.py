"""Agents who left: whoever signed out of the console, or may work at the desk no more, is asked for no more calls and his
phone is taken from the switch. Told by news from the people's room; a call that is on is finished first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.people import queries as people
from hotline.lines.calls import seats

ACTOR = system("calls")


def listen() -> None:
    """Hear of people who leave; called once, when the program starts."""
    outbox.on("staff.changed", staff_changed)
    outbox.on("staff.signed_out", signed_out)


def staff_changed(topic: str, key: str, payload: dict[str, Any]) -> None:
    """An account or its posts changed: who has no right to the desk now leaves it."""
    if not people.staff_with_right("desk.work").filter(id=key).exists():
        _leave(UUID(key), clock.now())


def signed_out(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Somebody signed out at ``payload["at"]``; what he took up again after that stays his."""
    _leave(UUID(key), datetime.fromisoformat(payload["at"]))


def _leave(staff_id: UUID, at: datetime) -> None:
    if not seats.has_desk(staff_id):
        return
    with deed(ACTOR, "agent.left") as d:
        seats.end_desk(staff_id, at)
        d.about("agent", staff_id)
