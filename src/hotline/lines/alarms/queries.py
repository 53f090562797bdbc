"""Alarms as they are read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hotline.base.kernel.paging import Page, keyset
from hotline.lines.alarms.kinds import BY_CODE, AlarmState
from hotline.lines.alarms.models import Alarm
from hotline.lines.calls.words import CRIES

_SHOWN = (
    "id", "kind", "about_kind", "about_id", "detail", "leader", "state", "raised_at", "last_at", "times", "seen_by",
    "seen_at", "answered_by", "answered_at", "note",
)  # fmt: skip


def open_alarms(limit: int = 50) -> list[dict[str, Any]]:
    """What nobody has answered yet, urgent first, then the oldest first. One query."""
    rows = Alarm.objects.exclude(state=AlarmState.ANSWERED).order_by("raised_at").values(*_SHOWN)[:limit]
    return sorted((_row(row) for row in rows), key=lambda row: not row["urgent"])


def cry_of(staff_id: UUID, call_id: UUID) -> dict[str, Any] | None:
    """What an agent called for in this call that is not dealt with, a distress first: its kind, who has seen it. One query."""
    rows = Alarm.objects.filter(kind__in=CRIES, about_id=str(staff_id), detail__call_id=str(call_id))
    found = rows.exclude(state=AlarmState.ANSWERED).values("kind", "state", "seen_by")
    return min(({**row} for row in found), key=lambda row: CRIES.index(row["kind"]), default=None)


_WALL = ("id", "kind", "zh", "en", "urgent", "state", "raised_at", "times", "seen_by")


def on_a_wall() -> list[dict[str, Any]]:
    """Open alarms for a board everybody sees: what and how often, not about whom. One query."""
    return [{name: row[name] for name in _WALL} for row in open_alarms()]


def page(*, cursor: str | None = None, size: int = 50) -> Page[dict[str, Any]]:
    """All alarms, newest first. One query. Raises Invalid for a cursor that is not ours."""
    found = keyset(Alarm.objects.values(*_SHOWN), ("-raised_at", "-id"), cursor, size)
    return Page([_row(row) for row in found.items], found.next_cursor)


def one(alarm: Alarm) -> dict[str, Any]:
    """One alarm as it is shown."""
    return _row({name: getattr(alarm, name) for name in _SHOWN})


def _row(row: dict[str, Any]) -> dict[str, Any]:
    kind = BY_CODE[row["kind"]]
    return {**row, "zh": kind.zh, "en": kind.en, "urgent": kind.urgent}
