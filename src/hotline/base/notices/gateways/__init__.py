"""Gateways: whoever takes our text messages and brings those of citizens. One folder each, found by its entry point
``hotline.sms`` (pyproject.toml): a city may install one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol

GROUP = "hotline.sms"

Verdict = Literal["accepted", "again", "unsure", "refused", "broken"]
"""It has it; it has not, try again soon; it was asked and did not answer, so it may have it; it will never send this one; it
sends nothing of ours now (credentials, money)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway said to one message. ``parts``: how many messages it counts as."""

    verdict: Verdict
    serial: str = ""
    parts: int | None = None
    code: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message, as its gateway reports it."""

    serial: str
    delivered: bool
    code: str
    said: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A text message somebody sent us."""

    phone: str
    text: str
    at: datetime


class Unreadable(Exception):
    """What was posted is not what this gateway posts. Carries why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


class Gateway(Protocol):
    """One gateway. Made from the city's settings and its secrets, both checked before."""

    settings: Mapping[str, str]
    """The settings it knows, with their default; "" where a city must give one."""
    secrets: Sequence[str]

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None: ...

    def send(self, phone: str, template: str, fields: Sequence[str], reference: str) -> Answer:
        """Hand one message over. Never raises: whatever goes wrong is an answer."""
        ...

    @staticmethod
    def read(body: bytes) -> tuple[list[Receipt], list[Reply]]:
        """What it posted to our door. Raises Unreadable."""
        ...

    @staticmethod
    def thanks() -> Any:
        """What it wants to hear when we have taken that, as JSON."""
        ...

    @staticmethod
    def no_thanks(why: str) -> Any:
        """What it wants to hear when we could not."""
        ...


def known() -> dict[str, type[Gateway]]:
    """Every gateway that is installed, by name."""
    return {point.name: point.load() for point in entry_points(group=GROUP)}
