"""routing.yaml: what the plan says at any moment, the steps it makes, and what it may not say."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.base.kernel.errors import Invalid
from hotline.lines.calls import rules_file
from hotline.lines.calls.matching import Entry, Need, Step
from hotline.lines.calls.rules import CUSTOMARY, LineStep, Plan, QueueRules, Rules, When, steps_for

CITIES = Path(__file__).resolve().parents[2] / "cities"
ME = UUID(int=7)

times = st.times().map(lambda t: t.replace(microsecond=0))
spans = (
    st.tuples(times, times).map(lambda pair: (min(pair), max(pair))).filter(lambda pair: pair[0] < pair[1])
)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
whens = st.builds(
    When, st.sampled_from(["all", "working", "off"]), st.sets(days, max_size=2).map(frozenset),
    st.lists(spans, min_size=1, max_size=3).map(tuple),
)  # fmt: skip
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
plans = st.builds(
    Plan, st.uuids().map(str), st.sampled_from([("12345",), ("12333",), ("*",)]), whens, st.none() | moments
)


# --- what the plan says at a moment ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(plans, max_size=5),
    moments,
    st.sampled_from(["12345", "12333"]),
    st.sampled_from([True, False, None]),
)
def test_the_first_plan_that_applies_holds_and_none_that_does_not(
    rows: list[Plan], at: datetime, number: str, working: bool | None
) -> None:
    found = Rules(plans=tuple(rows)).plan_at(number, at, at, working)
    before = rows[: rows.index(found)] if found else rows
    assert not any(row.applies(number, at, at, working) for row in before)
    if found:
        assert found.numbers in (("*",), (number,))
        assert found.effective_from is None or found.effective_from <= at


@settings(deadline=None)
@given(whens, moments)
def test_a_day_is_worked_or_off_and_nothing_needs_a_calendar_that_is_missing(
    when: When, at: datetime
) -> None:
    both = [when.covers(at, True), when.covers(at, False)]
    if when.needs_calendar:
        assert not all(both)
        assert not when.covers(at, None)
    else:
        assert both[0] == both[1] == when.covers(at, None)


@settings(deadline=None)
@given(whens, moments)
def test_hours_open_at_the_first_moment_that_lies_in_them(when: When, at: datetime) -> None:
    def working(day: date) -> bool:
        return day.weekday() < 5

    opens = when.opens(at, working)
    if when.covers(at, working(at.date())):
        assert opens == at
    elif opens != at:
        assert opens > at
        assert when.covers(opens, working(opens.date()))
        just_before = opens - timedelta(seconds=1)
        assert not when.covers(just_before, working(just_before.date()))


@settings(deadline=None)
@given(st.lists(moments, unique=True, max_size=5), moments)
def test_the_rules_of_a_moment_are_the_last_that_began(starts: list[datetime], at: datetime) -> None:
    rules = Rules(tuple(QueueRules(start) for start in sorted(starts)))
    begun = [start for start in starts if start <= at]
    assert rules.queue_at(at).effective_from == (max(begun) if begun else CUSTOMARY.effective_from)


# --- the steps of one who waits --------------------------------------------------------------------------------------------


def test_who_speaks_minnan_is_kept_for_minnan_speakers_for_a_while_then_anyone_may() -> None:
    steps = steps_for(
        QueueRules(CUSTOMARY.effective_from, language_seconds=30), ["12333", "12345", "lang:nan"]
    )
    early, late = Entry(ME, 0, steps).asked(29), Entry(ME, 0, steps).asked(30)
    assert all(Need("lang:nan") in way for way in early.ways)
    assert (Need("line:12345"),) in late.ways


def test_what_nobody_at_work_speaks_is_not_waited_for() -> None:
    steps = steps_for(CUSTOMARY, ["12345", "lang:en"], staffed={"line:12345"})
    assert steps == (Step(((Need("line:12345"),),)),)


def test_what_everybody_speaks_is_not_asked_for() -> None:
    rules = QueueRules(CUSTOMARY.effective_from, spoken_by_all=("cmn",))
    assert steps_for(rules, ["12345", "lang:cmn"]) == (Step(((Need("line:12345"),),)),)


def test_the_wanted_agent_is_waited_for_only_where_the_city_says_so() -> None:
    soft = steps_for(CUSTOMARY, ["12345"], ME)
    assert [(step.preferred, step.only_preferred) for step in soft] == [(ME, False)]
    hard = steps_for(QueueRules(CUSTOMARY.effective_from, preferred_seconds=15), ["12345"], ME)
    assert [(step.seconds, step.only_preferred) for step in hard] == [(15, True), (None, False)]


def test_a_line_has_steps_of_its_own_before_everybodys() -> None:
    own = LineStep(((Need("line:12333", 2),),), 20)
    rules = QueueRules(CUSTOMARY.effective_from, steps={"12333": (own,)})
    assert [step.seconds for step in steps_for(rules, ["12333", "12345"])] == [20, None]
    assert [step.seconds for step in steps_for(rules, ["12345"])] == [None]


# --- the file --------------------------------------------------------------------------------------------------------------

NAMES = rules_file.Names(
    {"12345", "12333", "12348"}, {"office": {"days": "working", "spans": ["08:30-12:00"]}}, {"welcome"}
)

GOOD = """
queue:
  - effective_from: "2021-12-01T00:00:00+08:00"
    point_seconds: 45
    priorities: {"12333": -2}
    steps:
      "12333":
        - {any: [["line:12333>=2"], ["line:12345", "lang:nan"]], seconds: 20}
    callback: {key: "9", assign: [lost], hours: {spans: ["08:00-21:00"]}}
menus:
  language: {prompt: welcome, keys: {"1": {}, "2": {language: nan}}, default: "1"}
