"""How long recordings are kept, what holds them, and that nothing missing stays unsaid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.files.models import StoredFile
from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.people.roles import rights_of
from hotline.lines.recordings import actions, intake, judging, retention
from hotline.lines.recordings.models import CallCheck, Finding, Segment
from hotline.lines.recordings.words import RetentionClass
from tests.cases import office

from .conftest import Past

pytestmark = [pytest.mark.django_db, pytest.mark.telephony]
LEADER = Actor("person", str(uuid4()), "值班长甲", rights_of(("shift_leader",)), ("/",), ("shift_leader",))
YEAR = timedelta(days=366)


@pytest.fixture
def kept(past: Callable[[], Past]) -> Past:
    call = past().talked(4.2).segment(1, 0.1, 4.1)
    call.file(1, 4)
    intake.take_in()
    judging.judge()
    return call


def segment(call: Past) -> Segment:
    return Segment.objects.get(call_id=call.id)


# --- retention -----------------------------------------------------------------------------------------------------------


@given(st.datetimes(min_value=datetime(2022, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_a_recording_is_kept_whole_months_never_a_day_less(made: datetime) -> None:
    until = retention.expires(RetentionClass.ORDINARY, made)
    begun, ends = clock.local(made), clock.local(until)
    assert (ends.year, ends.month) == (begun.year + 2, begun.month)
    assert ends.day == begun.day or (begun.month, begun.day, ends.day) == (2, 29, 28)
    assert ends.time() == begun.time()


def test_the_term_is_the_one_in_force_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    shorter = {
        "figure": "recording_months_ordinary",
        "value": 6,
        "effective_from": "2030-01-01T00:00:00+08:00",
    }
    monkeypatch.setitem(settings.CITY, "limits", [*settings.CITY["limits"], shorter])
    before, after = datetime(2029, 12, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
    assert retention.expires(RetentionClass.ORDINARY, before).year == 2031
    assert retention.expires(RetentionClass.ORDINARY, after) == datetime(2030, 8, 1, tzinfo=UTC)


def test_what_is_past_its_time_is_erased_with_its_key_and_its_row_stays(kept: Past) -> None:
    file_id = segment(kept).file_id
    assert file_id
    assert actions.expire() == 0
    with clock.at(clock.now() + 2 * YEAR):
        assert actions.expire() == 1
        assert actions.expire() == 0
        files.remove_erased()
    row = segment(kept)
    assert (row.state, row.file_id) == ("expired", file_id)
    assert row.seconds > 3, "what there was of it is still known"
    with pytest.raises(NotFound):
        stored.opened(file_id)
    assert not StoredFile.objects.filter(erased_at=None).exists()
    assert not [*settings.HOTLINE.home.glob(f"files/??/{file_id}")]
    assert AuditRow.objects.filter(act="recording.expire", object_id=str(kept.id)).exists()


@pytest.mark.parametrize("changes", [{"confidential": True}, {"type": "report"}])
def test_what_became_confidential_meanwhile_is_kept_longer(
    kept: Past, city: None, changes: dict[str, Any]
) -> None:
    office.file(call_id=kept.id, **changes)
    with clock.at(clock.now() + 2 * YEAR):
        actions.expire()
    row = segment(kept)
    assert (row.state, row.retention) == ("kept", "confidential")
    with clock.at(clock.now() + 3 * YEAR):
        actions.expire()
    assert segment(kept).state == "expired"


def test_a_hold_keeps_it_until_it_is_released_and_both_are_logged(kept: Past) -> None:
    hold = actions.hold(LEADER, kept.id, "法院调取，案号 2026-1")
    with clock.at(clock.now() + 5 * YEAR):
        assert actions.expire() == 0
        actions.release(LEADER, hold.id, "已移交")
        with office.refused(Conflict):
            actions.release(LEADER, hold.id, "再次")
        assert actions.expire() == 1
    assert segment(kept).state == "expired"
    acts = [
        *AuditRow.objects.filter(object_id=str(kept.id), actor_id=LEADER.id)
        .order_by("id")
        .values_list("act", flat=True)
    ]
    assert acts == ["recording.hold", "recording.release"]


def test_a_hold_with_an_end_ends_by_itself(kept: Past) -> None:
    actions.hold(LEADER, kept.id, "投诉复核", clock.now() + 3 * YEAR)
    with clock.at(clock.now() + 2.5 * YEAR):
        assert actions.expire() == 0
    with clock.at(clock.now() + 3.1 * YEAR):
        assert actions.expire() == 1
    assert segment(kept).state == "expired"


def test_a_hold_says_why_is_placed_by_who_may_and_on_what_there_is(kept: Past) -> None:
    with office.refused(Invalid):
        actions.hold(LEADER, kept.id, " ")
    with office.refused(Invalid):
        actions.hold(LEADER, kept.id, "投诉复核", clock.now() - YEAR)
    with office.refused(Forbidden):
        actions.hold(office.AGENT, kept.id, "投诉复核")
    with office.refused(NotFound):
        actions.hold(LEADER, uuid4(), "投诉复核")


# --- alarms --------------------------------------------------------------------------------------------------------------


def amiss(call: Past) -> dict[str, dict[str, Any]]:
    """What was found amiss with a call, looked at well after its end."""
    judging.judge()
    return {alarm.kind: alarm.detail for alarm in Finding.objects.filter(call_id=call.id, settled_at=None)}


def test_a_call_recorded_from_its_first_word_to_its_last_raises_nothing(kept: Past) -> None:
    assert amiss(kept) == {}
    check = CallCheck.objects.get(call_id=kept.id)
    assert check.recorded_s == pytest.approx(check.talked_s, abs=1)


def test_a_talk_without_a_recording_raises_an_alarm_and_tells_the_others(past: Callable[[], Past]) -> None:
    call = past().talked(40.0)
    assert amiss(call) == {"no_recording": {"missing_s": 40.0}}
    (news,) = OutboxRow.objects.filter(topic="call.recording_amiss")
    assert (news.key, news.payload["number"]) == (str(call.id), "12345")
    assert "通话没有录音" in news.payload["what"]
    assert amiss(call) == {"no_recording": {"missing_s": 40.0}}
    assert OutboxRow.objects.filter(topic="call.recording_amiss").count() == 1


def test_no_recording_is_nothing_amiss_where_the_city_has_none_made(
    past: Callable[[], Past], monkeypatch: pytest.MonkeyPatch
) -> None:
    none = {"figure": "record_calls", "value": 0, "effective_from": "2021-12-01T00:00:00+08:00"}
    monkeypatch.setitem(settings.CITY, "limits", [*settings.CITY.get("limits", ()), none])
    assert amiss(past().talked(40.0)) == {}


def test_a_segment_that_never_came_is_waited_for_and_then_raises_an_alarm(past: Callable[[], Past]) -> None:
    call = past().talked(4.0).segment(1, 0, 4)
    with clock.at(call.at(30)):
        assert amiss(call) == {}, "it may still come"
    assert amiss(call) == {"segment_missing": {"seconds": 4.0}}
    assert segment(call).state == "failed"


def test_what_comes_after_all_is_taken_in_and_settles_its_alarm(past: Callable[[], Past]) -> None:
    call = past().talked(4.0).segment(1, 0, 4)
    assert "segment_missing" in amiss(call)
    call.file(1, 4)
    intake.take_in()
    assert amiss(call) == {}
    assert segment(call).state == "kept"
    assert Finding.objects.get(call_id=call.id).settled_at
    assert OutboxRow.objects.filter(topic="call.recording_whole", key=str(call.id)).exists()


def test_a_recording_shorter_than_its_talk_raises_an_alarm_that_says_by_how_much(
    past: Callable[[], Past],
) -> None:
    call = past().talked(9.0).segment(1, 0, 9)
    call.file(1, 4)
    intake.take_in()
    hole = amiss(call)["hole"]
    assert hole["missing_s"] == pytest.approx(5, abs=0.5)


def test_a_recording_that_began_late_raises_an_alarm(past: Callable[[], Past]) -> None:
    call = past().talked(34.0).segment(1, 30, 34)
    call.file(1, 4)
    intake.take_in()
    assert amiss(call)["hole"]["missing_s"] == 30.0


def test_what_the_switch_could_not_begin_raises_an_alarm(past: Callable[[], Past]) -> None:
    call = (
        past().talked(4.0).segment(1, 0, 4).event(0.2, "recording_failed", segment=1, cause="no space left")
    )
    found = amiss(call)
    assert found["failed"] == {"cause": "no space left"}


def test_a_pause_for_a_secret_is_no_hole(past: Callable[[], Past]) -> None:
    call = past().talked(60.0).segment(1, 0, 4)
    call.event(4, "recording_paused").event(51, "recording_resumed").segment(2, 51, 60)
    call.file(1, 4)
    call.file(2, 9)
    intake.take_in()
    assert amiss(call) == {}


def test_a_call_nobody_answered_raises_nothing(past: Callable[[], Past]) -> None:
    from hotline.lines.calls.models import Call, Leg

    call = past().talked(20.0)
    Leg.objects.filter(call_id=call.id).update(up_at=None)
    Call.objects.filter(id=call.id).update(answered_at=None, outcome="abandoned_in_queue")
    assert amiss(call) == {}


def test_whether_the_caller_was_told_is_kept_with_the_call(past: Callable[[], Past], city: None) -> None:
    told, not_told = past(), past()
    for call, prompt in ((told, "welcome"), (not_told, "emergency-front")):
        call.talked(4.0).segment(1, 0, 4).event(0, "heard", prompts=prompt)
        call.file(1, 4)
    intake.take_in()
    judging.judge()
    assert CallCheck.objects.get(call_id=told.id).told is True
    assert CallCheck.objects.get(call_id=not_told.id).told is False
