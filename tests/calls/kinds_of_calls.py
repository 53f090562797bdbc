"""Calls as they begin, for the tests of their table."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hotline.lines.calls.call import CallNow
from hotline.lines.calls.rules import Choice, Menu
from hotline.lines.calls.words import CallState

MENU = Menu("language", "menu-language", {"1": Choice(), "2": Choice("12329", "nan")}, "1", 5)


def a_call(*, linked: bool = False, notice: bool = False, back: bool = False, **more: Any) -> CallNow:
    heard_first = (("notice",) if notice else ()) + (("menu-language",) if more.get("menu") else ())
    return CallNow(
        id=uuid4(), channel="caller", number="12333", line="12333", behaviour="x", skills=("12333", "12345"),
        prompt="welcome", prompts=heard_first, linked_trunk="law" if linked else "", back_if_unanswered=back,
        state=CallState.LINKING if linked else CallState.PROMPT, **more,
    )  # fmt: skip


def an_outbound_call() -> CallNow:
    return CallNow(
        id=uuid4(), channel="l-citizen", number="12345", line="12345", behaviour="outbound", skills=("12345",),
        state=CallState.DIALLING, outbound="PJSIP/1@trunk-x", recorded=True,
    )  # fmt: skip
