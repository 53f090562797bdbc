"""Every write on cases. Each act of the table is one deed: the change, its event, its audit row and its news, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError

from hotline.base.kernel import clock, masking, rates
from hotline.base.kernel.actor import Actor, citizen
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.rows import insert
from hotline.base.kernel.sealing import blind_index, seal, unseal
from hotline.base.notices import actions as notices
from hotline.base.notices import ways
from hotline.base.notices.templates import Template
from hotline.base.notices.ways import Means
from hotline.base.parties import actions as parties
from hotline.base.parties import mails
from hotline.base.parties.phones import normal
from hotline.base.people import queries as people
from hotline.lines.calls import queries as calls
from hotline.work.cases import codes, queries, texts
from hotline.work.cases.acting import append, perform, perform_each
from hotline.work.cases.acts import ACTS
from hotline.work.cases.figures import (
    CALLER_ADDITIONS_PER_DAY,
    CALLER_URGES_PER_DAY,
    CODES_PER_ADDRESS,
    CODES_PER_CASE,
    FOLLOW_TRIES_PER_ADDRESS,
    FOLLOW_TRIES_PER_CASE,
    FOLLOW_TRIES_PER_CASE_FROM_ALL,
)
from hotline.work.cases.intake import Asking
from hotline.work.cases.limits import load_limits
from hotline.work.cases.models import Case, CaseEvent
from hotline.work.cases.moves import begin_step
from hotline.work.cases.states import STATES, State
from hotline.work.cases.terms import CONFIDENTIAL_TYPES
from hotline.work.finding.entry import forget, text_of

__all__ = [
    "accept",
    "by_caller",
    "clear_demo",
    "follow",
    "load_limits",
    "new_code",
    "perform",
    "perform_each",
    "phone_to_call",
    "reveal",
]

log = logging.getLogger(__name__)

FOLLOW_WINDOW_S = 600
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Filed:
    """A case that was filed. ``query_code`` is shown to the caller now and never again."""

    id: UUID
    number: str
    query_code: str
    state: str
    version: int


def accept(actor: Actor, asking: Asking) -> Filed:
    """File a case (受理); with ``asking.answer`` answer and close it in the same deed (即时答复办结).

    Repeating a request with the same ``key`` by the same actor files nothing and answers the same again; an answer that
    comes only with the repetition is still given. Raises Conflict for a used key with other content, Invalid naming
    everything that is wrong, Forbidden without ``case.create``.
    """
    if faults := asking.faults():
        raise Invalid(faults)
    key = blind_index("case-request", f"{actor.kind}\x00{actor.id}\x00{asking.key}") if asking.key else None
    if key and (known := _filed_before(actor, key, asking)):
        return known
    try:
        with deed(actor, "case.accept", ACTS["accept"].right) as d:
            filed = _file(d, asking, key)
            if asking.answer:
                case = perform(actor, filed.id, "answer_at_once", filed.version, {"answer": asking.answer})
                filed = Filed(filed.id, filed.number, filed.query_code, case.state, case.version)
            return filed
    except IntegrityError:
        # Two requests with one key at the same moment: the other one filed it.
        if key and (known := _filed_before(actor, key, asking)):
            return known
        raise


def _filed_before(actor: Actor, key: bytes, asking: Asking) -> Filed | None:
    found = Case.objects.filter(city_id=this_city(), request_key=key)
    case = found.only("number", "state", "version", "request_digest").first()
    if case is None:
        return None
    if not compare_digest(bytes(case.request_digest or b""), _content(asking)):
        raise _key_used(case, "内容与这次不同", "with other content")
    answer = asking.answer.strip()
    if answer and answer not in _answers(case):
        if case.state != State.ACCEPTED:
            raise _key_used(case, "答复未能记入", "so this answer was not recorded")
        case = perform(actor, case.id, "answer_at_once", case.version, {"answer": answer})
    return Filed(case.id, case.number, codes.code_of_request(key), case.state, case.version)


def _content(asking: Asking) -> bytes:
    """What a repetition must have in common with the first request: all that was asked, but not the answer to it."""
    asked = replace(asking, answer="", key="", matter=asking.matter.strip(), content=asking.content.strip())
    later = repr((asked.mail, asked.arrived)) if asked.mail or asked.arrived else ""
    return blind_index("case-request-content", repr(asked) + later)


def _answers(case: Case) -> list[Any]:
    given = CaseEvent.objects.filter(city_id=this_city(), case_id=case.id, act="answer_at_once")
    return [event.fields.get("answer") for event in given]


def _key_used(case: Case, zh: str, en: str) -> Conflict:
    state = STATES[State(case.state)]
    return Conflict(
        f"这一请求（Idempotency-Key）已受理为 {case.number}，现为“{state.zh}”，{zh}；未作任何改动，请打开该件办理",
        f"This request (Idempotency-Key) was already filed as {case.number}, now “{state.en}”, {en}; "
        "nothing was changed, go on with that case",
        code="case-key-used",
    )


def _file(d: Deed, asking: Asking, key: bytes | None) -> Filed:
    now = clock.now()
    phone, party_id = _who(d.actor, asking)
    mail = mails.normal(asking.mail) or ""
    number = codes.next_number()
    code = codes.code_of_request(key) if key else codes.new_code()
    place = _place(asking.division)
    case = Case(
        number=number,
        query_code=codes.digest(number, code),
        request_key=key,
        request_digest=_content(asking) if key else None,
        type=asking.type,
        matter=asking.matter.strip(),
        content=asking.content.strip(),
        place_division=asking.division,
        place_name=place,
        place_address=seal(asking.address.strip()),
        confidential=asking.confidential or asking.type in CONFIDENTIAL_TYPES,
        party_id=party_id,
        contact_name=seal(asking.name.strip()),
        contact_phone=seal(phone),
        contact_name_masked=masking.name(asking.name.strip()),
        contact_phone_masked=masking.phone(phone) if phone else "",
        contact_phone_index=blind_index("phone", phone) if phone else None,
        contact_phone_last4=phone[-4:],
        contact_mail=seal(mail),
        contact_mail_masked=masking.mail(mail),
        contact_mail_index=ways.index(Means.MAIL, mail) or None,
        channel=asking.channel,
        call_id=asking.call_id,
        arrived_on=asking.arrived,
        created_at=now,
        urgency=asking.urgency,
        demo=asking.demo,
        **_reported(asking),
        state=State.ACCEPTED,
        changed_at=now,
    )
    begin_step(case, queries.limits(), now)
    found_by = text_of(
        case.id, now, number, (case.matter, case.content, place), address=asking.address, name=asking.name
    )
    insert(case, append(d, case, ACTS["accept"], {}), found_by)
    if not asking.demo:
        _tell_code(texts.ACCEPTED, case, code, phone, mail)
    return Filed(case.id, number, code, case.state, case.version)


def _tell_code(template: Template, case: Case, code: str, phone: str, mail: str) -> bool:
    """Whether the caller gets his code by text message or mail: now, in this deed, or never, for it is kept nowhere."""
    fields = {"number": case.number, "code": code, "url": f"{settings.HOTLINE.origin}/follow"}
    return notices.queue(template, phone, fields, about=("case", case.id), mail=mail)


@lru_cache(maxsize=4096)
def _place(code: str) -> str:
    """The full name of a division, which never changes; "" when none was given."""
    if not code:
        return ""
    try:
        return str(people.division(code).full_name)
    except NotFound:
        fault = Fault("place.division", f"没有区划代码“{code}”", f"There is no division “{code}”")
        raise Invalid([fault]) from None


def _reported(asking: Asking) -> dict[str, Any]:
    """The organisation a report is against, which its route leaves out."""
    if asking.reported is None:
        return {}
    try:
        unit = people.organisation(asking.reported)
    except NotFound:
        raise Invalid([Fault("reported", "没有这个单位", "There is no such organisation")]) from None
    return {"reported_id": unit.id, "reported_path": unit.path}


def _who(actor: Actor, asking: Asking) -> tuple[str, UUID | None]:
    """The phone to answer and its party: as typed, else of the call the case came from. A withheld number has neither."""
    if asking.phone:
        phone = normal(asking.phone) or ""
    elif asking.call_id:
        call = calls.desk_call(asking.call_id)
        if call is None:
            raise Invalid([Fault("call_id", "没有这通来电", "There is no such call")])
        phone = normal(unseal(call.caller_sealed)) or ""
    else:
        phone = ""
    return phone, parties.find_or_create(actor, phone, name=asking.name.strip()).id if phone else None


def by_caller(caller: Actor, name: str, fields: Mapping[str, Any]) -> Case:
    """Do one of the caller's own acts that does not depend on what he last saw: add, urge, withdraw.

    Raises Problem 429 when he has urged, or added, often enough today, and as ``perform`` does.
    """
    case = queries.one(caller, caller.id)
    if (most := _PER_DAY.get(name)) and _done_today(case, name) >= most():
        zh, en = ("催办过了", "asked for this") if ACTS[name].urges else ("补充过多次", "added often enough")
        raise Problem(
            "often-enough-today",
            f"今天已经{zh}，承办单位已收到，请明天再来，或拨打 12345",
            f"You have {en} today; the unit knows. Come back tomorrow, or call 12345",
            status=429,
        )
    return perform(caller, caller.id, name, case.version, fields)


_PER_DAY = {"caller_urge": CALLER_URGES_PER_DAY, "add": CALLER_ADDITIONS_PER_DAY}


def _done_today(case: Case, name: str) -> int:
    """How often the caller has done ``name`` on this day of the city's."""
    midnight = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return CaseEvent.objects.filter(city_id=case.city_id, case_id=case.id, act=name, at__gte=midnight).count()


