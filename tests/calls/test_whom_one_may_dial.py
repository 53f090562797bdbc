"""When citizens may be rung (routing.yaml, ``callback.hours``), and who all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

import pytest

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Invalid
from hotline.lines.calls import dialling
from hotline.lines.calls.rules import When
from hotline.lines.calls.words import Outcome
from tests.calls.test_callbacks import agent, how, owe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
__all__ = ["how"]

BY_DAY = When(spans=((time(8), time(21)),))
MORNING = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
NIGHT = datetime.fromisoformat("2026-11-23T22:30:00+08:00")


@pytest.fixture(autouse=True)
def by_day(how: Callable[..., None]) -> None:
    how(hours=BY_DAY)


def test_at_night_a_citizen_is_rung_only_for_what_is_urgent_and_the_record_says_so() -> None:
    with clock.at(NIGHT):
        with pytest.raises(Invalid) as refused:
            dialling.to_dial(agent("夜班"), {"phone": "13812341234", "purpose": "visit"})
        (fault,) = refused.value.faults
        assert "08:00–21:00" in fault.zh
        assert "08:00–21:00" in fault.en
        asked = dialling.to_dial(agent("夜班"), {"phone": "13812341234", "purpose": "urgent"})
    assert asked["purpose"] == "urgent"


def test_by_day_anybody_may_be_rung() -> None:
    with clock.at(MORNING):
        assert dialling.to_dial(agent("日班"), {"phone": "13812341234"})["phone_sealed"]


def test_whom_our_own_fault_cut_off_is_called_back_at_once_and_who_hung_up_in_the_morning() -> None:
    lost = owe(outcome=Outcome.FAILED, by="switch", caller="13800000001")
    gave_up = owe(caller="13800000002")
    with clock.at(NIGHT):
        assert dialling.to_dial(agent("甲"), {"callback_id": str(lost.id)})["callback_id"] == str(lost.id)
        with pytest.raises(Invalid, match="时段"):
            dialling.to_dial(agent("乙"), {"callback_id": str(gave_up.id)})
    gave_up.refresh_from_db()
    assert gave_up.state == "waiting", "what may not be rung is in nobody's hands"


def test_where_a_city_names_no_hours_there_are_none(how: Callable[..., None]) -> None:
    how()
    with clock.at(NIGHT):
        assert dialling.to_dial(agent("夜班"), {"phone": "13812341234"})
