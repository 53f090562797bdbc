"""What is amiss with the recording of a call: what call control wrote down against what was kept. No database.

A segment sounds as long as it lasted, give or take what starting and stopping takes. What an agent paused, and what lies
between two segments, was never begun and is no hole: it stands in the call's own events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.lines.calls.recorded import RecordedCall, SegmentTold
from hotline.lines.recordings.words import Amiss, SegmentState

SHARE = 0.02
"""A clock may run so much faster than the other."""


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A segment as this room has it."""

    n: int
    state: str
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing amiss; ``n`` 0: with the call as a whole."""

    kind: Amiss
    n: int
    detail: dict[str, Any]


def lasted(segment: SegmentTold, ended_at: datetime) -> float:
    """Seconds a segment should sound; one that was never said to stop went on until the call ended."""
    return max(0.0, ((segment.stopped_at or ended_at) - segment.started_at).total_seconds())


def findings(
    call: RecordedCall, ended_at: datetime, kept: dict[int, KeptSegment], tolerance_s: float
) -> Iterator[Found]:
    """Everything amiss with the recording of a call that ended."""
    if call.talk_at is not None:
        # Who talks is recorded from his first word on.
        first = min((segment.started_at for segment in call.segments), default=ended_at)
        missing = (first - call.talk_at).total_seconds()
        if missing > tolerance_s:
            kind = Amiss.HOLE if call.segments else Amiss.NO_RECORDING
            yield Found(kind, 0, {"missing_s": round(missing, 1)})
    for segment in call.segments:
        expected, found = lasted(segment, ended_at), kept.get(segment.n)
        if segment.failed is not None:
            yield Found(Amiss.FAILED, segment.n, {"cause": segment.failed})
        if found is None or found.state not in (SegmentState.KEPT, SegmentState.EXPIRED):
            if segment.failed is None and expected > tolerance_s:
                yield Found(Amiss.SEGMENT_MISSING, segment.n, {"seconds": round(expected, 1)})
        elif expected - found.seconds > max(tolerance_s, expected * SHARE):
            detail = {"expected_s": round(expected, 1), "seconds": round(found.seconds, 1)}
            yield Found(Amiss.HOLE, segment.n, {**detail, "missing_s": round(expected - found.seconds, 1)})
    for found in kept.values():
        if found.why and found.state == SegmentState.FAILED:
            yield Found(Amiss.UNREADABLE, found.n, {"why": found.why})
