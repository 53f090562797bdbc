"""Reading cases: always within the reader's scope, always with the masks his place in the work calls for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Case as Case_
from django.db.models import Exists, OuterRef, Q, QuerySet, Value, When

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Invalid, NotFound, Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import keyset
from hotline.base.kernel.sealing import unseal
from hotline.base.people import queries as people
from hotline.base.people.queries import within
from hotline.work.cases import duties, filters, search
from hotline.work.cases.acts import ACTS, Act
from hotline.work.cases.duties import Facts
from hotline.work.cases.filters import Filter
from hotline.work.cases.guards import why_not
from hotline.work.cases.lists import LISTS, NEWEST, WorkList
from hotline.work.cases.models import Case, CaseEvent, Duty, Limit, Verdict
from hotline.work.cases.states import OVER, STATES, STEPS, State, Step
from hotline.work.cases.words import CitizenStep, citizen_steps
from hotline.work.finding import queries as finding
from hotline.work.finding.queries import Words
from hotline.work.interests import queries as interests

CONFIDENTIAL = "（保密）"
MOST_SHOWN = 100
COUNTED = 1_000
"""Up to here a work list is counted."""

_ROW = (
    "id", "number", "type", "matter", "state", "version", "place_name", "contact_name_masked", "contact_phone_masked",
    "contact_mail_masked", "confidential", "owner_id", "owner_name", "designated", "created_at", "changed_at", "deadline_at",
    "clock_running", "paused_at", "redo_count", "urged", "channel", "urgency", "step_due_at", "contacted_at",
)  # fmt: skip


def visible(actor: Actor) -> QuerySet[Case]:
    """The cases ``actor`` may know of: all for the centre, his units' for a node, his own one for a citizen; without those
    he stands aside from (回避)."""
    cases = Case.objects.filter(city_id=this_city())
    if actor.kind == "citizen":
        return cases.filter(id=actor.id) if actor.id else cases.none()
    return cases.filter(within(actor, "owner_path"), interests.may_know(actor, reported=_REPORTED))


_REPORTED = "reported_path"
"""The column with the path of whom a case is reported of."""


def one(actor: Actor, id: UUID | str) -> Case:
    """A case ``actor`` may know of: also one that his unit was asked about, has passed down, or whose lead it has. Raises
    NotFound."""
    found = visible(actor).filter(id=id).first()
    if found is None and actor.kind != "citizen":
        found = _beside(actor).filter(id=id).first()
    if found is None:
        raise NotFound("case", id)
    return found


def _beside(actor: Actor) -> QuerySet[Case]:
    """The cases that are not his units', but concern them; without those he stands aside from."""
    cases = Case.objects.filter(interests.may_know(actor, reported=_REPORTED), city_id=this_city())
    judged = Verdict.objects.filter(
        people.within(actor, "unit_path"), case_id=OuterRef("id"), unit_id__isnull=False
    )
    # What a unit once answered it goes on seeing, and what it was judged for: it may be asked about it, or appeal.
    return cases.filter(_concerns(actor, (*duties.Standing, Duty.State.CLOSED)) | Exists(judged))


def _concerns(actor: Actor, states: Sequence[Duty.State]) -> Q:
    """The condition for the cases that his units passed down, whose lead they have, or about which they were asked something
    that stands as ``states`` say."""
    asked = Duty.objects.filter(people.within(actor, "unit_path"), case_id=OuterRef("id"), state__in=states)
    lead = Case.objects.filter(people.within(actor, "owner_path"), id=OuterRef("lead_id"))
    passed = people.within(actor, "upper_path") & ~Q(upper_path="")
    return passed | Exists(asked) | Q(state=State.MERGED) & Exists(lead)


def has_in_hand(actor: Actor, case: Case) -> bool:
    """Whether ``case`` is work of his units now: it is theirs, or concerns them and they have yet to answer. Who goes on seeing
    what he answered once has no more to ask its caller. One query."""
    if actor.sees_all:
        return True
    now = within(actor, "owner_path") | _concerns(actor, [Duty.State.OPEN])
    return Case.objects.filter(now, city_id=this_city(), id=case.id).exists()


