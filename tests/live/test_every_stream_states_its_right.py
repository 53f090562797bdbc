"""All routes of the live process × all roles, on the real process: the other half of the walk in tests/people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import time

import pytest
from django.contrib.sessions.models import Session
from starlette.routing import Route

from hotline.base.kernel.rights import declared
from hotline.base.people import gate
from hotline.base.people.models import Staff
from hotline.base.people.roles import ROLES
from hotline.faces.desk.live import RIGHTS, app

from .conftest import Listener, Live
from .test_live import agent_of

pytestmark = pytest.mark.django_db(transaction=True)
STREAMS = {path: right for path, right in RIGHTS.items() if right != gate.PUBLIC}


def test_every_route_declares_a_right_that_exists() -> None:
    assert {route.path for route in app.routes if isinstance(route, Route)} == RIGHTS.keys()
    assert len(app.routes) == len(RIGHTS)
    assert set(RIGHTS.values()) <= {gate.PUBLIC, *declared()}


def test_a_stranger_gets_what_is_public_and_nothing_else(live: Live) -> None:
    for path, right in RIGHTS.items():
        assert live.get(path)[0] == (200 if right == gate.PUBLIC else 401), path


def test_a_role_is_refused_exactly_where_it_lacks_the_right(
    live: Live, signed_in: Callable[[str], tuple[Staff, str]], listen: Callable[[str, str], Listener]
) -> None:
    wrong = []
    for role in [name for name in ROLES if name != "citizen"]:
        session = signed_in(role)[1]
        for path, right in STREAMS.items():
            status = listen(path, session).answer.status
            if status != (200 if right in ROLES[role].rights else 403):
                wrong.append((role, path, status))
    assert not wrong


def test_an_unused_session_ends_the_desk_and_goes_on_watching_the_board(
    live: Live, signed_in: Callable[[str], tuple[Staff, str]]
) -> None:
    key = signed_in("shift_leader")[1]
    assert {STREAMS["/live/desk"], STREAMS["/live/board"]} <= ROLES["shift_leader"].rights
    Session.objects.filter(session_key=key).update(expire_date=datetime.fromtimestamp(time() - 1, UTC))
    status, problem = live.get("/live/desk", key)
    assert (status, problem["type"]) == (401, "session-lapsed")
    board = Listener(live, "/live/board", key)
    assert board.answer.status == 200
    board.next("board")
    board.close()


def test_who_is_ready_for_calls_stays_signed_in_however_still_he_sits(
    live: Live, signed_in: Callable[[str], tuple[Staff, str]], listen: Callable[[str, str], Listener]
) -> None:
    """The stream asks again who is signed in at every heartbeat (15 s): that renews one session and not the other."""
    (ready, ready_key), (paused, paused_key) = signed_in("agent"), signed_in("agent")
    agent_of(ready, "ready")
    agent_of(paused, "paused")
    soon = datetime.fromtimestamp(time() + 120, UTC)
    Session.objects.filter(session_key__in=[ready_key, paused_key]).update(expire_date=soon)
    streams = [listen("/live/desk", key) for key in (ready_key, paused_key)]
    for stream in streams:
        stream.next("state")

    def ends(key: str) -> datetime:
        return Session.objects.get(session_key=key).expire_date

    live.until(lambda: ends(ready_key) > soon, 90)
    assert ends(paused_key) == soon
