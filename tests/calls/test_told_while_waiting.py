"""What those who wait are told, and where they go when they have waited long enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.lines.calls import announcing, due, overflow, store, waiting
from hotline.lines.calls.models import AgentState, Call, CallCommand, QueueEntry, Timer
from hotline.lines.calls.rules import (
    Announcing,
    Choice,
    Estimating,
    Menu,
    Overflow,
    Plan,
    When,
)
from hotline.lines.calls.words import AgentMode, CallState, Outcome
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.models import Trunk
from tests.calls import test_queueing as queue
from tests.calls.test_queueing import MAIN, speaks, wait
from tests.calls.test_what_is_kept import a_ready_agent, arrival

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city", "how")]
how = queue.how


# --- what those who wait are told ------------------------------------------------------------------------------------------------


def test_places_are_announced_when_due_and_never_worse(how: Callable[..., None]) -> None:
    how(announcing=Announcing(30, 45), estimating=Estimating(samples=50))
    start = clock.now()
    with clock.at(start):
        wait("13800000001", ago_s=10)
        mine = wait("13800000002")
        assert announcing.due(1) == []
    with clock.at(start + timedelta(seconds=31)):
        said = {one.call_id: one.what for one in announcing.due(1)}
        assert said[mine.id] == "queue-position-1+number-1+queue-position-2"
        assert announcing.due(1) == []
    # Two emergencies come: he is third now, and is told no worse than before.
    wait("13800000003", ago_s=0, priority=-10)
    wait("13800000004", ago_s=0, priority=-10)
    with clock.at(start + timedelta(seconds=77)):
        said = {one.call_id: one.what for one in announcing.due(1)}
        assert said[mine.id] == "queue-position-1+number-1+queue-position-2"


def test_what_is_due_for_those_who_wait_is_known_from_one_query(how: Callable[..., None]) -> None:
    how(Plan("night", (MAIN,), When(), overflow=Overflow(60, ("duty",))), announcing=Announcing(30, 45))
    assert due.look(1) == due.Due()
    start = clock.now()
    with clock.at(start):
        wait()
    for seconds, say, over in ((1, False, False), (30, True, False), (60, True, True)):
        with clock.at(start + timedelta(seconds=seconds)), CaptureQueriesContext(connection) as spent:
            assert due.look(1) == due.Due(say=say, overflow=over)
        assert len(spent) == 1
    assert due.look(2) == due.Due()


def test_who_waits_is_matched_anew_as_he_ages_only_while_somebody_is_ready() -> None:
    wait()
    assert not due.look(1).match
    agent = a_ready_agent(mode=AgentMode.BUSY)
    assert not due.look(1).match
    AgentState.objects.filter(staff_id=agent.staff_id).update(mode=AgentMode.READY)
    assert due.look(1).match
    assert not due.look(2).match, "another slot's callers are its own to match"


def test_a_timer_a_seat_and_a_command_are_looked_at_when_their_time_has_come() -> None:
    now = clock.now()
    agent = a_ready_agent(mode=AgentMode.WRAP_UP)
    AgentState.objects.filter(staff_id=agent.staff_id).update(deadline_at=now + timedelta(seconds=10))
    Timer.objects.create(kind="offer", about="a", deadline_at=now + timedelta(seconds=20))
    CallCommand.objects.create(
        staff_id=agent.staff_id, command="ready", asked_at=now, deadline_at=now + timedelta(seconds=5)
    )
    for seconds, expected in (
        (0, due.Due(commands=True)),
        (6, due.Due()),
        (10, due.Due(seats=True)),
        (20, due.Due(seats=True, timers=True)),
    ):
        with clock.at(now + timedelta(seconds=seconds)):
            assert due.look(1) == expected, seconds


def test_only_who_competes_for_the_same_agents_is_before_one() -> None:
    with clock.at(clock.now() - timedelta(seconds=60)):
        store.begin(1, arrival("a", "12329", "13800000001", behaviour="own_seats"), numbers.plans())
    QueueEntry.objects.update(skills=["12329"], steps=[])
    wait("13800000002", ago_s=50)
    entries = [waiting.entry(row) for row in waiting.waiting()]
    last = max(entries, key=lambda one: one.order)
    assert announcing.ahead_of(last, entries, clock.now().timestamp()) == 0


def test_the_time_is_told_from_what_recent_calls_took_and_who_is_at_work(how: Callable[..., None]) -> None:
    how(announcing=Announcing(30, 45), estimating=Estimating(samples=5, minutes=60))
    agent = a_ready_agent(mode=AgentMode.BUSY)
    now = clock.now()
    for _ in range(6):
        done = wait(ago_s=600)
        begun = now - timedelta(seconds=300)
        QueueEntry.objects.filter(call=done).update(waiting=False)
        Call.objects.filter(id=done.id).update(
            agent_id=agent.staff_id, answered_at=begun, ended_at=begun + timedelta(seconds=90), state=CallState.ENDED,
            outcome=Outcome.ANSWERED,
        )  # fmt: skip
    wait("13800000001", ago_s=40)
    mine = wait("13800000002", ago_s=35)
    said = {one.call_id: one.what for one in announcing.due(1)}
    # Two turns of (90 s talk + 30 s wrap-up) over one agent: four minutes.
    assert said[mine.id].endswith("queue-minutes-1+number-4+queue-minutes-2")


def test_an_english_caller_is_told_in_english() -> None:
    speaks("13800000002", "en")
    wait("13800000001", ago_s=60)
    mine = wait("13800000002", ago_s=40)
    said = {one.call_id: one.what for one in announcing.due(1)}
    assert said[mine.id] == "queue-position-1.en+number-1.en"


# --- overflow --------------------------------------------------------------------------------------------------------------------


def test_who_waited_long_enough_goes_to_the_first_place_there_is_a_way_to_and_each_is_tried_once(
    how: Callable[..., None],
) -> None:
    Trunk.objects.create(
        name="duty", position=8, kind="operator", host="127.0.0.1", port=5099, transport="udp", serves=["*"],
        strip=[], codecs=["alaw"], duty=["059512340000"],
    )  # fmt: skip
    how(Plan("night", (MAIN,), When(), overflow=Overflow(60, ("linked:12348", "duty"))))
    start = clock.now()
    with clock.at(start):
        call = wait()
        plans = numbers.plans()
    with clock.at(start + timedelta(seconds=59)):
        assert overflow.due(1, plans) == []
    with clock.at(start + timedelta(seconds=60)):
        assert overflow.due(2, plans) == []
        (over,) = overflow.due(1, plans)  # 12348 has no trunk here
        assert over.call_id == call.id
        assert over.event.invited
        assert over.event.invited.target == "duty:duty:059512340000"
        assert overflow.due(1, plans) == []
    assert QueueEntry.objects.get(call=call).waiting


def test_the_plan_of_the_moment_says_another_prompt_and_offers_a_menu_but_never_to_an_emergency(
    how: Callable[..., None],
) -> None:
    menu = Menu("language", "menu-language", {"1": Choice(), "2": Choice(language="nan")}, "1")
    how(Plan("night", ("*",), When(), say="closed", menu=menu))
    first = store.begin(1, arrival("a"), numbers.plans())[0]
    assert (first.state, first.saying, first.prompts) == (
        CallState.PROMPT,
        "closed",
        ("closed", "menu-language"),
    )
    kept = {call.id: call for call in store.open_calls(1, numbers.plans())}[first.id]
    assert kept.menu == menu
    urgent = store.begin(1, arrival("b", "110", behaviour="emergency"), numbers.plans())[0]
    assert (urgent.state, urgent.menu) == (CallState.QUEUED, None)


def test_the_plan_of_the_moment_sets_when_the_queue_overflows(how: Callable[..., None]) -> None:
    how(Plan("night", (MAIN,), When(), overflow=Overflow(120, ("linked:12348", "duty"))))
    now = clock.now()
    with clock.at(now):
        entry = QueueEntry.objects.get(call=wait())
    assert (entry.overflow_at, entry.overflow_to) == (now + timedelta(seconds=120), ["linked:12348", "duty"])
    how()
    assert QueueEntry.objects.get(call=wait("13800000001")).overflow_at is None