def asked_for(actor: Actor, wanted: Filter) -> tuple[QuerySet[Case], tuple[str, ...]]:
    """The cases of ``wanted`` that ``actor`` may know of, its words too, and the order its work list is worked through in.

    What shows a page asks ``page``, which finds words faster."""
    cases, order, words = _asked(actor, wanted)
    return cases.filter(id__in=finding.holding(words)) if words else cases, order


def page(
    actor: Actor,
    *,
    cursor: str | None = None,
    size: int = 20,
    caller: str = "",
    address: str = "",
    **wanted: str,
) -> dict[str, Any]:
    """One page of the cases that ``wanted`` (names of ``Filter``), ``caller`` and ``address`` (search.of_caller,
    search.at_address) let through. What words find comes newest first, and says where they stand. The number of queries does
    not depend on the size.

    Raises Invalid, Forbidden, NotFound for no unit.
    """
    asked = filters.read(wanted)
    cases, order, words = _asked(actor, asked, caller.strip(), address.strip())
    now = clock.now()
    if words is None:
        found = keyset(cases.values(*_ROW), order, cursor, size)
        return {"items": [_row(actor, row, now) for row in found.items], "next_cursor": found.next_cursor}
    columns = (*_ROW, "content") if actor.may("case.read") else _ROW
    found = search.page(cases, words, columns, cursor, size, whole=_is_whole(actor, asked, caller, address))
    items = [search.marked(_row(actor, row, now), words) for row in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def total(actor: Actor, *, caller: str = "", address: str = "", **wanted: str) -> dict[str, Any]:
    """How many cases ``page`` shows on all its pages together; ``more``: there are more than are counted."""
    asked = filters.read(wanted)
    cases, _, words = _asked(actor, asked, caller.strip(), address.strip())
    number = search.total(cases, words, whole=_is_whole(actor, asked, caller, address))
    return {"total": min(number, search.TOTAL_MOST), "more": number > search.TOTAL_MOST}


def _asked(
    actor: Actor, wanted: Filter, caller: str = "", address: str = ""
) -> tuple[QuerySet[Case], tuple[str, ...], Words | None]:
    """The cases asked for but for their words, the order of the list, and the words."""
    now, knows = clock.now(), may_know_callers(actor)
    order: tuple[str, ...] = NEWEST
    cases = visible(actor)
    if wanted.list:
        if wanted.list not in LISTS:
            raise Invalid(
                [
                    Fault(
                        "list",
                        f"没有这个清单；有：{'、'.join(LISTS)}",
                        f"No such list; there are: {', '.join(LISTS)}",
                    )
                ]
            )
        order, cases = LISTS[wanted.list].order, _of_list(actor, LISTS[wanted.list])
    cases = cases.filter(wanted.condition(now))
    if caller:
        cases = cases.filter(search.of_caller(actor, caller))
    if address:
        search.check_address(actor, address)
    if (caller or address) and not knows:
        # A search that can be guessed at would tell who is behind them.
        cases = cases.filter(confidential=False)
    words = finding.words(wanted.q, address)
    if wanted.q and not address:
        numbered = search.by_number(cases, wanted.q, knows=knows)
        if numbered is not None:
            return numbered, order, None
        if not words:
            raise Invalid([Fault("q", "请输入文字、编号或电话", "Type words, a number or a phone number")])
    return cases, order, words or None


def _is_whole(actor: Actor, wanted: Filter, caller: str, address: str) -> bool:
    """Whether nothing but words is asked for, of all the city's cases."""
    return actor.sees_all and not wanted.kept.keys() - {"q"} and not caller and not address


def _of_list(actor: Actor, row: WorkList) -> QuerySet[Case]:
    beside = Case.objects.filter(interests.may_know(actor, reported=_REPORTED), city_id=this_city())
    if row.duties:
        open_ones = Duty.objects.filter(duties.open_to(actor, row.duties), case_id=OuterRef("id"))
        return beside.filter(Exists(open_ones))
    if row.passed_down:
        passed = people.within(actor, "upper_path") & ~Q(upper_path="")
        return beside.filter(passed, row.condition(clock.now()))
    return visible(actor).filter(row.condition(clock.now()))


def counts(actor: Actor) -> dict[str, int]:
    """How many cases stand in each open work list, ``COUNTED`` + 1 for more. One query.

    Each list is counted by itself, along an index and no further than anybody reads: counting them all together reads every
    open case, and counters kept by the acts would have everybody wait for one row.
    """
    names = [name for name in LISTS if name not in ("closed", "archived")]
    parts = [
        _of_list(actor, LISTS[name]).order_by().values("id")[: COUNTED + 1].query.sql_with_params()
        for name in names
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(f"(SELECT count(*) FROM ({sql}) AS part)" for sql, _ in parts),  # noqa: S608
            [value for _, values in parts for value in values],
        )
        return dict(zip(names, cursor.fetchone(), strict=True))


def done_rows(actor: Actor, done: Sequence[Any]) -> dict[str, Any]:
    """What became of several cases (actions.perform_each), each with its number where the reader may know it. One query."""
    names = dict(visible(actor).filter(id__in=[one.id for one in done]).values_list("id", "number"))
    rows = [
        {
            "id": one.id, "number": one.case.number if one.case else names.get(one.id, ""), "done": one.problem is None,
            "state": one.case.state if one.case else "", "version": one.case.version if one.case else None,
            "code": one.problem.code if one.problem else "",
            "detail_zh": _why(one.problem, "zh"), "detail_en": _why(one.problem, "en"),
        }
        for one in done
    ]  # fmt: skip
    refused = sum(not row["done"] for row in rows)
    return {"done": len(rows) - refused, "refused": refused, "items": rows}


def _why(problem: Problem | None, language: str) -> str:
    """A refusal with its faults, in one line."""
    if problem is None:
        return ""
    return "；".join(getattr(one, language) for one in (problem, *problem.faults))


def of_party(actor: Actor, party_id: UUID | str, limit: int = 10) -> list[dict[str, Any]]:
    """A caller's newest cases, for the screen pop: id, number, type, matter, state, created_at. One query."""
    rows: Any = visible(actor).filter(party_id=party_id).order_by("-id")
    return [*rows.values("id", "number", "type", "matter", "state", "created_at")[:limit]]


def going_on_of(
    actor: Actor,
    *,
    phone: bytes | None = None,
    mail: bytes | None = None,
    answered: UUID | None = None,
    numbers: Sequence[str] = (),
    limit: int = 10,
) -> list[dict[str, Any]]:
    """The open cases that what somebody wrote may be about, newest first, as ``of_party`` shows them: of whoever left this
    telephone or this mail address (their blind indexes), the one he answers our message about, those he names. ``why`` says
    which: "sender", "answer", "named". Confidential ones only for who may know their callers. One query."""
    theirs = Q(contact_phone_index=phone) if phone else Q(contact_mail_index=mail) if mail else Q(pk__in=[])
    rows: Any = visible(actor).filter(theirs | Q(id=answered) | Q(number__in=[*numbers]))
    rows = rows.exclude(state__in=OVER).order_by("-id")
    if not may_know_callers(actor):
        rows = rows.filter(confidential=False)
    why = Case_(
        When(id=answered, then=Value("answer")), When(theirs, then=Value("sender")), default=Value("named")
    )
    shown = ("id", "number", "type", "matter", "state", "created_at")
    return [*rows.annotate(why=why).values(*shown, "why")[:limit]]


def agent_of_open_case(party_id: UUID) -> UUID | None:
    """Who took down this party's newest case that is still open: he knows it best. One query."""
    taken = CaseEvent.objects.filter(act="accept", actor_kind="person", case__party_id=party_id)
    taken = taken.filter(~interests.stands_aside())
    staff_id = (
        taken.exclude(case__state__in=OVER).order_by("-case_id").values_list("actor_id", flat=True).first()
    )
    try:
        return UUID(staff_id) if staff_id else None
    except ValueError:  # taken in from elsewhere under a name of theirs
        return None


def of_calls(actor: Actor, call_ids: list[UUID]) -> dict[UUID, UUID]:
    """Which case was filed from which call, the newest of several; a confidential one's call would tell who called,
    so it is left out where he is hidden. One query."""
    rows = visible(actor).filter(call_id__in=call_ids).order_by("id")
    if not may_know_callers(actor):
        rows = rows.filter(confidential=False)
    return {call_id: id for call_id, id in rows.values_list("call_id", "id") if call_id}


def what_hangs_on(number: str) -> list[tuple[str, UUID]] | None:
    """What a case's number leads to, for whoever asks who read it: the case, its caller, its call. None: no such case. One query."""
    row = (
        Case.objects.filter(city_id=this_city(), number=number)
        .values_list("id", "party_id", "call_id")
        .first()
    )
    if row is None:
        return None
    return [(kind, id) for kind, id in zip(("case", "party", "call"), row, strict=True) if id]


class FiledFrom(NamedTuple):
    """A case filed from a call. ``confidential``: the caller asked for it, or it is a report (举报)."""

    call_id: UUID
    confidential: bool
    redone: bool


def stands_aside_from_call(actor: Actor, call_id: UUID) -> bool:
    """Whether ``actor`` must not hear a call, because he stands aside from a case filed from it (回避). One query."""
    of_call = Case.objects.filter(city_id=this_city(), call_id=call_id)
    return of_call.filter(~interests.may_know(actor, reported=_REPORTED)).exists()


def filed_from(call_ids: Sequence[UUID]) -> list[FiledFrom]:
    """Every case filed from these calls, for what is decided about their recordings; names nobody. One query."""
    rows = Case.objects.filter(city_id=this_city(), call_id__in=call_ids)
    return [
        FiledFrom(call_id, confidential or type == "report", redo_count > 0)
        for call_id, confidential, type, redo_count in rows.values_list(
            "call_id", "confidential", "type", "redo_count"
        )
        if call_id
    ]


def detail(actor: Actor, case: Case) -> dict[str, Any]:
    """A case with its time line, its clock and the acts open to ``actor``. One query beside the case."""
    now = clock.now()
    hidden = _hides_identity(actor, case.confidential)
    events, facts = history(case), Facts(case)
    return {
        **_row(actor, {name: getattr(case, name) for name in _ROW}, now),
        "content": case.content,
        "place": {"division": case.place_division, "name": case.place_name, "address": _address(case, hidden)},
        "party_id": None if hidden else case.party_id,
        "call_id": None if hidden else case.call_id,
        "arrived_on": case.arrived_on,
        "timeline": [_event(event) for event in events],
        "clocks": _clocks(case, events, now),
        "duties": duties.as_rows(facts.duties, now),
        "verdict": _verdict(facts.verdict),
        "lead": _lead(actor, case),
        "merged": _merged(actor, case),
        "event_name": case.event_name,
        "upper_name": case.upper_name,
        "item": case.item["name"] if case.item else "",
        "object_until": case.object_until,
        "reported": _reported(actor, case),
        **_acts(actor, case, facts),
    }  # fmt: skip


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "grade": verdict.grade, "responded": verdict.responded, "solved": verdict.solved, "at": verdict.at,
        "unit": verdict.unit_name, "excluded_at": verdict.excluded_at, "excluded_why": verdict.excluded_why,
    }  # fmt: skip


