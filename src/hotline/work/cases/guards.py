"""Whether an act may be done now, and if not, why: one function for the check, the buttons and their hints."""

from __future__ import annotations

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Problem
from hotline.work.cases import duties
from hotline.work.cases.acts import RELATIONS, Act
from hotline.work.cases.duties import Facts
from hotline.work.cases.models import Case
from hotline.work.cases.states import STATES, State
from hotline.work.cases.terms import TYPES


def why_not(act: Act, case: Case, actor: Actor, facts: Facts | None = None) -> Problem | None:
    """The reason why ``actor`` may not do ``act`` on ``case`` now; None when he may. ``facts``: what is known of the case beside
    its row, so that several acts read it once."""
    if act.right is not None and not actor.may(act.right):
        return Forbidden(act.right)
    state = State(case.state)
    if state not in act.sources:
        now = STATES[state]
        wanted = [STATES[source] for source in act.sources]
        return Conflict(
            f"现为“{now.zh}”，“{act.zh}”只能在{'、'.join(f'“{row.zh}”' for row in wanted)}时进行",
            f"It is “{now.en}” now; “{act.en}” is possible only in {', '.join(f'“{row.en}”' for row in wanted)}",
            code="case-state",
        )
    if not _stands_in(act.relation, case, actor):
        zh, en = RELATIONS[act.relation]
        return Problem(
            "case-relation", f"“{act.zh}”只能由{zh}进行", f"“{act.en}” is for {en} only", status=403
        )
    if act.barred_if_designated and case.designated:
        # 潍坊 22, 北京 14: a designated unit may not return a case.
        return Conflict(
            "本件为指定办理，不得退单",
            "This case was designated to the unit and may not be returned",
            code="case-designated",
        )
    if case.type in act.barred_types:
        word = TYPES[case.type]
        return Conflict(
            f"“{word.zh}”件不能“{act.zh}”",
            f"“{act.en}” is not possible for “{word.en}”",
            code="case-type",
        )
    if act.windowed and case.object_until is not None and case.object_until <= clock.now():
        # 国办函〔2025〕66号（五）：派单异议在规定时间内提出，经审核
        return Conflict(
            "派单异议期已过，不能再申请退单；确需他单位办理的请报 12345 中心改派",
            "The time for objecting is over; ask the centre to give it to another unit",
            code="case-objection-late",
        )
    if act.in_time and (case.deadline_at is None or case.deadline_at <= clock.now()):
        return Conflict(
            f"办理期限已过，“{act.zh}”须在期满之前提出",
            f"The time limit is over; “{act.en}” is possible only before it ends",
            code="case-late",
        )
    if (clash := _clash(act, case)) is not None:
        return clash
    return duties.why_not(act, facts or Facts(case), actor)


def _clash(act: Act, case: Case) -> Problem | None:
    if act.name == "pass_down" and case.upper_path:
        return Conflict(
            f"已由{case.upper_name}转来，不能再转下级",
            f"{case.upper_name} passed it down; it cannot be passed further",
            code="case-passed",
        )
    if act.name == "leave_event" and not case.event_name:
        return Conflict("本件不在群体事件中", "It belongs to no mass event", code="case-no-event")
    return None


def _stands_in(relation: str, case: Case, actor: Actor) -> bool:
    match relation:
        case "centre":
            return actor.sees_all
        case "owner":
            return bool(case.owner_path) and any(case.owner_path.startswith(path) for path in actor.scope)
        case "upper":
            return bool(case.upper_path) and any(case.upper_path.startswith(path) for path in actor.scope)
        case "clock":
            return actor.kind == "system"
        case "caller":
            return actor.kind == "citizen" and actor.id == str(case.id)
        case _:
            return True
