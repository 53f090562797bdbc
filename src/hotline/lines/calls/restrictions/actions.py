"""Restricting a caller: proposed from a call, approved by a second person, appealed and lifted."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.lines.calls.models import Call
from hotline.lines.calls.restrictions import figures, rights
from hotline.lines.calls.restrictions.models import Restriction, RestrictionAct
from hotline.lines.calls.restrictions.words import ACTS, Reason, Restricted

_RIGHT = {"approve": rights.DECIDE, "refuse": rights.DECIDE, "uphold": rights.DECIDE, "lift": rights.DECIDE,
          "appeal": rights.PROPOSE}  # fmt: skip


def propose(actor: Actor, call_id: UUID, reason: str, note: str, days: int) -> UUID:
    """Propose that whoever made ``call_id`` waits behind the others for ``days``. Right restriction.propose.

    Raises Invalid, NotFound, Conflict when his number was withheld or a restriction of him is open already.
    """
    faults = []
    if reason not in list(Reason):
        known = " ".join(Reason)
        faults.append(Fault("reason", f"理由应为 {known} 之一", f"The reason must be one of {known}"))
    if not note.strip():
        faults.append(Fault("note", "须写明经过", "Say what happened"))
    most = figures.DAYS_MOST()
    if not 1 <= days <= most:
        faults.append(Fault("days", f"天数应为 1 至 {most}", f"The days must be from 1 to {most}"))
    if faults:
        raise Invalid(faults)
    with deed(actor, "restriction.propose", right=rights.PROPOSE) as d:
        call = Call.objects.filter(id=call_id).first()
        if call is None:
            raise NotFound("call", call_id)
        if not call.caller_index:
            raise Conflict(
                "主叫未显示号码，无法管控",
                "The number was withheld; nobody can be restricted",
                code="withheld",
            )
        row = Restriction(
            caller_sealed=call.caller_sealed, caller_index=call.caller_index, caller_masked=call.caller_masked,
            call_id=call_id, reason=reason, note=note.strip()[:500], days=days, proposed_at=clock.now(),
            proposed_by=UUID(actor.id), proposed_name=actor.label[:60],
        )  # fmt: skip
        if Restriction.objects.filter(caller_index=call.caller_index, state__in=_open_states()).exists():
            raise _twice()
        try:
            row.save(force_insert=True)
        except IntegrityError:
            raise _twice() from None
        d.about("restriction", row.id, reason=reason, days=days)
    return row.id


def _open_states() -> list[str]:
    return [state for (state, _) in ACTS]


def _twice() -> Conflict:
    return Conflict(
        "该主叫已有未了结的管控", "There is an open restriction of this caller already", code="open-already"
    )


def act(actor: Actor, id: UUID, name: str, note: str) -> None:
    """Approve, refuse, take down an appeal, uphold or lift; each with its reason in words.

    Rights restriction.decide, for an appeal restriction.propose. Raises NotFound, Invalid, Conflict when the state does not
    allow it, or when one person would decide twice.
    """
    right = _RIGHT.get(name)
    if right is None:
        raise Invalid([Fault("act", f"没有“{name}”这一步", f"There is no act “{name}”")])
    if not note.strip():
        raise Invalid([Fault("note", "须说明理由", "Say why")])
    with deed(actor, f"restriction.{name}", right=right) as d:
        row = Restriction.objects.select_for_update().filter(id=id).first()
        if row is None:
            raise NotFound("restriction", id)
        after = ACTS.get((Restricted(row.state), name))
        if after is None:
            raise Conflict(
                f"当前状态（{row.state}）不能这样做", f"Not possible in state {row.state}", code="not_now"
            )
        _another_person(actor, row, name)
        now = clock.now()
        if name in ("approve", "refuse"):
            row.decided_at, row.decided_by, row.decided_name = now, UUID(actor.id), actor.label[:60]
        if name == "approve":
            row.until = now + timedelta(days=row.days)
        row.state = after
        row.save()
        RestrictionAct(
            restriction=row,
            act=name,
            at=now,
            by=UUID(actor.id),
            name=actor.label[:60],
            note=note.strip()[:500],
        ).save(force_insert=True)
        d.about("restriction", id, state=after.value)


def _another_person(actor: Actor, row: Restriction, name: str) -> None:
    me = UUID(actor.id)
    if name in ("approve", "refuse") and me == row.proposed_by:
        raise Conflict("提出人不能审批", "Who proposed it cannot decide it", code="two-people")
    if name == "uphold" and me == row.decided_by:
        raise Conflict("原审批人不能复核异议", "Who approved it cannot decide the appeal", code="two-people")
