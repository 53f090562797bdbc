"""The queue with its rows: who is asked, over several call controls, with languages, known agents and callers offline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.models import Heartbeat, beat
from hotline.base.parties import actions as parties
from hotline.base.people.roles import rights_of
from hotline.lines.calls import queueing, rules_file, store, waiting
from hotline.lines.calls.call import Event
from hotline.lines.calls.callbacks import actions as callbacks
from hotline.lines.calls.callbacks import attempts, missed
from hotline.lines.calls.callbacks.models import Attempt, Callback
from hotline.lines.calls.machines import step
from hotline.lines.calls.models import AgentState, Call, Offer, QueueEntry
from hotline.lines.calls.rules import (
    CallingBack,
    Plan,
    QueueRules,
    Rules,
    When,
)
from hotline.lines.calls.skills.models import AgentSkill
from hotline.lines.calls.words import AgentMode, CallState, Outcome
from hotline.lines.numbers import queries as numbers
from hotline.project.cli.load import load_city
from tests.calls.test_what_is_kept import a_ready_agent, arrival

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city", "how")]
MAIN = "12345"


@pytest.fixture
def how(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set what the city says of its queue."""

    def say(*plans: Plan, **rules: Any) -> None:
        said = Rules((QueueRules(datetime.fromisoformat("2020-01-01T00:00:00+08:00"), **rules),), plans)
        monkeypatch.setattr(rules_file, "current", lambda: said)

    say()
    return say


def wait(
    caller: str = "13812341234", *, ago_s: float = 0, slot: int = 1, number: str = MAIN, priority: int = 0,
) -> Call:  # fmt: skip
    """A caller who came so long ago and waits."""
    with clock.at(clock.now() - timedelta(seconds=ago_s)):
        first = store.begin(slot, arrival(f"ch-{uuid4().hex[:10]}", number, caller), numbers.plans())[0]
    if priority:
        QueueEntry.objects.filter(call_id=first.id).update(priority=priority)
    return Call.objects.get(id=first.id)


def skilled(agent: AgentState, skill: str, level: int = 3) -> AgentState:
    since = clock.now() - timedelta(days=1)
    AgentSkill.objects.create(staff_id=agent.staff_id, skill=skill, level=level, since=since, set_by="x")
    return agent


def speaks(caller: str, language: str) -> None:
    party = parties.find_or_create(system("tests"), caller)
    parties.note_party(system("tests"), party.id, language=language)


def asked(matches: list[queueing.Match]) -> list[tuple[UUID, UUID | None]]:
    return [
        (found.call_id, found.event.invited.agent_id if found.event.invited else None) for found in matches
    ]


# --- who is asked ------------------------------------------------------------------------------------------------------------


def test_a_minnan_caller_gets_who_speaks_minnan_though_another_is_idle_longer_and_after_a_while_anyone(
    how: Callable[..., None],
) -> None:
    how(language_seconds=30)
    speaks("13812341234", "nan")
    idle = a_ready_agent(idle_s=500)
    speaker = skilled(a_ready_agent(idle_s=5), "lang:nan")
    call = wait()
    assert asked(queueing.match(1)) == [(call.id, speaker.staff_id)]
    second = wait()
    assert queueing.match(1) == []  # the other one does not speak it, and the caller has just come
    with clock.at(clock.now() + timedelta(seconds=29)):
        assert queueing.match(1) == []
    with clock.at(clock.now() + timedelta(seconds=31)):
        assert asked(queueing.match(1)) == [(second.id, idle.staff_id)]


def test_nobody_waits_for_a_language_that_nobody_at_work_speaks() -> None:
    speaks("13812341234", "nan")
    agent = a_ready_agent()
    skilled(a_ready_agent(mode=AgentMode.SIGNED_OUT), "lang:nan")
    call = wait()
    assert asked(queueing.match(1)) == [(call.id, agent.staff_id)]


def test_a_rated_line_goes_before_the_longer_idle_and_the_better_rated_before_both() -> None:
    a_ready_agent(idle_s=500)
    skilled(a_ready_agent(idle_s=400), "line:12333", 2)
    expert = skilled(a_ready_agent(idle_s=1), "line:12333", 4)
    with clock.at(clock.now()):
        first = store.begin(1, arrival("a", "12333", behaviour="notice_then_queue"), numbers.plans())[0]
    assert asked(queueing.match(1)) == [(first.id, expert.staff_id)]


