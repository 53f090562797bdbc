"""Doing an act of the table on a case, or on several: the state, its event, its duties, the audit row and the news, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef
from psycopg.errors import DeadlockDetected

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound, Problem
from hotline.base.kernel.rows import insert, save
from hotline.work.cases import asides, duties, merging, queries
from hotline.work.cases.acts import Act, act
from hotline.work.cases.duties import Facts
from hotline.work.cases.guards import why_not
from hotline.work.cases.models import Case, CaseEvent
from hotline.work.cases.moves import Moved, move
from hotline.work.cases.states import State

log = logging.getLogger(__name__)


def perform(actor: Actor, case_id: UUID | str, name: str, version: int, fields: Mapping[str, Any]) -> Case:
    """Do the act ``name`` on a case that the actor last saw at ``version``, and return the case as it is now.

    Raises NotFound (no such case or act within the actor's sight), Forbidden, Conflict when the case has moved on or its
    state does not allow the act, Invalid for its fields. Nothing is changed then.
    """
    row = act(name)
    if name == "accept":
        raise NotFound("act", name)
    with _no_deadlock(), deed(actor, f"case.{name}", row.right) as d:
        case = queries.one(actor, case_id)
        if case.version != version:
            raise _moved_on(case.version, version)
        facts = Facts(case)
        if refusal := why_not(row, case, actor, facts):
            raise refusal
        values = row.read(fields)
        asides.take_note(d, case, name, values)
        before, owner = case.state, (case.owner_id, case.owner_name, case.owner_path)
        if row.to is State.MERGED:
            case.lead_id = merging.lead_for(actor, case, values["into"]).id
        moved = move(case, row, values)
        changed = duties.apply(case, row, values, actor, facts, owner)
        told = merging.act_of_followers(name, before, case)
        if told:
            merging.hold(case)
        _save(case, seen=version)
        for one in changed.saved:  # first: what lapses makes room for what is asked anew of the same unit
            save(one)
        insert(append(d, case, row, _kept(values), moved, changed.units), *changed.new)
        if told:
            _tell_followers(d, case, told)
    return case


def _tell_followers(d: Deed, lead: Case, name: str) -> None:
    """What was merged into ``lead`` gets its answer with it: few in the same deed; many in steps, which its news begins, and
    which go on where they were whatever happens to the worker (``tell_some``)."""
    # Counted again: who was merged while this act waited for the lead is not among those it locked.
    if merging.is_led_by_few(lead):
        tell_some(
            lead, Answer(name, lead.version, (lead.owner_id, lead.owner_name, lead.owner_path), clock.now())
        )
    else:
        owner = [str(lead.owner_id) if lead.owner_id else None, lead.owner_name, lead.owner_path]
        d.tell(
            FOLLOWERS,
            lead.id,
            act=name,
            version=lead.version,
            owner=owner,
            merged_until=clock.now().isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the followers of a lead are to hear: the act, the lead's version and owner then, and who was merged by then."""

    act: str
    version: int
    owner: tuple[UUID | None, str, str]
    merged_until: datetime


def tell_some(lead: Case, answer: Answer) -> bool:
    """Do ``answer.act`` on up to SOME_TOLD followers of ``lead`` that wait for it; whether some are left."""
    later = CaseEvent.objects.filter(case_id=OuterRef("id"), act="merge", at__gt=answer.merged_until)
    waiting = merging.followers(lead).filter(~Exists(later)).order_by("id").select_for_update(of=("self",))
    some = [*waiting.values_list("id", "version")[: merging.SOME_TOLD]]
    if not some:
        return False
    fields = (
        {"reason": WITHDRAWN} if answer.act == "split" else {"reply": queries.answer_of(lead, answer.version)}
    )
    fields = {key: value for key, value in fields.items() if value}
    if answer.act == "answered_with_lead":
        # Who is not satisfied has it done again by the same unit.
        owner = dict(zip(("owner_id", "owner_name", "owner_path"), answer.owner, strict=True))
        Case.objects.filter(city_id=lead.city_id, id__in=[id for id, _ in some]).update(**owner)
    for id, version in some:
        perform(MERGED, id, answer.act, version, fields)
    return len(some) == merging.SOME_TOLD


@contextmanager
def _no_deadlock() -> Iterator[None]:
    """Whoever the database chooses of some that wait for each other comes second, as with a version. Locks are taken in the
    order of ids; this is for what nobody has thought of."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        log.exception("a deadlock between acts on cases")
        raise _busy() from error


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one of several: ``problem`` None when it was done."""

    id: UUID
    case: Case | None
    problem: Problem | None


def perform_each(
    actor: Actor, name: str, seen: Iterable[tuple[UUID, int]], fields: Mapping[str, Any]
) -> list[Done]:
    """Do one act on several cases, each a deed of its own: what is refused for one is done for the others.

    Raises Invalid when they are too many, or none.
    """
    wanted = list(dict(seen).items())
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise Invalid([Fault("cases", f"一次 1–{MOST_AT_ONCE} 件", f"1 to {MOST_AT_ONCE} cases at a time")])
    done = []
    for id, version in wanted:
        try:
            with transaction.atomic():
                done.append(Done(id, perform(actor, id, name, version, fields), None))
        except Problem as problem:
            done.append(Done(id, None, problem))
    return done


MOST_AT_ONCE = 200
MERGED = system("merged cases")
FOLLOWERS = "followers.to_tell"
"""The news that a lead has its answer and many wait for it (followers.py)."""
WITHDRAWN = "主单诉求人已撤回 / whoever asked first has withdrawn"


def _save(case: Case, *, seen: int) -> None:
    """Write what an act may change, if nobody did another act meanwhile."""
    changed = Case.objects.filter(city_id=case.city_id, id=case.id, version=seen).update(
        **{
            name: getattr(case, name)
            for name in (
                "state", "version", "changed_at", "owner_id", "owner_name", "owner_path", "designated",
                "deadline_at", "clock_running", "clock_started_at", "paused_at", "told_soon_at", "told_late_at",
                "redo_count", "urged", "urgency", "step_due_at", "step_told_at", "contacted_at", "object_until",
                "upper_id", "upper_name", "upper_path", "lead_id", "event_name", "item",
            )
        }
    )  # fmt: skip
    if not changed:
        raise _moved_on(None, seen)


def _busy() -> Conflict:
    return Conflict(
        "有人正在办理本件或与之并单的件，未作任何改动，请刷新后再办",
        "Somebody is acting on this case, or on one merged with it; nothing was changed, reload and try again",
        code="case-version",
    )


def _moved_on(version: int | None, seen: int) -> Conflict:
    now_zh, now_en = (f"，现为第 {version} 版", f" and is at version {version}") if version else ("", "")
    return Conflict(
        f"本件已被他人处理（您看到的是第 {seen} 版{now_zh}），未作任何改动，请刷新后再办",
        f"Somebody acted on this case after you saw it (you saw version {seen}{now_en}); nothing was changed, reload and try again",
        code="case-version",
    )


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _storable(value) for name, value in values.items() if value not in (None, False, [])}


