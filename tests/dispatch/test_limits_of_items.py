"""Limits by catalogue item: the row in force on the day of dispatch counts, beside type and urgency, against its own oracle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.calendar import city_calendar
from hotline.base.kernel.errors import Invalid
from hotline.work.cases import items, queries
from hotline.work.cases.models import Case, Limit
from hotline.work.dispatch import actions
from hotline.work.dispatch import queries as dispatch
from hotline.work.dispatch.suggesting import Asked
from tests.cases.office import AGENT, DISPATCHER, VISITOR, do, file, handler, refused, unit
from tests.cases.test_deadlines import CLOSES, DAYS, FIRST, LAST, ZONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
ROW = {"matter": "0309", "name": "犬只", "aliases": "遛狗", "lead": "chengguan-node"}
LIMITS = {"handle_limit": "7d", "sign_limit": "4h", "contact_limit": "12h"}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What is kept in memory is never another test's."""
    yield
    dispatch._kept = None


def a_row(**changes: str) -> UUID:
    actions.add_row(DISPATCHER, ROW | LIMITS | changes, dispatch.edition())
    return the_row()


def the_row() -> UUID:
    (found,) = [one.id for one in dispatch.catalogue().entries if one.matter == "0309"]
    assert found
    return found


def sent(row: UUID | None, **changes: Any) -> Case:
    filed = file(**({"type": "consult"} | changes))
    given = {"item": str(row)} if row else {}
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit("chengguan-node").id), **given)
    return queries.one(AGENT, filed.id)


def after(days: int, start: datetime) -> datetime:
    worked = [day for day in DAYS if day > start.astimezone(ZONE).date()]
    return datetime.combine(worked[days - 1], CLOSES, tzinfo=ZONE)


def test_the_items_limits_stand_before_those_of_the_type() -> None:
    with clock.at(clock.now()):
        now, row = clock.now(), a_row()
        case = sent(row)
        assert (case.deadline_at, case.step_due_at) == (after(7, now), now + timedelta(hours=4))
        do(handler("chengguan-node"), case.id, "sign_for")
        assert queries.one(AGENT, case.id).step_due_at == now + timedelta(hours=12)
        assert sent(None).deadline_at == after(2, now)  # 咨询 2 个工作日
        assert "犬只" in queries.detail(AGENT, queries.one(AGENT, case.id))["item"]


def test_being_urgent_gives_nobody_more_time_and_slows_no_item_down() -> None:
    with clock.at(clock.now()):
        now, row = clock.now(), a_row()
        assert sent(row, urgency="very_urgent").deadline_at == now + timedelta(hours=2)
        actions.close_row(DISPATCHER, row, None, dispatch.edition())
        quick = a_row(handle_limit="1h")
        assert sent(quick, urgency="very_urgent").deadline_at == now + timedelta(hours=1)


def test_the_row_of_the_day_of_dispatch_counts_and_a_later_one_changes_no_promise() -> None:
    row = a_row()
    old = sent(row)
    actions.close_row(DISPATCHER, row, None, dispatch.edition())
    with refused(Invalid, match="没有这一行"):
        sent(row)
    new = sent(a_row(handle_limit="1h"))
    assert queries.one(AGENT, old.id).deadline_at == old.deadline_at
    assert new.deadline_at - new.clock_started_at == timedelta(hours=1)


def test_who_is_not_satisfied_has_it_done_again_within_the_items_limit_and_another_dispatch_without_it() -> (
    None
):
    with clock.at(clock.now()):
        now, case = clock.now(), sent(a_row())
        clerk = handler("chengguan-node")
        do(clerk, case.id, "sign_for")
        do(clerk, case.id, "reply", reply="已办")
        do(DISPATCHER, case.id, "check")
        do(VISITOR, case.id, "record_visit", grade="dissatisfied", reason="没解决")
        assert queries.one(AGENT, case.id).deadline_at == after(7, now)
        do(DISPATCHER, case.id, "reassign", unit=str(unit().id), reason="不属")
        again = queries.one(AGENT, case.id)
        assert (again.deadline_at, again.item) == (after(2, now), None)


@pytest.mark.parametrize("wrong", ["3", "0d", "3x", "d", "-1d", "1000d"])
def test_a_limit_that_cannot_be_read_is_refused_with_its_column(wrong: str) -> None:
    with refused(Invalid) as caught:
        a_row(sign_limit=wrong)
    assert [fault.where for fault in caught.value.faults] == ["sign_limit"]


def test_a_suggestion_and_a_dry_run_show_the_limits() -> None:
    sent(a_row(), matter="小区有人遛狗不拴绳", content="遛狗")
    asked = Asked("小区有人遛狗不拴绳")
    first = dispatch.suggest(DISPATCHER, asked).suggestions[0]
    assert first.row
    assert first.row.limits["handle"] == (7, "working_days")
    raw = dispatch.sheet.write(dispatch.catalogue().entries).replace("7d", "9d").encode()
    today = clock.today()
    (moved,) = dispatch.dry_run(DISPATCHER, actions.propose(DISPATCHER, raw), today, today, None)["moved"]
    assert (moved["before"], moved["limits_before"]["handle"]) == (moved["after"], "7d")
    assert moved["limits_after"]["handle"] == "9d"


MOMENTS = st.builds(
    lambda day, second: datetime.combine(day, time(tzinfo=UTC)) + timedelta(seconds=second),
    st.dates(date(FIRST, 1, 1), date(LAST, 10, 31)),
    st.integers(0, 86_399),
)
SPANS = st.tuples(st.integers(1, 20), st.sampled_from(["working_days", "hours"]))


@given(
    start=MOMENTS, own=st.none() | SPANS, by_type=SPANS, by_urgency=st.none() | SPANS, urgent=st.booleans()
)
def test_whichever_limits_there_are_the_end_is_the_oracles(
    start: datetime, own: Any, by_type: Any, by_urgency: Any, urgent: bool
) -> None:
    def ends(span: Any) -> datetime:
        amount, unit = span
        return start + timedelta(hours=amount) if unit == "hours" else after(amount, start)

    begun = {"effective_from": datetime(2000, 1, 1, tzinfo=UTC), "clock": "handle"}
    limits = [Limit(type="help", amount=by_type[0], unit=by_type[1], **begun)]
    if by_urgency:
        limits.append(Limit(urgency="urgent", amount=by_urgency[0], unit=by_urgency[1], **begun))
    case = Case(type="help", urgency="urgent" if urgent else "normal")
    case.item = {"limits": {"handle": list(own)}} if own else None
    match own, by_urgency if urgent else None:
        case None, None:
            expected = ends(by_type)
        case None, pressing:
            expected = ends(pressing)
        case _, None:
            expected = ends(own)
        case _, pressing:
            expected = min(ends(own), ends(pressing))
    found = items.limit(limits, "handle", case, start, city_calendar())
    assert found
    assert items.clocks.deadline(found, start, city_calendar()) == expected
