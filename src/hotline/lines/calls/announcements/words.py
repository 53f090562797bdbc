"""Kinds of announcements, in the order in which callers hear them."""

from __future__ import annotations

KINDS: dict[str, tuple[str, str]] = {
    "disaster": ("台风、防汛、地震", "Typhoon, flood, earthquake"),
    "water": ("停水", "Water cut"),
    "power": ("停电", "Power cut"),
    "gas": ("停气", "Gas cut"),
    "traffic": ("交通管制", "Road closure"),
    "health": ("公共卫生", "Public health"),
    "system": ("热线系统", "The hotline itself"),
    "other": ("其他", "Other"),
}
"""Who waits hears what endangers people first."""

CHOICE = "announcement-choice"
"""The prompt after the last one: informed? hang up or press 1; a person? press 2, or wait."""

_PREFIX = "announcement-"


def prompt_of(id: object) -> str:
    """The prompt of an announcement."""
    return f"{_PREFIX}{id}"


def of_announcements(prompt: str) -> bool:
    """Whether ``prompt`` is an announcement's, or the choice after them."""
    return prompt.startswith(_PREFIX)
