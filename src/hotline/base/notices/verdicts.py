"""A verdict by text message or mail: the digit that answers what was asked last, and perhaps the reason. Read and kept the same way
whatever was asked; what is no verdict, or comes too late, stays among what came in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Problem
from hotline.base.notices import actions, queries, tickets
from hotline.base.notices.mail.reading import unquoted
from hotline.base.notices.ways import Means

_VERDICT = re.compile(r"\s*([1-5])\s*(?:[.。!]?\s*|[\s,;:、。.]+(.+))", re.DOTALL)
"""A digit alone, or a digit, a stop and the reason. "2天了还没人来" is neither."""
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked with a link. ``about``: the link's purpose, and what the verdict is of; ``reasons``: the digits after which
    words are the reason (after another they are something else, and somebody reads them); ``keep(id, digit, reason)``."""

    about: str
    actor: Actor
    within: timedelta
    reasons: frozenset[int]
    keep: Callable[[UUID, int, str], None]


def read(text: str, reasons: frozenset[int]) -> tuple[int, str] | None:
    """Digit and reason that ``text`` gives; None when it is no verdict."""
    found = _VERDICT.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    digit, reason = int(found[1]), (found[2] or "").strip()[:LONGEST_REASON]
    return None if reason and digit not in reasons else (digit, reason)


def take(question: Question, incoming: str) -> None:
    """Keep the message ``incoming`` as its sender's verdict, if ``question`` is what he was asked last."""
    message = queries.received(incoming)
    mailed = message["channel"] == Means.MAIL
    given = read(unquoted(message["text"]) if mailed else message["text"], question.reasons)
    ticket = tickets.newest(message["sender_index"], question.about, question.within)
    if given is None or ticket is None:
        return
    # Anybody may write in another's name: a mail is a verdict only as an answer to ours, which nobody else has got.
    if mailed and message["answers_id"] != ticket.about_id:
        return
    with deed(question.actor, f"{question.about}.rated_by_sms") as d:
        d.about(question.about, ticket.about_id, incoming=incoming)
        if queries.received(incoming, lock=True)["taken_as"]:
            return  # somebody made something else of it meanwhile
        try:
            with transaction.atomic():
                question.keep(ticket.about_id, *given)
        except Problem as problem:  # judged meanwhile by another way
            d.about("incoming", incoming, refused=problem.code)
            return
        tickets.use(ticket.id)
        actions.take_as(message["id"], question.about, ticket.about_id)
