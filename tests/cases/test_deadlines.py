"""Deadlines against an oracle that counts days in another way, over every year the calendar knows."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.calendar import HOLIDAYS, MissingYear, city_calendar
from hotline.base.kernel.errors import Invalid, Problem
from hotline.work.cases import actions, clocks, queries
from hotline.work.cases.models import Limit
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    VISITOR,
    caller,
    dispatched,
    do,
    file,
    handler,
    refused,
    to_visit,
    unit,
)

ZONE = ZoneInfo("Asia/Shanghai")


def worked_days() -> list[date]:
    """Every day worked in the years of the calendar, straight from the notices' files."""
    days: list[date] = []
    for path in sorted(HOLIDAYS.glob("*.csv")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        kind = {date.fromisoformat(row["date"]): row["kind"] for row in csv.DictReader(lines)}
        day = date(int(path.stem), 1, 1)
        while day.year == int(path.stem):
            if kind.get(day, "work" if day.isoweekday() <= 5 else "off") == "work":
                days.append(day)
            day += timedelta(days=1)
    return days


DAYS = worked_days()
CLOSES = time.fromisoformat(django_settings.CITY["work_hours"]["closes"])
FIRST, LAST = DAYS[0].year, DAYS[-1].year
MOMENTS = st.builds(
    lambda day, second: datetime.combine(day, time(tzinfo=UTC)) + timedelta(seconds=second),
    st.dates(date(FIRST, 1, 1), date(LAST, 10, 31)),
    st.integers(0, 86_399),
)


def days_limit(amount: int) -> Limit:
    return Limit(type="help", amount=amount, unit=Limit.Unit.WORKING_DAYS)


@given(start=MOMENTS, amount=st.integers(1, 30))
@settings(max_examples=400, deadline=None)
def test_a_limit_in_working_days_ends_at_close_of_business_of_the_nth_worked_day_after_the_first(
    start: datetime, amount: int
) -> None:
    today = start.astimezone(ZONE).date()
    expected = [day for day in DAYS if day > today][amount - 1]
    assert clocks.deadline(days_limit(amount), start, city_calendar()) == datetime.combine(
        expected, CLOSES, tzinfo=ZONE
    )


@given(start=MOMENTS, amount=st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_counting_back_gives_the_limit_again(start: datetime, amount: int) -> None:
    end = clocks.deadline(days_limit(amount), start, city_calendar())
    assert city_calendar().working_days_between(start, end) == amount


@given(start=MOMENTS, hours=st.integers(1, 72))
def test_a_limit_in_hours_runs_on_the_wall_clock(start: datetime, hours: int) -> None:
    limit = Limit(type="help", amount=hours, unit=Limit.Unit.HOURS)
    assert clocks.deadline(limit, start, city_calendar()) - start == timedelta(hours=hours)


def test_a_saturday_that_is_worked_counts_and_a_weekday_that_is_a_holiday_does_not() -> None:
    # 2025: 春节 1月28日–2月4日放假，1月26日（星期日）、2月8日（星期六）上班
    start = datetime(2025, 1, 27, 9, tzinfo=ZONE)
    ends = [clocks.deadline(days_limit(n), start, city_calendar()).date() for n in (1, 3, 4, 5)]
    assert ends == [date(2025, 2, 5), date(2025, 2, 7), date(2025, 2, 8), date(2025, 2, 10)]


def test_a_year_without_its_notice_is_an_error_never_a_guess() -> None:
    with pytest.raises(MissingYear, match=str(DAYS[-1].year + 1)):
        clocks.deadline(days_limit(10), datetime(DAYS[-1].year, 12, 30, tzinfo=ZONE), city_calendar())


@given(
    st.lists(
        st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(1, 9)), unique_by=lambda row: row[0]
    ),
    st.datetimes(timezones=st.just(UTC)),
)
def test_the_newest_limit_that_has_begun_holds(rows: list[tuple[datetime, int]], at: datetime) -> None:
    limits = [Limit(type="help", amount=n, unit="working_days", effective_from=begins) for begins, n in rows]
    begun = sorted(row for row in rows if row[0] <= at)
    if not begun:
        with pytest.raises(clocks.NoLimit):
            clocks.in_force(limits, "help", "normal", at)
    else:
        assert clocks.in_force(limits, "help", "normal", at).amount == begun[-1][1]


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
class TestInTheDatabase:
    """The clock as acts move it."""

    def test_the_clock_starts_at_dispatch_not_when_the_unit_signs(self) -> None:
        with clock.at(datetime(2025, 3, 3, 10, tzinfo=ZONE)):
            id = dispatched(type="help")
        with clock.at(datetime(2025, 3, 5, 10, tzinfo=ZONE)):
            do(handler(), id, "sign_for")
        case = queries.one(AGENT, id)
        assert case.deadline_at == datetime.combine(date(2025, 3, 6), CLOSES, tzinfo=ZONE)

    def test_dispatch_in_a_year_without_its_notice_is_refused_and_nothing_changes(self) -> None:
        filed = file()
        with clock.at(datetime(DAYS[-1].year, 12, 30, 10, tzinfo=ZONE)), refused(MissingYear):
            do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
        assert queries.one(AGENT, filed.id).state == "accepted"

    def test_a_changed_limit_leaves_the_deadlines_already_promised(self) -> None:
        old = dispatched(type="consult")
        promised = queries.one(AGENT, old).deadline_at
        now = clock.now()
        actions.load_limits(
            system("test"), [{"type": "consult", "hours": 2, "effective_from": now.isoformat()}]
        )
        new = dispatched(type="consult")
        assert queries.one(AGENT, old).deadline_at == promised
        assert queries.one(AGENT, new).deadline_at - now < timedelta(hours=2, minutes=1)

    def test_a_limit_in_force_is_never_edited(self) -> None:
        row = {"type": "consult", "days": 3, "effective_from": "2030-01-01T00:00:00+08:00"}
        assert actions.load_limits(system("test"), [row]) == 1
        assert actions.load_limits(system("test"), [row]) == 0
        with refused(Invalid, match="不可更改"):
            actions.load_limits(system("test"), [row | {"days": 4}])

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "nonsense"},
            {"days": 0},
            {"days": "3"},
            {"hours": 2},
            {"effective_from": "2030-01-01"},
            {"effective_from": "soon"},
        ],
    )
    def test_a_wrong_limit_is_refused_with_its_place(self, change: dict[str, object]) -> None:
        row = {"type": "consult", "days": 3, "effective_from": "2030-01-01T00:00:00+08:00"} | change
        with refused(Invalid) as no:
            actions.load_limits(system("test"), [row])
        assert no.value.faults[0].where.startswith("time_limits[0]")

    def test_without_a_limit_in_force_nothing_is_promised(self) -> None:
        Limit.objects.all().delete()
        filed = file()
        with refused(Problem, match="办理时限"):
            do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))

    @pytest.mark.parametrize("by_caller", [True, False])
    def test_a_dissatisfied_verdict_is_kept_when_no_deadline_can_be_counted(self, by_caller: bool) -> None:
        id = to_visit()
        with clock.at(datetime(DAYS[-1].year, 12, 30, 10, tzinfo=ZONE)):
            who, act = (caller(id), "rate") if by_caller else (VISITOR, "record_visit")
            do(who, id, act, grade="dissatisfied", reason="还是不亮")
            case = queries.one(AGENT, id)
            assert (case.state, case.clock_running, case.owner_id) == ("waiting_dispatch", False, None)
            assert case.redo_count == 1
            verdict = queries.history(case)[-1]
            assert (verdict.fields["grade"], verdict.redone) == ("dissatisfied", True)
            assert "正在安排重新办理" in queries.citizen_view(caller(id)).steps[-1].zh

    def test_filing_never_asks_the_calendar(self) -> None:
        with clock.at(datetime(DAYS[-1].year + 1, 1, 4, 10, tzinfo=ZONE)):
            assert file().state == "accepted"
