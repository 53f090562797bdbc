"""Mailboxes: where mail for the city arrives and through which its own goes out. One folder each, found by its entry point
``hotline.mail`` (pyproject.toml): a city may install one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Literal, Protocol

from hotline.base.notices.gateways import Answer

GROUP = "hotline.mail"


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was read: a number that grows, good as long as ``validity`` stays (RFC 3501 2.3.1.1)."""

    validity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """A mail as it lies in the mailbox. ``raw``: its bytes; without ``whole`` only their beginning, or nothing where the
    server has it and does not give it."""

    place: Place
    at: datetime
    size: int
    raw: bytes
    whole: bool


class Unavailable(Exception):
    """The server could not be used. ``verdict``: "again" (away, busy), or "broken" (it does not take what we know it by)."""

    def __init__(self, verdict: Literal["again", "broken"], said: str) -> None:
        super().__init__(said)
        self.verdict, self.said = verdict, said


class Mailbox(Protocol):
    """One mailbox. Made from the city's settings and its secrets, both checked before."""

    settings: Mapping[str, str]
    """The settings it knows, with their default."""
    secrets: Sequence[str]

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None: ...

    @staticmethod
    def faults(given: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """What is wrong with settings as a city gave them: the key, in Chinese, in English."""
        ...

    def read(self, after: Place, most: int, largest: int) -> Iterator[Came]:
        """Up to ``most`` mails that came after ``after``, oldest first; all there are where its validity is another now. What is
        larger than ``largest`` bytes comes without its end. Nothing is changed in the mailbox. Raises Unavailable."""
        ...

    def send(self, letters: Iterable[tuple[str, EmailMessage]]) -> Iterator[Answer]:
        """Hand letters over, each to its address, and say of each what became of it. Never raises."""
        ...


@lru_cache(maxsize=1)
def known() -> dict[str, type[Mailbox]]:
    """Every kind of mailbox that is installed, by name."""
    return {point.name: point.load() for point in entry_points(group=GROUP)}
