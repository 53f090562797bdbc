"""Duties of a case: whether an act may open, answer or end one now, and what it does to them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.calendar import city_calendar
from hotline.base.kernel.errors import Conflict, Fault, Invalid, Problem
from hotline.base.kernel.models import this_city
from hotline.base.people import queries as people
from hotline.work.cases.duty_kinds import KINDS, DutyKind, next_colour
from hotline.work.cases.figures import APPEAL_DAYS, APPEAL_DECISION_DAYS
from hotline.work.cases.models import Case, Duty, Verdict
from hotline.work.cases.shape import Act
from hotline.work.cases.states import OVER, State
from hotline.work.cases.terms import DISSATISFIED

log = logging.getLogger(__name__)
Standing = (Duty.State.OPEN, Duty.State.ANSWERED)
"""A duty that has not come to its end."""


class Facts:
    """What a guard may have to know of a case beside its row; each read once, when it is first asked for."""

    def __init__(self, case: Case) -> None:
        self.case, self.owner_before = case, case.owner_id

    @cached_property
    def duties(self) -> list[Duty]:
        """Every duty there ever was, oldest first. One query."""
        return [
            *Duty.objects.filter(city_id=self.case.city_id, case_id=self.case.id).order_by("opened_at", "id")
        ]

    @cached_property
    def verdict(self) -> Verdict | None:
        """The newest verdict. One query."""
        rows = Verdict.objects.filter(city_id=self.case.city_id, case_id=self.case.id)
        return rows.order_by("-version").first()

    def appealed(self) -> Verdict | None:
        """The verdict that the standing appeal is against. One query."""
        ids = [duty.verdict_id for duty in self.standing("appeal") if duty.verdict_id]
        return Verdict.objects.filter(city_id=self.case.city_id, id__in=ids).first() if ids else None

    def standing(self, kind: str) -> list[Duty]:
        """The duties of ``kind`` that have not come to their end."""
        return [duty for duty in self.duties if duty.kind == kind and duty.state in Standing]


def addressed_to(actor: Actor, duty: Duty) -> bool:
    """Whether ``actor`` may answer for the unit that was asked."""
    return any(duty.unit_path.startswith(path) for path in actor.scope)


def why_not(act: Act, facts: Facts, actor: Actor) -> Problem | None:
    """Why ``act`` can do nothing to a duty now; None when it can, or does nothing to duties."""
    about_verdict = act.excludes is not None or act.name == "ask_appeal"
    if about_verdict and (problem := _no_such_verdict(act, facts, actor)):
        return problem
    if act.duty is None or act.duty.verb == "late":
        return None
    kind, standing = KINDS[act.duty.kind], facts.standing(act.duty.kind)
    match act.duty.verb:
        case "open":
            if kind.to != "units" and standing:
                return _conflict(f"已有未办结的{kind.zh}", f"There is an {kind.en} under way")
            return None
        case "answer":
            wanted = [
                duty for duty in standing if duty.state == Duty.State.OPEN and addressed_to(actor, duty)
            ]
        case "accept":
            wanted = [duty for duty in standing if duty.state == Duty.State.ANSWERED]
        case "return" if kind.to == "owner":
            wanted = [duty for duty in standing if duty.state == Duty.State.ANSWERED]
        case _:
            wanted = [*standing]
    return (
        None if wanted else _conflict(f"没有可“{act.zh}”的{kind.zh}", f"There is no {kind.en} for “{act.en}”")
    )


def _conflict(zh: str, en: str) -> Conflict:
    return Conflict(zh, en, code="case-duty")


def _no_such_verdict(act: Act, facts: Facts, actor: Actor) -> Problem | None:
    verdict = facts.appealed() if act.name == "grant_appeal" else facts.verdict
    if verdict is None or verdict.unit_id is None:
        return _conflict("本件没有对承办单位的评价", "There is no verdict on a unit")
    if act.excludes is False:
        return None if verdict.excluded_at else _conflict("该评价已纳入评价", "The verdict counts already")
    if verdict.excluded_at:
        return _conflict("该评价已不纳入评价", "The verdict is left out already")
    if act.name != "ask_appeal":
        return None
    if verdict.grade not in DISSATISFIED and verdict.solved != "unsolved":
        return _conflict("评价并非不满意，无需申诉", "The verdict was not dissatisfied")
    if not any(verdict.unit_path.startswith(path) for path in actor.scope):
        return _conflict("被评价的不是本单位", "The verdict is not on this unit")
    if any(duty.verdict_id == verdict.id for duty in facts.duties):
        return _conflict("对该评价已申诉过", "This verdict was appealed before")
    if city_calendar().due(verdict.at, APPEAL_DAYS()) < clock.now():
        return _conflict(
            f"申诉应在评价后 {APPEAL_DAYS()} 个工作日内提出",
            f"An appeal is possible within {APPEAL_DAYS()} working days",
        )
    return None


@dataclass(slots=True)
class Changed:
    """What an act did to duties: rows to insert, rows to save, and the units that are to hear of it."""

    new: list[Duty | Verdict]
    saved: list[Duty | Verdict]
    units: list[UUID]


def apply(
    case: Case,
    act: Act,
    values: dict[str, Any],
    actor: Actor,
    facts: Facts,
    owner_before: tuple[UUID | None, str, str],
) -> Changed:
    """Do to the duties of ``case``, which stands as it does after the act, what ``act`` says. Raises Invalid for units
    that cannot be asked."""
    done = Changed([], [], [])
    if act.judges:
        done.new.append(_verdict(case, values, owner_before))
    verdict = facts.appealed() if act.name == "grant_appeal" else facts.verdict
    if act.excludes is not None and verdict is not None:
        done.saved.append(_excluded(verdict, act.excludes, values, actor))
    if act.duty is not None:
        _verbs[act.duty.verb](case, act, values, actor, facts, done)
    moved_away = case.owner_id != owner_before[0] and act.owner not in ("below", "above")
    left = moved_away or State(case.state) in (
        *OVER,
        State.MERGED,
        State.WAITING_DISPATCH,
    )
    if left:
        for duty in facts.duties:
            if duty.state in Standing and KINDS[duty.kind].lapses and duty not in done.saved:
                duty.state, duty.ended_at = Duty.State.LAPSED, case.changed_at
                done.saved.append(duty)
    return done


def _verdict(case: Case, values: Mapping[str, Any], owner: tuple[UUID | None, str, str]) -> Verdict:
    return Verdict(
        case_id=case.id, version=case.version, at=case.changed_at, unit_id=owner[0], unit_name=owner[1], unit_path=owner[2],
        grade=values["grade"], responded=values.get("responded") or "", solved=values.get("solved") or "",
    )  # fmt: skip


def _excluded(verdict: Verdict, out: bool, values: Mapping[str, Any], actor: Actor) -> Verdict:
    verdict.excluded_at = clock.now() if out else None
    verdict.excluded_by = actor.label if out else ""
    verdict.excluded_why = values["reason"] if out else ""
    return verdict


def _open(case: Case, act: Act, values: dict[str, Any], actor: Actor, facts: Facts, done: Changed) -> None:
    assert act.duty is not None
    kind = KINDS[act.duty.kind]
    for unit in _addressees(case, kind, values, facts):
        done.units.append(unit.id)
        done.new.append(
            Duty(
                case_id=case.id, kind=kind.kind, unit_id=unit.id, unit_name=unit.name, unit_path=unit.path,
                level=values.get("level") or ("government_office" if kind.kind == "escalation" else ""),
                days=values.get("days") or 0, opened_at=case.changed_at, due_at=_due(case, kind, values), asked=case.version,
                verdict_id=facts.verdict.id if kind.kind == "appeal" and facts.verdict else None,
            )
        )  # fmt: skip


def _due(case: Case, kind: DutyKind, values: Mapping[str, Any]) -> datetime | None:
    if values.get("days"):
        return city_calendar().due(case.changed_at, values["days"])
    if values.get("at"):
        return datetime.fromisoformat(values["at"])
    if kind.kind == "appeal":
        return city_calendar().due(case.changed_at, APPEAL_DECISION_DAYS())
    return case.deadline_at


def _addressees(case: Case, kind: DutyKind, values: dict[str, Any], facts: Facts) -> list[Any]:
    match kind.to:
        case "units":
            name = "units" if "units" in values else "assisting"
            units = [people.organisation(id) for id in values.get(name) or ()]
            values[f"{name}_names"] = [unit.name for unit in units]
            _check_units(case, kind, name, units, facts)
            return units
        case "owner":
            return [people.organisation(case.owner_id)] if case.owner_id else []
        case "judged":
            judged = facts.verdict.unit_id if facts.verdict else None
            return [people.organisation(judged)] if judged else []
        case office:
            found = people.organisations(kind=office).first()
            if found is not None:
                not_to_the_reported(case, "unit", found)
            if found is None:
                raise Conflict(
                    "本市没有登记这一机构，请先在组织机构中登记",
                    "The city has no such office; register it first",
                    code="case-office",
                )
            return [found]


def _check_units(case: Case, kind: DutyKind, name: str, units: list[Any], facts: Facts) -> None:
    faults = []
    stays = facts.owner_before == case.owner_id
    asked = {duty.unit_id for duty in facts.standing(kind.kind)} if stays or not kind.lapses else set()
    for unit in units:
        if not unit.accepts_cases or not unit.in_jurisdiction or unit.closed_on:
            faults.append(
                Fault(
                    name,
                    f"{unit.name}不能办理诉求件，请选办理节点",
                    f"{unit.name} takes no cases; choose a node",
                )
            )
        elif unit.id == case.owner_id and kind.kind == "assist":
            faults.append(Fault(name, f"{unit.name}是主办单位", f"{unit.name} has the lead"))
        elif unit.id in asked:
            faults.append(Fault(name, f"已请{unit.name}{kind.zh}", f"{unit.name} was asked already"))
        elif in_branch(unit.path, case.reported_path):
            faults.append(_reported(name, unit.name))
    if faults:
        raise Invalid(faults)


def in_branch(path: str, reported: str) -> bool:
    """Whether a unit stands in the branch of the reported party: it, one below, or one above it (the root apart)."""
    if not reported:
        return False
    # A node acts for the organisation it stands under: whose node, or below, or above it, has the reported party in its hands.
    branch = path.rstrip("/").rpartition("/")[0] + "/"
    root = people.root().path
    return path.startswith(reported) or any(reported.startswith(one) for one in (path, branch) if one != root)


def _reported(where: str, name: str) -> Fault:
    return Fault(
        where,
        f"{name}是被举报单位或其上下级，不得经手本件（济南条例 32）",
        f"{name} is the reported party or in its branch and must not have this case",
    )


def not_to_the_reported(case: Case, where: str, unit: Any) -> None:
    """Raises Invalid where ``unit`` is in the branch of the reported party (信访工作条例 30, 济南 32)."""
    if in_branch(unit.path, case.reported_path):
        raise Invalid([_reported(where, unit.name)])


def _answer(case: Case, act: Act, values: dict[str, Any], actor: Actor, facts: Facts, done: Changed) -> None:
    assert act.duty is not None
    for duty in facts.standing(act.duty.kind):
        if duty.state == Duty.State.OPEN and addressed_to(actor, duty):
            duty.state, duty.answered = Duty.State.ANSWERED, case.version
            if KINDS[duty.kind].to == "units" and duty.kind == "assist":
                duty.state, duty.ended_at = Duty.State.CLOSED, case.changed_at
            done.saved.append(duty)


def _again(case: Case, act: Act, values: dict[str, Any], actor: Actor, facts: Facts, done: Changed) -> None:
    """What was answered, or is before an office, is asked anew: a slip refused, a case brought before the meeting."""
    assert act.duty is not None
    for duty in facts.standing(act.duty.kind):
        duty.state, duty.answered, duty.told_at = Duty.State.OPEN, None, None
        duty.days, duty.due_at, duty.asked = (
            values["days"],
            _due(case, KINDS[duty.kind], values),
            case.version,
        )
        if duty.kind == "escalation":
            duty.level = "executive_meeting"
        done.saved.append(duty)
        done.units.append(duty.unit_id)


def _end(case: Case, act: Act, values: dict[str, Any], actor: Actor, facts: Facts, done: Changed) -> None:
    assert act.duty is not None
    for duty in facts.standing(act.duty.kind):
        if act.duty.verb == "accept" and duty.state != Duty.State.ANSWERED:
            continue
        duty.state, duty.ended_at = Duty.State.CLOSED, case.changed_at
        duty.answered = case.version if act.relation == "addressed" else duty.answered
        done.saved.append(duty)
        done.units.append(duty.unit_id)


def _late(case: Case, act: Act, values: dict[str, Any], actor: Actor, facts: Facts, done: Changed) -> None:
    """三色督查单：逾期未答复的升为下一色，期限重新起算；红色和其他各类只提示一次。"""
    for duty in facts.duties:
        if not overdue(duty, case.changed_at):
            continue
        higher = next_colour(duty.level) if KINDS[duty.kind].colours else duty.level
        if higher != duty.level:
            duty.level, duty.due_at = higher, city_calendar().due(case.changed_at, duty.days)
        else:
            duty.told_at = case.changed_at
        values.setdefault("kinds", []).append(duty.kind)
        values.setdefault("units_names", []).append(duty.unit_name)
        values["level"] = duty.level
        done.saved.append(duty)
        done.units.append(duty.unit_id)


def overdue(duty: Duty, now: datetime) -> bool:
    """Whether nobody has answered in time, and nothing was said of it yet."""
    return (
        duty.state == Duty.State.OPEN
        and duty.told_at is None
        and duty.due_at is not None
        and duty.due_at < now
    )


_verbs = {
    "open": _open,
    "answer": _answer,
    "return": _again,
    "accept": _end,
    "close": _end,
    "grant": _end,
    "late": _late,
}


def open_to(actor: Actor, kinds: Iterable[str] = ()) -> Q:
    """Open duties that ``actor``'s units have to answer, of ``kinds`` (all)."""
    wanted = Q(city_id=this_city(), state=Duty.State.OPEN) & people.within(actor, "unit_path")
    return wanted & Q(kind__in=[*kinds]) if kinds else wanted


def as_rows(duties: Iterable[Duty], now: datetime) -> list[dict[str, Any]]:
    """Duties for the case page: what was asked and answered stands in the time line, at these versions."""
    return [
        {
            "id": duty.id, "kind": duty.kind, "zh": KINDS[duty.kind].zh, "en": KINDS[duty.kind].en, "unit": duty.unit_name,
            "state": duty.state, "level": duty.level, "opened_at": duty.opened_at, "due_at": duty.due_at,
            "late": duty.state == Duty.State.OPEN and duty.due_at is not None and duty.due_at < now,
            "asked": duty.asked, "answered": duty.answered, "ended_at": duty.ended_at,
        }
        for duty in duties
    ]  # fmt: skip
