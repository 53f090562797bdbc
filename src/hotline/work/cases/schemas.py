"""The shapes of cases over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from hotline.work.cases.terms import NORMAL


class Place(Schema):
    """Where it is about: a division code and the rest in words."""

    division: str = ""
    address: str = ""


class Contact(Schema):
    """Whom to answer. Empty for an anonymous request, or when the call says who it was."""

    name: str = ""
    phone: str = ""
    mail: str = ""


class NewCase(Schema):
    """A request for the hotline. ``channel``: how it came, if neither by telephone nor to the counter in passing, and on
    what day (``arrived_on``). ``reported``: the organisation a report is against. ``answered`` holds the
    answer when it was given at once; the case is then closed."""

    type: str
    matter: str
    content: str
    place: Place = Place()
    contact: Contact = Contact()
    confidential: bool = False
    urgency: str = NORMAL
    reported: UUID | None = None
    call_id: UUID | None = None
    answered: str | None = None
    channel: Literal["", "letter", "visit"] = ""
    arrived_on: date | None = None


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
    contact_mail_masked: str
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
    """A field of an act: ``type`` is text, line, choice, flag, unit, units, staff, date, moment, item or number (a whole one, ``least`` to
    ``most``); ``accepts``: which units may be chosen."""

    name: str
    type: str
    zh: str
    en: str
    required: bool
    choices: list[Choice]
    max_length: int
    least: int
    most: int
    accepts: str


class Duty(Schema):
    """What was asked of a unit beside the case's own way; ``asked`` and ``answered`` are versions of the time line."""

    id: UUID
    kind: str
    zh: str
    en: str
    unit: str
    state: str
    level: str
    opened_at: datetime
    due_at: datetime | None
    late: bool
    asked: int
    answered: int | None
    ended_at: datetime | None


class Verdict(Schema):
    """The newest verdict, and whether it counts in the rates."""

    grade: str
    responded: str
    solved: str
    at: datetime
    unit: str
    excluded_at: datetime | None
    excluded_why: str


class LeadCase(Schema):
    """The case that another is merged into."""

    id: UUID
    number: str
    matter: str


class MergedCase(LeadCase):
    """A case that is merged into this one, with its caller's own words."""

    content: str
    state: str
    contact_name_masked: str
    confidential: bool


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
    arrived_on: date | None
    timeline: list[Event]
    clocks: list[CaseClock]
    duties: list[Duty]
    verdict: Verdict | None
    lead: LeadCase | None
    merged: list[MergedCase]
    event_name: str
    upper_name: str
    item: str
    object_until: datetime | None
    reported: str | None
    acts_allowed: list[AllowedAct]
    acts_missing: list[MissingAct]


class ActAsked(Schema, extra="allow"):
    """``version`` is the one the actor saw; the act's own fields (``GET /acts``) stand beside it."""

    version: int


class Seen(Schema):
    """A case as somebody saw it."""

    id: UUID
    version: int


class ActOnSeveral(Schema):
    """One act for several cases, with its fields."""

    act: str
    cases: list[Seen]
    fields: dict[str, Any] = {}


class DoneRow(Schema):
    """What became of one of them: ``version`` as it is now, or why nothing was done."""

    id: UUID
    number: str
    done: bool
    state: str
    version: int | None
    code: str
    detail_zh: str
    detail_en: str


class DoneRows(Schema):
    """Each of them, in the order they were named."""

    done: int
    refused: int
    items: list[DoneRow]


class UnitRates(Schema):
    """Verdicts on one unit, all of them and without those left out (``counted``); shares in percent, null of none."""

    unit_id: UUID | None
    unit: str
    verdicts: int
    counted: int
    responded: float | None
    solved: float | None
    satisfied: float | None
    responded_all: float | None
    solved_all: float | None
    satisfied_all: float | None


class Rates(Schema):
    """The three rates of each unit."""

    since: datetime
    until: datetime
    items: list[UnitRates]


class LeftOut(Schema):
    """A verdict that does not count, by whom and why."""

    case_id: UUID
    number: str
    unit: str
    grade: str
    at: datetime
    excluded_at: datetime
    excluded_by: str
    excluded_why: str


class LeftOutPage(Schema):
    """A page of them."""

    items: list[LeftOut]
    next_cursor: str | None


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
    shelved: int
    decisions: int
    handed_over: int
    asked_of_us: int
    escalated: int
    appeals: int
    passed_down: int
    due_soon: int
    overdue: int
    step_late: int
    open: int


class ToReveal(Schema):
    """What is to be read, and why; of a confidential case not without a reason."""

    field: Literal["phone", "mail", "name", "address"]
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


class DutyOfAct(Schema):
    """What an act does to a duty."""

    verb: str
    kind: str


class DutyKindRow(Schema):
    """A kind of duty."""

    kind: str
    zh: str
    en: str


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
    windowed: bool
    duty: DutyOfAct | None
    up: str | None
    notice: list[str]
    fields: list[ActField]
    turns: list[TurnRow]


class ActTable(Schema):
    """The whole table of acts."""

    types: list[Choice]
    grades: list[Choice]
    urgencies: list[Choice]
    duties: list[DutyKindRow]
    colours: list[Choice]
    steps: list[StepRow]
    states: list[StateRow]
    acts: list[ActRow]
