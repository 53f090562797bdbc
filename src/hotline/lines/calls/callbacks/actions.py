"""What people do with callbacks: take one, ring, say what became of it."""

from __future__ import annotations

from uuid import UUID

from hotline.base.kernel import clock, sealing
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from hotline.lines.calls.callbacks import attempts
from hotline.lines.calls.callbacks.models import Attempt, Callback
from hotline.lines.calls.callbacks.rights import TAKE
from hotline.lines.calls.callbacks.words import REPORTED, CallbackOutcome, CallbackState

LEADS = "desk.supervise"
"""Who has it may speak for others: say what became of their callbacks, give them back."""


def take(actor: Actor, callback_id: UUID) -> None:
    """Take a waiting callback in hand; who was given one in its turn takes it up so. Right callback.take.

    Raises NotFound, Conflict when somebody else has it, when it is closed, or when the actor holds another.
    """
    with deed(actor, "callback.take", right=TAKE) as d:
        callback = _one(callback_id)
        me = UUID(actor.id)
        d.about("callback", callback_id)
        if callback.state == CallbackState.TAKEN and callback.agent_id == me:
            until = clock.now() + attempts.time_to_report(clock.now())
            Callback.objects.filter(id=callback_id).update(hold_until=until)
            return
        if callback.state == CallbackState.TAKEN:
            raise Conflict(
                f"{callback.agent_name} 正在回拨", f"{callback.agent_name} has it in hand", code="taken"
            )
        if callback.state == CallbackState.CLOSED:
            raise Conflict("此回拨已办结", "This callback is closed", code="closed")
        if Callback.objects.filter(agent_id=me, state=CallbackState.TAKEN).exists():
            raise Conflict(
                "您还有一件回拨未报结果，请先办完",
                "You hold another callback; finish it first",
                code="one-at-a-time",
            )
        attempts.begin(d, callback, me, actor.label)


def report(actor: Actor, callback_id: UUID, outcome: str, note: str = "") -> None:
    """Say what became of a callback one holds (a leader: of anybody's). Right callback.take.

    ``outcome``: reached, no_answer, busy, refused, or given_back. Raises NotFound, Invalid, Forbidden, Conflict.
    """
    known = (*REPORTED, CallbackOutcome.GIVEN_BACK)
    if outcome not in known:
        words = " ".join(known)
        raise Invalid([Fault("outcome", f"应为 {words} 之一", f"Must be one of {words}")])
    if len(note) > 200:
        raise Invalid([Fault("note", "最多 200 字", "At most 200 characters")])
    with deed(actor, "callback.outcome", right=TAKE) as d:
        callback = _held(actor, callback_id)
        attempts.end(d, callback, CallbackOutcome(outcome), note.strip())


def phone_for(callback_id: UUID, actor: Actor) -> str:
    """The number to ring for a callback the actor holds, in plain; every look is logged (个保法 51). Right callback.take.

    Raises NotFound, Forbidden when somebody else holds it, Conflict when nobody does.
    """
    with deed(actor, "callback.phone", right=TAKE) as d:
        callback = _held(actor, callback_id)
        d.about("callback", callback_id, looked="phone")
        return sealing.unseal(bytes(callback.caller_sealed))


def attempted(callback_id: UUID, actor: Actor, call_id: UUID) -> None:
    """The actor rings now, in outbound call ``call_id``: when that ends, so does the attempt (attempts.of_call)."""
    with deed(actor, "callback.ring", right=TAKE) as d:
        callback = _held(actor, callback_id)
        Attempt.objects.filter(callback=callback, number=callback.taken).update(call_id=call_id)
        # A call that never begins lapses; one that goes on is left to its end (attempts.lapse).
        Callback.objects.filter(id=callback.id).update(hold_until=clock.now() + attempts.TO_BEGIN)
        d.about("callback", callback_id, call=str(call_id), attempt=callback.taken)


def give(d: Deed, callback_id: UUID, agent_id: UUID, agent_name: str) -> bool:
    """Give a waiting callback to a ready agent in its turn, inside the caller's deed; False when it is not to be had."""
    callback = (
        Callback.objects.select_for_update(skip_locked=True)
        .filter(id=callback_id, state=CallbackState.WAITING)
        .first()
    )
    if callback is None or Callback.objects.filter(agent_id=agent_id, state=CallbackState.TAKEN).exists():
        return False
    attempts.begin(d, callback, agent_id, agent_name, given=True)
    return True


def _one(callback_id: UUID) -> Callback:
    callback = attempts.locked(callback_id)
    if callback is None:
        raise NotFound("callback", callback_id)
    return callback


def _held(actor: Actor, callback_id: UUID) -> Callback:
    """The callback, locked, which the actor (or, for a leader, anybody) holds."""
    callback = _one(callback_id)
    if callback.state != CallbackState.TAKEN:
        raise Conflict("尚未领取或已办结，请先领取", "Nobody holds it; take it first", code="not-taken")
    if str(callback.agent_id) != actor.id and not actor.may(LEADS):
        raise Forbidden(LEADS)
    return callback
