"""Every write on the inbox: a message becomes a case, is added to one, or is put aside with the reason. Each once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.notices import actions as notices
from hotline.base.notices import queries as messages
from hotline.work.cases import actions as cases
from hotline.work.cases import queries as cases_known
from hotline.work.cases.actions import Filed
from hotline.work.cases.intake import CONTENT_MAX, Asking
from hotline.work.inbox.rights import WORK
from hotline.work.inbox.words import DISMISSED


def file(actor: Actor, id: UUID, asking: Asking) -> Filed:
    """Make a case of a message: its words and its number are the case's, the rest is ``asking``'s. Rights inbox.work, case.create.

    Raises NotFound, Conflict when something was made of it before, Invalid.
    """
    with deed(actor, "inbox.file", WORK) as d:
        message = _open(id)
        filed = cases.accept(
            actor,
            replace(
                asking,
                content=message["text"][:CONTENT_MAX],
                phone=message["phone"],
                channel="sms",
                key=f"incoming:{id}",
            ),
        )
        notices.take_as(id, "case", filed.id)
        d.about("incoming", id, case=filed.number)
    return filed


def add(actor: Actor, id: UUID, case_id: UUID) -> Any:
    """Add a message to a case of its sender's that is going on. Rights inbox.work, case.answer. Raises NotFound (also for
    anybody else's case: he would read it there), Conflict, Invalid when it is longer than an addition may be."""
    with deed(actor, "inbox.add", WORK) as d:
        message = _open(id)
        found = cases_known.one(actor, case_id)
        if bytes(found.contact_phone_index or b"") != message["phone_index"]:
            raise NotFound("case", case_id)
        case = cases.perform(actor, case_id, "record_addition", found.version, {"text": message["text"]})
        notices.take_as(id, "case", case.id)
        d.about("incoming", id, case=case.number)
    return case


def dismiss(actor: Actor, id: UUID, reason: str) -> None:
    """Put a message aside. Right inbox.work. Raises NotFound, Conflict, Invalid for a reason there is not."""
    if reason not in DISMISSED:
        zh = "、".join(word.zh for word in DISMISSED.values())
        raise Invalid([Fault("reason", f"请选择原因：{zh}", f"Choose a reason: {', '.join(DISMISSED)}")])
    with deed(actor, "inbox.dismiss", WORK) as d:
        _open(id)
        notices.take_as(id, reason, None)
        d.about("incoming", id, reason=reason)


def _open(id: UUID) -> messages.Received:
    message = messages.received(id, lock=True)
    if message["taken_as"]:
        raise Conflict(
            "这条来信已有人处理，未作任何改动，请刷新",
            "Somebody has dealt with this message; nothing was changed, reload",
            code="incoming-taken",
        )
    return message
