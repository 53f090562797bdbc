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
from hotline.base.notices.mail.reading import unquoted
from hotline.base.notices.ways import Means
from hotline.work.cases import actions as cases
from hotline.work.cases import queries as cases_known
from hotline.work.cases.actions import Filed
from hotline.work.cases.acts import ACTS
from hotline.work.cases.intake import CONTENT_MAX, Asking
from hotline.work.inbox import enclosures, queries
from hotline.work.inbox.rights import WORK
from hotline.work.inbox.words import DISMISSED


def file(actor: Actor, id: UUID, asking: Asking) -> Filed:
    """Make a case of a message: its words, its sender and what came with it are the case's, the rest is ``asking``'s. Rights
    inbox.work, case.create.

    Raises NotFound, Conflict when something was made of it before, Invalid.
    """
    with deed(actor, "inbox.file", WORK) as d:
        message = _open(id)
        by_mail = message["channel"] == Means.MAIL
        filed = cases.accept(
            actor,
            replace(
                asking,
                content=_cut(_told(message), CONTENT_MAX),
                phone="" if by_mail else message["sender"],
                mail=message["sender"] if by_mail else "",
                channel="email" if by_mail else "sms",
                key=f"incoming:{id}",
            ),
        )
        notices.take_as(id, "case", filed.id)
        enclosures.hand_over(actor, id, filed.id, "accept")
        d.about("incoming", id, case=filed.number)
    return filed


def add(actor: Actor, id: UUID, case_id: UUID) -> Any:
    """Add a message, and what came with it, to a case that is going on and that it may be about (queries.may_be_about). Rights
    inbox.work, case.answer. Raises NotFound (also for any other case: whose it is would read it there), Conflict."""
    with deed(actor, "inbox.add", WORK) as d:
        message = _open(id)
        if case_id not in {row["id"] for row in queries.may_be_about(actor, message)}:
            raise NotFound("case", case_id)
        found = cases_known.one(actor, case_id)
        said = unquoted(message["text"]) if message["channel"] == Means.MAIL else message["text"]
        text = _cut(said or message["subject"] or NO_WORDS, _ADDITION.max_length)
        case = cases.perform(actor, case_id, _ACT.name, found.version, {"text": text})
        notices.take_as(id, "case", case.id)
        enclosures.hand_over(actor, id, case.id, _ACT.name)
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


def take_back(actor: Actor, id: UUID) -> None:
    """Have a message wait again that was put aside, by somebody or because it seemed no person's. Right inbox.work. Raises
    NotFound, Conflict when something was made of it."""
    with deed(actor, "inbox.take_back", WORK) as d:
        was = messages.received(id, lock=True)["taken_as"]
        if was and not notices.take_back(d, id):
            raise _taken()
        d.about("incoming", id, was=was)


def download(actor: Actor, id: UUID) -> bytes:
    """A mail as it came, with its sender in plain; every reading is logged. Right inbox.work. Raises NotFound."""
    with deed(actor, "inbox.download", WORK) as d:
        message = messages.received(id)
        number = ""
        if message["taken_as"] == "case" and message["taken_id"]:
            case = cases_known.one(actor, message["taken_id"])
            if case.confidential and not cases_known.may_know_callers(actor):
                raise NotFound("incoming", id)
            number = case.number
        raw = messages.original(id)
        d.about("incoming", id, field="original", number=number, size=len(raw))
        return raw


NO_WORDS = "（邮件没有正文，见原件和附件 / no words, see the original）"
_CUT = "……（全文见原件 / all of it is in the original）"
_ACT = ACTS["record_addition"]
_ADDITION = _ACT.fields[0]


def _told(message: messages.Received) -> str:
    """The words of a message as a case's: of a mail its subject too."""
    if message["channel"] != Means.MAIL:
        return message["text"]
    subject = f"主题：{message['subject']}\n\n" if message["subject"] else ""
    return subject + (message["text"] or NO_WORDS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT


def _taken() -> Conflict:
    return Conflict(
        "这条来信已有人处理，未作任何改动，请刷新",
        "Somebody has dealt with this message; nothing was changed, reload",
        code="incoming-taken",
    )


def _open(id: UUID) -> messages.Received:
    message = messages.received(id, lock=True)
    if message["taken_as"]:
        raise _taken()
    return message
