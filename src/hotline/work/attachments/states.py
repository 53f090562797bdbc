"""How an attachment may stand, and what it may become: the one table of both."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How an attachment stands."""

    RECEIVED = "received"
    SCANNING = "scanning"
    CLEAN = "clean"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    ERASED = "erased"


WORDS: dict[State, tuple[str, str]] = {
    State.RECEIVED: ("待查毒", "Waits to be scanned"),
    State.SCANNING: ("查毒中", "Being scanned"),
    State.CLEAN: ("可用", "Usable"),
    State.QUARANTINED: ("已隔离", "Quarantined"),
    State.REFUSED: ("未收", "Not taken"),
    State.ERASED: ("已删除", "Erased"),
}

NEXT: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.SCANNING, State.QUARANTINED, State.ERASED}),
    State.SCANNING: frozenset({State.CLEAN, State.QUARANTINED, State.RECEIVED, State.ERASED}),
    State.CLEAN: frozenset({State.ERASED}),
    State.QUARANTINED: frozenset({State.CLEAN, State.ERASED}),
    State.REFUSED: frozenset(),
    State.ERASED: frozenset(),
}
"""A scan that got no answer goes back to RECEIVED. Out of quarantine only a person lets a file (actions.settle)."""


def may(now: State | str, to: State) -> bool:
    """Whether an attachment that stands at ``now`` may become ``to``."""
    return to in NEXT[State(now)]


DOUBTS: dict[str, tuple[str, str]] = {
    "virus": ("查出病毒", "A virus was found"),
    "macro": ("含宏或嵌入对象", "It holds macros or embedded objects"),
    "script": ("含脚本或自动动作", "It holds scripts or actions that start by themselves"),
    "encrypted": ("已加密，无法检查", "It is encrypted and cannot be examined"),
    "remote": ("打开时会取用外部模板", "It would load a template from elsewhere when opened"),
    "unscanned": ("查毒程序没有给出结论", "The scanner gave no verdict"),
}
"""Why an attachment is in quarantine."""