def _lead(actor: Actor, case: Case) -> dict[str, Any] | None:
    """The case this one is merged into, where the reader may know of it."""
    if case.lead_id is None:
        return None
    row: Any = visible(actor).filter(id=case.lead_id).values("id", "number", "matter").first()
    return row  # type: ignore[no-any-return]


def _merged(actor: Actor, case: Case) -> list[dict[str, Any]]:
    """What was merged into this one, for whoever handles it: each caller's words, and a name only where he may know it. One
    query."""
    rows: Any = Case.objects.filter(
        interests.may_know(actor, reported=_REPORTED), city_id=case.city_id, lead_id=case.id
    ).order_by("id")
    names = ("id", "number", "matter", "content", "state", "contact_name_masked", "confidential")
    found = [*rows.values(*names)[:MOST_SHOWN]]
    for row in found:
        if _hides_identity(actor, row["confidential"]):
            row["contact_name_masked"] = CONFIDENTIAL
    return found


def _reported(actor: Actor, case: Case) -> str | None:
    """Against whom a report is, for those who dispatch it."""
    if case.reported_id is None or not may_know_callers(actor):
        return None
    return str(people.organisation(case.reported_id).name)


def answer_of(case: Case, version: int | None = None) -> str:
    """What a case's caller was answered last, up to ``version``: the unit's result, the centre's own words, or why it was
    declined; never what was written for the house."""
    for event in reversed(history(case)):
        if version is not None and event.version > version:
            continue
        names = ("reply", "answer", "reason") if event.act == "decline" else ("reply", "answer")
        if shown := next((event.fields[name] for name in names if event.fields.get(name)), ""):
            return str(shown)
    return ""