def _storable(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def append(
    d: Deed,
    case: Case,
    row: Act,
    fields: dict[str, Any],
    moved: Moved | None = None,
    units: Iterable[UUID] = (),
) -> CaseEvent:
    """The audit row and the news of one act, without personal data, and its event, which the caller writes."""
    redone = moved is not None and moved.turn.redone
    event = CaseEvent(
        case_id=case.id,
        version=case.version,
        act=row.name,
        at=case.changed_at,
        actor_kind=d.actor.kind,
        actor_id=d.actor.id,
        actor_label=d.actor.label,
        fields=fields,
        state=case.state,
        owner_id=case.owner_id,
        owner_name=case.owner_name,
        deadline_at=case.deadline_at,
        clock_running=case.clock_running,
        redone=redone,
        step=moved.step if moved and moved.step else "",
        step_late=moved is not None and moved.step_late,
    )
    d.about("case", case.id, number=case.number, state=case.state, version=case.version)
    d.tell(
        f"case.{row.name}",
        case.id,
        number=case.number,
        type=case.type,
        state=case.state,
        version=case.version,
        unit=str(case.owner_id) if case.owner_id else None,
        units=[str(id) for id in units],
        upper=str(case.upper_id) if case.upper_id else None,
        call_id=str(case.call_id) if case.call_id else None,
        redone=redone,
        notice=list(row.notice),
    )
    return event
