"""Who speaks when, from what the switch says of each leg: kept for what is recorded, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hotline.base.kernel import clock
from hotline.lines.calls.call import CallNow, LegNow
from hotline.lines.calls.switch.speakers import SILENCE, Speakers
from hotline.lines.calls.words import CallState, LegState, Place, Role

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
AGENT = uuid4()
TALKING = CallNow(
    id=uuid4(), channel="caller", number="12345", line="12345", behaviour="main", state=CallState.TALKING, caller_up=True,
    legs=(LegNow("agent", Role.AGENT, LegState.UP, Place.MAIN, agent_id=AGENT),),
)  # fmt: skip
RECORDED = replace(TALKING, recording=TALKING.bridge, segment=1)


@contextmanager
def after(seconds: float) -> Iterator[None]:
    with clock.at(BEGAN + timedelta(seconds=seconds)):
        yield


def said(speakers: Speakers, channel: str, start: float, end: float) -> None:
    """Somebody spoke from ``start`` to ``end``; the switch says the end when he has been silent for a while."""
    with after(start):
        speakers.started(channel)
    with clock.at(BEGAN + timedelta(seconds=end) + SILENCE):
        speakers.finished(channel)


def test_only_the_legs_of_a_recorded_bridge_are_listened_to_and_each_once() -> None:
    speakers = Speakers()
    assert speakers.newcomers(TALKING) == []
    assert speakers.newcomers(RECORDED) == ["agent", "caller"]
    third = LegNow("third", Role.OTHER, LegState.UP, Place.MAIN)
    ringing = LegNow("ringing", Role.OTHER, LegState.RINGING, Place.MAIN)
    assert speakers.newcomers(replace(RECORDED, legs=(*RECORDED.legs, third, ringing))) == ["third"]
    aside = replace(
        RECORDED, recording=RECORDED.aside, legs=(replace(RECORDED.legs[0], channel="b", place=Place.ASIDE),)
    )
    assert speakers.newcomers(aside) == ["b"], "the caller hears music meanwhile"


def test_spans_are_written_once_a_segment_with_who_it_was() -> None:
    speakers = Speakers()
    with after(0):
        speakers.begin(RECORDED)
    said(speakers, "caller", 1, 3)
    said(speakers, "agent", 2.5, 6)
    with after(10):
        written = speakers.written(RECORDED)
        assert speakers.written(RECORDED) is None
    assert written == {
        "begin": (BEGAN + timedelta(seconds=1)).isoformat(),
        "lanes": [
            {"leg": "caller", "role": "caller", "agent": "", "spans": [[0, 2000]]},
            {"leg": "agent", "role": "agent", "agent": str(AGENT), "spans": [[1500, 5000]]},
        ],
    }


def test_who_speaks_across_a_pause_is_in_both_segments_and_not_between() -> None:
    speakers = Speakers()
    with after(0):
        speakers.started("caller")
        speakers.begin(RECORDED)
    with after(4):
        first = speakers.written(RECORDED)
    with after(9):
        speakers.begin(RECORDED)
    with after(12):
        second = speakers.written(RECORDED)
    assert first
    assert second
    assert first["lanes"][0]["spans"] == [[0, 4000]]
    assert second["begin"] == (BEGAN + timedelta(seconds=9)).isoformat()
    assert second["lanes"][0]["spans"] == [[0, 3000]]


def test_what_was_said_while_nothing_was_recorded_is_not_kept() -> None:
    speakers = Speakers()
    said(speakers, "caller", 1, 3)
    with after(5):
        speakers.begin(RECORDED)
    with after(8):
        assert speakers.written(RECORDED) is None


def test_nothing_stays_of_a_call_that_is_over() -> None:
    speakers = Speakers()
    speakers.newcomers(RECORDED)
    said(speakers, "caller", 1, 3)
    speakers.forget(("caller", "agent"))
    assert speakers.written(RECORDED) is None
    assert speakers.newcomers(RECORDED) == ["agent", "caller"]
