"""States, classes and alarms of recordings, with their words for people."""

from __future__ import annotations

from enum import StrEnum


class SegmentState(StrEnum):
    """Where a segment stands."""

    EXPECTED = "expected"  # the switch began it
    KEPT = "kept"  # encrypted, read back, the plain file is gone
    FAILED = "failed"  # it will not come any more
    EXPIRED = "expired"  # its time was over: erased, the row stays


class RetentionClass(StrEnum):
    """How long a call's recording is kept, from the shortest to the longest."""

    ORDINARY = "ordinary"
    DISPUTED = "disputed"
    CONFIDENTIAL = "confidential"


class Amiss(StrEnum):
    """What can be wrong with the recording of a call."""

    NO_RECORDING = "no_recording"
    SEGMENT_MISSING = "segment_missing"
    FAILED = "failed"
    HOLE = "hole"
    UNREADABLE = "unreadable"
    STRAY = "stray"


STATE_WORDS = {
    SegmentState.EXPECTED: ("待入库", "Expected"),
    SegmentState.KEPT: ("已保存", "Kept"),
    SegmentState.FAILED: ("缺失", "Missing"),
    SegmentState.EXPIRED: ("到期已销毁", "Expired and erased"),
}

CLASS_WORDS = {
    RetentionClass.ORDINARY: ("一般通话", "Ordinary"),
    RetentionClass.DISPUTED: ("有争议（已重办）", "Disputed (redone)"),
    RetentionClass.CONFIDENTIAL: ("保密及举报", "Confidential, and reports"),
}

AMISS_WORDS = {
    Amiss.NO_RECORDING: ("通话没有录音", "A talk without a recording"),
    Amiss.SEGMENT_MISSING: ("录音段没有入库", "A segment never came"),
    Amiss.FAILED: ("录音失败", "Recording failed"),
    Amiss.HOLE: ("录音有缺口", "The recording has a hole"),
    Amiss.UNREADABLE: ("录音文件无法读取", "The recording cannot be read"),
    Amiss.STRAY: ("录音不属于任何通话", "A recording that belongs to no call"),
}
