"""What staff are told of, as one table: which news, and who hears it. No database.

The page of settings and the documentation are drawn from it (reference.py). An act that the table of acts says is for the
unit's notice, and that stands in no row here, is told as ``acted``: an act that is new is never silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.work.cases.acts import ACTS
from hotline.work.cases.states import STATES, State


class Hears(StrEnum):
    """Who is told."""

    HANDLERS = "handlers"
    LEADER = "leader"
    DISPATCHERS = "dispatchers"
    OFFICE = "office"


HEARS: dict[Hears, tuple[str, str, tuple[str, ...]]] = {
    Hears.HANDLERS: ("承办单位经办人", "the unit's clerks", ("node_handler",)),
    Hears.LEADER: ("承办单位负责人", "the unit's leader", ("node_leader",)),
    Hears.DISPATCHERS: ("中心派单员", "the centre's dispatchers", ("dispatcher",)),
    Hears.OFFICE: ("市政府办、市效能办的人员", "who works in the office that is asked", ("government_office", "efficiency_office")),
}  # fmt: skip
"""Each in words, and the roles that are meant."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alert: its words, the news it comes from (topics without ``case.``), and who hears it."""

    name: str
    zh: str
    en: str
    news: tuple[str, ...]
    hears: tuple[Hears, ...] = (Hears.HANDLERS,)


_UNIT = (Hears.HANDLERS, Hears.LEADER)
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("dispatched", "新派件", "New case", ("dispatch",), _UNIT),
        Kind("due_soon", "即将到期", "Due soon", ("due_soon",), _UNIT),
        Kind("overdue", "已超时", "Overdue", ("overdue",), (*_UNIT, Hears.DISPATCHERS)),
        Kind("step_overdue", "环节超时", "A step is overdue", ("step_overdue",), _UNIT),
        Kind("urged", "催办", "Urged", ("urge", "caller_urge"), _UNIT),
        Kind("sent_back", "审核退回", "Sent back", ("send_back",), _UNIT),
        Kind("redone", "不满意重办", "To be redone", ("record_visit", "rate"), _UNIT),
        Kind(
            "decided", "申请已批复", "Decided",
            ("grant_return", "refuse_return", "grant_extension", "refuse_extension", "end_pause"), _UNIT,
        ),
        Kind("asked", "退单延期待审", "Asked of the centre", ("ask_return", "ask_extension"), (Hears.DISPATCHERS,)),
        Kind("added", "诉求人补充", "Added by the caller", ("add", "record_addition")),
        Kind("withdrawn", "诉求人撤回", "Withdrawn", ("withdraw",)),
        Kind("supervised", "督办", "Supervised", ("supervise", "return_slip", "accept_slip"), _UNIT),
        Kind("to_check_below", "下级已回复待审核", "Replied from below, to be checked", ("reply",), _UNIT),
        Kind(
            "asked_of_us", "请本单位协办、会商或答复", "Asked of this unit",
            ("ask_assist", "confer", "duty_overdue", "escalate", "refer"), (*_UNIT, Hears.OFFICE),
        ),
        Kind("acted", "其他办理动作", "Something else was done", (), _UNIT),
    )
}  # fmt: skip

_OF_NEWS = {news: kind for kind in KINDS.values() for news in kind.news}
OF_UNITS = KINDS["asked_of_us"]
"""Told to the units that were asked (``units`` of the news), also those named with a dispatch, and not to who has the case."""
CENTRE_TOO = frozenset({"add", "withdraw", "caller_urge", "step_overdue"})
"""What the centre hears of while no unit has the case."""


def news() -> list[str]:
    """Every news (without ``case.``) that becomes an alert."""
    rest = [
        act.name for act in ACTS.values() if {"unit", "units"} & {*act.notice} and act.name not in _OF_NEWS
    ]
    return [*_OF_NEWS, *rest]


def whose(payload: Mapping[str, Any]) -> str | None:
    """The unit whose turn it is: what one below has replied is for the one above to check."""
    return payload.get("upper" if payload.get("state") == State.UPPER_CHECK else "unit")


def told(name: str, payload: Mapping[str, Any]) -> tuple[Kind, tuple[Hears, ...]] | None:
    """The kind of alert that news ``name`` is, and who hears it; None: nobody has to do anything."""
    kind = _OF_NEWS.get(name, KINDS["acted"])
    if kind.name == "redone" and not payload.get("redone"):
        return None
    if name == "reply" and payload["state"] != State.UPPER_CHECK:
        return None
    if kind.name == "redone" and not payload.get("unit"):
        return kind, (Hears.DISPATCHERS,)
    if name == "step_overdue" and STATES[State(payload["state"])].mover != "owner":
        return kind, (Hears.DISPATCHERS,)
    if name in CENTRE_TOO and not payload.get("unit"):
        return kind, (Hears.DISPATCHERS,)
    return kind, kind.hears
