"""Deputies for leave (代理): one person stands in for another from a day to a day, and every act says so (乙 代 甲)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F, Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.people import deputies
from hotline.base.people.figures import DEPUTY_APPROVAL
from hotline.base.people.models import Deputy, Post, Staff
from hotline.base.people.queries import ACTING
from hotline.base.people.roles import SEPARATED

APPROVE = "deputy.approve"
LONGEST = timedelta(days=366)


def name_deputy(
    actor: Actor,
    deputy_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    absent_id: UUID | None = None,
) -> Deputy:
    """Name ``deputy_id`` to stand in for oneself or, with the right deputy.approve, for ``absent_id`` of one's own units.

    For oneself it must be a colleague of the same unit, and a leader approves it where the city wants that
    (``deputy_needs_approval``); a leader may choose anybody in his sight. One deputy at a time, and none who is away himself
    or stands in for another: no chains, no loops. Nobody stands in for, or with, one of the three administrators (等保三级
    三权分立). Raises Invalid, Conflict, Forbidden, NotFound.
    """
    own = absent_id is None or str(absent_id) == actor.id
    with deed(actor, "deputy.name", None if own else APPROVE) as d:
        _check_period(starts_at, ends_at, reason)
        # In one order, so that two who name each other at once are one after the other.
        who = UUID(actor.id if own else str(absent_id))
        ids = sorted({who, deputy_id})
        there = {
            row.id: row
            for row in Staff.objects.select_for_update().filter(id__in=ids, is_active=True).order_by("id")
        }
        absent, deputy = there.get(who), there.get(deputy_id)
        if len(ids) < 2:
            raise Invalid([Fault("deputy", "不能由本人代理本人", "Nobody stands in for himself")])
        if absent is None or deputy is None:
            raise NotFound("staff", deputy_id if absent else who)
        _check_pair(actor, absent, deputy, starts_at, ends_at, own=own)
        now = clock.now()
        approved = not own or not DEPUTY_APPROVAL()
        row = Deputy.objects.create(
            absent=absent, deputy=deputy, starts_at=starts_at, ends_at=ends_at, reason=reason.strip(), asked_at=now,
            asked_by=actor.label, state=Deputy.State.APPROVED if approved else Deputy.State.ASKED,
            decided_by=actor.label if approved else "", decided_at=now if approved else None,
        )  # fmt: skip
        d.about("deputy", row.id, absent=str(absent.id), deputy=str(deputy.id), state=row.state)
    return row


def decide(actor: Actor, id: UUID, approve: bool) -> Deputy:
    """Approve or refuse what somebody of one's units asked; not for oneself. Right deputy.approve."""
    with deed(actor, "deputy.approve" if approve else "deputy.refuse", APPROVE) as d:
        row = _locked(id)
        if actor.id in (str(row.absent_id), str(row.deputy_id)):
            raise Conflict(
                "不得审批与本人有关的代理。", "Nobody decides on a deputy of his own, or on being one."
            )
        if not deputies.in_sight(actor, row.absent_id):
            raise NotFound("deputy", id)
        if row.state != Deputy.State.ASKED or row.ended_at:
            raise Conflict("这项代理已经处理过了。", "This was already decided.")
        row.state = Deputy.State.APPROVED if approve else Deputy.State.REFUSED
        row.decided_by, row.decided_at = actor.label, clock.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
        d.about("deputy", row.id, absent=str(row.absent_id), deputy=str(row.deputy_id), state=row.state)
    return row


def end_deputy(actor: Actor, id: UUID) -> Deputy:
    """End it now, or take it back before it begins: either of the two, or their leader."""
    with deed(actor, "deputy.end") as d:
        row = _locked(id)
        own = actor.id in (str(row.absent_id), str(row.deputy_id))
        if not own and not (actor.may(APPROVE) and deputies.in_sight(actor, row.absent_id)):
            raise NotFound("deputy", id)
        if row.ended_at or row.ends_at <= clock.now():
            raise Conflict("这项代理已经结束。", "It has already ended.")
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
        d.about("deputy", row.id, absent=str(row.absent_id), deputy=str(row.deputy_id))
    return row


def act_for(actor: Actor, session: SessionBase, id: UUID | None) -> None:
    """From now on this session acts for the absent one of deputy ``id``; None: for oneself again. Raises NotFound."""
    with deed(actor, "deputy.act_for" if id else "deputy.act_for_self") as d:
        if id is None:
            session.pop(ACTING, None)
            d.about("staff", actor.id)
            return
        row = Deputy.objects.filter(deputies.holding(clock.now()), id=id, deputy_id=UUID(actor.id)).first()
        if row is None:
            raise NotFound("deputy", id)
        session[ACTING] = str(id)
        d.about("deputy", id, absent=str(row.absent_id))


def _check_period(starts_at: datetime, ends_at: datetime, reason: str) -> None:
    faults = []
    if ends_at <= starts_at or ends_at <= clock.now():
        faults.append(
            Fault("ends_at", "结束时间应晚于开始时间和现在", "The end must be after the start and after now")
        )
    elif ends_at - starts_at > LONGEST:
        faults.append(Fault("ends_at", "最长一年", "A year at most"))
    if not 1 <= len(reason.strip()) <= 200:
        faults.append(Fault("reason", "请填写事由，200 字以内", "Give the reason, 200 characters at most"))
    if faults:
        raise Invalid(faults)


def _check_pair(
    actor: Actor, absent: Staff, deputy: Staff, starts_at: datetime, ends_at: datetime, *, own: bool
) -> None:
    meanwhile = Post.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=starts_at), starts_at__lt=ends_at
    ).exclude(starts_at=F("ends_at"))
    if meanwhile.filter(staff__in=[absent, deputy], role__in=SEPARATED).exists():
        raise Conflict(
            "系统、安全、审计管理员不得代理，也不得被代理。",
            "The system, security and audit administrators stand in for nobody, and nobody for them.",
            code="separated-posts",
        )
    units = [*meanwhile.filter(staff=absent).values_list("organisation_id", flat=True)]
    if own and not meanwhile.filter(staff=deputy, organisation_id__in=units).exists():
        raise Invalid(
            [
                Fault(
                    "deputy",
                    "请选本单位的同事，跨单位由负责人指定",
                    "Choose a colleague of your unit; your leader may choose another",
                )
            ]
        )
    if not own:
        for one in (absent, deputy):
            if not deputies.in_sight(actor, one.id):
                raise NotFound("staff", one.id)
    overlapping = Deputy.objects.filter(ended_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at).exclude(
        state=Deputy.State.REFUSED
    )
    if overlapping.filter(absent=absent).exists():
        raise Conflict(
            "这段时间已有代理人，请先结束。",
            "There is a deputy for that time already; end that first.",
            code="deputy-there",
        )
    if overlapping.filter(Q(absent=deputy) | Q(deputy=absent)).exists():
        raise Conflict(
            "代理人这段时间自己也请人代理，或被代理人正在代理别人：代理不得转托。",
            "The deputy is away himself then, or the absent one stands in for somebody: a deputy has no deputy.",
            code="deputy-chain",
        )


def _locked(id: UUID) -> Deputy:
    row = Deputy.objects.select_for_update().filter(id=id).first()
    if row is None:
        raise NotFound("deputy", id)
    return row
