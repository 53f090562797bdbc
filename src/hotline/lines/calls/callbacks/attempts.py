"""An attempt from the taking to its end. The only writer of a callback's state once it stands."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min, QuerySet

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import Deed, deed, notify
from hotline.lines.calls import rules_file
from hotline.lines.calls.callbacks.models import Attempt, Callback
from hotline.lines.calls.callbacks.words import NOT_REACHED, CallbackOutcome, CallbackState
from hotline.lines.calls.models import Call, Leg
from hotline.lines.calls.words import ANSWERED_OUTCOMES, Role

ACTOR = system("callbacks")
OVERDUE = "overdue"
"""The one thing the alarm about overdue callbacks is about."""
REST = timedelta(minutes=2)
"""One that lapsed is left alone for so long before it comes to anybody in its turn."""
TO_BEGIN = timedelta(seconds=60)
"""Whoever is given one in its turn takes it up within so long, else it goes to another."""
LONG_ENOUGH = timedelta(seconds=20)
"""Four rings: an agent who then gives up has tried."""
BUSY_CAUSE = 17
REFUSED_CAUSE = 21


def locked(callback_id: UUID) -> Callback | None:
    """The callback, held against everybody else until the transaction ends."""
    return Callback.objects.select_for_update().filter(id=callback_id).first()


def time_to_report(now: datetime) -> timedelta:
    """How long one may have a callback in hand."""
    return timedelta(minutes=rules_file.queue_rules(now).calling_back.take_minutes)


def begin(d: Deed, callback: Callback, agent_id: UUID, agent_name: str, *, given: bool = False) -> Attempt:
    """A waiting callback, locked, goes into one agent's hands: a new attempt of its place, with the time to report."""
    now = clock.now()
    callback.state, callback.agent_id, callback.agent_name = CallbackState.TAKEN, agent_id, agent_name[:60]
    callback.taken += 1
    callback.hold_until = now + (TO_BEGIN if given else time_to_report(now))
    callback.save()
    attempt = Attempt(
        id=ids.new(), entry_id=callback.entry_id, callback=callback, number=callback.taken, agent_id=agent_id,
        agent_name=agent_name[:60], given=given, begun_at=now,
    )  # fmt: skip
    attempt.save(force_insert=True)
    d.about("callback", callback.id, agent=str(agent_id), attempt=attempt.number, given=given)
    return attempt


def end(d: Deed, callback: Callback, outcome: CallbackOutcome, note: str = "") -> None:
    """The attempt of a taken callback, locked, ends so. Not reached: he waits on, until it was tried often enough."""
    now = clock.now()
    how = rules_file.queue_rules(callback.missed_at).calling_back
    Attempt.objects.filter(callback=callback, number=callback.taken, ended_at=None).update(
        outcome=outcome, note=note, ended_at=now
    )
    callback.state, callback.hold_until, callback.agent_id = CallbackState.WAITING, None, None
    if outcome in NOT_REACHED:
        callback.tried += 1
        pauses = how.retry_minutes
        pause = pauses[min(callback.tried, len(pauses)) - 1] if pauses else 0
        callback.not_before = now + timedelta(minutes=pause)
    elif outcome is CallbackOutcome.LAPSED:
        callback.not_before = now + REST
    again = outcome in (CallbackOutcome.LAPSED, CallbackOutcome.GIVEN_BACK) or (
        outcome in NOT_REACHED and callback.tried < how.attempts
    )
    if not again:
        callback.state, callback.outcome, callback.closed_at = CallbackState.CLOSED, outcome, now
        d.tell("callback.closed", callback.id, number=callback.number, line=callback.line, outcome=outcome)
    callback.save()
    d.about("callback", callback.id, outcome=outcome, attempt=callback.taken, again=again)
    notify("callcontrol", json.dumps({"seats": True}))  # whoever had it may be asked for calls again


def overdue(at: datetime) -> QuerySet[Callback]:
    """Those who should have been called back by ``at`` and have not been."""
    return Callback.objects.filter(closed_at=None, due_at__lt=at)


