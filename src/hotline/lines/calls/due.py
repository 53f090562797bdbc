"""What is due, asked twice a second by every call control: one statement, so that one at rest costs nearly nothing.

It says where to look. Whether anything is really due there each verb decides by its own rule (store.due_timers,
seats.deadlines_passed, seats.take, queueing.match, announcing.due, overflow.due), so this may say too much, never too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from hotline.base.kernel import clock
from hotline.lines.calls.words import AgentMode, CallState

_LOOK = """
SELECT EXISTS (SELECT FROM calls_timer WHERE deadline_at <= %(now)s),
       EXISTS (SELECT FROM calls_agentstate WHERE deadline_at <= %(now)s),
       EXISTS (SELECT FROM calls_callcommand WHERE done_at IS NULL AND taken_at IS NULL AND deadline_at > %(now)s),
       count(*) > 0 AND EXISTS (SELECT FROM calls_agentstate WHERE mode = %(ready)s AND phone_registered),
       coalesce(bool_or(say_at <= %(now)s), false),
       coalesce(bool_or(overflow_at <= %(now)s), false)
  FROM calls_queueentry AS place JOIN calls_call AS call ON call.id = place.call_id
 WHERE place.waiting AND call.slot = %(slot)s AND call.state = %(queued)s
"""


@dataclass(frozen=True, slots=True)
class Due:
    """Where there may be something to do now."""

    timers: bool = False
    seats: bool = False
    commands: bool = False
    match: bool = False
    """Callers of this slot wait while somebody is ready: as they age, he may serve them."""
    say: bool = False
    overflow: bool = False


def look(slot: int) -> Due:
    """What is due for ``slot``. One query."""
    given: dict[str, Any] = {
        "now": clock.now(),
        "slot": slot,
        "ready": AgentMode.READY.value,
        "queued": CallState.QUEUED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, given)
        row = cursor.fetchone()
    assert row is not None, "an aggregate without GROUP BY has one row"
    return Due(*row)
