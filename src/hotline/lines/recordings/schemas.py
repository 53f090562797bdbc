"""What the API says of recordings."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema


class SegmentOut(Schema):
    """One recording of a call. ``id`` null: the switch makes it, or it has not come in yet."""

    id: UUID | None
    n: int
    state: str
    zh: str
    en: str
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float
    bytes: int
    why: str
    retention: str
    retention_zh: str
    retention_en: str
    expires_at: datetime | None


class SpanOut(Schema):
    """From one moment to another; ``end`` null: it goes on."""

    start: datetime
    end: datetime | None


class LaneOut(Schema):
    """When one party spoke; only an agent has a name."""

    role: str
    name: str
    spans: list[SpanOut]


class FindingOut(Schema):
    """Something amiss; ``n`` 0: with the call as a whole."""

    n: int
    kind: str
    zh: str
    en: str
    detail: dict[str, Any]
    found_at: datetime
    settled_at: datetime | None


class HoldOut(Schema):
    """Why a call's recordings must not be erased."""

    id: UUID
    why: str
    until: datetime | None
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str
    release_why: str
    in_force: bool


class RightOut(Schema):
    """A right that is lacking."""

    right: str
    zh: str
    en: str


class RecordingsOut(Schema):
    """Everything kept of a call. ``told``: whether the caller heard that it is recorded; null while nobody has looked."""

    call_id: UUID
    answered_at: datetime | None
    ended_at: datetime | None
    told: bool | None
    may_listen: bool
    refused: RightOut | None
    may_download: bool
    may_hold: bool
    segments: list[SegmentOut]
    pauses: list[SpanOut]
    lanes: list[LaneOut]
    amiss: list[FindingOut]
    holds: list[HoldOut]


class WaveformOut(Schema):
    """How loud a recording is: ``per_second`` values a second, 0 to 255."""

    per_second: int
    peaks: list[int]
