"""Whether an act may be done now, and if not, why: one function for the check, the buttons and their hints."""

from __future__ import annotations

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Problem
from hotline.work.cases.acts import RELATIONS, Act
from hotline.work.cases.models import Case
from hotline.work.cases.states import STATES, State
from hotline.work.cases.terms import TYPES


def why_not(act: Act, case: Case, actor: Actor) -> Problem | None:
    """The reason why ``actor`` may not do ``act`` on ``case`` now; None when he may."""
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
    if act.in_time and (case.deadline_at is None or case.deadline_at <= clock.now()):
        return Conflict(
            f"办理期限已过，“{act.zh}”须在期满之前提出",
            f"The time limit is over; “{act.en}” is possible only before it ends",
            code="case-late",
        )
    return None


def _stands_in(relation: str, case: Case, actor: Actor) -> bool:
    match relation:
        case "centre":
            return actor.sees_all
        case "owner":
            return bool(case.owner_path) and any(case.owner_path.startswith(path) for path in actor.scope)
        case "caller":
            return actor.kind == "citizen" and actor.id == str(case.id)
        case _:
            return True
