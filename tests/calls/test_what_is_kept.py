"""What the database holds of calls, and what it will not hold; what desks may ask for; figures and lists."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.models import beat
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.base.people.roles import rights_of
from hotline.faces.desk import queries as desk
from hotline.lines.calls import actions, queries, queueing, register, seats, store, successors
from hotline.lines.calls.call import Event
from hotline.lines.calls.machines import step
from hotline.lines.calls.models import (
    AgentState,
    Call,
    CallCommand,
    Leg,
    Offer,
    PhoneCredential,
    QueueEntry,
    Timer,
)
from hotline.lines.calls.routing import Arrival
from hotline.lines.calls.words import AgentMode, CallState, OfferState, Outcome
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.models import Trunk
from hotline.project.cli.load import load_city

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

TESTS = system("tests")


def arrival(
    channel: str = "ch-1", number: str = "12345", caller: str = "13812341234", **more: Any
) -> Arrival:
    fields = {"behaviour": "queue", "notice": False, "linked_trunk": "", "returned": False, **more}
    return Arrival(channel=channel, number=number, dialled=number, trunk="loopback", caller=caller, **fields)


def begin(*args: Any, **more: Any) -> Call:
    call = store.begin(1, arrival(*args, **more), numbers.plans())[0]
    return Call.objects.get(id=call.id)


def a_ready_agent(
    lines: tuple[str, ...] = ("12345",), idle_s: int = 10, mode: str = AgentMode.READY
) -> AgentState:
    since = clock.now() - timedelta(seconds=idle_s)
    return AgentState.objects.create(
        staff_id=uuid4(), name="x", mode=mode, since=since, idle_since=since, lines=[*lines], endpoint="agent-x",
        phone_registered=True,
    )  # fmt: skip


def an_agent(organisation: str = "centre") -> Actor:
    staff, _ = people.open_account(TESTS, f"agent-{uuid4().hex[:8]}", "坐席")
    people.give_post(TESTS, staff.id, "agent", organisations.organisation_by_key(organisation).id)
    return Actor("person", str(staff.id), staff.name, rights_of(("agent",)), ("/",), ("agent",))


# --- what the database will not hold ---------------------------------------------------------------------------------------


def test_no_agent_has_two_open_offers_and_no_call_has_two() -> None:
    one, two, agent, other = begin("a"), begin("b"), uuid4(), uuid4()

    def offer(call: Call, staff: UUID) -> None:
        with transaction.atomic():
            Offer.objects.create(call=call, agent_id=staff, leg_channel=str(uuid4()), made_at=clock.now())

    offer(one, agent)
    with pytest.raises(IntegrityError):
        offer(two, agent)
    with pytest.raises(IntegrityError):
        offer(one, other)
    Offer.objects.update(state=OfferState.NOT_ANSWERED)
    offer(one, agent)


def test_a_call_cannot_end_without_an_outcome_nor_have_one_before() -> None:
    call = begin()
    for change in ({"state": CallState.ENDED}, {"outcome": Outcome.ANSWERED}, {"ended_at": clock.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Call.objects.filter(id=call.id).update(**change)


def test_a_channel_has_one_call() -> None:
    begin("same")
    with pytest.raises(IntegrityError), transaction.atomic():
        begin("same")


def test_no_leg_stands_without_its_call() -> None:
    def keep_one() -> None:
        with transaction.atomic():
            Leg.objects.create(call_id=uuid4(), channel="l-nobody", role="agent", planned_at=clock.now())
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        keep_one()


def test_a_callers_number_stands_nowhere_in_plain() -> None:
    call = begin(caller="13812349999")
    with connection.cursor() as cursor:
        for table in ("calls_call", "calls_callevent", "kernel_auditrow", "kernel_outboxrow"):
            cursor.execute(f"SELECT to_jsonb({table})::text FROM {table}")  # noqa: S608 - our own tables' names
            assert "13812349999" not in str(cursor.fetchall()), table
    assert call.caller_masked == "138****9999"


# --- routing and matching ----------------------------------------------------------------------------------------------------


def test_the_longest_idle_agent_is_asked_first() -> None:
    a_ready_agent(idle_s=5)
    patient = a_ready_agent(idle_s=50)
    begin()
    found = queueing.match_one(1)
    assert found
    assert found.event.invited
    assert found.event.invited.agent_id == patient.staff_id
    patient.refresh_from_db()
    assert patient.mode == AgentMode.RESERVED


def test_who_has_the_lines_own_skill_is_asked_before_who_waited_longer() -> None:
    a_ready_agent(idle_s=500)
    own = a_ready_agent(("12345", "12333"), idle_s=5)
    begin(number="12333", behaviour="notice_then_queue")
    found = queueing.match_one(1)
    assert found
    assert found.event.invited
    assert found.event.invited.agent_id == own.staff_id


def test_an_emergency_is_served_before_those_who_waited_longer() -> None:
    begin("first")
    emergency = begin("second", number="110", behaviour="emergency")
    a_ready_agent()
    found = queueing.match_one(1)
    assert found
    assert found.call_id == emergency.id


def test_an_agent_whose_phone_is_gone_is_not_asked() -> None:
    agent = a_ready_agent()
    AgentState.objects.filter(id=agent.id).update(phone_registered=False)
    begin()
    assert queueing.match_one(1) is None


def test_a_call_is_not_offered_twice_at_once() -> None:
    a_ready_agent()
    a_ready_agent()
    begin()
    assert len(queueing.match(1)) == 1


def test_own_seats_that_nobody_staffs_count_as_closed() -> None:
    monday = clock.now().replace(year=2026, month=11, day=23, hour=2, minute=0)  # 10:00 in the city
    with clock.at(monday):
        assert begin("a", number="12329", behaviour="own_seats").marks == ["own_seats_closed"]
        a_ready_agent(("12329",))
        call = begin("b", number="12329", behaviour="own_seats")
    assert call.marks == []
    assert QueueEntry.objects.get(call=call).skills == ["12329"]


def test_what_call_control_left_is_taken_up_as_it_was_kept() -> None:
    agent = a_ready_agent()
    begin()
    found = queueing.match_one(1)
    assert found
    kept = {call.id: call for call in store.open_calls(1, numbers.plans())}[found.call_id]
    assert (kept.state, kept.agent, kept.agent_id) == (CallState.RINGING, found.event.invited, agent.staff_id)
    assert kept.agent
    after, _, facts = step(kept, Event("answered", leg=kept.agent.channel))
    store.keep(1, kept, facts, [("answered", {})])
    agent.refresh_from_db()
    assert (agent.mode, agent.call_id) == (AgentMode.BUSY, kept.id)
    ended, _, facts = step(after, Event("caller_gone"))
    store.keep(1, after, facts, [("caller_gone", {})])
    call = Call.objects.get(id=kept.id)
    assert (call.outcome, call.agent_id) == (Outcome.ANSWERED, agent.staff_id)
    assert ended.state is CallState.ENDED
    assert not Timer.objects.filter(call_id=call.id).exists()
    assert store.open_calls(1, numbers.plans()) == []


def test_a_call_that_waits_for_its_agent_is_taken_up_with_his_last_leg_and_the_third() -> None:
    agent, call = a_ready_agent(), begin()
    Call.objects.filter(id=call.id).update(state=CallState.AWAITING, agent_id=agent.staff_id)
    his = {"role": "agent", "agent_id": agent.staff_id, "browser": True, "place": "aside"}
    legs = [
        {"channel": "l-1", "state": "gone", **his},
        {"channel": "l-2", "state": "up", "role": "other", "place": "aside", "target": "linked:12348"},
        {"channel": "l-3", "state": "gone", **his},  # he was rung once in vain
    ]
    for n, leg in enumerate(legs):
        Leg.objects.create(call=call, planned_at=clock.now() + timedelta(seconds=n), **leg)
    (kept,) = store.open_calls(1, numbers.plans())
    assert [(leg.channel, leg.state, leg.place) for leg in kept.legs] == [
        ("l-2", "up", "aside"),
        ("l-3", "gone", "aside"),
    ]
    assert kept.agent_id == agent.staff_id
    again = clock.now() + timedelta(seconds=9)
    Leg.objects.create(call=call, planned_at=again, channel="l-4", state="ringing", **his)
    (kept,) = store.open_calls(1, numbers.plans())
    assert [leg.channel for leg in kept.legs] == ["l-2", "l-4"]


def test_wrap_up_ends_by_itself_in_what_the_agent_asked_for() -> None:
    agent = a_ready_agent(mode=AgentMode.BUSY)
    seats.happened(agent.staff_id, "pause")
    seats.happened(agent.staff_id, "call_over")
    assert not seats.deadlines_passed()
    AgentState.objects.update(deadline_at=clock.now() - timedelta(seconds=1))
    assert seats.deadlines_passed()
    agent.refresh_from_db()
    assert agent.mode == AgentMode.PAUSED


def test_calls_of_slots_that_are_no_more_are_taken_up_by_the_first() -> None:
    mine, second, gone, over = begin("a"), begin("b"), begin("c"), begin("d")
    for call, slot in ((second, 2), (gone, 3), (over, 3)):
        Call.objects.filter(id=call.id).update(slot=slot)
    now = clock.now()
    Call.objects.filter(id=over.id).update(state=CallState.ENDED, ended_at=now, outcome=Outcome.FAILED)
    assert successors.adopt(1, 2) == 1
    assert {call.id for call in store.open_calls(1, numbers.plans())} == {mine.id, gone.id}
    assert {call.id for call in store.open_calls(2, numbers.plans())} == {second.id}
    assert successors.adopt(1, 2) == 0


def test_a_ring_nobody_watches_any_more_frees_its_agent() -> None:
    agent = a_ready_agent()
    call = begin()
    assert queueing.match_one(1)
    later = clock.now() + timedelta(minutes=2)
    Call.objects.filter(id=call.id).update(state=CallState.ENDED, ended_at=later, outcome=Outcome.FAILED)
    with clock.at(later):
        assert store.due_timers(2) != []  # of a call that is over, anybody's
        (timer,) = store.due_timers(1)
        store.nobody_waits(timer)
        store.nobody_waits(timer)
        assert store.due_timers(1) == []
    agent.refresh_from_db()
    assert (agent.mode, agent.call_id) == (AgentMode.READY, None)
    assert Offer.objects.get(call=call).state == OfferState.WITHDRAWN
    assert Leg.objects.get(call=call, role="agent").state == "gone"


def test_who_was_matched_to_a_caller_that_is_gone_is_free_at_once() -> None:
    agent = a_ready_agent()
    call = begin()
    matched = queueing.match_one(1)
    assert matched
    assert matched.event.invited
    Call.objects.filter(id=call.id).update(
        state=CallState.ENDED, ended_at=clock.now(), outcome=Outcome.ABANDONED_IN_QUEUE
    )
    store.not_rung(matched.event.invited.channel)
    store.not_rung(matched.event.invited.channel)
    agent.refresh_from_db()
    assert (agent.mode, agent.call_id) == (AgentMode.READY, None)
    assert Offer.objects.get(call=call).state == OfferState.WITHDRAWN


def test_a_ring_of_another_slots_open_call_is_left_to_it() -> None:
    a_ready_agent()
    begin()
    assert queueing.match_one(1)
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert store.due_timers(2) == []
        assert len(store.due_timers(1)) == 1


def test_a_sandbox_refuses_a_real_trunk(settings: Any) -> None:
    settings.SANDBOX = True
    register.refuse_sandbox_with_real_trunks()
    Trunk.objects.create(name="telecom", position=9, kind="operator", host="198.51.100.7", transport="udp")
    with pytest.raises(Problem, match="sandbox"):
        register.refuse_sandbox_with_real_trunks()


# --- desks ---------------------------------------------------------------------------------------------------------------------


def test_an_unknown_command_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(Invalid) as refused:
        actions.command(an_agent(), "fly")
    assert "hangup" in refused.value.faults[0].en


def test_nobody_commands_a_call_that_is_not_his() -> None:
    call = begin()
    with pytest.raises(NotFound):
        actions.command(an_agent(), "hangup", call.id)


def test_who_may_not_work_at_the_desk_gets_neither_phone_nor_command() -> None:
    stranger = Actor("person", str(uuid4()), "x", frozenset({"calls.read"}), ("/",))
    for ask in (lambda: actions.issue_phone(stranger), lambda: actions.command(stranger, "ready")):
        with pytest.raises(Forbidden):
            ask()


@pytest.mark.django_db(transaction=True)
def test_without_call_control_a_phone_is_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    load_city()  # another test that commits may have emptied the tables
    beat("callcontrol-1")
    monkeypatch.setattr(actions, "PUSH_WITHIN_S", 0.1)
    with pytest.raises(Problem) as refused:
        actions.issue_phone(an_agent())
    assert (refused.value.code, refused.value.status) == ("telephony-off", 503)


def test_no_web_thread_waits_for_a_call_control_that_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(clock.now() - timedelta(minutes=1)):
        beat("callcontrol-1")
    monkeypatch.setattr(actions, "_wait_until_pushed", lambda row: pytest.fail("it waited"))
    with pytest.raises(Problem) as refused:
        actions.issue_phone(an_agent())
    assert (refused.value.code, refused.value.status) == ("telephony-off", 503)


def test_a_department_sees_the_calls_to_its_own_numbers_without_their_callers() -> None:
    path = organisations.organisation_by_key(numbers.item("12329")["department_key"]).path
    owner = Actor("person", "o", "主管单位", frozenset({"calls.read"}), (path,))
    ours, theirs = begin("a", number="12329"), begin("b", number="12333")
    assert [row["id"] for row in queries.page(owner).items] == [ours.id]
    assert queries.page(owner).items[0]["caller_masked"] == queries.one(owner, ours.id)["caller_masked"] == ""
    with pytest.raises(NotFound):
        queries.one(owner, theirs.id)


def test_a_phones_password_is_stored_sealed_only() -> None:
    agent = an_agent()
    beat("callcontrol-1")
    staff = UUID(agent.id)
    with pytest.raises(Problem):
        actions.issue_phone(agent)
    row = PhoneCredential.objects.get(staff_id=staff)
    assert row.endpoint.startswith("agent-")
    assert bytes(row.password_sealed)[:1] == b"\x01"


def test_a_command_nobody_carries_out_ends_as_refused_at_its_deadline() -> None:
    agent = an_agent()
    staff = UUID(agent.id)
    before = desk.command_results(staff, None)
    given = actions.command(agent, "sign_in")
    assert desk.command_results(staff, before.cursor).items == []
    with clock.at(clock.now() + timedelta(seconds=6)):
        told = desk.command_results(staff, before.cursor)
        assert [(str(item["id"]), item["ok"], item["error"]["type"]) for item in told.items] == [
            (given["id"], False, "telephony-off")
        ]
        assert desk.command_results(staff, told.cursor).items == []


def test_a_command_is_taken_once() -> None:
    actions.command(an_agent(), "sign_in")
    assert len(seats.take(None, 1, [])) == 1
    assert seats.take(None, 2, []) == []


def test_a_command_about_a_call_is_taken_by_the_slot_that_has_the_call() -> None:
    agent, call = an_agent(), begin()
    actions.command(agent, "sign_in")
    AgentState.objects.filter(staff_id=agent.id).update(call_id=call.id)
    CallCommand.objects.all().delete()
    actions.command(agent, "hold")
    assert seats.take(None, 2, [uuid4()]) == []
    assert [taken.call_id for taken in seats.take(None, 1, [call.id])] == [call.id]


def test_the_seats_of_12329_are_its_departments_people() -> None:
    assert actions.lines_of(UUID(an_agent("linked-12329").id)) == ["12329"]
    assert actions.lines_of(UUID(an_agent("centre").id)) == ["12345"]


def test_a_post_of_the_future_or_the_past_opens_no_line_and_one_with_an_end_does() -> None:
    staff = UUID(an_agent("centre").id)
    unit, now = organisations.organisation_by_key("linked-12329").id, clock.now()
    people.give_post(TESTS, staff, "agent", unit, starts_at=now + timedelta(days=1))
    assert actions.lines_of(staff) == ["12345"]
    people.give_post(TESTS, staff, "agent", unit, ends_at=now + timedelta(hours=8))
    assert actions.lines_of(staff) == ["12329"]


def test_the_desk_shows_the_callers_earlier_calls_and_stays_masked() -> None:
    earlier = begin("a")
    agent = a_ready_agent()
    now = begin("b")
    Call.objects.filter(id=now.id).update(agent_id=agent.staff_id)
    AgentState.objects.filter(id=agent.id).update(call_id=now.id, mode=AgentMode.RINGING)
    state = desk.desk_state(agent.staff_id)
    assert [row["id"] for row in state["call"]["party"]["calls"]] == [earlier.id]
    assert state["call"]["state"] == "ringing"
    assert "13812341234" not in json.dumps(state, default=str)


# --- lists and figures ---------------------------------------------------------------------------------------------------------


def test_a_list_of_calls_costs_the_same_queries_at_any_size() -> None:
    staff = a_ready_agent()
    for position in range(30):
        begin(f"ch-{position}")
    Call.objects.update(agent_id=staff.staff_id)
    counts = []
    for size in (2, 25):
        with CaptureQueriesContext(connection) as queried:
            assert len(queries.page(TESTS, size=size).items) == size
        counts.append(len(queried))
    assert counts == [2, 2]


def test_paging_shows_every_call_once() -> None:
    made = {begin(f"ch-{position}").id for position in range(7)}
    seen: list[UUID] = []
    cursor = None
    while True:
        page = queries.page(TESTS, cursor=cursor, size=3)
        seen += [row["id"] for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 7
    assert set(seen) == made


def test_the_figures_of_a_day_count_each_call_by_its_outcome() -> None:
    now = clock.now()
    for outcome, wait in (
        (Outcome.ANSWERED, 5),
        (Outcome.ANSWERED, 40),
        (Outcome.ABANDONED_IN_QUEUE, 0),
        (Outcome.FALLBACK, 0),
    ):
        call = begin(str(ids.new()))
        Call.objects.filter(id=call.id).update(
            state=CallState.ENDED, ended_at=now + timedelta(seconds=60), outcome=outcome, queued_at=now,
            answered_at=now + timedelta(seconds=wait) if wait else None,
        )  # fmt: skip
    start, end = clock.day_bounds(clock.today())
    row = next(row for row in queries.by_number(start, end, 15, 5) if row["number"] == "12345")
    assert {key: row[key] for key in ("calls", "answered", "abandoned", "vacant", "within")} == {
        "calls": 4, "answered": 2, "abandoned": 2, "vacant": 0, "within": 1,
    }  # fmt: skip


@pytest.fixture
def signed_in() -> Client:
    client = Client()
    staff, _ = people.open_account(TESTS, f"agent-{uuid4().hex[:8]}", "坐席", must_change_password=False)
    people.give_post(TESTS, staff.id, "agent", organisations.organisation_by_key("centre").id)
    client.force_login(staff)
    return client


def test_a_day_that_is_no_day_is_refused(signed_in: Client) -> None:
    for day in ("yesterday", "2026-13-45"):
        answer = signed_in.get(f"/api/v1/calls?day={day}")
        assert answer.status_code == 422
        assert "day" in answer.json()["faults"][0]["where"]


def test_calls_and_the_desk_over_http(signed_in: Client) -> None:
    client = signed_in
    assert client.get("/api/v1/calls?day=2026-11-23").status_code == 200
    assert client.get(f"/api/v1/calls/{begin().id}").json()["events"][0]["kind"] == "claimed"
    assert client.get(f"/api/v1/calls/{uuid4()}").status_code == 404
    assert client.get("/api/v1/desk").json()["agent"]["state"] == "signed_out"
    assert client.post("/api/v1/desk/commands", {"command": "sign_in"}, "application/json").status_code == 202
