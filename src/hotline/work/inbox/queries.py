"""What a message may belong to, and what there is of those that belong to a case."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.paging import Page
from hotline.base.notices import queries as messages
from hotline.base.notices.queries import IncomingRow, Received
from hotline.base.notices.ways import Means
from hotline.work.cases import queries as cases

_NUMBERS = re.compile(r"(?<![0-9])[0-9]{14}(?![0-9])")
"""What a case's number looks like."""
LOOKED_THROUGH = 5_000
MOST_NUMBERS = 5


def open_cases(actor: Actor, id: UUID) -> list[dict[str, Any]]:
    """The cases that are going on and that a message may be about, newest first, each with why (cases.going_on_of). Two
    queries. Raises NotFound."""
    return may_be_about(actor, messages.received(id))


def may_be_about(actor: Actor, message: Received) -> list[dict[str, Any]]:
    """The same for a message that was read. One query."""
    by_mail = message["channel"] == Means.MAIL
    return cases.going_on_of(
        actor,
        phone=None if by_mail else message["sender_index"],
        mail=message["sender_index"] if by_mail else None,
        answered=message["answers_id"] if message["answers_kind"] == "case" else None,
        numbers=_named(message),
    )


def _named(message: Received) -> list[str]:
    words = unicodedata.normalize("NFKC", f"{message['subject']}\n{message['text'][:LOOKED_THROUGH]}")
    return [*dict.fromkeys(_NUMBERS.findall(words))][:MOST_NUMBERS]


def of_case(actor: Actor, case_id: UUID) -> Page[IncomingRow]:
    """The messages that became a case or were added to it, newest first; none to whoever may not know who its caller is: he
    signs them. Two queries. Raises NotFound."""
    case = cases.one(actor, case_id)
    if case.confidential and not cases.may_know_callers(actor):
        return Page([], None)
    return messages.incoming(waiting=False, taken_id=case.id)