plans:
  - {id: night, numbers: ["12345"], when: {days: all, spans: ["20:00-24:00"]}, menu: language,
     overflow: {after_seconds: 120, to: ["linked:12348", duty]}}
  - {id: office, numbers: ["*"], when: office, say: welcome}
"""


def read(tmp_path: Path, text: str) -> Rules:
    (tmp_path / "routing.yaml").write_text(text, encoding="utf-8")
    return rules_file.read(tmp_path, NAMES)


def test_a_good_file_says_what_it_says(tmp_path: Path) -> None:
    rules = read(tmp_path, GOOD)
    (queue,) = rules.queue
    assert (queue.point_seconds, queue.priorities, queue.calling_back.key) == (45, {"12333": -2}, "9")
    assert queue.steps["12333"][0].ways == ((Need("line:12333", 2),), (Need("line:12345"), Need("lang:nan")))
    night, office = rules.plans
    assert night.menu
    assert night.menu.keys["2"].language == "nan"
    assert night.overflow
    assert night.overflow.to == ("linked:12348", "duty")
    assert office.when == When("working", frozenset(), ((time(8, 30), time(12)),))


@pytest.mark.parametrize(
    ("wrong", "right", "line", "word"),
    [
        ("point_seconds: 45", "point_seconds: 0", 4, "1"),
        ("point_seconds: 45", "point_second: 45", 4, "unknown key"),
        ('effective_from: "2021-12-01T00:00:00+08:00"', 'effective_from: "2021-12-01"', 3, "offset"),
        ("line:12333>=2", "line:12333>=9", 8, "skill"),
        ('priorities: {"12333": -2}', 'priorities: {"12399": -2}', 5, "numbers.csv"),
        ('priorities: {"12333": -2}', 'priorities: {"12333": -9}', 5, "-8"),
        ("assign: [lost]", "assign: [everybody]", 9, "lost"),
        ('key: "9"', 'key: "99"', 9, "one key"),
        ("prompt: welcome", "prompt: hello", 11, "prompts.csv"),
        ('default: "1"', 'default: "7"', 11, "keys"),
        ("menu: language", "menu: dialect", 13, "menus"),
        ('spans: ["20:00-24:00"]', 'spans: ["22:00-06:00"]', 13, "within one day"),
        ('"linked:12348", duty', '"linked:12399", duty', 14, "numbers.csv"),
        ('"linked:12348", duty', '"12348", duty', 14, "linked:"),
        ("when: office", "when: evenings", 15, "hours"),
        ("say: welcome", "say: welcome, say: welcome", 15, "repeated"),
        ("plans:\n", "plans: []\nplan:\n", 13, "unknown key"),
        ("id: office, ", "", 15, "id is missing"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_line_and_reason_in_both_languages(
    tmp_path: Path, wrong: str, right: str, line: int, word: str
) -> None:
    assert wrong in GOOD
    with pytest.raises(Invalid) as refused:
        read(tmp_path, GOOD.replace(wrong, right, 1))
    here = [fault for fault in refused.value.faults if fault.where.startswith(f"routing.yaml:{line} ")]
    assert here, refused.value.faults
    assert any(word in fault.en for fault in here), here
    assert all(fault.zh and fault.zh != fault.en for fault in here)


def test_every_fault_is_told_at_once_and_bad_yaml_with_its_line(tmp_path: Path) -> None:
    two = GOOD.replace("point_seconds: 45", "point_seconds: 0").replace("say: welcome", "say: hello")
    with pytest.raises(Invalid) as refused:
        read(tmp_path, two)
    assert len(refused.value.faults) == 2
    with pytest.raises(Invalid) as refused:
        read(tmp_path, "queue:\n  - [\n")
    assert refused.value.faults[0].where.startswith("routing.yaml:3")


def test_later_rules_must_stand_later(tmp_path: Path) -> None:
    row = '  - {effective_from: "2021-12-01T00:00:00+08:00"}\n'
    with pytest.raises(Invalid) as refused:
        read(tmp_path, "queue:\n" + row + row)
    assert refused.value.faults[0].where.startswith("routing.yaml:3")


@pytest.mark.parametrize("folder", sorted(path.name for path in CITIES.iterdir() if path.is_dir()))
def test_no_menu_stands_in_front_of_the_main_number_and_the_citys_file_is_good(folder: str) -> None:
    import yaml

    city = yaml.safe_load((CITIES / folder / "city.yaml").read_text(encoding="utf-8"))
    rules = rules_file.read(CITIES / folder, rules_file.names_of(CITIES / folder, city))
    main = city["hotline"]["number"]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for hours in range(0, 24 * 365, 5):
        at = start + timedelta(hours=hours)
        plan = rules.plan_at(main, at, at, at.weekday() < 5)
        assert plan is None or plan.menu is None


def test_a_change_of_the_file_holds_at_once_and_a_broken_one_leaves_the_last_good(
    tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HOTLINE = SimpleNamespace(city_dir=tmp_path)
    settings.CITY = {"hotline": {"number": "12345"}, "hours": {}}
    path = tmp_path / "routing.yaml"
    (tmp_path / "numbers.csv").write_text("number\n12333\n")
    (tmp_path / "prompts.csv").write_text("id,language,text,voice\n")

    def say(text: str, stamp: int) -> int:
        path.write_text(text)
        os.utime(path, ns=(stamp, stamp))
        return rules_file.queue_rules(datetime(2026, 1, 1, tzinfo=UTC)).point_seconds

    row = 'queue: [{effective_from: "2021-12-01T00:00:00+08:00", point_seconds: %s}]'
    assert say(row % 45, 1_000_000_000) == 45
    assert say(row % 50, 2_000_000_000) == 50
    assert say(row % "many", 3_000_000_000) == 50
    assert "routing.yaml:1" in caplog.text