def reveal(actor: Actor, case_id: UUID | str, field: str, reason: str = "") -> str:
    """The caller's ``phone``, ``mail`` or ``name``, or the place's ``address``, in plain; every such read is logged (个保法 51), of a
    confidential case with its reason, without which it is refused (Invalid).

    Raises Problem (403) where the actor's units no longer have anything to do with the case and, on a confidential one, for phone
    and name to a unit (济南 16, 潍坊 11); the address it may need.
    """
    if field not in _SEALED:
        known = "phone（电话）、mail（邮箱）、name（称呼）或 address（地址）"
        raise Invalid([Fault("field", f"只能是 {known}", "Must be phone, mail, name or address")])
    with deed(actor, "case.reveal", "case.reveal") as d:
        case = queries.one(actor, case_id)
        if not queries.has_in_hand(actor, case):
            raise Problem(
                "case-not-in-hand",
                "本件已不由本单位办理，不能再查看诉求人的联系方式；确有需要请联系 12345 中心",
                "The unit has no more to do with this case and cannot see how to reach its caller; ask the 12345 centre",
                status=403,
            )
        if case.confidential and field != "address" and not queries.may_know_callers(actor):
            raise Problem(
                "case-confidential",
                "诉求人要求保密，其身份只有 12345 中心知道",
                "The caller asked for confidentiality; only the 12345 centre knows who it is",
                status=403,
            )
        why = reason.strip()[:200]
        if case.confidential and not why:
            raise Invalid([Fault("reason", "保密件须写明查看理由", "A confidential case needs a reason")])
        d.about("case", case.id, number=case.number, field=field, **({"reason": why} if why else {}))
        return unseal(getattr(case, _SEALED[field]))