def history(case: Case) -> list[CaseEvent]:
    """Every act on ``case``, oldest first. Plain SQL: every case page asks for it, and compiling it cost five times as much."""
    return [*CaseEvent.objects.raw(_HISTORY, [case.city_id, case.id])]


_HISTORY = "SELECT * FROM cases_caseevent WHERE city_id = %s AND case_id = %s ORDER BY version"


def limits() -> list[Limit]:
    """Every limit ever loaded, newest last."""
    return [*Limit.objects.filter(city_id=this_city()).order_by("effective_from")]


def urged_since(case: Case, since: datetime) -> bool:
    """Whether the clock has urged ``case`` since then, while it stood in the state it stands in now. One query."""
    urged = CaseEvent.objects.filter(city_id=case.city_id, case_id=case.id, act="urge", actor_kind="system")
    return urged.filter(at__gte=since, state=case.state).exists()


def may_know_callers(actor: Actor) -> bool:
    """Whether ``actor`` may know who is behind a confidential case: the centre's people whose work it is to ask them.

    Neither the unit concerned nor an office or a machine that only looks (济南 16, 潍坊 11).
    """
    return actor.sees_all and actor.may("case.reveal")


def _hides_identity(actor: Actor, confidential: bool) -> bool:
    return confidential and not may_know_callers(actor)


