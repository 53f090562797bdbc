"""Which news of other rooms is an alarm: one consumer for all of them."""

from __future__ import annotations

from typing import Any

from hotline.base.kernel import outbox
from hotline.lines.alarms import actions, kinds


def listen() -> None:
    """Hear of everything in kinds.KINDS; called once, when the program starts."""
    for kind in kinds.KINDS:
        outbox.on(kind.topic, heard)
        if kind.ended_by:
            outbox.on(kind.ended_by, heard_the_end)


def heard(topic: str, key: str, payload: dict[str, Any]) -> None:
    """An alarm. The relay takes the news away in the transaction in which this is kept, so each counts once."""
    kind = kinds.BY_TOPIC[topic]
    # An agent's cry is about him, whatever call he is in.
    about = str(payload.get("staff_id") or key) if kind.about == "agent" else key
    actions.raised(kind, about, payload)


def heard_the_end(topic: str, key: str, payload: dict[str, Any]) -> None:
    """What an alarm spoke of is over."""
    actions.over(kinds.ENDS[topic], key)
