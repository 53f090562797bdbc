"""Many callers wait for one answer: they are told it in steps, each of them whole, until nobody waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.models import this_city
from hotline.work.cases.acting import FOLLOWERS, Answer, tell_some
from hotline.work.cases.models import Case

ACTOR = system("merged cases")


def listen() -> None:
    """Hear of leads that have their answer while many wait for it; called once."""
    outbox.on(FOLLOWERS, step)


def step(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Tell some, and have the next step done. All of it stands in the transaction that takes this news out of the outbox:
    who was told and what is left to do can never differ, wherever the worker dies."""
    lead = Case.objects.filter(city_id=this_city(), id=key).first()
    if lead is None:
        return
    id, name, path = payload["owner"]
    answer = Answer(
        payload["act"], payload["version"], (UUID(id) if id else None, name, path), datetime.fromisoformat(payload["merged_until"])
    )  # fmt: skip
    with deed(ACTOR, "case.tell_followers") as d:
        d.about("case", lead.id, number=lead.number, act=answer.act)
        if tell_some(lead, answer):
            d.tell(FOLLOWERS, lead.id, **payload)