def phone_to_call(actor: Actor, case_id: UUID | str) -> str:
    """The number the platform dials to put a unit through to its case's caller, who stays hidden from it also where he
    asked for confidentiality; logged (个保法 51). Right case.contact. Raises NotFound."""
    with deed(actor, "case.contact", "case.contact") as d:
        case = queries.one(actor, case_id)
        d.about("case", case.id, number=case.number)
        return unseal(case.contact_phone)


_SEALED = {
    "phone": "contact_phone", "mail": "contact_mail", "name": "contact_name", "address": "place_address",
}  # fmt: skip


def follow(number: str, code: str, address: str) -> UUID:
    """The id of the case that ``number`` and its query code open, for its caller.

    A wrong number and a wrong code read the same. Raises Problem 429 after too many tries from one address or at one
    number: six characters hold only as long as nobody may try them all.
    """
    number = "".join(c for c in number if c.isascii() and c.isdigit())
    here, this = rates.source(address), number[:20]
    limits = {
        f"case-follow-from:{here}": FOLLOW_TRIES_PER_ADDRESS(),
        f"case-follow:{this}:{here}": FOLLOW_TRIES_PER_CASE(),
        f"case-follow:{this}": FOLLOW_TRIES_PER_CASE_FROM_ALL(),
    }
    # One after the other: who is over his own limit does not use up the others'.
    if not all(rates.allow(key, limit, FOLLOW_WINDOW_S) for key, limit in limits.items()):
        raise Problem(
            "too-many-tries",
            f"查询次数过多，请 {FOLLOW_WINDOW_S // 60} 分钟后再试，或拨打 12345 查询",
            f"Too many tries; wait {FOLLOW_WINDOW_S // 60} minutes or call 12345",
            status=429,
        )
    case = Case.objects.filter(city_id=this_city(), number=number).only("query_code").first()
    if case is None or not compare_digest(bytes(case.query_code), codes.digest(number, code)):
        raise Problem(
            "case-follow",
            "编号或查询码不对，请对照受理时给您的编号和查询码",
            "The number or the query code is wrong; compare them with those you were given",
            status=404,
        )
    return case.id


