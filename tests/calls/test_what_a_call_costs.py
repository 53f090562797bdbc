"""How many statements a call costs from its arrival to the end of its agent's wrap-up (docs/adr/0021); a time is pinned nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.lines.calls import due, queueing, seats, store
from hotline.lines.calls.call import CallNow, Event
from hotline.lines.calls.machines import step
from hotline.lines.calls.models import AgentState
from hotline.lines.calls.switch.control import begin_and_match
from hotline.lines.calls.words import AgentMode, CallState
from hotline.lines.numbers import queries as numbers
from tests.calls.test_what_is_kept import a_ready_agent, arrival

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@contextmanager
def statements(most: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as spent:
        yield
    sent = [one["sql"] for one in spent if "SAVEPOINT" not in one["sql"]]
    assert len(sent) <= most, "\n".join(sql[:120] for sql in sent)


def kept(call: CallNow, event: Event, most: int) -> CallNow:
    """The call after ``event``, whose facts were kept in so many statements at most."""
    after, _, facts = step(call, event)
    with statements(most):
        if facts:
            store.keep(1, call, facts, [(event.kind, {})])
    return after


def test_a_call_that_finds_an_agent_costs_forty_six_statements_in_all() -> None:
    plans = numbers.plans()
    begin_and_match(1, arrival("before", "12345", "13800000009"), plans)  # what a process reads once is read
    for _ in range(5):
        a_ready_agent(mode=AgentMode.READY)
    queueing.match(1)
    with statements(20):
        (call, _, _), found = begin_and_match(1, arrival("a", "12345", "13800000001"), plans)
    assert found is not None
    call = step(call, found.event)[0]
    leg = call.legs[-1].channel
    call = kept(call, Event("rang", leg=leg), 6)
    call = kept(call, Event("answered", leg=leg), 9)
    call = kept(call, Event("prompt_ended", playback=call.playing), 0)
    call = kept(call, Event("caller_gone", cause=16), 5)
    call = kept(call, Event("gone", leg=leg, cause=16), 0)
    assert call.state is CallState.ENDED
    agent = AgentState.objects.get(mode=AgentMode.WRAP_UP)
    assert agent.deadline_at
    with clock.at(agent.deadline_at + timedelta(seconds=1)):
        with statements(5):
            assert seats.deadlines_passed()
        with statements(1):
            assert queueing.match(1) == []


def test_nothing_to_do_costs_one_statement_a_look() -> None:
    with statements(1):
        assert due.look(1) == due.Due()
    with statements(1):
        assert queueing.match(1) == []
