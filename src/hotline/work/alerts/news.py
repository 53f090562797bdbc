"""Hearing of what happens to cases."""

from __future__ import annotations

from typing import Any

from hotline.base.kernel import outbox
from hotline.work.alerts import actions, kinds


def listen() -> None:
    """Called once."""
    for name in kinds.news():
        outbox.on(f"case.{name}", heard)


def heard(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Something happened to case ``key``: whoever has to know is told, once however often this is heard."""
    if found := kinds.told(topic.removeprefix("case."), payload):
        actions.tell(topic, key, payload, *found)
