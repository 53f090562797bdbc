"""``routing.yaml`` of a city's folder: read and checked whole. A wrong file is refused with every line and reason.

A file that is added or mended holds from the next call on, without a restart; while it is wrong the last good one holds.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.conf import settings

from hotline.base.kernel import clock, tables
from hotline.base.kernel.calendar import MissingYear, city_calendar
from hotline.base.kernel.errors import Fault, Invalid
from hotline.lines.calls.matching import Need, Way
from hotline.lines.calls.rules import (
    CUSTOMARY,
    Announcing,
    CallingBack,
    Choice,
    Estimating,
    LineStep,
    Menu,
    Overflow,
    Plan,
    QueueRules,
    Rules,
    When,
)
from hotline.lines.numbers.city_file import hours_of

log = logging.getLogger(__name__)
NAME = "routing.yaml"
Value = TypeVar("Value")

_WHYS = ("lost", "asked", "abandoned")
_NEED = re.compile(r"((?:line|lang|desk):[A-Za-z0-9-]{1,14})(?:\s*>=\s*([1-5]))?")
_TARGET = re.compile(r"linked:[0-9]{3,15}|duty")


@dataclass(frozen=True)
class Names:
    """What the other files of the folder know: the file may name nothing else. None: anything is taken."""

    numbers: Collection[str] | None = None
    hours: Mapping[str, Any] = field(default_factory=dict)
    prompts: Collection[str] | None = None


class _Place:
    """A value of the file with where it stands; everything wrong is noted in ``faults``."""

    def __init__(self, node: yaml.Node | None, name: str, faults: list[Fault], line: int = 0) -> None:
        self.node, self.name, self.faults = node, name, faults
        self.line = node.start_mark.line + 1 if node else line

    def fault(self, zh: str, en: str) -> None:
        """Something is wrong here."""
        self.faults.append(Fault(f"{NAME}:{self.line} {self.name}".strip(), zh, en))

    def map(self, *known: str) -> dict[str, _Place]:
        """Its values by key; a key that is not ``known`` is a fault (none given: any key)."""
        if self.node is None:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            self.fault("应为“键: 值”", "must hold keys and values")
            return {}
        found: dict[str, _Place] = {}
        for key, value in self.node.value:
            place = _Place(value, f"{self.name}.{key.value}".strip("."), self.faults)
            place.line = key.start_mark.line + 1
            if known and key.value not in known:
                place.fault(f"未知的键，可用：{'、'.join(known)}", f"unknown key; known: {', '.join(known)}")
            elif key.value in found:
                place.fault("重复的键", "the key is repeated")
            else:
                found[key.value] = place
        return found

    def list(self) -> list[_Place]:
        """Its items."""
        if self.node is None:
            return []
        if not isinstance(self.node, yaml.SequenceNode):
            self.fault("应为列表", "must be a list")
            return []
        return [_Place(item, f"{self.name}[{n}]", self.faults) for n, item in enumerate(self.node.value)]

    def text(self) -> str:
        """It as a word; "" and a fault where it is none."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.fault("应为一个值", "must be a single value")
            return ""
        return str(self.node.value)

    def parsed(self, parse: Callable[[str], Value], default: Value, zh: str, en: str) -> Value:
        """``parse(text)``; where it fails, a fault and ``default``."""
        text = self.text()
        try:
            return parse(text)
        except ValueError:
            if isinstance(self.node, yaml.ScalarNode):
                self.fault(f"应为{zh}：“{text}”", f"must be {en}: “{text}”")
            return default

    def number(self, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""

        def parse(text: str) -> int:
            if not re.fullmatch(r"-?[0-9]{1,6}", text) or not least <= int(text) <= most:
                raise ValueError(text)
            return int(text)

        return self.parsed(parse, least, f" {least}–{most} 的整数", f"a whole number from {least} to {most}")

    def among(self, known: Collection[str] | None, zh: str, en: str) -> str:
        """A name that must be ``known``."""
        text = self.text()
        if known is not None and text not in known:
            self.fault(f"“{text}”不在 {zh} 中", f"“{text}” is not in {en}")
        return text


def read(folder: Path, names: Names | None = None) -> Rules:
    """The rules of a city's folder; the customary ones where it has no such file. Raises Invalid with every fault."""
    path = folder / NAME
    if not path.is_file():
        return Rules()
    faults: list[Fault] = []
    try:
        node = yaml.compose(path.read_bytes().decode("utf-8-sig"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError:
        raise Invalid([Fault(NAME, "不是 UTF-8 编码", "Not UTF-8")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{NAME}:{mark.line + 1}" if mark else NAME
        problem = getattr(error, "problem", None) or str(error)
        raise Invalid([Fault(where, f"YAML 格式有误（{problem}）", f"Bad YAML: {problem}")]) from None
    rules = _rules(_Place(node, "", faults, 1), names or Names())
    if faults:
        raise Invalid(faults, "城市数据有误，整体未载入", "The city's data are wrong; nothing was loaded")
    return rules


def names_of(folder: Path, city: Mapping[str, Any]) -> Names:
    """What the folder's other files know, for ``read``."""
    numbers = {row["number"] for row in tables.read(folder / "numbers.csv", ()).rows}
    main = str(city.get("hotline", {}).get("number", ""))
    prompts = {row["id"] for row in tables.read(folder / "prompts.csv", ()).rows}
    named = city.get("hours", {})
    hours = (
        {name: entry for name, entry in named.items() if _good(city, name)} if isinstance(named, dict) else {}
    )
    return Names(numbers | {main}, hours, prompts)


def _good(city: Mapping[str, Any], hours: str) -> bool:
    """Whether these hours are well formed; where not, the check of city.yaml says so."""
    try:
        return bool(hours_of(city, hours))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


_kept: tuple[tuple[str, int], Rules] | None = None


def current() -> Rules:
    """The rules of this instance's city as its file stands now; while that is wrong, the last good ones."""
    global _kept
    folder = settings.HOTLINE.city_dir
    path = folder / NAME
    stamp = (str(path), path.stat().st_mtime_ns if path.is_file() else 0)
    if _kept is None or _kept[0] != stamp:
        try:
            rules = read(folder, names_of(folder, settings.CITY))
        except Invalid as invalid:
            log.error("%s", invalid)
            rules = _kept[1] if _kept else Rules()
        _kept = (stamp, rules)
    return _kept[1]


def queue_rules(at: datetime) -> QueueRules:
    """How the queue works at ``at``."""
    return current().queue_at(at)


def plan_at(number: str, at: datetime) -> Plan | None:
    """What the city's plan says for ``number`` at ``at``; None: a person, at once."""
    local = clock.local(at)
    return current().plan_at(number, at, local, working(local.date()))


def working(day: date) -> bool | None:
    """Whether offices work on ``day``; None while its year's holidays are not loaded: no caller pays for a missing file."""
    try:
        return city_calendar().is_working(day)
    except MissingYear as missing:
        _complain(missing.year)
        return None


@lru_cache
def _complain(year: int) -> None:
    """Say once a process that a year is missing."""
    log.error("%s", MissingYear(year).en)


# --- the parts -----------------------------------------------------------------------------------------------------------


def _rules(place: _Place, names: Names) -> Rules:
    parts = place.map("queue", "menus", "plans")
    queue = [_queue(row, names) for row in parts["queue"].list()] if "queue" in parts else []
    for row, before, after in zip(parts["queue"].list()[1:] if queue else [], queue, queue[1:], strict=False):
        if after.effective_from <= before.effective_from:
            row.fault("生效时间应晚于上一条", "must begin later than the row before")
    menus = dict(_menus(parts["menus"], names)) if "menus" in parts else {}
    plans = tuple(_plan(row, menus, names) for row in parts["plans"].list()) if "plans" in parts else ()
    return Rules(tuple(queue), plans)


def _queue(place: _Place, names: Names) -> QueueRules:
    parts = place.map(
        "effective_from", "source", "assumption", "point_seconds", "language_seconds", "spoken_by_all", "preferred",
        "priorities", "steps", "announce", "estimate", "callback",
    )  # fmt: skip
    known = CUSTOMARY
    if "effective_from" not in parts:
        place.fault("缺少 effective_from", "effective_from is missing")
    preferred = parts["preferred"].map("days", "seconds") if "preferred" in parts else {}
    announce = parts["announce"].map("first_seconds", "every_seconds") if "announce" in parts else {}
    estimate = parts["estimate"].map("samples", "minutes", "most_minutes") if "estimate" in parts else {}
    customary = known.estimating
    return QueueRules(
        effective_from=_moment(parts["effective_from"])
        if "effective_from" in parts
        else known.effective_from,
        point_seconds=_number(parts, "point_seconds", 1, 3600, known.point_seconds),
        language_seconds=_number(parts, "language_seconds", 0, 600, known.language_seconds),
        spoken_by_all=tuple(item.text() for item in parts["spoken_by_all"].list())
        if "spoken_by_all" in parts
        else (),
        preferred_days=_number(preferred, "days", 0, 365, 0),
        preferred_seconds=_number(preferred, "seconds", 0, 120, 0),
        priorities={line: points.number(-8, 8) for line, points in _by_line(parts, "priorities", names)},
        steps={line: tuple(map(_step, steps.list())) for line, steps in _by_line(parts, "steps", names)},
        announcing=Announcing(
            _number(announce, "first_seconds", 0, 600, known.announcing.first_s),
            _number(announce, "every_seconds", 15, 600, known.announcing.every_s),
        ),
        estimating=Estimating(
            _number(estimate, "samples", 1, 1000, customary.samples),
            _number(estimate, "minutes", 5, 1440, customary.minutes),
            _number(estimate, "most_minutes", 1, 59, customary.most_minutes),
        ),
        calling_back=_calling_back(parts["callback"], names) if "callback" in parts else known.calling_back,
    )


def _by_line(parts: Mapping[str, _Place], key: str, names: Names) -> Iterator[tuple[str, _Place]]:
    for line, place in parts[key].map().items() if key in parts else ():
        if names.numbers is not None and line not in names.numbers:
            place.fault(
                f"“{line}”不在 numbers.csv 中，也不是总号",
                f"“{line}” is neither in numbers.csv nor the main number",
            )
        yield line, place


def _step(place: _Place) -> LineStep:
    parts = place.map("any", "seconds")
    for name in ("any", "seconds"):
        if name not in parts:
            place.fault(f"缺少 {name}", f"{name} is missing")
    ways = tuple(_way(way) for way in parts["any"].list()) if "any" in parts else ()
    return LineStep(ways, _number(parts, "seconds", 1, 600, 1))


def _way(place: _Place) -> Way:
    return tuple(
        need.parsed(
            _need, Need(""), "技能，如 line:12333>=2、lang:nan", "a skill, as line:12333>=2 or lang:nan"
        )
        for need in place.list()
    )


def _need(text: str) -> Need:
    found = _NEED.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return Need(found[1], int(found[2] or 1))


def _calling_back(place: _Place, names: Names) -> CallingBack:
    parts = place.map(
        "key", "attempts", "retry_minutes", "within_minutes", "take_minutes", "hours", "assign"
    )  # fmt: skip
    known = CallingBack()
    return CallingBack(
        key=parts["key"].parsed(_key, "", "一个按键 0–9、* 或 #", "one key, 0 to 9, * or #")
        if "key" in parts
        else "",
        attempts=_number(parts, "attempts", 1, 20, known.attempts),
        retry_minutes=tuple(item.number(1, 10_080) for item in parts["retry_minutes"].list())
        if "retry_minutes" in parts
        else known.retry_minutes,
        within_minutes=_number(parts, "within_minutes", 1, 10_080, known.within_minutes),
        take_minutes=_number(parts, "take_minutes", 1, 120, known.take_minutes),
        hours=_when(parts["hours"], names) if "hours" in parts else None,
        assign=tuple(item.among(_WHYS, "、".join(_WHYS), ", ".join(_WHYS)) for item in parts["assign"].list())  # type: ignore[misc]
        if "assign" in parts
        else (),
    )


def _menus(place: _Place, names: Names) -> Iterator[tuple[str, Menu]]:
    for id, menu in place.map().items():
        parts = menu.map("prompt", "keys", "default", "seconds")
        for name in ("prompt", "keys", "default"):
            if name not in parts:
                menu.fault(f"缺少 {name}", f"{name} is missing")
        keys: dict[str, Choice] = {}
        for key, choice in parts["keys"].map().items() if "keys" in parts else ():
            if not re.fullmatch(r"[0-9*#]", key):
                choice.fault("按键应为 0–9、* 或 #", "a key is 0 to 9, * or #")
            does = choice.map("line", "language")
            keys[key] = Choice(
                does["line"].among(names.numbers, "numbers.csv", "numbers.csv") if "line" in does else "",
                does["language"].text() if "language" in does else "",
            )
        default = parts["default"].among(keys, "keys", "its keys") if "default" in parts else ""
        prompt = (
            parts["prompt"].among(names.prompts, "prompts.csv", "prompts.csv") if "prompt" in parts else ""
        )
        yield id, Menu(id, prompt, keys, default, _number(parts, "seconds", 1, 30, 5))


def _plan(place: _Place, menus: Mapping[str, Menu], names: Names) -> Plan:
    parts = place.map(
        "id", "numbers", "effective_from", "when", "say", "menu", "overflow", "source", "assumption"
    )
    for name in ("id", "numbers", "when"):
        if name not in parts:
            place.fault(f"缺少 {name}", f"{name} is missing")
    known = None if names.numbers is None else {*names.numbers, "*"}
    menu = parts["menu"].among(menus, "menus", "menus") if "menu" in parts else ""
    return Plan(
        id=parts["id"].text() if "id" in parts else "",
        numbers=tuple(
            number.among(known, "numbers.csv（或 *）", "numbers.csv (or *)")
            for number in parts["numbers"].list()
        )
        if "numbers" in parts
        else (),
        when=_when(parts["when"], names) if "when" in parts else When(),
        effective_from=_moment(parts["effective_from"]) if "effective_from" in parts else None,
        say=parts["say"].among(names.prompts, "prompts.csv", "prompts.csv") if "say" in parts else "",
        menu=menus.get(menu),
        overflow=_overflow(parts["overflow"], names) if "overflow" in parts else None,
    )


def _overflow(place: _Place, names: Names) -> Overflow:
    parts = place.map("after_seconds", "to")
    for name in ("after_seconds", "to"):
        if name not in parts:
            place.fault(f"缺少 {name}", f"{name} is missing")
    targets = []
    for item in parts["to"].list() if "to" in parts else []:
        target = item.parsed(_target, "", "linked:<号码> 或 duty", "linked:<number> or duty")
        number = target.removeprefix("linked:")
        if target.startswith("linked:") and names.numbers is not None and number not in names.numbers:
            item.fault(f"“{number}”不在 numbers.csv 中", f"“{number}” is not in numbers.csv")
        targets.append(target)
    return Overflow(_number(parts, "after_seconds", 10, 3600, 10), tuple(targets))


def _when(place: _Place, names: Names) -> When:
    """Either the name of opening hours in city.yaml, or days (or dates) and spans."""
    if isinstance(place.node, yaml.ScalarNode):
        name = place.among(names.hours, "city.yaml hours", "city.yaml hours")
        entry = names.hours.get(name)
        if entry is None:
            return When()
        return When(entry["days"], frozenset(), tuple(_span(span) for span in entry["spans"]))
    parts = place.map("days", "dates", "spans")
    days = (
        parts["days"].among(("all", "working", "off"), "all、working、off", "all, working, off")
        if "days" in parts
        else "all"
    )
    form = ("日期，如 2026-10-01", "a date, as 2026-10-01")
    dates = (
        [item.parsed(date.fromisoformat, date.min, *form) for item in parts["dates"].list()]
        if "dates" in parts
        else []
    )
    hours = ("不跨午夜的时段，如 08:30-12:00", "a span within one day, as 08:30-12:00")
    whole = (time(0), time(0))
    spans = (
        [item.parsed(_span, whole, *hours) for item in parts["spans"].list()] if "spans" in parts else [whole]
    )
    if "days" in parts and dates:
        place.fault("days 与 dates 只能二选一", "either days or dates, not both")
    return When(days, frozenset(dates), tuple(spans))  # type: ignore[arg-type]


def _span(text: str) -> tuple[time, time]:
    start, end = (time(0) if part == "24:00" else time.fromisoformat(part) for part in text.split("-"))
    if end != time(0) and end <= start:
        raise ValueError(text)
    return start, end


def _target(text: str) -> str:
    if not _TARGET.fullmatch(text):
        raise ValueError(text)
    return text


def _key(text: str) -> str:
    if not re.fullmatch(r"[0-9*#]", text):
        raise ValueError(text)
    return text


def _moment(place: _Place) -> datetime:
    def parse(text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment

    return place.parsed(
        parse, CUSTOMARY.effective_from, "带时区的时间，如 2021-12-01T00:00:00+08:00",
        "a time with its offset, as 2021-12-01T00:00:00+08:00",
    )  # fmt: skip


def _number(parts: Mapping[str, _Place], name: str, least: int, most: int, default: int) -> int:
    return parts[name].number(least, most) if name in parts else default
