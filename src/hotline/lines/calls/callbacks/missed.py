"""Who is owed a call: heard from calls that end, whoever ended them. Every news may come twice and is obeyed once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from hotline.base.kernel import clock, ids, outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.rows import insert
from hotline.lines.calls import rules_file
from hotline.lines.calls.callbacks import attempts
from hotline.lines.calls.callbacks.models import Callback, MissedCall
from hotline.lines.calls.callbacks.words import CallbackOutcome, CallbackState
from hotline.lines.calls.matching import FIRST_IN_LINE
from hotline.lines.calls.models import Call, QueueEntry
from hotline.lines.calls.rules import CallingBack, Why
from hotline.lines.calls.words import ABANDONED_OUTCOMES, ANSWERED_OUTCOMES, Outcome

ACTOR = system("callbacks")
ASKED = "callback_asked"
"""The mark of a call whose caller asked to be called back."""
_FIRST: tuple[Why, ...] = ("lost", "asked", "abandoned")


def listen() -> None:
    """Hear of calls that end; called once, when the program starts."""
    outbox.on("call.ended", call_ended)


def owed(outcome: str, ended_by: str, marks: Collection[str]) -> Why | None:
    """Why the caller of an ended call is owed a call; None: he is not.

    漏接必回. A vacant number owes nothing; a call our switch dropped is owed even when it had been answered.
    """
    if outcome == Outcome.VACANT:
        return None
    if ended_by == "switch":
        return "lost"
    if outcome in ABANDONED_OUTCOMES:
        return "asked" if ASKED in marks else "abandoned"
    return None


def call_ended(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A call ended: its caller is put down if he is owed one, and no more if he was served."""
    call = Call.objects.filter(id=key).first()
    if call is None or call.ended_at is None or attempts.of_call(call):
        return
    if call.direction == "out" and call.answered_at is None:
        return  # we rang him: nothing of his was missed
    why = owed(call.outcome, call.ended_by, call.marks)
    if why is not None:
        put_down(call, why)
    elif call.outcome in ANSWERED_OUTCOMES and call.caller_index:
        _answered_meanwhile(call)


def put_down(call: Call, why: Why) -> None:
    """List a missed call: with the callback its caller has already, else with a new one. Harmless twice."""
    with deed(ACTOR, "callback.owe") as d:
        d.about("call", call.id, why=why)
        if MissedCall.objects.filter(call=call).exists():
            return
        # A second call of the same caller waits here until the first one's callback stands.
        open_one = (
            Callback.objects.select_for_update()
            .filter(caller_index=call.caller_index)
            .exclude(state=CallbackState.CLOSED)
            .first()
            if call.caller_index
            else None
        )
        if open_one is None:
            open_one = _open(d, call, why)
        else:
            _again(open_one, call, why)
        insert(MissedCall(call_id=call.id, callback_id=open_one.id, at=call.ended_at or call.arrived_at))


def _open(d: Deed, call: Call, why: Why) -> Callback:
    now, missed_at = clock.now(), call.ended_at or call.arrived_at
    entry = QueueEntry.objects.filter(call=call).first() or _place(call)
    callback = Callback(
        id=ids.new(),
        entry=entry,
        why=why,
        priority=_priority(why, entry.priority),
        number=call.number,
        line=call.line,
        caller_sealed=call.caller_sealed,
        caller_index=call.caller_index,
        caller_masked=call.caller_masked,
        party_id=call.party_id,
        entered_at=entry.entered_at,
        missed_at=missed_at,
        due_at=due_at(missed_at, rules_file.queue_rules(missed_at).calling_back),
    )
    if not call.caller_index:
        callback.state, callback.closed_at = CallbackState.CLOSED, now
        callback.outcome = CallbackOutcome.NO_NUMBER
    elif _answered_after(call):
        callback.state, callback.closed_at = CallbackState.CLOSED, now
        callback.outcome = CallbackOutcome.ANSWERED_MEANWHILE
    callback.save(force_insert=True)
    d.about("callback", callback.id, why=why, outcome=callback.outcome)
    if callback.state == CallbackState.WAITING:
        d.tell("callback.owed", callback.id, number=callback.number, line=callback.line, why=why)
    return callback


def _answered_after(call: Call) -> bool:
    """News of his answered call may have come before this one's; the journal's calls always come late."""
    return Call.objects.filter(caller_index=call.caller_index, answered_at__gt=call.ended_at).exists()


def _place(call: Call) -> QueueEntry:
    """The place of one who never reached the queue: from the moment he rang."""
    entry = QueueEntry(
        call=call, skills=[call.line], priority=call.priority, entered_at=call.arrived_at, waiting=False,
        left_at=call.ended_at, left_as=call.outcome,
    )  # fmt: skip
    entry.save(force_insert=True)
    return entry


def _again(callback: Callback, call: Call, why: Why) -> None:
    """He rang in vain once more: his place stays, the better reason counts."""
    changes: dict[str, Any] = {"missed": F("missed") + 1, "missed_at": call.ended_at or call.arrived_at}
    if _FIRST.index(why) < _FIRST.index(callback.why):
        changes["why"] = why
    changes["priority"] = min(callback.priority, _priority(why, call.priority))
    if call.caller_sealed:
        changes["number"], changes["line"] = call.number, call.line
    Callback.objects.filter(id=callback.id).update(**changes)


def _priority(why: Why, priority: int) -> int:
    return min(priority, FIRST_IN_LINE) if why == "lost" else priority


def due_at(missed_at: datetime, how: CallingBack) -> datetime:
    """By when one missed at ``missed_at`` is to be called back: so many minutes after it first may be."""
    opens = missed_at
    if how.hours is not None:
        opens = how.hours.opens(clock.local(missed_at), rules_file.working)
    return opens + timedelta(minutes=how.within_minutes)


def _answered_meanwhile(call: Call) -> None:
    """He rang again and was answered: nobody calls him back for what he has been told."""
    found = (
        Callback.objects.filter(caller_index=call.caller_index, missed_at__lte=call.ended_at)
        .exclude(state=CallbackState.CLOSED)
        .first()
    )
    if found is None:
        return
    with deed(ACTOR, "callback.answered_meanwhile") as d:
        d.about("callback", found.id, call=str(call.id))
        attempts.close(d, found.id, CallbackOutcome.ANSWERED_MEANWHILE)
