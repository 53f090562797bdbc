"""Which announcements a call hears, and what became of those who heard them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, Q, Subquery

from hotline.base.kernel import clock
from hotline.base.kernel import listed as listed_rows
from hotline.base.kernel.errors import Fault
from hotline.base.kernel.listed import NOTE, Cell
from hotline.base.kernel.paging import Page, keyset
from hotline.base.people import queries as people
from hotline.lines.calls.announcements import voice
from hotline.lines.calls.announcements.models import Announcement, Hearing
from hotline.lines.calls.announcements.words import CHOICE, KINDS, prompt_of
from hotline.lines.calls.models import Call
from hotline.lines.calls.words import Outcome

FRESH_S = 2.0
"""How long one process may go by the list it has read. Whether one has begun or is over is asked of the clock every time."""


@dataclass(frozen=True, slots=True)
class Live:
    """An announcement that is, or is about to be, heard."""

    id: UUID
    lines: tuple[str, ...]
    areas: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime


_kept: tuple[float, tuple[Live, ...]] | None = None


def forget() -> None:
    """Read the list anew at the next question."""
    global _kept
    _kept = None


def _live() -> tuple[Live, ...]:
    """Everything to be heard now or later whose sound this machine has, in the order in which it is heard."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > FRESH_S:
        rank = {kind: n for n, kind in enumerate(KINDS)}
        rows = Announcement.objects.filter(withdrawn_at=None, ends_at__gt=clock.now())
        ordered = sorted(rows, key=lambda row: (rank.get(row.kind, len(rank)), row.begins_at, row.id))
        _kept = (
            time.monotonic(),
            tuple(
                Live(row.id, tuple(row.lines), tuple(row.areas), row.begins_at, row.ends_at)
                for row in ordered
                if voice.ready(settings.HOTLINE.home, row.id)
            ),
        )
    return _kept[1]


def heard_by(lines: Sequence[str], caller: str = "") -> tuple[UUID, ...]:
    """The announcements a caller of any of ``lines`` is to hear now, in order. At most one query in two seconds.

    Who is known, by his landline's prefix (``landlines`` in city.yaml), to live outside an announcement's areas is not
    bothered with it; of everybody else nobody knows where he is, and he hears it.
    """
    now, place = clock.now(), _divisions(caller)
    return tuple(
        one.id
        for one in _live()
        if one.begins_at <= now < one.ends_at
        and (not one.lines or {*lines} & {*one.lines})
        and (not one.areas or not place or any(_touch(area, code) for area in one.areas for code in place))
    )


def prompts(ids: Iterable[UUID]) -> tuple[str, ...]:
    """What is played for them: each, then the choice; nothing for none."""
    said = tuple(prompt_of(id) for id in ids)
    return (*said, CHOICE) if said else ()


def hearings(ids: Iterable[UUID], call_id: UUID, at: datetime) -> list[Hearing]:
    """Rows to be kept with the call."""
    return [Hearing(announcement_id=id, call_id=call_id, at=at) for id in ids]


_CELLS: dict[str, Cell] = {
    "prefix": Cell(
        lambda prefix: re.fullmatch(r"[0-9]{3,10}", prefix), "带引号的号码开头", "digits in quotes"
    ),
    "divisions": Cell(
        lambda codes: codes and all(re.fullmatch(r"[0-9]{6,12}", code) for code in codes),
        "区划代码的列表",
        "a list of division codes",
    ),
    "source": NOTE,
}


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the ``landlines`` of a city.yaml."""
    return listed_rows.faults(city, "landlines", _CELLS)


def _divisions(caller: str) -> tuple[str, ...]:
    """Where a landline is; () for anybody else."""
    for row in settings.CITY.get("landlines") or ():
        if caller.startswith(str(row["prefix"])):
            return tuple(str(code) for code in row["divisions"])
    return ()


def _touch(one: str, other: str) -> bool:
    """Whether one division lies within the other."""
    return one.startswith(other) or other.startswith(one)


# --- for people ------------------------------------------------------------------------------------------------------------


def listed(
    show: Literal["now", "all"] = "now", cursor: str | None = None, size: int = 50
) -> Page[dict[str, Any]]:
    """Announcements, newest first; ``now``: on the air or to come. Two queries and one for the names of areas."""
    rows = Announcement.objects.all()
    if show == "now":
        rows = rows.filter(withdrawn_at=None, ends_at__gt=clock.now())
    found = keyset(rows, ("-published_at", "-id"), cursor, size)
    counts = _counts([row.id for row in found.items])
    return Page([row_of(row, counts.get(row.id)) for row in found.items], found.next_cursor)


def row_of(row: Announcement, counts: dict[str, int] | None = None) -> dict[str, Any]:
    """An announcement as it is shown."""
    zh, en = KINDS.get(row.kind, (row.kind, row.kind))
    return {
        "id": row.id, "kind": row.kind, "kind_zh": zh, "kind_en": en, "title": row.title, "text": row.text,
        "lines": row.lines, "areas": [{"code": code, "name": people.division(code).name} for code in row.areas],
        "begins_at": row.begins_at, "ends_at": row.ends_at, "state": _state(row), "seconds": row.seconds,
        "fault": row.fault, "published_by": row.published_by, "published_at": row.published_at,
        "withdrawn_by": row.withdrawn_by, "withdrawn_at": row.withdrawn_at, "withdrawn_why": row.withdrawn_why,
        **(counts or {"callers": 0, "informed": 0, "went_on": 0, "hung_up": 0}),
    }  # fmt: skip


def _state(row: Announcement) -> str:
    now = clock.now()
    if row.withdrawn_at:
        return "withdrawn"
    if row.ends_at <= now:
        return "over"
    if row.begins_at > now:
        return "to_come"
    return "on" if row.made_at else ("failed" if row.fault else "being_made")


def _counts(ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many callers were to hear each: informed (and gone), gone on to a person, hung up before its end."""
    outcome = Call.objects.filter(id=OuterRef("call_id")).values("outcome")[:1]
    queued = Call.objects.filter(id=OuterRef("call_id")).values("queued_at")[:1]
    rows = (
        Hearing.objects.filter(announcement_id__in=ids)
        .annotate(outcome=Subquery(outcome), queued=Subquery(queued))
        .values("announcement_id")
        .annotate(
            callers=Count("id"),
            informed=Count("id", filter=Q(outcome=Outcome.INFORMED)),
            went_on=Count("id", filter=Q(queued__isnull=False)),
            hung_up=Count("id", filter=Q(outcome=Outcome.ABANDONED_IN_PROMPT)),
        )
    )
    return {
        row["announcement_id"]: {
            "callers": row["callers"],
            "informed": row["informed"],
            "went_on": row["went_on"],
            "hung_up": row["hung_up"],
        }
        for row in rows
    }