def tell_overdue() -> bool:
    """Tell leaders when more callers are overdue than they were told of, or none any more; whether it did. One alarm for all
    of them, and one writer of it: the minute's task."""
    now = clock.now()
    late, fresh = overdue(now), overdue(now).filter(overdue_told_at=None)
    first = late.order_by("due_at").first()
    if first is None:
        return _caught_up()
    if not fresh.exists():
        return False
    with deed(ACTOR, "callback.overdue") as d:
        told, since = fresh.update(overdue_told_at=now), clock.local(first.due_at)
        d.about("callback", first.id, told=told)
        many, by = late.count(), f"{since:%m-%d %H:%M}"
        title, title_en = f"{many} 件，最早的应在 {by} 前回拨", f"{many} callers, the first due by {by}"
        d.tell("callback.overdue", OVERDUE, title=title, title_en=title_en, since=first.due_at.isoformat())
    return True


def _caught_up() -> bool:
    told = Callback.objects.exclude(overdue_told_at=None)
    if not told.exists():
        return False
    with deed(ACTOR, "callback.caught_up") as d:
        d.about("callback", OVERDUE, told=told.update(overdue_told_at=None))
        d.tell("callback.caught_up", OVERDUE)
    return True


def close(d: Deed, callback_id: UUID, outcome: CallbackOutcome) -> None:
    """The callback is over for a reason that is no attempt's; one in somebody's hands ends with it. Harmless twice."""
    callback = locked(callback_id)
    if callback is None or callback.state == CallbackState.CLOSED:
        return
    end(d, callback, outcome)


def of_call(call: Call) -> bool:
    """Whether an ended call was an attempt to call back; then the attempt ends as the call did. Harmless twice."""
    attempt = Attempt.objects.filter(call_id=call.id).first()
    if attempt is None:
        return False
    with deed(ACTOR, "callback.call_ended") as d:
        callback = locked(attempt.callback_id)
        d.about("callback", attempt.callback_id, call=str(call.id))
        if (
            callback is not None
            and callback.state == CallbackState.TAKEN
            and callback.taken == attempt.number
        ):
            end(d, callback, _of(call))
    return True


def _of(call: Call) -> CallbackOutcome:
    """What an outbound call was as an attempt."""
    if call.answered_at is not None and call.outcome in ANSWERED_OUTCOMES:
        return CallbackOutcome.REACHED
    if call.ended_by not in ("caller", "platform"):
        # The agent's own phone did not answer, a trunk was dead, or he thought better of it: not tried, unless it had rung long
        # enough before he gave up.
        tried = call.ended_by in ("agent", "desk") and _rang_long(call)
        return CallbackOutcome.NO_ANSWER if tried else CallbackOutcome.LAPSED
    return CallbackOutcome.BUSY if call.cause in (BUSY_CAUSE, REFUSED_CAUSE) else CallbackOutcome.NO_ANSWER


def _rang_long(call: Call) -> bool:
    """Whether the citizen's telephone rang for LONG_ENOUGH: it begins when the agent's own is up."""
    began = Leg.objects.filter(call=call, role=Role.AGENT, up_at__isnull=False).aggregate(at=Min("up_at"))[
        "at"
    ]
    return bool(began and call.ended_at and call.ended_at - began >= LONG_ENOUGH)


def lapse() -> int:
    """Whoever took a callback and said nothing in time has it no more, unless he talks with the caller now; returns how
    many came back."""
    due = Callback.objects.filter(state=CallbackState.TAKEN, hold_until__lte=clock.now())
    return sum(_lapse(id) for id in due.values_list("id", flat=True)[:100])


def _lapse(id: UUID) -> bool:
    with deed(ACTOR, "callback.lapse") as d:
        callback = locked(id)
        d.about("callback", id)
        if callback is None or callback.hold_until is None or callback.hold_until > clock.now():
            return False
        attempt = Attempt.objects.get(callback=callback, number=callback.taken)
        call = Call.objects.filter(id=attempt.call_id).first() if attempt.call_id else None
        if call is not None and call.ended_at is None:
            callback.hold_until = clock.now() + TO_BEGIN
            callback.save(update_fields=["hold_until"])
            return False
        end(d, callback, _of(call) if call else CallbackOutcome.LAPSED)
        return True
