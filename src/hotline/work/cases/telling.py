"""Telling a case's caller, by text message, of the acts that are for his notice; and his verdict by the same way."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import citizen, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import unseal
from hotline.base.notices import actions as notices
from hotline.base.notices import queries as messages
from hotline.base.notices import tickets
from hotline.base.people import queries as people
from hotline.work.cases import actions
from hotline.work.cases.acts import ACTS
from hotline.work.cases.models import Case, CaseEvent
from hotline.work.cases.terms import DISSATISFIED, GRADES
from hotline.work.cases.texts import OF_ACT, TICKET
from hotline.work.cases.words import moment_zh

ACTOR = system("case notices")
ANSWERED_WITHIN = timedelta(days=7)
_VERDICT = re.compile(r"\s*([1-5])\s*(?:[.。!]?\s*|[\s,;:、。.]+(.+))", re.DOTALL)
"""A digit alone, or a digit, a stop and the reason. "2天了还没人来" is neither."""


def listen() -> None:
    """Hear of the acts that are for the citizen's notice, and of what citizens write; called once."""
    for name, row in ACTS.items():
        if "citizen" in row.notice:
            outbox.on(f"case.{name}", acted)
    outbox.on("sms.received", answered)


def acted(topic: str, key: str, payload: dict[str, Any]) -> None:
    """An act was done: its caller is told, if he left a mobile number and the city wants it."""
    case = Case.objects.filter(city_id=this_city(), id=key).first()
    if case is None or case.demo:
        return
    template, phone = OF_ACT[topic.removeprefix("case.")], unseal(case.contact_phone)
    if not notices.reaches(template, phone):
        return
    event = CaseEvent.objects.get(city_id=this_city(), case_id=case.id, version=payload["version"])
    with deed(ACTOR, "case.tell_citizen") as d:
        d.about("case", case.id, number=case.number, template=template.name)
        names = people.outward_names([event.owner_id] if event.owner_id else [])
        fields = {
            "number": case.number, "unit": next(iter(names.values()), ("", ""))[0], "deadline": moment_zh(event.deadline_at),
            "url": f"{settings.HOTLINE.origin}/follow",
        }  # fmt: skip
        if "link" in template.fields:
            fields["link"] = f"{settings.HOTLINE.origin}/r/{tickets.issue(TICKET, case.id, phone)}"
        notices.queue(
            template, phone, fields, about=("case", case.id), key=f"{topic}:{case.id}:{event.version}"
        )


def answered(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Somebody wrote to us: a digit from him whose case we asked about last is his verdict, and what follows its reason."""
    message = messages.received(key)
    read = read_verdict(message["text"])
    ticket = tickets.newest(message["phone_index"], (TICKET,), ANSWERED_WITHIN)
    if read is None or ticket is None:
        return
    grade, reason = read
    with deed(ACTOR, "case.rated_by_sms") as d:
        d.about("case", ticket.about_id, incoming=str(message["id"]))
        if messages.received(key, lock=True)["taken_as"]:
            return  # somebody made something else of it meanwhile
        try:
            with transaction.atomic():
                _rate(ticket.about_id, grade, reason)
        except Problem as problem:
            # Rated meanwhile by another way, or no longer waiting for it: what he wrote stays among what came in.
            d.about("incoming", message["id"], refused=problem.code)
            return
        tickets.use(ticket.id)
        notices.take_as(message["id"], "case", ticket.about_id)


def read_verdict(text: str) -> tuple[str, str] | None:
    """Grade and reason that a text message gives; None when it is no verdict. Who is satisfied gives no reason: words after
    1, 2 or 3 are something else, and an agent reads them."""
    read = _VERDICT.fullmatch(unicodedata.normalize("NFKC", text))
    if read is None:
        return None
    digit, reason = read[1], (read[2] or "").strip()[:1000]
    grade = [*GRADES][int(digit) - 1]
    if grade in DISSATISFIED:
        return grade, reason or f"短信回复“{digit}”，未说明原因"
    return None if reason else (grade, "")


def _rate(case_id: UUID, grade: str, reason: str) -> None:
    version = Case.objects.filter(city_id=this_city(), id=case_id).values_list("version", flat=True).first()
    fields = {"grade": grade, "reason": reason} if reason else {"grade": grade}
    actions.perform(citizen(str(case_id)), case_id, "rate", version or 0, fields)
