"""What a row of the table of acts is made of: the act, the ways it may turn, what it does to clock, owner and duties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from hotline.base.kernel.errors import Fault, Invalid
from hotline.work.cases.fields import Field
from hotline.work.cases.states import State


class Clock(StrEnum):
    """What an act does to the unit's working-day clock."""

    KEEP = "keep"
    START = "start"
    STOP = "stop"
    RESUME = "resume"
    PAUSE = "pause"
    CONTINUE = "continue"
    EXTEND = "extend"


CLOCKS: dict[Clock, tuple[str, str]] = {
    Clock.KEEP: ("不变", "as it was"),
    Clock.START: ("按当时有效的时限重新起算", "starts anew with the limit in force"),
    Clock.STOP: ("停止", "stops"),
    Clock.RESUME: ("恢复，原期限不变", "runs on towards the same deadline"),
    Clock.PAUSE: ("暂停", "pauses"),
    Clock.CONTINUE: (
        "恢复，期限顺延暂停的工作日",
        "runs on, the deadline later by the working days of the pause",
    ),
    Clock.EXTEND: ("自原期限起顺延所准的工作日", "the deadline is later by the working days granted"),
}

Owner = Literal["keep", "chosen", "centre", "below", "above"]
"""Whose the case is afterwards: kept, the unit chosen in ``unit``, the centre again, a unit below passed down to, or the
one above that had passed it down."""
Relation = Literal["anyone", "centre", "owner", "upper", "addressed", "judged", "caller", "clock"]
Notice = Literal["unit", "units", "citizen", "centre"]
"""Who is to hear of it: the owning unit, the units addressed, the caller, the centre."""
DutyVerb = Literal["open", "answer", "accept", "return", "close", "grant", "late"]
RELATIONS: dict[Relation, tuple[str, str]] = {
    "anyone": ("不限", "anyone"),
    "centre": ("12345 中心", "the 12345 centre"),
    "owner": ("承办单位及其上级", "the owning unit or one above it"),
    "upper": ("转下来的上级单位", "the unit that passed it down"),
    "addressed": ("被要求答复的单位", "the unit that was asked"),
    "judged": ("被评价的单位", "the unit that was judged"),
    "caller": ("诉求人本人（凭查询码）", "the caller, by query code"),
    "clock": ("系统依时限", "the platform, by its clocks"),
}


@dataclass(frozen=True, slots=True)
class OnDuty:
    """What an act does to a duty beside the case's own way (duties.py): ``kind`` of duty_kinds.KINDS."""

    verb: DutyVerb
    kind: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Another way an act can go, by the value of one of its fields: a dissatisfied caller reopens instead of closing."""

    field: str
    values: frozenset[str]
    to: State | None
    clock: Clock
    requires: tuple[str, ...] = ()
    redone: bool = False
    owner: Owner = "keep"
    or_else: State | None = None
    """Where the case goes, to the centre and with its clock stopped, when no deadline can be counted; None: refused."""

    def without_deadline(self) -> Turn | None:
        """The turn taken instead when the limit or the year's holidays are missing, if the act may not be refused."""
        if self.or_else is None:
            return None
        return replace(self, to=self.or_else, clock=Clock.STOP, owner="centre", or_else=None)


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the table.

    ``to`` None: the case stays in its state. ``owner`` says whose the case is afterwards: kept, the unit chosen in the field
    ``unit``, or the centre again; below or above. ``duty``: what it does to a duty of a unit's (协办、督办、会商…). ``judges``: it is a
    verdict on the unit. ``excludes``: it takes the last verdict out of the rates, or puts it back. ``barred_types``: types of
    case it is not for. ``in_time``: only as long as the clock has not run out. ``urges``: it counts as an urging.
    ``contacts``: it says whether the caller was reached. ``right`` is None for the caller's own acts, which need
    the query code instead. ``told_*`` is the sentence in the citizen's time line ("" keeps the act internal); ``{unit}`` and
    ``{deadline}`` are filled in. ``notice`` names who is to hear of it, for the notices room.
    """

    name: str
    zh: str
    en: str
    sources: tuple[State, ...]
    to: State | None
    right: str | None
    relation: Relation
    clock: Clock
    fields: tuple[Field, ...] = ()
    turns: tuple[Turn, ...] = ()
    owner: Owner = "keep"
    barred_if_designated: bool = False
    barred_types: frozenset[str] = frozenset()
    in_time: bool = False
    urges: bool = False
    contacts: bool = False
    redone: bool = False
    duty: OnDuty | None = None
    judges: bool = False
    excludes: bool | None = None
    up: State | None = None
    """Where it goes instead, its clock running on, when the case was passed down by a unit above."""
    windowed: bool = False
    """Only within the objection window of the dispatch, where the city has one."""
    told_zh: str = ""
    told_en: str = ""
    shown_to_citizen: str = ""
    notice: tuple[Notice, ...] = ()

    def outcome(self, values: Mapping[str, Any]) -> Turn:
        """Where this act leads with ``values`` filled in."""
        for turn in self.turns:
            if values.get(turn.field) in turn.values:
                return turn
        return Turn("", frozenset(), self.to, self.clock, redone=self.redone, owner=self.owner)

    def passed_up(self) -> Turn | None:
        """Where it leads when the unit it was passed down to does it; None: nowhere else."""
        return None if self.up is None else Turn("", frozenset(), self.up, Clock.KEEP)

    def read(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The act's fields out of ``raw``. Raises Invalid naming every field that is missing, wrong or unknown."""
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for field in self.fields:
            values[field.name], fault = field.read(raw.get(field.name))
            if fault:
                faults.append(fault)
        known = {field.name: field for field in self.fields}
        for name in raw.keys() - known.keys():
            faults.append(Fault(name, f"“{self.zh}”没有此项", f"“{self.en}” has no such field"))
        for name in self.outcome(values).requires:
            if not values[name] and name not in {fault.where for fault in faults}:
                faults.append(
                    Fault(name, f"请填写“{known[name].zh}”", f"“{known[name].en}” is required here")
                )
        if faults:
            raise Invalid(faults)
        return values
