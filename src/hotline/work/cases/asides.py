"""Stepping aside from a case (回避) as acts of the table: who does, whether anybody is left, and what the leader is told."""

from __future__ import annotations

from typing import Any

from hotline.base.kernel.deeds import Deed
from hotline.base.people import queries as people
from hotline.work.cases.models import Case
from hotline.work.cases.rights import REPLY
from hotline.work.interests import actions as interests
from hotline.work.interests import queries


def take_note(d: Deed, case: Case, name: str, values: dict[str, Any]) -> None:
    """What ``step_aside``, ``order_aside`` and ``end_aside`` do, within the act's deed; nothing for any other act.

    Completes ``values`` by the person's name. Raises NotFound for who is not of the actor's staff, Conflict.
    """
    if name == "step_aside":
        interests.begin(d.actor, case.id, d.actor.id, d.actor.label, values["reason"])
    elif name in ("order_aside", "end_aside"):
        who = people.staff_member(d.actor, values["staff"])
        values["staff_name"] = who.name
        if name == "end_aside":
            interests.end(d.actor, case.id, str(who.id))
            return
        interests.begin(d.actor, case.id, str(who.id), who.name, values["reason"])
    else:
        return
    if case.owner_path and not _anybody_left(case):
        values["nobody_left"] = True
        d.tell("case.nobody_left", case.id, number=case.number, unit=str(case.owner_id))


def _anybody_left(case: Case) -> bool:
    """Whether the unit still has somebody who may handle the case."""
    aside = queries.aside_staff(case.id)
    return any(str(id) not in aside for id in people.staff_over(case.owner_path, REPLY))
