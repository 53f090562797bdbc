"""The routes of 诉求件: thin doors to ``actions`` and ``queries``. Hot routes encode plain dicts themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from ninja import Query, Schema
from pydantic import Field

from hotline.base.people.gate import SIGNED_IN, Asked, Router
from hotline.work.cases import actions, acts, columns, queries
from hotline.work.cases.intake import Asking
from hotline.work.cases.terms import NORMAL

router = Router(tags=["cases"])


class Place(Schema):
    """Where it is about: a division code and the rest in words."""

    division: str = ""
    address: str = ""


class Contact(Schema):
    """Whom to answer. Empty for an anonymous request, or when the call says who it was."""

    name: str = ""
    phone: str = ""


class NewCase(Schema):
    """A request for the hotline. ``answered`` holds the answer when it was given at once; the case is then closed."""

    type: str
    matter: str
    content: str
    place: Place = Place()
    contact: Contact = Contact()
    confidential: bool = False
    urgency: str = NORMAL
    call_id: UUID | None = None
    answered: str | None = None


class FiledCase(Schema):
    """A filed case. ``query_code`` is shown only here."""

    id: UUID
    number: str
    query_code: str
    state: str
    version: int


class CaseRow(Schema):
    """A case in a list. Names and phones are masked; ``overdue`` is at the time of asking."""

    id: UUID
    number: str
    type: str
    matter: str
    state: str
    version: int
    place_name: str
    contact_name_masked: str
    contact_phone_masked: str
    confidential: bool
    owner_id: UUID | None
    owner_name: str
    designated: bool
    created_at: datetime
    changed_at: datetime
    deadline_at: datetime | None
    clock_running: bool
    paused_at: datetime | None
    overdue: bool
    redo_count: int
    urged: int
    channel: str
    urgency: str
    step: str | None
    step_due_at: datetime | None
    contacted_at: datetime | None
    matter_marks: list[tuple[int, int]] | None = None
    excerpt: str | None = None
    excerpt_marks: list[tuple[int, int]] | None = None


class CaseTotal(Schema):
    """How many cases were found; with ``more`` there are more than were counted."""

    total: int
    more: bool


class CasePage(Schema):
    """A page of cases; ask again with ``cursor=next_cursor`` for the next."""

    items: list[CaseRow]
    next_cursor: str | None


class PlaceOfCase(Place):
    """The place with the division's full name."""

    name: str


class Event(Schema):
    """One act in the time line and how the case stood after it."""

    version: int
    act: str
    zh: str
    en: str
    at: datetime
    actor: str
    actor_kind: str
    state: str
    owner_name: str
    deadline_at: datetime | None
    redone: bool
    fields: dict[str, Any]
    step: str
    step_late: bool


class CaseClock(Schema):
    """A time limit as a bar: from, until, stopped or running."""

    name: str
    zh: str
    en: str
    started_at: datetime | None
    ends_at: datetime
    stopped_at: datetime | None
    running: bool
    late: bool
    paused: bool


class Choice(Schema):
    """A value with its words."""

    value: str
    zh: str
    en: str


class ActField(Schema):
    """A field of an act: ``type`` is text, line, choice, flag, unit, staff or number (a whole one, ``least`` to ``most``)."""

    name: str
    type: str
    zh: str
    en: str
    required: bool
    choices: list[Choice]
    max_length: int
    least: int
    most: int


class AllowedAct(Schema):
    """An act open to the reader now."""

    act: str
    zh: str
    en: str
    fields: list[ActField]


class MissingAct(Schema):
    """An act not open now, and why."""

    act: str
    zh: str
    en: str
    reason_zh: str
    reason_en: str


class CaseDetail(CaseRow):
    """A case whole. When ``confidential``, caller and address are hidden from all but the centre's own people."""

    content: str
    place: PlaceOfCase
    party_id: UUID | None
    call_id: UUID | None
    timeline: list[Event]
    clocks: list[CaseClock]
    acts_allowed: list[AllowedAct]
    acts_missing: list[MissingAct]


class ActAsked(Schema, extra="allow"):
    """``version`` is the one the actor saw; the act's own fields (``GET /acts``) stand beside it."""

    version: int


class CaseCounts(Schema):
    """How many cases stand in each work list; 1001 stands for any number above a thousand."""

    to_dispatch: int
    returns: int
    extensions: int
    paused: int
    to_sign: int
    to_reply: int
    to_check: int
    to_visit: int
    due_soon: int
    overdue: int
    step_late: int
    open: int


class ToReveal(Schema):
    """What is to be read, and why; of a confidential case not without a reason."""

    field: Literal["phone", "name", "address"]
    reason: Annotated[str, Field(max_length=200)] = ""


class Revealed(Schema):
    """One value in plain; that it was read is logged."""

    value: str


class StateRow(Schema):
    """A state of the table."""

    state: str
    zh: str
    en: str
    mover: str
    step: str | None
    final: bool


class StepRow(Schema):
    """What has a time limit of its own on the way."""

    step: str
    zh: str
    en: str


class TurnRow(Schema):
    """Where an act leads for certain values of a field; ``or_else`` when no deadline can be counted then."""

    field: str
    values: list[str]
    to: str | None
    clock: str
    requires: list[str]
    redone: bool
    or_else: str | None


class ActRow(Schema):
    """A row of the table of acts. ``to`` null: the case stays in its state; ``in_time``: only until its deadline."""

    act: str
    zh: str
    en: str
    from_: list[str] = Field(alias="from")
    to: str | None
    right: str | None
    relation: str
    clock: str
    barred_if_designated: bool
    barred_types: list[str]
    in_time: bool
    notice: list[str]
    fields: list[ActField]
    turns: list[TurnRow]


class ActTable(Schema):
    """The whole table of acts."""

    types: list[Choice]
    grades: list[Choice]
    urgencies: list[Choice]
    steps: list[StepRow]
    states: list[StateRow]
    acts: list[ActRow]


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
            channel="api" if request.actor.kind == "machine" else by_person,
            division=asked.place.division,
            address=asked.place.address,
            name=asked.contact.name,
            phone=asked.contact.phone,
            confidential=asked.confidential,
            urgency=asked.urgency,
            call_id=asked.call_id,
            answer=asked.answered or "",
            key=request.headers.get("Idempotency-Key", ""),
        ),
    )
    return _json(filed, status=201)


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
    caller: str = Field("", description="A phone number, its last four digits, or a whole name")
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


@router.post(
    "/cases/{uuid:id}/reveal",
    right="case.reveal",
    response=Revealed,
    summary="The caller's phone or name, or the place's address",
)
def reveal_of_case(request: Asked, id: UUID, asked: ToReveal) -> Revealed:
    """Unmasked personal data; the read is logged, with its reason (in the body: addresses stand in logs)."""
    return Revealed(value=actions.reveal(request.actor, id, asked.field, asked.reason))
