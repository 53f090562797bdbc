"""Calls the dialplan ended by itself: vacant numbers, the fallback, callers gone before anybody claimed them.

Asterisk appends one JSON line a channel to its journal. The file is moved aside whole and taken in; the channel's id is
unique among calls, so a line that is read twice, or that call control knows better, is counted once.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from hotline.base.kernel import ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Problem
from hotline.lines.calls import store
from hotline.lines.calls.models import Call
from hotline.lines.calls.switch.database import AWAY
from hotline.lines.calls.switch.files import JOURNAL
from hotline.lines.calls.words import CallState, Outcome

log = logging.getLogger(__name__)
ACTOR = system("journal")

_LOCK = 0x6A6F75726E616C
"""Advisory lock of whoever takes the journal in: "journal"."""

_BAD = (
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    ArithmeticError,
    OSError,
    DataError,
    IntegrityError,
    Problem,
)
"""What a line that says something else than a call raises. A database that is away raises none of these."""

_TAKEN = {
    "vacant": (Outcome.VACANT, Outcome.VACANT),
    "fallback": (Outcome.FALLBACK, Outcome.FALLBACK_ANSWERED),
    "fallback_linked": (Outcome.ABANDONED_IN_LINKING, Outcome.TRANSFERRED_LINKED),
    "emergency": (Outcome.FAILED, Outcome.EMERGENCY),
    "unclaimed": (Outcome.ABANDONED_IN_PROMPT, Outcome.ABANDONED_IN_PROMPT),
}
"""CDR(outcome) → the call's outcome, and what it is when somebody the dialplan rang has answered."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the journal: where it stands, as it stands, and what it says."""

    number: int
    raw: bytes
    row: dict[str, Any]


def take_in(home: Path) -> int:
    """Take in what the journal holds; returns how many calls were new, 0 while another process does it.

    A line that cannot be counted is set aside beside the journal and stops no other. Raises DatabaseError when the
    database is away, then nothing is lost.
    """
    folder = home / "asterisk/log/cdr-custom"
    current, aside = folder / JOURNAL, folder / f"{JOURNAL}.taking"
    with _alone() as alone:
        if not alone:
            return 0
        # What was moved aside a round ago is complete by now: Asterisk opens the file anew for every line.
        new = _take_file(aside, folder / f"{JOURNAL}.refused") if aside.is_file() else 0
        if current.is_file():
            current.rename(aside)
        return new


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this process has the journal to itself: every call control takes it in.

    The lock is the session's, not a transaction's: the file may go only after what it said is committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with suppress(*AWAY), connection.cursor() as cursor:  # a lost session has lost its lock
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _take_file(path: Path, refused: Path) -> int:
    bad: list[_Line] = []
    good: list[_Line] = []
    for number, raw in enumerate(path.read_bytes().split(b"\n"), 1):
        try:
            row = _read(raw)
        except _BAD:
            bad.append(_Line(number, raw, {}))
        else:
            if row is not None:
                good.append(_Line(number, raw, row))
    try:
        new = _count(good)
    except _BAD:
        new = 0
        for line in good:
            try:
                new += _count([line])
            except _BAD:
                bad.append(line)
    _set_aside(path, bad, refused)
    path.unlink()
    return new


def _read(raw: bytes) -> dict[str, Any] | None:
    """A line of a call the dialplan ended; None for any other. Raises one of _BAD."""
    if not raw.strip():
        return None
    row: dict[str, Any] = json.loads(raw.decode("utf-8", errors="replace"))
    return row if row.get("outcome") in _TAKEN else None


def _count(lines: list[_Line]) -> int:
    """Keep the calls of these lines that nobody knows, all or none; returns how many. Raises one of _BAD."""
    rows = {line.row["uniqueid"]: line.row for line in lines}
    with transaction.atomic():
        known = {*Call.objects.filter(channel__in=rows).values_list("channel", flat=True)}
        fresh = [row for channel, row in rows.items() if channel not in known]
        if not fresh:
            return 0
        with deed(ACTOR, "journal.take_in") as d:
            made = Call.objects.bulk_create([_call(row) for row in fresh], ignore_conflicts=True)
            # A call control may have kept the same channel in this very moment: only rows that stand are told of.
            standing = Call.objects.filter(id__in=[call.id for call in made])
            ours = {*standing.values_list("id", flat=True)}
            d.about("journal", JOURNAL, calls=len(ours))
            for call in made:
                if call.id in ours:
                    at = call.ended_at.isoformat() if call.ended_at else ""
                    d.about("call", call.id, outcome=call.outcome, number=call.number)
                    d.tell("call.ended", call.id, number=call.number, outcome=call.outcome, at=at)
    return len(ours)


def _set_aside(path: Path, bad: list[_Line], refused: Path) -> None:
    """Keep lines that cannot be counted for a person to look at. They hold numbers in plain: the log names none."""
    if not bad:
        return
    with os.fdopen(os.open(refused, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
        for line in bad:
            file.write(line.raw + b"\n")
            log.error("%s: line %d cannot be counted; it is kept in %s", path.name, line.number, refused.name)


def _call(row: dict[str, Any]) -> Call:
    missed, answered = _TAKEN[row["outcome"]]
    took = row["duty"] == "ANSWER"
    start, end = _moment(row["start"]), _moment(row["end"])
    return Call(
        id=ids.new(),
        channel=row["uniqueid"],
        slot=0,
        state=CallState.ENDED,
        number=row["number"],
        line=row["number"],
        behaviour=row["outcome"],
        marks=["dialplan"],
        arrived_at=start,
        answered_at=_moment(row["answer"]) if took else None,
        ended_at=end,
        outcome=answered if took else missed,
        ended_by="switch" if row["outcome"] == "vacant" else "caller",
        **store.caller_fields(row["src"]),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