def test_who_served_the_caller_lately_goes_first(how: Callable[..., None]) -> None:
    how(preferred_days=30)
    served, other = a_ready_agent(idle_s=1), a_ready_agent(idle_s=500)
    earlier = wait(ago_s=3600)
    now = clock.now()
    Call.objects.filter(id=earlier.id).update(
        agent_id=served.staff_id,
        answered_at=now,
        ended_at=now,
        state=CallState.ENDED,
        outcome=Outcome.ANSWERED,
    )
    again = wait()
    assert asked(queueing.match(1)) == [(again.id, served.staff_id)]
    stranger = wait("13900001111")
    assert asked(queueing.match(1)) == [(stranger.id, other.staff_id)]


def test_whose_open_case_it_is_goes_before_who_served_him_last(
    how: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    how(preferred_days=30)
    owner = a_ready_agent(idle_s=1)
    a_ready_agent(idle_s=500)
    monkeypatch.setattr(waiting, "_preferences", [])
    waiting.prefer(lambda party_id: owner.staff_id)
    call = wait()
    assert asked(queueing.match(1)) == [(call.id, owner.staff_id)]


def test_a_point_of_priority_is_worth_its_seconds_of_waiting_and_no_more(how: Callable[..., None]) -> None:
    how(point_seconds=60)
    favoured, patient = wait("13800000001", ago_s=0, priority=-2), wait("13800000002", ago_s=119)
    a_ready_agent()
    assert [found.call_id for found in queueing.match(1)] == [favoured.id]
    Call.objects.filter(id=favoured.id).update(state=CallState.QUEUED)
    QueueEntry.objects.filter(call=patient).update(entered_at=clock.now() - timedelta(seconds=125))
    AgentState.objects.update(mode=AgentMode.READY)
    Offer.objects.all().delete()
    assert [found.call_id for found in queueing.match(1)] == [patient.id]


def test_a_line_a_city_prefers_has_its_head_start(how: Callable[..., None]) -> None:
    how(priorities={MAIN: -3})
    assert QueueEntry.objects.get(call=wait()).priority == -3


# --- a place is never reset ----------------------------------------------------------------------------------------------------


def test_a_withdrawn_offer_leaves_the_place_and_its_clock_as_they_were() -> None:
    a_ready_agent()
    call = wait(ago_s=50)
    before = QueueEntry.objects.get(call=call)
    (found,) = queueing.match(1)
    kept = {one.id: one for one in store.open_calls(1, numbers.plans())}[call.id]
    assert found.event.invited
    _, _, facts = step(kept, Event("gone", leg=found.event.invited.channel, cause=17))
    store.keep(1, kept, facts, [("gone", {})])
    after = QueueEntry.objects.get(call=call)
    assert (after.entered_at, after.steps, after.waiting) == (before.entered_at, before.steps, True)


def test_who_comes_back_to_the_queue_has_his_first_place() -> None:
    call = wait(ago_s=300)
    before = QueueEntry.objects.get(call=call)
    QueueEntry.objects.filter(call=call).update(waiting=False, left_at=clock.now(), left_as="answered")
    rows = waiting.place(call.id, ["12333", MAIN], -5, clock.now(), number=MAIN, party_id=call.party_id)
    after = QueueEntry.objects.get(call=call)
    assert rows == []
    assert (after.entered_at, after.waiting, after.skills, after.priority) == (
        before.entered_at,
        True,
        ["12333", MAIN],
        -5,
    )


def test_a_change_of_the_rules_does_not_reorder_those_who_wait(how: Callable[..., None]) -> None:
    how(point_seconds=60)
    first = wait("13800000001", priority=-1)
    how(point_seconds=600)
    second = wait("13800000002", ago_s=50)
    entries = {row["call_id"]: waiting.entry(row) for row in waiting.waiting()}
    assert entries[first.id].point_seconds == 60
    assert entries[first.id].order < entries[second.id].order


def test_a_place_from_before_there_were_steps_asks_for_its_lines() -> None:
    call = wait()
    QueueEntry.objects.filter(call=call).update(steps=[])
    agent = a_ready_agent()
    assert asked(queueing.match(1)) == [(call.id, agent.staff_id)]


# --- several call controls -----------------------------------------------------------------------------------------------------


def test_an_older_caller_of_another_slot_goes_first_and_his_slot_is_woken(how: Callable[..., None]) -> None:
    beat("callcontrol-2")
    agent = a_ready_agent()
    older, newer = wait("13800000001", ago_s=60, slot=2), wait("13800000002", slot=1)
    with CaptureQueriesContext(connection) as told:
        assert queueing.match(1) == []
    assert any("pg_notify" in query["sql"] and '"match": 2' in query["sql"] for query in told)
    assert asked(queueing.match(2)) == [(older.id, agent.staff_id)]
    another = a_ready_agent()
    assert asked(queueing.match(1)) == [(newer.id, another.staff_id)]


def test_a_slot_that_gives_no_sign_of_life_keeps_no_agent_from_others(settings: Any) -> None:
    settings.SANDBOX = False
    beat("callcontrol-2")
    Heartbeat.objects.update(at=clock.now() - timedelta(minutes=1))
    agent = a_ready_agent()
    wait("13800000001", ago_s=60, slot=2)
    mine = wait("13800000002", slot=1)
    assert asked(queueing.match(1)) == [(mine.id, agent.staff_id)]


@pytest.mark.django_db(transaction=True)
def test_two_call_controls_at_once_never_offer_one_agent_twice_nor_one_call() -> None:
    load_city()  # another test that commits may have emptied the tables
    for slot in (1, 2):
        beat(f"callcontrol-{slot}")
    for n in range(12):
        wait(f"1380000{n:04d}", ago_s=100 - n, slot=1 + n % 2)
        a_ready_agent(idle_s=n)
    made: list[queueing.Match] = []
    failed: list[BaseException] = []
    start = threading.Barrier(4)

    def control(slot: int) -> None:
        try:
            start.wait(10)
            made.extend(queueing.match(slot))
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=control, args=(slot,)) for slot in (1, 2, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    made += [*queueing.match(1), *queueing.match(2)]
    pairs = asked(made)
    assert len({call for call, _ in pairs}) == len({agent for _, agent in pairs}) == len(pairs) == 12
    assert Offer.objects.filter(state="open").count() == 12


# --- callers who wait offline ---------------------------------------------------------------------------------------------------


def offline(caller: str = "13800000009", *, ago_s: float = 600, why: str = "asked") -> Callback:
    """Somebody who asked to be called back, in his place in the queue."""
    call = wait(caller, ago_s=ago_s)
    now = clock.now()
    by = "switch" if why == "lost" else "caller"
    marks = [missed.ASKED] if why == "asked" else []
    QueueEntry.objects.filter(call=call).update(waiting=False)
    Call.objects.filter(id=call.id).update(
        state=CallState.ENDED, outcome=Outcome.ABANDONED_IN_QUEUE, ended_at=now, ended_by=by, marks=marks
    )
    missed.call_ended("call.ended", str(call.id), {})
    return Callback.objects.get(entry__call=call)


def test_who_waits_offline_comes_to_his_turn_like_everybody(how: Callable[..., None]) -> None:
    how(calling_back=CallingBack(assign=("asked", "lost")))
    before, after = wait("13800000001", ago_s=700), wait("13800000002", ago_s=500)
    callback = offline(ago_s=600)
    agents = [a_ready_agent(idle_s=n) for n in (30, 20)]
    assert asked(queueing.match(1)) == [(before.id, agents[0].staff_id)]
    callback.refresh_from_db()
    assert (callback.state, callback.agent_id) == ("taken", agents[1].staff_id)
    assert Attempt.objects.get().given
    # Whoever has it in hand is asked for nothing else, though his seat is ready.
    assert queueing.match(1) == []
    third = a_ready_agent()
    assert asked(queueing.match(1)) == [(after.id, third.staff_id)]


def test_those_whose_calls_we_lost_are_called_back_before_anybody_who_waits(how: Callable[..., None]) -> None:
    how(calling_back=CallingBack(assign=("asked", "lost")))
    wait("13800000001", ago_s=900)
    callback = offline(ago_s=10, why="lost")
    a_ready_agent()
    assert queueing.match(1) == []
    callback.refresh_from_db()
    assert callback.state == "taken"


def test_who_only_hung_up_stays_on_the_list_and_takes_no_agent_from_those_who_wait(
    how: Callable[..., None],
) -> None:
    how(calling_back=CallingBack(assign=("asked", "lost")))
    callback = offline(ago_s=600, why="abandoned")
    call = wait()
    agent = a_ready_agent()
    assert asked(queueing.match(1)) == [(call.id, agent.staff_id)]
    callback.refresh_from_db()
    assert callback.state == "waiting"


def test_one_that_was_not_taken_up_goes_on_to_another_after_a_rest(how: Callable[..., None]) -> None:
    how(calling_back=CallingBack(assign=("asked",)))
    callback = offline()
    first = a_ready_agent()
    start = clock.now()
    with clock.at(start):
        assert queueing.match(1) == []
        assert Callback.objects.get().agent_id == first.staff_id
    with clock.at(start + attempts.TO_BEGIN):
        assert attempts.lapse() == 1
        AgentState.objects.update(mode=AgentMode.NOT_READY)
        second = a_ready_agent()
        assert queueing.match(1) == []
        assert Callback.objects.get().agent_id is None  # it rests
    with clock.at(start + attempts.TO_BEGIN + attempts.REST):
        assert queueing.match(1) == []
    callback.refresh_from_db()
    assert (callback.agent_id, callback.entered_at) == (second.staff_id, callback.entry.entered_at)


def test_citizens_are_not_rung_outside_the_hours_the_city_allows(how: Callable[..., None]) -> None:
    day = datetime.fromisoformat("2026-11-23T00:00:00+08:00")
    hours = When(spans=(((day + timedelta(hours=8)).time(), (day + timedelta(hours=21)).time()),))
    how(calling_back=CallingBack(assign=("asked",), hours=hours))
    offline()
    a_ready_agent()
    for hour, state in ((3, "waiting"), (22, "waiting"), (9, "taken")):
        with clock.at(day + timedelta(hours=hour)):
            queueing.match(1)
            assert Callback.objects.get().state == state, hour


def test_who_rings_himself_is_not_rung_and_gets_the_very_agent_who_was_to_ring_him(
    how: Callable[..., None],
) -> None:
    how(calling_back=CallingBack(assign=("asked",)))
    callback = offline("13800000009")
    again = wait("13800000009")
    assert queueing.match(1) == []
    agent = a_ready_agent()
    assert asked(queueing.match(1)) == [(again.id, agent.staff_id)]
    callback.refresh_from_db()
    assert callback.state == "waiting"  # nobody rings one who is on the line
    other = a_ready_agent()
    assert queueing.match(1) == []
    Call.objects.filter(id=again.id).update(
        state=CallState.ENDED, ended_at=clock.now(), outcome=Outcome.ABANDONED_IN_QUEUE, ended_by="caller"
    )
    QueueEntry.objects.filter(call=again).update(waiting=False)
    assert queueing.match(1) == []
    callback.refresh_from_db()
    assert callback.agent_id == other.staff_id
    # It is in hand already when he rings again: then he need not wait until it lapses.
    third = wait("13800000009")
    assert asked(queueing.match(1)) == [(third.id, other.staff_id)]


def test_taking_up_what_one_was_given_leaves_time_to_report(how: Callable[..., None]) -> None:
    how(calling_back=CallingBack(assign=("asked",), take_minutes=10))
    callback, agent = offline(), a_ready_agent()
    with clock.at(clock.now()):
        queueing.match(1)
        who = Actor("person", str(agent.staff_id), "x", rights_of(("agent",)), ("/",), ("agent",))
        callbacks.take(who, callback.id)
        callback.refresh_from_db()
        assert callback.hold_until == clock.now() + timedelta(minutes=10)
    assert Attempt.objects.count() == 1


# --- what it costs -------------------------------------------------------------------------------------------------------------


def test_a_matching_costs_the_same_queries_at_any_size(how: Callable[..., None]) -> None:
    how(calling_back=CallingBack(assign=("asked",)))

    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            queueing.match(1)
        return len([query for query in spent if "SAVEPOINT" not in query["sql"]])

    assert cost() == 1
    a_ready_agent(("12329",))
    assert cost() == 1  # nobody waits
    for n in range(30):
        wait(f"1380000{n:04d}", ago_s=n)
        a_ready_agent(("12329",), idle_s=n)
    assert cost() == 4
    a_ready_agent()
    assert cost() == 9  # and one offer: five, after which nothing needs to be looked at again
