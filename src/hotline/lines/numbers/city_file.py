"""city.yaml: the city itself. Checked here for what this room and the program's settings read of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from hotline.base.kernel.errors import Fault
from hotline.lines.numbers.plan import Hours

_EMPTY: dict[str, Any] = {"hotline": {"number": ""}, "emergency_numbers": [], "hours": {}, "time_limits": []}


def read_city(folder: Path) -> tuple[dict[str, Any], list[Fault]]:
    """city.yaml of ``folder`` and everything wrong with it; a part that is wrong reads as empty."""
    try:
        city = yaml.load((folder / "city.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        return _EMPTY, [Fault("city.yaml", "文件不存在", "There is no such file")]
    except UnicodeDecodeError:
        return _EMPTY, [Fault("city.yaml", "不是 UTF-8 编码", "Not UTF-8")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"city.yaml:{mark.line + 1}:{mark.column + 1}" if mark else "city.yaml"
        return _EMPTY, [Fault(where, "YAML 格式有误", f"Bad YAML: {getattr(error, 'problem', error)}")]
    city = city if isinstance(city, dict) else {}
    wrong = list(_faults(city))
    usable = {part: value for part, value in city.items() if part not in {place for place, _, _ in wrong}}
    return _EMPTY | usable, [
        Fault(f"city.yaml:{place}", f"应为{zh}", f"must be {en}") for place, zh, en in wrong
    ]


def hours_of(city: Mapping[str, Any], name: str) -> Hours:
    """The opening hours called ``name``. Raises KeyError when there are none, ValueError when they are malformed."""
    entry = city["hours"][name]
    if entry["days"] not in ("all", "working"):
        raise ValueError(entry["days"])
    return Hours(entry["days"] == "working", tuple(_span(span) for span in entry["spans"]))


def _span(text: str) -> tuple[time, time]:
    start, end = (time(0) if part == "24:00" else time.fromisoformat(part) for part in text.split("-"))
    return start, end


_HOURS_FORM = (
    'days: all|working 和 spans: ["08:30-12:00", …]',
    'days: all|working and spans: ["08:30-12:00", …]',
)

_Part = tuple[str, Callable[[Any], Any], str, str]

_PARTS: tuple[_Part, ...] = (
    ("city_id", lambda c: 100000 <= int(c["city_id"]) <= 999999, "六位区划代码", "a six-digit division code"),
    ("name", lambda c: c["name"] and c["name_en"], "name 和 name_en", "name and name_en"),
    ("timezone", lambda c: ZoneInfo(c["timezone"]), "时区名，如 Asia/Shanghai", "a zone, as Asia/Shanghai"),
    (
        "hotline",
        lambda c: _named_number(c["hotline"]),
        "3–15 位数字的 number，及 name、name_en",
        "a number of 3 to 15 digits, name and name_en",
    ),
    (
        "emergency_numbers",
        lambda c: all(_named_number(row) and _sms(row) for row in c["emergency_numbers"]),
        "各有 number、name、name_en；可有 sms：接收短信的号码，3–15 位数字",
        "number, name and name_en each; sms, if any: the number that takes text messages, 3 to 15 digits",
    ),
    (
        "work_hours",
        lambda c: (
            time.fromisoformat(c["work_hours"]["opens"]) < time.fromisoformat(c["work_hours"]["closes"])
        ),
        '如 {opens: "08:30", closes: "17:30"}',
        'as {opens: "08:30", closes: "17:30"}',
    ),
    (  # how they stood before figures were dated: read by nothing, so not to be left unnoticed
        "calls",
        lambda c: "calls" not in c,
        "limits 中带生效时间的行，如 {figure: ring_seconds, value: 20, effective_from: …}",
        "dated rows in limits, as {figure: ring_seconds, value: 20, effective_from: …}",
    ),
    ("time_limits", lambda c: isinstance(c["time_limits"], list), "时限的列表", "a list of limits"),
    (
        "hours",
        lambda c: isinstance(c["hours"], dict),
        "名称到开放时间的映射",
        "names with their opening hours",
    ),
    (
        "seats_hours",
        lambda c: c["seats_hours"] in c["hours"],
        "hours 中的一个名称",
        "one of the names in hours",
    ),
    (
        "dial_tests",
        lambda c: "dial_tests" not in c or c["dial_tests"]["hours"] in c["hours"],
        "{hours: …}，… 为 hours 中的一个名称",
        "{hours: …} with one of the names in hours",
    ),
)
"""Parts of city.yaml: does it hold (falsy or an exception: no), and what it must be."""


def _faults(city: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The parts that do not hold, and what each must be."""
    named = city.get("hours")
    hours: list[_Part] = [
        (f"hours.{name}", partial(hours_of, name=name), *_HOURS_FORM)
        for name in (named if isinstance(named, dict) else ())
    ]
    for place, holds, zh, en in (*_PARTS, *hours):
        try:
            right = holds(city)
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            OSError,
        ):  # whatever shape was typed there instead
            right = False
        if not right:
            yield place, zh, en


def _named_number(entry: Mapping[str, Any]) -> bool:
    digits = re.fullmatch(r"[0-9]{3,15}", str(entry["number"]))
    return bool(digits and entry["name"] and entry["name_en"])


def _sms(entry: Mapping[str, Any]) -> bool:
    """Left out, or a number: half of one would send a cry for help nowhere."""
    return "sms" not in entry or bool(re.fullmatch(r"[0-9]{3,15}", str(entry["sms"])))
