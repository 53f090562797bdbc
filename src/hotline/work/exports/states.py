"""Where an export may stand and what may become of it: the one table that actions, API and tests go by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an export stands."""

    ASKED = "asked"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StateRow:
    """A state in words, and which states may follow it."""

    zh: str
    en: str
    to: tuple[State, ...] = ()


STATES: dict[State, StateRow] = {
    State.ASKED: StateRow("排队中", "Waiting", (State.RUNNING, State.CANCELLED)),
    # Back to waiting: the worker that wrote it died, and another begins anew.
    State.RUNNING: StateRow(
        "生成中", "Being written", (State.READY, State.FAILED, State.CANCELLED, State.ASKED)
    ),
    State.READY: StateRow("可下载", "Ready", (State.EXPIRED,)),
    State.FAILED: StateRow("失败", "Failed"),
    State.CANCELLED: StateRow("已取消", "Cancelled"),
    State.EXPIRED: StateRow("已过期删除", "Expired, erased"),
}
GOING_ON = (State.ASKED, State.RUNNING)


def before(state: State) -> tuple[State, ...]:
    """The states from which ``state`` is reached."""
    return tuple(one for one, row in STATES.items() if state in row.to)
