"""What one who waits is told, as pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.lines.calls.announcing import estimate, minutes_told, pieces, told
from hotline.lines.calls.prompts import Prompt
from hotline.lines.calls.rules import Estimating

HOW = Estimating(samples=5, minutes=60, most_minutes=20)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TEMPLATES = {
    template.key: template
    for template in (
        Prompt("queue-position", "zh-CN", "您前面还有{n}位。", "cmn"),
        Prompt("queue-minutes", "zh-CN", "预计等候约{n}分钟。", "cmn"),
    )
}


@settings(deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1))
def test_a_place_told_never_gets_worse(places: list[int]) -> None:
    before: int | None = None
    heard = []
    for ahead in places:
        before = told(ahead, before)
        heard.append(before)
        assert before <= ahead
    assert heard == sorted(heard, reverse=True)


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.lists(st.floats(1, 2000), max_size=40))
def test_nothing_is_said_of_the_time_while_it_is_not_known_well_enough(
    ahead: int, agents: int, handled: list[float]
) -> None:
    found = estimate(ahead, agents, handled, HOW)
    if agents == 0 or len(handled) < HOW.samples:
        assert found is None
    if found is not None:
        assert 1 <= found <= HOW.most_minutes
        assert found * 60 >= sum(handled) / len(handled) * (ahead + 1) / agents


def test_calls_that_differ_wildly_are_no_ground_for_an_estimate() -> None:
    assert estimate(1, 1, [60, 61, 59, 60, 62], HOW) == 2 + 1
    assert estimate(1, 1, [1, 1, 1, 1, 1200], HOW) is None


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1800))
def test_the_time_told_is_never_later_than_it_was_told_before(
    first: int, second: int, later_s: float
) -> None:
    until = NOW + timedelta(minutes=first)
    now = NOW + timedelta(seconds=later_s)
    said = minutes_told(second, until, now)
    if said is not None:
        assert now + timedelta(minutes=said) <= until + timedelta(minutes=1)  # said in whole minutes
    assert minutes_told(None, until, now) is None
    assert minutes_told(second, None, now) == second


def test_what_cannot_be_said_is_left_out_and_the_next_in_line_is_told_so() -> None:
    assert pieces(TEMPLATES, "zh", 0, 3, may_ask=False) == ["queue-next"]
    assert pieces(TEMPLATES, "zh", 120, 5, may_ask=True) == [
        "queue-minutes-1", "number-5", "queue-minutes-2", "queue-callback",
    ]  # fmt: skip
    assert pieces(TEMPLATES, "en", 3, None, may_ask=True) == ["queue-callback.en"]
