"""Pauses, extensions, urging, and the minute's sweep over every running clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.calendar import city_calendar
from hotline.base.kernel.errors import Conflict, Invalid, Problem
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.work.cases import actions, clocks, queries, sweep
from hotline.work.cases.models import Case, Limit
from tests.cases.office import AGENT, DISPATCHER, SUPERVISOR, VISITOR, dispatched, do, handler, refused
from tests.cases.test_deadlines import CLOSES, DAYS, MOMENTS, days_limit

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2025, 3, 3, 10, tzinfo=ZONE)
"""Three working days from here end on Thursday 6 March at close of business."""
THURSDAY = datetime.combine(datetime(2025, 3, 6).date(), CLOSES, tzinfo=ZONE)


def signed() -> UUID:
    """A case its unit signed for on Monday, having reached its caller; a help case has three working days."""
    with clock.at(MONDAY):
        id = dispatched(type="help")
        do(handler(), id, "sign_for")
        do(handler(), id, "contact", contact="reached", note="已电话联系")
    return id


def case(id: UUID) -> Case:
    return queries.one(AGENT, id)


def later(**of: float) -> Any:
    return clock.at(MONDAY + timedelta(**of))


PAUSE = {"ground": "testing", "reason": "送检，预计三日"}

# --- the arithmetic ------------------------------------------------------------------------------------------------------


@given(start=MOMENTS, amount=st.integers(1, 10), after=st.floats(0, 20), lasted=st.floats(0, 20))
def test_a_pause_gives_back_as_many_worked_days_as_it_took(
    start: datetime, amount: int, after: float, lasted: float
) -> None:
    calendar = city_calendar()
    due = clocks.deadline(days_limit(amount), start, calendar)
    paused = min(start + timedelta(days=after), due)
    resumed = paused + timedelta(days=lasted)
    found = clocks.continued(days_limit(amount), due, paused, resumed, calendar)
    taken = [day for day in DAYS if paused.astimezone(ZONE).date() < day <= resumed.astimezone(ZONE).date()]
    following = [day for day in DAYS if day > due.astimezone(ZONE).date()]
    expected = following[len(taken) - 1] if taken else due.astimezone(ZONE).date()
    assert found == datetime.combine(expected, CLOSES, tzinfo=ZONE)


@given(start=MOMENTS, hours=st.integers(1, 72), lasted=st.integers(0, 10**6))
def test_a_limit_in_hours_is_later_by_just_as_long_as_it_stood(
    start: datetime, hours: int, lasted: int
) -> None:
    limit = Limit(type="help", amount=hours, unit=Limit.Unit.HOURS)
    due = clocks.deadline(limit, start, city_calendar())
    resumed = start + timedelta(seconds=lasted)
    assert clocks.continued(limit, due, start, resumed, city_calendar()) - due == resumed - start


# --- pauses, extensions --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
class TestActs:
    """The clock as acts move it."""

    def test_while_it_is_paused_the_clock_stands_and_then_the_deadline_is_later_by_its_working_days(
        self,
    ) -> None:
        id = signed()
        with later(days=1):
            do(handler(), id, "pause", **PAUSE)
        now = case(id)
        assert (now.state, now.clock_running, now.deadline_at) == ("paused", False, THURSDAY)
        with later(days=4):  # Friday: Wednesday, Thursday and Friday were taken
            assert sweep.sweep() == sweep.Swept(), "what is paused is not late"
            do(handler(), id, "resume")
        now = case(id)
        assert (now.state, now.clock_running, now.paused_at) == ("signed", True, None)
        assert now.deadline_at == datetime.combine(datetime(2025, 3, 11).date(), CLOSES, tzinfo=ZONE)

    def test_the_centre_may_have_a_paused_clock_run_on_and_the_unit_may_not_do_it_in_its_name(self) -> None:
        id = signed()
        with later(hours=1):
            do(handler(), id, "pause", **PAUSE)
            with refused(Problem):
                do(handler(), id, "end_pause", reason="不需要了")
            do(DISPATCHER, id, "end_pause", reason="检测已有结论")
        assert (case(id).state, case(id).deadline_at) == ("signed", THURSDAY), "within a day nothing is won"

    def test_a_pause_needs_a_ground_the_law_knows(self) -> None:
        id = signed()
        with later(hours=1), refused(Invalid, match="暂停依据"):
            do(handler(), id, "pause", ground="busy", reason="人手不足")

    def test_an_extension_is_asked_in_time_decided_by_the_centre_and_told_to_the_caller(self) -> None:
        id = signed()
        with later(days=1):
            do(handler(), id, "ask_extension", days=2, reason="需现场勘验")
            assert case(id).clock_running, "to ask stops no clock"
            with refused(Problem):
                do(handler(), id, "grant_extension", days=2)
            do(DISPATCHER, id, "grant_extension", days=2)
        now = case(id)
        assert (now.state, now.deadline_at) == (
            "signed",
            datetime.combine(datetime(2025, 3, 10).date(), CLOSES, tzinfo=ZONE),
        )
        news = OutboxRow.objects.get(topic="case.grant_extension", key=str(id))
        assert "citizen" in news.payload["notice"]

    def test_an_extension_refused_leaves_the_deadline_as_it_was(self) -> None:
        id = signed()
        with later(days=1):
            do(handler(), id, "ask_extension", days=5, reason="需现场勘验")
            do(DISPATCHER, id, "refuse_extension", reason="事项简单")
        assert (case(id).state, case(id).deadline_at) == ("signed", THURSDAY)

    def test_who_has_the_result_need_not_wait_for_the_decision(self) -> None:
        id = signed()
        with later(days=1):
            do(handler(), id, "ask_extension", days=5, reason="需现场勘验")
            do(handler(), id, "reply", reply="已修好")
        assert case(id).state == "replied"

    @pytest.mark.parametrize(
        ("act", "fields"), [("ask_extension", {"days": 3, "reason": "忙"}), ("pause", PAUSE)]
    )
    def test_what_is_late_can_be_neither_extended_nor_paused(self, act: str, fields: dict[str, Any]) -> None:
        id = signed()
        with clock.at(THURSDAY), refused(Conflict, match="期满之前"):
            do(handler(), id, act, **fields)

    @pytest.mark.parametrize("days", [0, 61, "5", True, 2.5])
    def test_days_are_a_whole_number_within_bounds(self, days: Any) -> None:
        id = signed()
        with later(days=1), refused(Invalid, match="1–60"):
            do(handler(), id, "ask_extension", days=days, reason="需现场勘验")

    def test_urging_changes_nothing_but_that_it_is_counted_and_told(self) -> None:
        id = signed()
        before = case(id)
        with later(hours=2):
            do(VISITOR, id, "urge", note="请今日联系诉求人")
            do(SUPERVISOR, id, "urge", note="再催")
        after = case(id)
        assert (after.state, after.deadline_at, after.urged) == (before.state, before.deadline_at, 2)
        with refused(Problem):
            do(handler(), id, "urge", note="催自己")


# --- the sweep -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
class TestSweep:
    """Every minute, all clocks."""

    def test_near_its_deadline_it_is_said_once_and_late_it_is_urged_once_as_an_act(self) -> None:
        id = signed()
        with clock.at(THURSDAY - timedelta(hours=25)):
            assert sweep.sweep() == sweep.Swept(0, 0)
        for _ in range(2):
            with clock.at(THURSDAY - timedelta(hours=23)):
                sweep.sweep()
        assert OutboxRow.objects.filter(topic="case.due_soon", key=str(id)).count() == 1
        assert case(id).urged == 0
        for _ in range(2):
            with clock.at(THURSDAY + timedelta(minutes=1)):
                sweep.sweep()
        (late,) = OutboxRow.objects.filter(topic="case.overdue", key=str(id))
        assert set(late.payload["notice"]) == {"unit", "centre"}
        now = case(id)
        last = queries.history(now)[-1]
        assert (last.act, last.actor_kind, last.version) == ("urge", "system", now.version)
        assert (now.urged, now.state, now.deadline_at) == (1, "signed", THURSDAY)
        assert AuditRow.objects.filter(act="case.sweep").count() == 2

    def test_a_new_deadline_is_watched_anew(self) -> None:
        id = signed()
        with clock.at(THURSDAY - timedelta(hours=2)):
            sweep.sweep()
            do(handler(), id, "ask_extension", days=1, reason="需现场勘验")
            do(DISPATCHER, id, "grant_extension", days=1)
        with clock.at(THURSDAY + timedelta(hours=1)):
            sweep.sweep()
        assert not OutboxRow.objects.filter(topic="case.overdue", key=str(id)).exists()
        with clock.at(THURSDAY + timedelta(days=1, minutes=1)):
            sweep.sweep()
        topics = OutboxRow.objects.filter(key=str(id), topic__in=("case.due_soon", "case.overdue"))
        assert sorted(topics.values_list("topic", flat=True)) == [
            "case.due_soon",
            "case.due_soon",
            "case.overdue",
        ]

    def test_who_had_the_case_open_when_the_clock_urged_is_told_that_it_moved_on(self) -> None:
        id = signed()
        seen = case(id).version
        with clock.at(THURSDAY + timedelta(minutes=1)):
            sweep.sweep()
            with refused(Conflict):
                actions.perform(handler(), id, "reply", seen, {"reply": "已修好"})

    def test_what_is_replied_or_closed_is_not_late(self) -> None:
        id = signed()
        with later(days=1):
            do(handler(), id, "reply", reply="已修好")
        with clock.at(THURSDAY + timedelta(days=9)):
            told = sweep.sweep()
            assert (told.soon, told.late) == (0, 0)

    def test_however_many_are_late_it_costs_the_same_statements(self) -> None:
        def cost() -> int:
            with clock.at(THURSDAY + timedelta(minutes=1)), CaptureQueriesContext(connection) as spent:
                sweep.sweep()
            return len(spent)

        signed()
        one = cost()
        for _ in range(5):
            signed()
        assert cost() == one
        assert cost() == 1, "nothing is left to be said"
