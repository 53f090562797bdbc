"""Telling a case's caller, by text message or mail, of the acts that are for his notice; and his verdict by the same way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import citizen, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import unseal
from hotline.base.notices import actions as notices
from hotline.base.notices import tickets, verdicts
from hotline.base.people import queries as people
from hotline.work.cases import actions
from hotline.work.cases.acts import ACTS
from hotline.work.cases.models import Case, CaseEvent
from hotline.work.cases.terms import DISSATISFIED, GRADES
from hotline.work.cases.texts import OF_ACT, TICKET
from hotline.work.cases.words import moment_zh

ACTOR = system("case notices")


def listen() -> None:
    """Hear of the acts that are for the citizen's notice, and of what citizens write; called once."""
    for name, row in ACTS.items():
        if "citizen" in row.notice:
            outbox.on(f"case.{name}", acted)
    outbox.on("sms.received", answered)
    outbox.on("mail.received", answered)


def acted(topic: str, key: str, payload: dict[str, Any]) -> None:
    """An act was done: its caller is told, if he left a mobile number or a mail address and the city wants it."""
    case = Case.objects.filter(city_id=this_city(), id=key).first()
    if case is None or case.demo:
        return
    template = OF_ACT[topic.removeprefix("case.")]
    phone, mail = unseal(case.contact_phone), unseal(case.contact_mail)
    way = notices.way(template, phone, mail)
    if way is None:
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
            fields["link"] = f"{settings.HOTLINE.origin}/r/{tickets.issue(TICKET, case.id, way)}"
        notices.queue(
            template,
            phone,
            fields,
            about=("case", case.id),
            key=f"{topic}:{case.id}:{event.version}",
            mail=mail,
        )


def _judged(case_id: UUID, digit: int, reason: str) -> None:
    grade = [*GRADES][digit - 1]
    if grade in DISSATISFIED:
        reason = reason or f"只回复了“{digit}”，未说明原因"
    version = Case.objects.filter(city_id=this_city(), id=case_id).values_list("version", flat=True).first()
    fields = {"grade": grade, "reason": reason} if reason else {"grade": grade}
    actions.perform(citizen(str(case_id)), case_id, "rate", version or 0, fields)


QUESTION = verdicts.Question(
    TICKET,
    ACTOR,
    timedelta(days=7),
    frozenset(digit for digit, grade in enumerate(GRADES, 1) if grade in DISSATISFIED),
    _judged,
)


def answered(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Somebody wrote to us: a digit from him whose case we asked about last is his verdict, and what follows 4 or 5 its reason."""
    verdicts.take(QUESTION, key)
