"""Every write on who stands aside."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid
from hotline.base.kernel.models import this_city
from hotline.base.people import queries as people
from hotline.work.interests import queries
from hotline.work.interests.models import Aside, Tie
from hotline.work.interests.rights import ORDER, STEP_ASIDE


def begin(actor: Actor, case_id: UUID, staff_id: str, staff_name: str, reason: str) -> Aside:
    """Have somebody stand aside from a case; in the deed of the act on the case that says so, which checked the right.

    Raises Conflict when he does already.
    """
    if staff_id in queries.aside_staff(case_id):
        raise Conflict(f"{staff_name}已回避本件", f"{staff_name} stands aside from this case already")
    return Aside.objects.create(
        case_id=case_id, staff_id=staff_id, staff_name=staff_name, reason=reason,
        ordered_by="" if actor.id == staff_id else actor.label, since=clock.now(),
    )  # fmt: skip


def end(actor: Actor, case_id: UUID, staff_id: str) -> None:
    """Let somebody back to a case; in the deed of the act that says so. Raises Conflict when he does not stand aside."""
    ended = queries.of_case(case_id).filter(staff_id=staff_id, ended_at=None)
    if not ended.update(ended_at=clock.now(), ended_by=actor.label):
        raise Conflict("他没有回避本件", "He does not stand aside from this case")


def declare_tie(
    actor: Actor,
    organisation_id: UUID,
    relation: str,
    *,
    staff_id: UUID | None = None,
    starts_at: datetime | None = None,
) -> Tie:
    """Declare one's own tie to an organisation or, with the right case.order_aside, somebody else's (``staff_id``).

    Raises Invalid, NotFound, Forbidden, and Conflict when it was declared before and holds.
    """
    with deed(actor, "tie.declare", STEP_ASIDE) as d:
        if actor.kind != "person":
            raise Forbidden(STEP_ASIDE)
        if not relation.strip():
            raise Invalid([Fault("relation", "请写明关系，如“配偶在该单位工作”", "Say what the tie is")])
        whose, name = actor.id, actor.label
        if staff_id is not None and str(staff_id) != actor.id:
            if not actor.may(ORDER):
                raise Forbidden(ORDER)
            other = people.staff_member(actor, staff_id)
            whose, name = str(other.id), other.name
        unit = people.organisation(organisation_id)
        if unit.path == "/":
            raise Invalid(
                [Fault("organisation", "请选具体单位", "Choose one organisation, not the whole city")]
            )
        if Tie.objects.filter(city_id=this_city(), staff_id=whose, path=unit.path, ends_at=None).exists():
            raise Conflict(f"已申报与{unit.name}的关系", f"The tie to {unit.name} was declared before")
        row = Tie.objects.create(
            staff_id=whose, staff_name=name, organisation_id=unit.id, organisation_name=unit.name, path=unit.path,
            relation=relation.strip()[:200], starts_at=starts_at or clock.now(), declared_by=actor.label,
        )  # fmt: skip
        d.about("tie", row.id, staff=whose, organisation=unit.key)
    return row


def end_tie(actor: Actor, id: UUID) -> Tie:
    """End a tie as of now; it stays in the record. Only who may order others aside: nobody lets himself back.

    Raises Forbidden, NotFound, Conflict.
    """
    with deed(actor, "tie.end", ORDER) as d:
        row = queries.tie(actor, id)
        if row.staff_id == actor.id:
            raise Conflict(
                "自己申报的关系须由他人解除", "One's own tie is ended by somebody else", code="tie-own"
            )
        if row.ends_at is not None and row.ends_at <= clock.now():
            raise Conflict("已经解除", "It was ended before")
        row.ends_at, row.ended_by = clock.now(), actor.label
        row.save()
        d.about("tie", row.id, staff=row.staff_id)
    return row
