"""Who exported what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Forbidden
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.work.exports.models import Export
from hotline.work.exports.rights import SEE_ALL
from hotline.work.exports.states import STATES, State


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as it is listed. ``asks`` and ``columns`` say what is in it; ``mine``: only then it can be downloaded."""

    id: UUID
    number: str
    staff_name: str
    why: str
    clear: bool
    asks: dict[str, str]
    columns: list[str]
    state: str
    zh: str
    en: str
    asked_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None
    rows: int
    rows_expected: int
    size: int
    downloads: int
    reason_zh: str
    reason_en: str
    mine: bool


def page(
    actor: Actor, *, everybody: bool = False, cursor: str | None = None, size: int = 50
) -> Page[ExportRow]:
    """Exports, newest first: one's own, or ``everybody``'s (right export.see_all). One query at any size."""
    rows = Export.objects.filter(city_id=this_city())
    if everybody:
        if not actor.may(SEE_ALL):
            raise Forbidden(SEE_ALL)
    else:
        rows = rows.filter(staff_id=actor.id) if actor.kind == "person" else rows.none()
    found: Page[Any] = keyset(rows, ("-id",), cursor, size)
    return Page([_row(row, actor) for row in found.items], found.next_cursor)


def _row(row: Export, actor: Actor) -> ExportRow:
    words = STATES[State(row.state)]
    return ExportRow(
        id=row.id, number=row.number, staff_name=row.staff_name, why=row.why, clear=row.clear, asks=row.asks, columns=row.columns,
        state=row.state, zh=words.zh, en=words.en, asked_at=row.asked_at, ended_at=row.ended_at, expires_at=row.expires_at,
        rows=row.rows, rows_expected=row.rows_expected, size=row.size, downloads=row.downloads, reason_zh=row.reason_zh,
        reason_en=row.reason_en, mine=str(row.staff_id) == actor.id,
    )  # fmt: skip
