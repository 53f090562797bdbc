"""What does number N do at time T: pure, so walked by hypothesis against the plainest possible reading."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.lines.numbers.plan import (
    BEHAVIOUR_OF,
    Behaviour,
    CarriedBy,
    DatedTreatment,
    Hours,
    NumberPlan,
    Treatment,
    TrunkPlan,
    behaviour,
    number_dialled,
    period_at,
    periods_of,
    spellings,
)

DAY0 = datetime(2021, 12, 1, tzinfo=UTC)
moments = st.integers(0, 60).map(lambda hours: DAY0 + timedelta(hours=hours))
rows = st.builds(
    DatedTreatment,
    st.sampled_from(Treatment),
    st.one_of(st.none(), moments),
    st.sampled_from([None, *CarriedBy]),
)
histories = st.lists(rows, min_size=1, max_size=8)


def plan_of(history: list[DatedTreatment]) -> NumberPlan:
    return NumberPlan(
        "12333", "社保", "HR", "市人社局", periods_of(history), "12333", None, "notice", False, None
    )


def said_last(history: list[DatedTreatment], at: datetime) -> DatedTreatment | None:
    """The plainest reading: of the rows that have begun by then, the one recorded last."""
    begun = [row for row in history if row.effective_from is None or row.effective_from <= at]
    return begun[-1] if begun else None


@given(histories, moments)
def test_at_any_time_the_row_recorded_last_of_those_begun_holds(
    history: list[DatedTreatment], at: datetime
) -> None:
    row = said_last(history, at)
    expected = Behaviour.NOT_MERGED if row is None else BEHAVIOUR_OF[row.treatment]
    assert behaviour(plan_of(history), at) is expected
    period = period_at(plan_of(history), at)
    assert (period and period.carried_by) == (row and row.carried_by)


@given(histories)
def test_periods_follow_each_other_without_gap_or_overlap(history: list[DatedTreatment]) -> None:
    periods = periods_of(history)
    assert periods[-1].effective_to is None
    for earlier, later in itertools.pairwise(periods):
        assert earlier.effective_to == later.effective_from
        assert earlier.effective_from is None or earlier.effective_from < earlier.effective_to


@given(histories, rows, moments, st.integers(1, 60))
def test_a_new_row_changes_nothing_before_its_date(
    history: list[DatedTreatment], row: DatedTreatment, at: datetime, hours_later: int
) -> None:
    new = replace(row, effective_from=at + timedelta(hours=hours_later))
    before, after = period_at(plan_of(history), at), period_at(plan_of([*history, new]), at)
    assert (before and (before.treatment, before.carried_by)) == (
        after and (after.treatment, after.carried_by)
    )


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("ceased", "vacant"),
        ("to_cease", "vacant"),
        ("notice_then_12345", "notice_then_queue"),
        ("seats_under_12345", "own_seats"),
        ("linked_seats", "linked"),
        ("sub_centre", "linked"),
    ],
)
def test_six_treatments_make_four_behaviours(treatment: str, expected: str) -> None:
    assert BEHAVIOUR_OF[Treatment(treatment)] == expected
    assert len(set(BEHAVIOUR_OF.values())) == 4


def test_a_number_is_not_merged_before_its_date_and_vacant_from_its_first_instant() -> None:
    plan = plan_of([DatedTreatment(Treatment.TO_CEASE, DAY0, CarriedBy.OPERATOR)])
    assert behaviour(plan, DAY0 - timedelta(microseconds=1)) is Behaviour.NOT_MERGED
    assert behaviour(plan, DAY0) is Behaviour.VACANT


def test_a_number_that_ceased_at_an_unknown_date_is_vacant_at_all_times() -> None:
    plan = plan_of([DatedTreatment(Treatment.CEASED, None, CarriedBy.OPERATOR)])
    assert behaviour(plan, datetime(1999, 1, 1, tzinfo=UTC)) is Behaviour.VACANT


def test_our_notice_is_not_played_where_the_operator_plays_his() -> None:
    ours, theirs = (
        periods_of([DatedTreatment(Treatment.NOTICE_THEN_12345, None, carrier)])[0]
        for carrier in (CarriedBy.PLATFORM, CarriedBy.OPERATOR)
    )
    assert ours.plays_notice
    assert not theirs.plays_notice


def trunk(*strip: str) -> TrunkPlan:
    return TrunkPlan("t", "operator", "127.0.0.1", None, "udp", ("*",), strip, ("alaw",), None, ())


def test_every_spelling_of_a_number_is_written_out() -> None:
    assert spellings(trunk("0595", "+86595", "86595", "+86"), "12345") == [
        "12345",
        "059512345",
        "+8659512345",
        "8659512345",
        "+8612345",
    ]


@given(
    st.lists(st.from_regex(r"\+?[0-9]{1,5}", fullmatch=True), max_size=4),
    st.lists(st.from_regex(r"[0-9]{5}", fullmatch=True), min_size=1, max_size=5, unique=True),
)
def test_each_spelling_leads_back_to_its_number(prefixes: list[str], numbers: list[str]) -> None:
    line = trunk(*prefixes)
    meant = [(spelling, number) for number in numbers for spelling in spellings(line, number)]
    for spelling, number in meant:
        if sum(other == spelling for other, _ in meant) == 1:
            assert number_dialled(line, spelling, numbers) == number
    assert number_dialled(line, "999999999999", numbers) is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("127.example.org", False),
     ("10.0.0.1", False), ("sip.example.org", False)],
)  # fmt: skip
def test_only_a_loopback_address_counts_as_loopback(host: str, loopback: bool) -> None:
    plan = TrunkPlan("t", "operator", host, None, "udp", ("*",), (), ("alaw",), None, ())
    assert plan.is_loopback is loopback


def test_seats_hours_end_before_their_last_minute_and_may_run_to_midnight() -> None:
    from datetime import time

    office = Hours(True, ((time(8, 30), time(12)), (time(14, 30), time(17, 30))))
    at = datetime(2026, 11, 23, 12, 0)
    assert not office.cover(at, True)
    assert office.cover(at.replace(hour=11, minute=59), True)
    assert not office.cover(at.replace(hour=11), False)
    assert Hours(False, ((time(0), time(0)),)).cover(at.replace(hour=23, minute=59), False)
