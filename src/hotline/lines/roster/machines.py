"""How shifts, swaps and leave may change, as tables, and nothing else. The reference page is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class ShiftState(StrEnum):
    """Whether a shift that was planned still is."""

    PLANNED = "planned"
    WITHDRAWN = "withdrawn"
    GIVEN_AWAY = "given_away"
    ON_LEAVE = "on_leave"


class SwapState(StrEnum):
    """A swap of shifts between two."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LeaveState(StrEnum):
    """Leave somebody asked for."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


Who = Literal["asker", "other", "leader"]
"""``other``: the one asked to swap. A leader decides nothing he asked for, or agreed to, himself."""


@dataclass(frozen=True, slots=True)
class Row:
    """``act`` leads from each of ``sources`` to ``target`` and is ``who``'s."""

    act: str
    sources: tuple[str, ...]
    target: str
    who: Who
    zh: str
    en: str


_S, _W, _L = ShiftState, SwapState, LeaveState

SHIFT: dict[tuple[ShiftState, str], ShiftState] = {
    (_S.PLANNED, "withdraw"): _S.WITHDRAWN,
    (_S.PLANNED, "give_away"): _S.GIVEN_AWAY,
    (_S.PLANNED, "take_leave"): _S.ON_LEAVE,
}
"""What is planned anew is a new row: a shift that was given away never comes back by itself."""

SWAP: tuple[Row, ...] = (
    Row("accept", (_W.ASKED,), _W.ACCEPTED, "other", "同意换班", "Agree"),
    Row("decline", (_W.ASKED,), _W.DECLINED, "other", "不同意", "Decline"),
    Row("approve", (_W.ACCEPTED,), _W.APPROVED, "leader", "批准", "Approve"),
    Row("refuse", (_W.ASKED, _W.ACCEPTED), _W.REFUSED, "leader", "不批准", "Refuse"),
    Row("withdraw", (_W.ASKED, _W.ACCEPTED), _W.WITHDRAWN, "asker", "撤回", "Withdraw"),
)
LEAVE: tuple[Row, ...] = (
    Row("approve", (_L.ASKED,), _L.APPROVED, "leader", "批准", "Approve"),
    Row("refuse", (_L.ASKED,), _L.REFUSED, "leader", "不批准", "Refuse"),
    Row("withdraw", (_L.ASKED, _L.APPROVED), _L.WITHDRAWN, "asker", "撤回", "Withdraw"),
)
"""Approved leave can be taken back; the shifts it freed stay free until the leader plans them again."""

WORDS: dict[str, tuple[str, str]] = {
    "planned": ("已排", "Planned"),
    "withdrawn": ("已撤销", "Withdrawn"),
    "given_away": ("已换出", "Given away"),
    "on_leave": ("请假", "On leave"),
    "asked": ("待对方/审批", "Asked"),
    "accepted": ("对方已同意，待审批", "Agreed, to be approved"),
    "approved": ("已批准", "Approved"),
    "declined": ("对方不同意", "Declined"),
    "refused": ("未批准", "Refused"),
}


def shift_step(state: str, act: str) -> ShiftState | None:
    """The state after ``act``; None when it may not happen now."""
    return SHIFT.get((ShiftState(state), act))


def rows_open(table: tuple[Row, ...], state: str) -> list[Row]:
    """The rows that lead on from ``state``."""
    return [row for row in table if state in row.sources]
