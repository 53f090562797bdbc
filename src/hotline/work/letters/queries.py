"""Letters of a case, the templates in force, and what a letter would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hotline.base.files import queries as stored
from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.models import this_city
from hotline.base.people import queries as people
from hotline.work.cases import queries as cases
from hotline.work.cases.terms import TYPES, URGENCIES
from hotline.work.cases.words import moment_zh
from hotline.work.letters import forms
from hotline.work.letters.kinds import COLOURS, KINDS, Kind, event_of
from hotline.work.letters.models import Letter, Template
from hotline.work.letters.rights import ISSUE


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter as it is listed; ``open``: whether the reader may open it."""

    id: UUID
    number: str
    kind: str
    zh: str
    en: str
    issued_at: datetime
    issued_by: str
    printed: int
    open: bool


@dataclass(frozen=True, slots=True)
class LetterTemplateRow:
    """A template: the built-in one where ``own`` is false."""

    id: UUID
    kind: str
    own: bool
    effective_from: datetime
    note: str
    put_at: datetime
    put_by: str


def of_case(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """The letters of a case the reader may know of, and those he could issue now, or why not. Raises NotFound."""
    case = cases.one(actor, case_id)
    facts = cases.detail(actor, case)
    letters = Letter.objects.filter(city_id=this_city(), case_id=case_id).order_by("-id")
    return {
        "items": [_row(actor, case.confidential, row) for row in letters],
        "kinds": [
            {
                "kind": kind.name, "zh": kind.zh, "en": kind.en, "to": kind.to, "ready": kind.when.holds(facts),
                "why_zh": kind.when.zh, "why_en": kind.when.en, "fields": [field.as_dict() for field in kind.fields],
            }
            for kind in KINDS.values()
        ] if actor.may(ISSUE) else [],
    }  # fmt: skip


def one(actor: Actor, id: UUID) -> Letter:
    """A letter the reader may open: of a case he may know of, addressed to him or to be issued by him. Raises NotFound."""
    row = Letter.objects.filter(city_id=this_city(), id=id).first()
    if row is None or not may_open(actor, cases.one(actor, row.case_id).confidential, row):
        raise NotFound("letter", id)
    return row


def may_open(actor: Actor, confidential: bool, row: Letter) -> bool:
    """A caller's name in plain is for those who may read it: as on the case itself (cases.actions.reveal)."""
    if not row.clear:
        return True
    return cases.may_know_callers(actor) if confidential else actor.may("case.reveal")


def template(kind: Kind, at: datetime | None = None, colour: str = "") -> tuple[UUID | None, bytes]:
    """The template in force, its row if a city brought it. One query, two with a file."""
    row = (
        Template.objects.filter(city_id=this_city(), kind=kind.name, effective_from__lte=at or clock.now())
        .order_by("-effective_from", "-id")
        .first()
    )
    if row is None or row.file_id is None:
        return None, forms.built_in(kind, colour)
    return row.id, b"".join(stored.opened(row.file_id).read())


def templates() -> list[LetterTemplateRow]:
    """Every template ever brought, newest first. One query."""
    rows = Template.objects.filter(city_id=this_city()).order_by("-effective_from", "-id")
    return [
        LetterTemplateRow(row.id, row.kind, row.file_id is not None, row.effective_from, row.note, row.put_at, row.put_by)
        for row in rows
    ]  # fmt: skip


def words(
    actor: Actor, kind: Kind, facts: Mapping[str, Any], given: Mapping[str, Any], *, number: str, caller: str
) -> dict[str, str]:
    """What stands in each field of a template."""
    hidden = facts["confidential"]
    place = facts["place"]
    address = cases.CONFIDENTIAL if hidden and place["address"] else place["address"]
    ask, declined = event_of(facts, "ask_extension"), event_of(facts, "decline")
    colour = next((word.zh for word in COLOURS if word.value == given.get("colour")), "")
    return {
        "文书编号": number,
        "签发日期": f"{clock.today().year}年{clock.today().month}月{clock.today().day}日",
        "签发人": actor.label,
        "签发单位": people.root().name,
        "编号": facts["number"],
        "类型": TYPES[facts["type"]].zh,
        "事项": facts["matter"],
        "诉求内容": facts["content"],
        "地点": " ".join(part for part in (place["name"], address) if part),
        "诉求人": caller,
        "联系电话": cases.CONFIDENTIAL if hidden else facts["contact_phone_masked"],
        "紧急程度": URGENCIES[facts["urgency"]].zh,
        "受理时间": moment_zh(facts["created_at"]),
        "承办单位": facts["owner_name"] or people.root().name,
        "办理时限": moment_zh(facts["deadline_at"]),
        "催办次数": str(facts["urged"]) if facts["urged"] else "",
        "办理结果": _result(facts),
        "不予受理理由": str(declined["fields"].get("reason", "")) if declined else "",
        "延期理由": str(ask["fields"].get("reason", "")) if ask else "",
        "意见": str(given.get("words") or ""),
        "督办级别": colour,
        "答复期限": str(given.get("answer_by") or ""),
        "查询方式": f"凭编号 {facts['number']} 和受理时告知的查询码，可在 12345 网站“办件查询”或拨打 12345 查询办理情况；"
        "查询码遗失的，可用登记的手机号找回。",
    }


def _result(facts: Mapping[str, Any]) -> str:
    found = [event for event in facts["timeline"] if event["act"] in ("reply", "answer_at_once")]
    return str(found[-1]["fields"].get("reply") or found[-1]["fields"].get("answer") or "") if found else ""


def _row(actor: Actor, confidential: bool, row: Letter) -> LetterRow:
    kind = KINDS[row.kind]
    return LetterRow(
        row.id, row.number, row.kind, kind.zh, kind.en, row.issued_at, row.issued_by, row.printed, may_open(actor, confidential, row)
    )  # fmt: skip
