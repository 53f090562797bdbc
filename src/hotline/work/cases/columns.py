"""The columns of a list of cases: one table for the console's work lists and for exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotline.base.kernel.errors import Fault, Invalid
from hotline.work.cases.fields import Word
from hotline.work.cases.models import Case
from hotline.work.cases.states import STATES, State
from hotline.work.cases.terms import TYPES, URGENCIES

LIST, EXPORT = "list", "export"
"""Where a column may stand."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``where``: in work lists, in exports or both; ``first``: shown before anybody chose; ``width`` in characters."""

    name: str
    zh: str
    en: str
    where: tuple[str, ...] = (LIST, EXPORT)
    first: bool = True
    width: int = 14

    def as_dict(self) -> dict[str, Any]:
        """For the console."""
        return {"name": self.name, "zh": self.zh, "en": self.en, "first": self.first}


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("number", "编号", "Number", width=17),
        Column("type", "类型", "Type", width=8),
        Column("matter", "事项", "Matter", width=30),
        Column("content", "诉求内容", "What was asked", (EXPORT,), first=False, width=60),
        Column("place", "地点", "Place", width=24),
        Column("caller", "诉求人", "Caller"),
        Column("phone", "电话", "Telephone", (EXPORT,), width=16),
        Column("mail", "邮箱", "E-mail", (EXPORT,), first=False, width=24),
        Column("address", "详细地点", "Address", (EXPORT,), first=False, width=24),
        Column("state", "状态", "State", width=12),
        Column("unit", "承办单位", "Unit", width=22),
        Column("due", "时限", "Due", width=17),
        Column("late", "是否超时", "Late", (EXPORT,), width=9),
        Column("created", "受理时间", "Filed", width=17),
        Column("changed", "最近变动", "Last changed", first=False, width=17),
        Column("urgency", "紧急程度", "Urgency", first=False, width=9),
        Column("channel", "来源", "Channel", first=False, width=10),
        Column("step_due", "环节时限", "Step due", first=False, width=17),
        Column("redone", "重办次数", "Times redone", first=False, width=9),
        Column("urged", "催办次数", "Times urged", first=False, width=9),
        Column("confidential", "保密", "Confidential", first=False, width=7),
    )
}

_CHANNELS_EN = {
    "desk": "counter", "sms": "text message", "phone": "telephone", "api": "API", "email": "e-mail", "visit": "walk-in",
}  # fmt: skip
CHANNELS: dict[str, Word] = {
    str(value): Word(str(value), str(zh), _CHANNELS_EN.get(str(value), str(value)))
    for value, zh in Case.Channel.choices
}


def of(where: str) -> list[Column]:
    """The columns there are in lists (``LIST``) or in exports (``EXPORT``), in their usual order."""
    return [column for column in COLUMNS.values() if where in column.where]


def chosen(names: list[str], where: str) -> list[Column]:
    """The columns ``names``, in that order; without any, those shown first. Raises Invalid for one that is not there."""
    there = {column.name: column for column in of(where)}
    strange = [name for name in names if name not in there]
    if strange or len({*names}) != len(names):
        raise Invalid(
            [
                Fault(
                    "columns",
                    f"列有误或重复：{'、'.join(strange) or '重复'}；可选：{'、'.join(there)}",
                    f"Unknown or repeated columns: {', '.join(strange) or 'repeated'}; there are: {', '.join(there)}",
                )
            ]
        )
    return [there[name] for name in names] if names else [column for column in there.values() if column.first]


def cells(row: Mapping[str, Any], late: bool) -> dict[str, Any]:
    """What stands in each column for a case's row (``exporting.FIELDS``): words in Chinese, numbers, times or None."""
    return {
        "number": row["number"],
        "type": _zh(TYPES, row["type"]),
        "matter": row["matter"],
        "content": row["content"],
        "place": row["place_name"],
        "caller": row["contact_name_masked"],
        "phone": row["contact_phone_masked"],
        "mail": row["contact_mail_masked"],
        "address": row["address"],
        "state": STATES[State(row["state"])].zh,
        "unit": row["owner_name"],
        "due": row["deadline_at"],
        "late": "是" if late else "",
        "created": row["created_at"],
        "changed": row["changed_at"],
        "urgency": _zh(URGENCIES, row["urgency"]),
        "channel": _zh(CHANNELS, row["channel"]),
        "step_due": row["step_due_at"],
        "redone": row["redo_count"],
        "urged": row["urged"],
        "confidential": "是" if row["confidential"] else "",
    }


def _zh(words: Mapping[str, Word], value: str) -> str:
    return words[value].zh if value in words else value
