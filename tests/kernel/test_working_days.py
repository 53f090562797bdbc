"""The calendar against arrangements everybody remembers, and against itself."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.calendar import MissingYear, city_calendar

moments = st.datetimes(datetime(2021, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2021, 10, 1), False),  # 国庆节
        (date(2021, 10, 9), True),  # Saturday worked for it
        (date(2023, 1, 28), True),  # Saturday after 春节
        (date(2024, 2, 9), True),  # 除夕 2024 was a working day by the notice
        (date(2025, 1, 28), False),  # 除夕 2025 is off
        (date(2025, 9, 28), True),  # Sunday worked for 国庆 and 中秋
        (date(2026, 2, 14), True),  # Saturday worked for 春节
    ],
)
def test_holidays_and_made_up_days_are_the_notices(day: date, works: bool) -> None:
    assert city_calendar().is_working(day) is works


def test_a_year_without_its_notice_is_an_error_and_never_a_guess() -> None:
    with pytest.raises(MissingYear) as refused:
        city_calendar().is_working(date(2019, 3, 4))
    assert "2019" in refused.value.zh
    assert "2019" in refused.value.en


@given(moments, st.integers(1, 60))
def test_due_and_the_count_of_working_days_are_each_others_inverse(start: datetime, days: int) -> None:
    calendar = city_calendar()
    assert calendar.working_days_between(start, calendar.due(start, days)) == days


@given(moments, st.integers(1, 30))
def test_a_deadline_is_at_the_close_of_a_working_day_found_by_walking_the_days(
    start: datetime, days: int
) -> None:
    calendar = city_calendar()
    due = clock.local(calendar.due(start, days))
    day = clock.local(start).date()
    worked = (day + timedelta(n) for n in count(1) if calendar.is_working(day + timedelta(n)))
    expected = [next(worked) for _ in range(days)][-1]
    assert (due.date(), due.time()) == (expected, calendar.closes)
