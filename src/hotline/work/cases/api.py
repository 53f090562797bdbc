"""The routes of 诉求件: thin doors to ``actions`` and ``queries``. Hot routes encode plain dicts themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from ninja import Query, Schema
from pydantic import Field

from hotline.base.people.gate import SIGNED_IN, Asked, Router
from hotline.work.cases import actions, acts, columns, queries, similar, verdicts
from hotline.work.cases.intake import Asking
from hotline.work.cases.schemas import (
    ActAsked,
    ActOnSeveral,
    ActTable,
    CaseCounts,
    CaseDetail,
    CasePage,
    CaseTotal,
    Choice,
    DoneRows,
    FiledCase,
    LeftOutPage,
    NewCase,
    Place,
    Rates,
    Revealed,
    ToReveal,
)

router = Router(tags=["cases"])


def _json(body: Any, status: int = 200) -> HttpResponse:
    # msgspec writes dates and ids at once; passing a hundred rows through pydantic again would cost more than the query.
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json")


@router.get("/acts", right=SIGNED_IN, response=ActTable, by_alias=True, summary="The table of acts")
def read_acts(request: Asked) -> HttpResponse:
    """States, acts, who may do them, from where to where, with which fields: what the console draws its buttons from."""
    return _json(acts.table())


@router.post("/cases", right="case.create", response={201: FiledCase}, summary="File a case")
def create_case(request: Asked, asked: NewCase) -> HttpResponse:
    """File a request. With the header ``Idempotency-Key`` a repetition answers the same and files nothing; the key with
    other content is refused (409)."""
    by_person = "phone" if asked.call_id else "desk"
    filed = actions.accept(
        request.actor,
        Asking(
            type=asked.type,
            matter=asked.matter,
            content=asked.content,
            channel="api" if request.actor.kind == "machine" else asked.channel or by_person,
            arrived=asked.arrived_on,
            division=asked.place.division,
            address=asked.place.address,
            name=asked.contact.name,
            phone=asked.contact.phone,
            mail=asked.contact.mail,
            confidential=asked.confidential,
            urgency=asked.urgency,
            reported=asked.reported,
            call_id=asked.call_id,
            answer=asked.answered or "",
            key=request.headers.get("Idempotency-Key", ""),
        ),
    )
    return _json(filed, status=201)


class BeingTyped(Schema):
    """A request as far as it has been typed."""

    matter: str = ""
    content: str = ""
    place: Place = Place()
    phone: str = ""
    call_id: UUID | None = None


class SimilarCase(Schema):
    """A case that may be the same matter. ``why``: text, road, place, caller. ``takes_more``: others can be merged into it."""

    id: UUID
    number: str
    type: str
    matter: str
    content: str
    state: str
    version: int
    created_at: datetime
    place_name: str
    owner_name: str
    why: list[str]
    takes_more: bool
    over: bool


class SimilarCases(Schema):
    """At most five, the likeliest first."""

    items: list[SimilarCase]


@router.post(
    "/cases/similar", right="case.create", response=SimilarCases, summary="Cases like one being typed"
)
def find_similar(request: Asked, typed: BeingTyped) -> HttpResponse:
    """Cases of the last ninety days that may be the same matter, by words, place and caller; nothing is kept of what was typed."""
    found = similar.of(
        request.actor,
        similar.Typed(
            typed.matter, typed.content, typed.place.division, typed.place.address, typed.phone, typed.call_id
        ),
    )
    return _json({"items": found})


class CaseFilter(Schema):
    """Which cases; see ``filters.Filter``. Several values of state, type, urgency and channel are parted by commas."""

    work_list: str = Field(
        "", alias="list", description="One of the lists GET /cases/counts counts, or closed"
    )
    q: str = Field(
        "",
        description="Words, all of them; a case number, its beginning or its last six digits; a phone number or its last four",
    )
    state: str = ""
    type: str = ""
    urgency: str = ""
    channel: str = ""
    division: str = Field("", description="A division's code; all below it are meant")
    unit: str = Field("", description="A unit's id; all below it are meant")
    created_from: str = Field("", description="A day in the city, as 2026-03-02")
    created_until: str = ""
    due_from: str = ""
    due_until: str = ""
    late: str = Field("", description="yes or no")
    redone: str = Field("", description="yes or no")
    confidential: str = Field("", description="yes or no")
    caller: str = Field(
        "", description="A phone number, its last four digits, an e-mail address, or a whole name"
    )
    address: str = Field("", description="Words of the address; its numbers are sealed and cannot be found")


@router.get(
    "/cases",
    right="case.list",
    response=CasePage,
    summary="Cases of a work list, a filter, or found by words",
)
def list_cases(
    request: Asked, wanted: Query[CaseFilter], cursor: str | None = None, size: int = 20
) -> HttpResponse:
    """One page of the cases the reader may know of. What was found by words says where they stand: ``matter_marks`` and
    ``excerpt_marks`` are [begin, end) in characters."""
    return _json(queries.page(request.actor, cursor=cursor, size=size, **wanted.dict(by_alias=True)))


class CaseColumn(Schema):
    """A column; ``first``: shown before anybody chose."""

    name: str
    zh: str
    en: str
    first: bool


class CaseColumns(Schema):
    """Which columns there are, in lists and in exports, and which channels a filter can name."""

    in_lists: list[CaseColumn]
    in_exports: list[CaseColumn]
    channels: list[Choice]


@router.get(
    "/cases/columns", right="case.list", response=CaseColumns, summary="The columns of lists and exports"
)
def read_columns(request: Asked) -> HttpResponse:
    """The columns a list and an export may have, in their usual order."""
    return _json(
        {
            "in_lists": [column.as_dict() for column in columns.of(columns.LIST)],
            "in_exports": [column.as_dict() for column in columns.of(columns.EXPORT)],
            "channels": [word.as_dict() for word in columns.CHANNELS.values()],
        }
    )


@router.get("/cases/total", right="case.list", response=CaseTotal, summary="How many cases a search finds")
def count_found(request: Asked, wanted: Query[CaseFilter]) -> HttpResponse:
    """Counted up to a thousand; asked apart from the page, which need not wait for it."""
    return _json(queries.total(request.actor, **wanted.dict(by_alias=True)))


@router.get(
    "/cases/counts", right="case.list", response=CaseCounts, summary="How many cases each work list holds"
)
def count_cases(request: Asked) -> HttpResponse:
    """The figures beside the work lists."""
    return _json(queries.counts(request.actor))


@router.get("/cases/{uuid:id}", right="case.read", response=CaseDetail, summary="A case")
def read_case(request: Asked, id: UUID) -> HttpResponse:
    """A case with its time line, clock and the acts open to the reader."""
    return _json(queries.detail(request.actor, queries.one(request.actor, id)))


@router.post(
    "/cases/{uuid:id}/acts/{act}", right="case.read", response=CaseDetail, summary="Do an act on a case"
)
def act_on_case(request: Asked, id: UUID, act: str, asked: ActAsked) -> HttpResponse:
    """Do one act of the table, whose own right and relation are checked there. 409 when the case has moved on."""
    # The act's own fields differ from act to act; the table reads them (ninja's schemas keep no extra fields).
    fields = msgspec.json.decode(request.body, type=dict[str, Any])
    fields.pop("version")
    case = actions.perform(request.actor, id, act, asked.version, fields)
    return _json(queries.detail(request.actor, case))


@router.post("/cases/acts", right="case.read", response=DoneRows, summary="Do one act on several cases")
def act_on_several(request: Asked, asked: ActOnSeveral) -> HttpResponse:
    """Each is done or refused by itself, with the reason; at most 200."""
    seen = ((one.id, one.version) for one in asked.cases)
    done = actions.perform_each(request.actor, asked.act, seen, asked.fields)
    return _json(queries.done_rows(request.actor, done))


@router.get("/cases/verdicts", right="case.verdicts", response=Rates, summary="The three rates by unit")
def read_rates(request: Asked, since: datetime, until: datetime) -> HttpResponse:
    """响应率, 解决率, 满意率 with and without the verdicts that are left out."""
    return _json(verdicts.rates(request.actor, since, until))


@router.get(
    "/cases/verdicts/excluded",
    right="case.verdicts",
    response=LeftOutPage,
    summary="Verdicts that do not count",
)
def list_excluded(request: Asked, cursor: str | None = None, size: int = 50) -> HttpResponse:
    """Who left them out, and why: no rate without this list (国办函〔2025〕66号)."""
    return _json(verdicts.excluded(request.actor, cursor, size))


@router.post(
    "/cases/{uuid:id}/reveal",
    right="case.reveal",
    response=Revealed,
    summary="The caller's phone, e-mail or name, or the place's address",
)
def reveal_of_case(request: Asked, id: UUID, asked: ToReveal) -> Revealed:
    """Unmasked personal data; the read is logged, with its reason (in the body: addresses stand in logs)."""
    return Revealed(value=actions.reveal(request.actor, id, asked.field, asked.reason))
