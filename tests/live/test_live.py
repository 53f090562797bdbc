"""The live streams, by a real Granian on a real database."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import notify
from hotline.base.people.models import Staff
from hotline.joined.exchange import actions as exchange
from hotline.joined.exchange import queries as sources
from hotline.lines.calls import actions as desk_commands
from hotline.lines.calls.models import AgentState
from hotline.work.alerts.models import Alert

from .conftest import Listener, Live

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[str], tuple[Staff, str]]
Listen = Callable[[str, str], Listener]


def news(staff: Staff) -> None:
    notify("desk", json.dumps({"staff_id": str(staff.id)}))


def agent_of(staff: Staff, mode: str) -> None:
    from hotline.base.kernel import clock

    now = clock.now()
    AgentState.objects.update_or_create(
        staff_id=staff.id, defaults={"name": staff.name, "mode": mode, "since": now, "idle_since": now}
    )


def reported(external_id: str) -> None:
    """One call of 12348, as its centre sends it."""
    from hotline.base.kernel import clock

    sender = Actor("machine", "t", "t", frozenset({"rundata.push"}), (sources.sources()["12348"].path,))
    now = clock.now().isoformat()
    record = {"kind": "call", "external_id": external_id, "sequence": 0, "number": "12348", "started_at": now,
              "outcome": "in_progress"}  # fmt: skip
    assert (
        exchange.receive(sender, json.dumps({"source": "12348", "records": [record]}).encode()).accepted == 1
    )


def calls_on(board: dict[str, Any], number: str) -> int:
    return next(row["calls"] for row in board["by_number"] if row["number"] == number)


def test_a_stream_is_refused_without_a_session_or_the_right(live: Live, signed_in: SignIn) -> None:
    for path in ("/live/desk", "/live/board"):
        for key in ("", "x" * 32):
            status, problem = live.get(path, key)
            assert (status, problem["type"]) == (401, "not-signed-in")
    _, node = signed_in("node_handler")
    status, problem = live.get("/live/desk", node)
    assert (status, problem["type"], problem["status"]) == (403, "forbidden", 403)
    assert problem["title"]
    assert problem["title_en"]
    assert live.get("/live/board", node)[0] == 403


def test_the_desk_gets_its_state_at_once_and_every_change_within_a_moment(
    signed_in: SignIn, listen: Listen
) -> None:
    staff, key = signed_in("agent")
    other, other_key = signed_in("agent")
    desk, others = listen("/live/desk", key), listen("/live/desk", other_key)
    assert desk.answer.getheader("Content-Type", "").startswith("text/event-stream")
    assert desk.answer.getheader("Cache-Control") == "no-store"
    assert desk.next("state")["agent"]["state"] == "signed_out"
    assert others.next("state")["agent"]["id"] == str(other.id)
    for mode in ("ready", "busy", "wrap_up"):
        agent_of(staff, mode)
        sent = time.monotonic()
        news(staff)
        came, state = desk.next_timed("state")
        assert state["agent"]["state"] == mode
        assert came - sent < 0.3, "the screen must show the call within 300 ms of ringing"
    with pytest.raises(AssertionError, match="no state"):
        others.next("state", seconds=1)


def test_a_command_nobody_answers_ends_on_the_stream_soon_after_its_deadline(
    signed_in: SignIn, listen: Listen
) -> None:
    staff, key = signed_in("agent")
    agent_of(staff, "ready")
    desk = listen("/live/desk", key)
    desk.next("state")
    actor = Actor("person", str(staff.id), staff.name, frozenset({"desk.work"}))
    asked = desk_commands.command(actor, "pause", args={"reason": "x"})
    result = desk.next("result", seconds=desk_commands.COMMAND_SECONDS + 3)
    assert (result["id"], result["ok"]) == (asked["id"], False)
    assert result["error"]["title"]
    assert result["error"]["title_en"]


def test_signing_out_closes_the_streams_within_30_seconds(signed_in: SignIn, listen: Listen) -> None:
    _, key = signed_in("agent")
    desk, board = listen("/live/desk", key), listen("/live/board", key)
    desk.next("state")
    board.next("board")
    Session.objects.filter(session_key=key).delete()
    assert desk.ended.wait(30)
    assert board.ended.wait(5)


def test_everybody_sees_the_board_change_within_three_seconds_and_nothing_is_sent_when_nothing_changed(
    signed_in: SignIn, listen: Listen
) -> None:
    watchers = [listen("/live/board", signed_in("supervisor")[1]) for _ in range(3)]
    before = [calls_on(watcher.next("board"), "12348") for watcher in watchers]
    assert before == [0, 0, 0]
    with pytest.raises(AssertionError, match="no board"):
        watchers[0].next("board", seconds=3)
    reported("a")
    assert [calls_on(watcher.next("board", seconds=3), "12348") for watcher in watchers] == [1, 1, 1]


def test_who_begins_to_watch_is_not_shown_the_figures_of_those_who_stopped(
    live: Live, signed_in: SignIn, listen: Listen
) -> None:
    _, key = signed_in("supervisor")
    first = listen("/live/board", key)
    first.next("board")
    first.close()
    time.sleep(3)  # longer than the board rests: nobody watches, nothing is computed
    reported("a")
    assert calls_on(listen("/live/board", key).next("board"), "12348") == 1


def test_a_quiet_stream_carries_a_heartbeat(signed_in: SignIn, listen: Listen) -> None:
    board = listen("/live/board", signed_in("supervisor")[1])
    board.next("board")
    board.next("comment", seconds=17)


def test_news_is_heard_again_after_the_database_ended_the_connection(
    live: Live, signed_in: SignIn, listen: Listen
) -> None:
    staff, key = signed_in("agent")
    desk = listen("/live/desk", key)
    desk.next("state")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN desk'")
        assert cursor.fetchall() == [(True,)]
    # Said while nobody listens: made good by waking everybody once the listener is back.
    agent_of(staff, "ready")
    news(staff)
    assert desk.next("state")["agent"]["state"] == "ready"
    live.until(lambda: live.get("/live/ping")[0] == 200)
    agent_of(staff, "paused")
    news(staff)
    assert desk.next("state", seconds=2)["agent"]["state"] == "paused"


def test_one_account_may_open_eight_desks_and_not_more(live: Live, signed_in: SignIn, listen: Listen) -> None:
    _, key = signed_in("agent")
    desks = [listen("/live/desk", key) for _ in range(8)]
    for desk in desks:
        desk.next("state")
    status, problem = live.get("/live/desk", key)
    assert (status, problem["type"]) == (429, "too_many")
    desks[0].close()
    live.until(lambda: listen("/live/desk", key).answer.status == 200, seconds=10)


def test_a_stop_ends_open_streams_and_the_process_in_time(
    live: Live, signed_in: SignIn, listen: Listen
) -> None:
    board = listen("/live/board", signed_in("supervisor")[1])
    board.next("board")
    live.process.terminate()
    assert live.process.wait(timeout=5) == 0
    assert board.ended.wait(2)


def test_a_client_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline.faces.desk import live as module

    monkeypatch.setattr(module, "SLOW_S", 0.2)
    sent: list[Any] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield module.HEARTBEAT

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) > 3:  # its buffers are full
            await asyncio.sleep(3600)

    async def receive() -> Any:
        await asyncio.sleep(3600)

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}}
    began = time.monotonic()
    asyncio.run(module.EventStream(endless())(scope, receive, send))
    assert time.monotonic() - began < 2
    assert len(sent) == 4


def test_the_bell_says_how_many_alerts_are_unread_and_only_when_that_changed(
    live: Live, signed_in: SignIn, listen: Listen
) -> None:
    (clerk, key), (_, other) = signed_in("node_handler"), signed_in("dispatcher")
    bell, quiet = listen("/live/alerts", key), listen("/live/alerts", other)
    assert bell.next("alerts") == quiet.next("alerts") == {"unread": 0}
    Alert.objects.create(
        staff_id=clerk.id, key="k", kind="urged", case_id=clerk.id, number="1", at=clock.now()
    )
    assert bell.next("alerts") == {"unread": 1}
    assert live.get("/live/alerts", signed_in("agent")[1])[0] == 403
