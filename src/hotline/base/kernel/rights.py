"""Every right there is, declared by the room it protects.

A route names the right it needs; ``people/roles.py`` says which role holds which right; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that may be allowed, with its words for people."""

    name: str
    zh: str
    en: str


_declared: dict[str, Right] = {}


def declare(name: str, zh: str, en: str) -> str:
    """Declare a right; called from a room's AppConfig.ready(). Declaring it twice with other words is an error."""
    right = Right(name, zh, en)
    if _declared.setdefault(name, right) != right:
        raise ValueError(f"right {name} is declared twice with different words")
    return name


def declared() -> dict[str, Right]:
    """All rights by name."""
    return dict(_declared)
