"""A unit's contact with its case's caller over the platform is recorded by itself: the call is the proof (首次联系)."""

from __future__ import annotations

from typing import Any

from hotline.base.kernel import outbox
from hotline.base.people import queries as people
from hotline.lines.calls import queries as calls
from hotline.work.cases import actions, queries
from hotline.work.cases.acts import ACTS
from hotline.work.cases.guards import why_not


def listen() -> None:
    """Hear of calls that end; called once."""
    outbox.on("call.ended", call_ended)


def call_ended(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A clerk talked with a case's caller: his unit has contacted him, unless the case is no longer the unit's."""
    found = calls.clerk_call(key)
    if found is None:
        return
    clerk = people.actor_of_staff(found.staff_id)
    case = queries.visible(clerk).filter(id=found.case_id).first() if clerk else None
    if case is None or clerk is None or why_not(ACTS["contact"], case, clerk):
        return
    minutes, seconds = divmod(found.seconds, 60)
    said = f"经平台通话 {minutes}:{seconds:02d} / a call over the platform"
    # Where somebody acts in this very moment it is refused, and the relay hands us the news again.
    actions.perform(clerk, case.id, "contact", case.version, {"contact": "reached", "note": said})
