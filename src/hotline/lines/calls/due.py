"""What is due, asked twice a second by every call control: one statement, so that one at rest costs nearly nothing.

It says where to look. Whether anything is really due there each verb decides by its own rule (store.due_timers,
seats.deadlines_passed, seats.take, queueing.match, announcing.due, overflow.due), so this may say too much, never too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from hotline.base.kernel import clock
from hotline.lines.calls.callbacks.words import CallbackState
from hotline.lines.calls.words import AgentMode, CallState

_SOMEBODY_READY = "EXISTS (SELECT FROM calls_agentstate WHERE mode = %(ready)s AND phone_registered)"
"""As queueing._ready, but for who has a callback in hand."""

_LOOK = f"""
SELECT EXISTS (SELECT FROM calls_timer WHERE deadline_at <= %(now)s),
       EXISTS (SELECT FROM calls_agentstate WHERE deadline_at <= %(now)s),
       EXISTS (SELECT FROM calls_callcommand WHERE done_at IS NULL AND taken_at IS NULL AND deadline_at > %(now)s),
       count(*) > 0 AND {_SOMEBODY_READY},
       coalesce(bool_or(say_at <= %(now)s), false),
       coalesce(bool_or(overflow_at <= %(now)s), false)
  FROM calls_queueentry AS place JOIN calls_call AS call ON call.id = place.call_id
 WHERE place.waiting AND call.slot = %(slot)s AND call.state = %(queued)s
"""  # noqa: S608 -- our own words


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


_WHO = f"""
SELECT {_SOMEBODY_READY},
       EXISTS (SELECT FROM calls_queueentry AS place JOIN calls_call AS call ON call.id = place.call_id
                WHERE place.waiting AND call.state = %(queued)s),
       EXISTS (SELECT FROM callbacks_callback WHERE closed_at IS NULL AND state = %(waiting)s)
"""  # noqa: S608 -- our own words


@dataclass(frozen=True, slots=True)
class Who:
    """Who may be there to be matched, of all slots."""

    ready: bool
    on_the_line: bool
    to_be_rung: bool

    @property
    def meet(self) -> bool:
        """Somebody ready and somebody to be served."""
        return self.ready and (self.on_the_line or self.to_be_rung)


def who() -> Who:
    """Whether a matching is worth its questions. One query."""
    given = {
        "ready": AgentMode.READY.value,
        "queued": CallState.QUEUED.value,
        "waiting": CallbackState.WAITING.value,
    }
    return Who(*_one(_WHO, given))


def look(slot: int) -> Due:
    """What is due for ``slot``. One query."""
    given: dict[str, Any] = {
        "now": clock.now(),
        "slot": slot,
        "ready": AgentMode.READY.value,
        "queued": CallState.QUEUED.value,
    }
    return Due(*_one(_LOOK, given))


def _one(statement: str, given: dict[str, Any]) -> tuple[bool, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        row: tuple[bool, ...] | None = cursor.fetchone()
    assert row is not None, "neither has a GROUP BY: there is always a row"
    return row