def _address(case: Case, hidden: bool) -> str:
    """A door number may name its caller: where he is hidden it is read one by one, and logged (``actions.reveal``)."""
    return CONFIDENTIAL if hidden and case.place_address else unseal(case.place_address)


def _row(actor: Actor, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    row["overdue"] = row["clock_running"] and row["deadline_at"] < now
    row["step"] = _step(row)
    if _hides_identity(actor, row["confidential"]):
        row["contact_name_masked"] = row["contact_phone_masked"] = CONFIDENTIAL
        row["contact_mail_masked"] = CONFIDENTIAL if row["contact_mail_masked"] else ""
    return row


def _step(row: Mapping[str, Any]) -> str | None:
    """What has to be done by ``step_due_at``: moves._wanted holds that it is the state's, wherever it has an end."""
    step = STATES[State(row["state"])].step
    return step.value if step and row["step_due_at"] is not None else None


def _event(event: CaseEvent) -> dict[str, Any]:
    act = ACTS[event.act]
    return {
        "version": event.version, "act": event.act, "zh": act.zh, "en": act.en, "at": event.at,
        "actor": event.actor_label, "actor_kind": event.actor_kind, "state": event.state,
        "owner_name": event.owner_name, "deadline_at": event.deadline_at, "redone": event.redone, "fields": event.fields,
        "step": event.step, "step_late": event.step_late,
    }  # fmt: skip


def _clocks(case: Case, events: list[CaseEvent], now: datetime) -> list[dict[str, Any]]:
    """The whole, and the step that has to be done now."""
    return [*_whole(case, events, now), *_present_step(case, events, now)]


def _present_step(case: Case, events: list[CaseEvent], now: datetime) -> list[dict[str, Any]]:
    step = STATES[State(case.state)].step
    if step is None or case.step_due_at is None:
        return []
    zh, en = STEPS[step]
    came = case.changed_at
    for event in reversed(events):
        if STATES[State(event.state)].step is not step:
            break
        came = event.at
    return [
        {
            "name": step.value, "zh": zh, "en": en.capitalize(), "ends_at": case.step_due_at, "stopped_at": None, "running": True,
            "started_at": case.clock_started_at if step is Step.CONTACT else came, "late": now > case.step_due_at, "paused": False,
        }
    ]  # fmt: skip


def _stood_still(events: list[CaseEvent]) -> datetime | None:
    """When the clock stopped last: the first of the newest acts after which it did not run."""
    at = None
    for event in reversed(events):
        if event.clock_running:
            break
        at = event.at
    return at


def _whole(case: Case, events: list[CaseEvent], now: datetime) -> list[dict[str, Any]]:
    if case.deadline_at is None:
        return []
    stopped = None if case.clock_running else case.paused_at or _stood_still(events)
    return [
        {
            "name": "handle", "zh": "办理时限", "en": "Time limit", "started_at": case.clock_started_at,
            "ends_at": case.deadline_at, "stopped_at": stopped, "running": case.clock_running,
            "late": (stopped or now) > case.deadline_at, "paused": case.paused_at is not None,
        }
    ]  # fmt: skip


def _acts(actor: Actor, case: Case, facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """What ``actor`` may do now with the fields to fill in, and why not the rest of what he might look for."""
    allowed, missing = [], []
    for act in ACTS.values():
        if act.name == "accept" or act.relation in ("caller", "clock"):
            continue
        refusal = why_not(act, case, actor, facts)
        if refusal is None:
            allowed.append(
                {
                    "act": act.name,
                    "zh": act.zh,
                    "en": act.en,
                    "fields": [field.as_dict() for field in act.fields],
                }
            )
        elif _worth_saying(act, case, actor):
            missing.append(
                {
                    "act": act.name,
                    "zh": act.zh,
                    "en": act.en,
                    "reason_zh": refusal.zh,
                    "reason_en": refusal.en,
                }
            )
    return {"acts_allowed": allowed, "acts_missing": missing}


def _worth_saying(act: Act, case: Case, actor: Actor) -> bool:
    if act.to is None and act.duty is not None:
        return False  # answers to what nobody asked would fill the page
    return State(case.state) in act.sources or (act.right is not None and actor.may(act.right))


@dataclass(frozen=True, slots=True)
class CitizenView:
    """A case as its caller sees it on the portal: no personal data, the unit's name but nobody's."""

    id: UUID
    number: str
    version: int
    type: str
    matter: str
    state: State
    created_at: datetime
    owner_name: str
    owner_name_en: str
    deadline_at: datetime | None
    may: frozenset[str]
    steps: list[CitizenStep]


def citizen_view(caller: Actor) -> CitizenView:
    """The case of ``caller``, a citizen known by its query code, in plain words. Raises NotFound. Three queries."""
    case = one(caller, caller.id)
    state, events = State(case.state), list(history(case))
    names = people.outward_names(event.owner_id for event in events if event.owner_id)
    zh, en = names.get(case.owner_id, ("", "")) if case.owner_id else ("", "")
    return CitizenView(
        id=case.id, number=case.number, version=case.version, type=case.type, matter=case.matter, state=state,
        created_at=case.created_at, owner_name=zh, owner_name_en=en,
        deadline_at=case.deadline_at if case.clock_running else None,
        may=frozenset(
            act.name for act in ACTS.values() if act.relation == "caller" and why_not(act, case, caller) is None
        ), steps=citizen_steps(events, names),
    )  # fmt: skip


def state_words(state: State | str) -> tuple[str, str]:
    """A state in Chinese and English."""
    row = STATES[State(state)]
    return row.zh, row.en


def last_unit(case_id: UUID | str) -> UUID | None:
    """The unit that has the case or, once it has left, had it last; None: none ever had. One query."""
    owned = CaseEvent.objects.filter(city_id=this_city(), case_id=case_id).exclude(owner_id=None)
    return owned.order_by("-version").values_list("owner_id", flat=True).first()
