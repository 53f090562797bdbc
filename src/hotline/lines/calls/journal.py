"""Calls the dialplan ended by itself: vacant numbers, the fallback, callers gone before anybody claimed them.

Asterisk appends one JSON line a channel to its journal. The file is moved aside whole and taken in; the channel's id is
unique among calls, so a line that is read twice, or that call control knows better, is counted once.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotline.base.kernel import ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.lines.calls import store
from hotline.lines.calls.models import Call
from hotline.lines.calls.switch.files import JOURNAL
from hotline.lines.calls.words import CallState, Outcome

log = logging.getLogger(__name__)
ACTOR = system("journal")

_TAKEN = {
    "vacant": (Outcome.VACANT, Outcome.VACANT),
    "fallback": (Outcome.FALLBACK, Outcome.FALLBACK_ANSWERED),
    "fallback_linked": (Outcome.ABANDONED_IN_LINKING, Outcome.TRANSFERRED_LINKED),
    "emergency": (Outcome.FAILED, Outcome.EMERGENCY),
    "unclaimed": (Outcome.ABANDONED_IN_PROMPT, Outcome.ABANDONED_IN_PROMPT),
}
"""CDR(outcome) → the call's outcome, and what it is when somebody the dialplan rang has answered."""


def take_in(home: Path) -> int:
    """Take in what the journal holds; returns how many calls were new. Raises DatabaseError, then nothing is lost."""
    folder = home / "asterisk/log/cdr-custom"
    current, aside = folder / JOURNAL, folder / f"{JOURNAL}.taking"
    # What was moved aside a round ago is complete by now: Asterisk opens the file anew for every line.
    new = _take_file(aside) if aside.is_file() else 0
    if current.is_file():
        current.rename(aside)
    return new


def _take_file(path: Path) -> int:
    rows = [row for line in path.read_text(encoding="utf-8").splitlines() if (row := _read(line))]
    calls = {row["uniqueid"]: row for row in rows if row.get("outcome") in _TAKEN}
    known = {*Call.objects.filter(channel__in=calls).values_list("channel", flat=True)}
    fresh = [row for channel, row in calls.items() if channel not in known]
    if fresh:
        with deed(ACTOR, "journal.take_in") as d:
            made = Call.objects.bulk_create((_call(row) for row in fresh), ignore_conflicts=True)
            for call in made:
                d.about("call", call.id, outcome=call.outcome, number=call.number)
                d.tell(
                    "call.ended", call.id, number=call.number, outcome=call.outcome, at=_iso(call.ended_at)
                )
    path.unlink()
    return len(fresh)


def _read(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        log.error("the journal holds a line that cannot be read: %r", line[:200])
        return None
    return row if isinstance(row, dict) else None


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


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