def codes_by_message() -> bool:
    """Whether a lost query code can be had by text message or mail: else the old one would be void and no new one come."""
    return any(notices.ready(texts.NEW_CODE, means) for means in Means)


def new_code(number: str, contact: str, address: str) -> None:
    """Send whoever left ``contact``, a telephone number or a mail address, with case ``number`` a new query code; the old one
    is void then.

    Says nothing of whether there is such a case, and whether that is its phone: whoever asks may be anybody. Raises
    Problem 429 after too many tries, and 503 where no text message can be sent.
    """
    number = "".join(c for c in number if c.isascii() and c.isdigit())[:20]
    phone, mail = normal(contact) or "", mails.normal(contact) or ""
    means = Means.MAIL if mail else Means.SMS
    if not notices.ready(texts.NEW_CODE, means):
        raise Problem(
            "no-message",
            "现在不能用短信或邮件找回查询码，请拨打 12345",
            "No code can be sent by text message or mail now; call 12345",
            status=503,
        )
    if not rates.allow(f"case-code-from:{rates.source(address)}", CODES_PER_ADDRESS(), DAY_S):
        raise Problem(
            "too-many-tries",
            "今天找回的次数过多，请明天再试，或拨打 12345",
            "Too many tries today; try again tomorrow or call 12345",
            status=429,
        )
    with deed(citizen(address=address), "case.new_code") as d:
        case = Case.objects.select_for_update().filter(city_id=this_city(), number=number).first()
        left = case and (case.contact_mail_index if mail else case.contact_phone_index)
        if case is None or not compare_digest(bytes(left or b"-"), ways.index(means, mail or phone)):
            d.about("case", "unknown")  # what was typed may be anything, a telephone number too
            return
        # Counted only for who knows the number: a stranger shuts nobody out.
        sent = rates.allow(f"case-code-of:{case.id}", CODES_PER_CASE(), DAY_S)
        code = codes.new_code()
        d.about("case", case.id, sent=sent)
        if sent and _tell_code(texts.NEW_CODE, case, code, phone, mail):
            Case.objects.filter(city_id=case.city_id, id=case.id).update(
                query_code=codes.digest(number, code)
            )


def clear_demo(actor: Actor) -> int:
    """Remove every case marked as demonstration, with its history; returns how many. Real cases are never removed."""
    if not actor.kind == "system":
        raise Forbidden("system")
    with deed(actor, "case.clear_demo") as d:
        demo = Case.objects.filter(city_id=this_city(), demo=True)
        ids = [*demo.values_list("id", flat=True)]
        removed = len(ids)
        CaseEvent.objects.filter(city_id=this_city(), case__in=demo).delete()
        demo.delete()
        forget(ids)
        d.about("case", "demo", removed=removed)
    return removed
