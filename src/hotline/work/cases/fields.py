"""What an act asks for: the kinds of field, how they are read, and what is said when they are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Fault


@dataclass(frozen=True, slots=True)
class Word:
    """A value stored in English with its words for people."""

    value: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """For machines."""
        return {"value": self.value, "zh": self.zh, "en": self.en}


FieldKind = Literal[
    "text", "line", "choice", "flag", "unit", "units", "staff", "number", "date", "moment", "item"
]
MOST_UNITS = 20


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in: ``text`` many lines, ``line`` one, ``choice``, ``flag`` yes or no, ``unit`` an
    organisation (``accepts``: one that takes cases, or a ``centre`` linked to this one), ``units`` several of them, ``staff`` one of the
    staff, ``number`` a whole one from ``least`` to ``most``, ``date`` a day and ``moment`` a time with its offset, both still to come,
    ``item`` a row of the dispatch catalogue."""

    name: str
    kind: FieldKind
    zh: str
    en: str
    required: bool = True
    choices: tuple[Word, ...] = ()
    max_length: int = 4000
    least: int = 0
    most: int = 0
    accepts: Literal["cases", "centre"] = "cases"

    def read(self, raw: Any) -> tuple[Any, Fault | None]:
        """The value to keep, or what is wrong with ``raw``. Absent and blank are the same."""
        blank = raw is None or raw == "" or raw == [] or (isinstance(raw, str) and not raw.strip())
        if blank:
            if not self.required:
                return (False if self.kind == "flag" else None), None
            return None, Fault(self.name, f"请填写“{self.zh}”", f"“{self.en}” is required")
        return _READERS[self.kind](self, raw)

    def as_dict(self) -> dict[str, Any]:
        """For the console's forms."""
        return {
            "name": self.name,
            "type": self.kind,
            "zh": self.zh,
            "en": self.en,
            "required": self.required,
            "choices": [choice.as_dict() for choice in self.choices],
            "max_length": self.max_length,
            "least": self.least,
            "most": self.most,
            "accepts": self.accepts,
        }


def storable(text: str) -> bool:
    """Whether a database can keep ``text``: no NUL and no half of a surrogate pair, both of which JSON may carry."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _read_words(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    if not isinstance(raw, str):
        return None, Fault(field.name, f"“{field.zh}”应为文字", f"“{field.en}” must be text")
    value = raw.strip()
    if len(value) > field.max_length:
        return None, Fault(
            field.name,
            f"“{field.zh}”最多 {field.max_length} 字，现有 {len(value)} 字",
            f"“{field.en}” may hold {field.max_length} characters, this is {len(value)}",
        )
    if not storable(value):
        return None, Fault(
            field.name, f"“{field.zh}”含有不能保存的字符", f"“{field.en}” holds an unusable character"
        )
    return value, None


def _read_choice(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    if any(raw == choice.value for choice in field.choices):
        return raw, None
    zh = "、".join(f"{choice.value}（{choice.zh}）" for choice in field.choices)
    en = ", ".join(choice.value for choice in field.choices)
    return None, Fault(field.name, f"“{field.zh}”应为其中之一：{zh}", f"“{field.en}” must be one of: {en}")


def _read_flag(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    if isinstance(raw, bool):
        return raw, None
    return None, Fault(field.name, f"“{field.zh}”应为“是”或“否”", f"“{field.en}” must be true or false")


def _read_unit(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    try:
        return UUID(str(raw)), None
    except ValueError:
        return None, Fault(
            field.name, f"“{field.zh}”应为单位编号（UUID）", f"“{field.en}” must be a unit's id (UUID)"
        )


def _read_staff(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    try:
        return UUID(str(raw)), None
    except ValueError:
        return None, Fault(
            field.name, f"“{field.zh}”应为人员编号（UUID）", f"“{field.en}” must be a person's id (UUID)"
        )


def _read_item(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    try:
        return UUID(str(raw)), None
    except ValueError:
        return None, Fault(
            field.name,
            f"“{field.zh}”应为目录行的编号（UUID）",
            f"“{field.en}” must be a catalogue row's id (UUID)",
        )


def _read_number(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    if isinstance(raw, int) and not isinstance(raw, bool) and field.least <= raw <= field.most:
        return raw, None
    between = f"{field.least}–{field.most}"
    return None, Fault(
        field.name, f"“{field.zh}”应为 {between} 的整数", f"“{field.en}” must be a whole number, {between}"
    )


def _read_units(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    if not isinstance(raw, list) or len(raw) > MOST_UNITS:
        return None, Fault(
            field.name,
            f"“{field.zh}”应为至多 {MOST_UNITS} 个单位",
            f"“{field.en}” must be {MOST_UNITS} units at most",
        )
    read = [_read_unit(field, one) for one in raw]
    fault = next((fault for _, fault in read if fault), None)
    return (None, fault) if fault else (list(dict.fromkeys(id for id, _ in read)), None)


def _read_date(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    try:
        day = date.fromisoformat(str(raw))
    except ValueError:
        day = None
    if day is not None and day > clock.today():
        return day.isoformat(), None
    return None, Fault(
        field.name, f"“{field.zh}”应为今天以后的日期", f"“{field.en}” must be a day after today"
    )


def _read_moment(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    try:
        moment = datetime.fromisoformat(str(raw))
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo and moment > clock.now():
        return moment.isoformat(), None
    return None, Fault(
        field.name,
        f"“{field.zh}”应为将来的时间（含时区）",
        f"“{field.en}” must be a time to come, with its offset",
    )


_READERS = {
    "text": _read_words,
    "line": _read_words,
    "choice": _read_choice,
    "flag": _read_flag,
    "unit": _read_unit,
    "units": _read_units,
    "staff": _read_staff,
    "number": _read_number,
    "date": _read_date,
    "moment": _read_moment,
    "item": _read_item,
}
