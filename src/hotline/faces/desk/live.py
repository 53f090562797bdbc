"""Live updates for the console: one small ASGI process, two streams of server-sent events.

``/live/desk``: what one agent's desk shows, sent at once when callcontrol says on the channel ``desk`` that it changed.
``/live/board``: the wallboard, computed once for everybody who watches.
``/live/alerts``: how many alerts somebody has not read, looked up together for everybody who has the console open (bell.py).

Why the board is polled: a notice in every write transaction would cost a third of the write throughput (measured, see
docs/adr), and half of what the board shows changes with the clock alone (who waits longest, what day it is). So it is
computed again a second after the last time, only while somebody watches, hardly ever for more than a tenth of a core,
and sent only when a figure changed.

No truth lives here: whoever connects gets the whole state, a client that cannot keep up is dropped and comes back.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import django
import msgspec
import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotline.project.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import InterfaceError, OperationalError, connections  # noqa: E402

from hotline.base.kernel.actor import Actor  # noqa: E402
from hotline.base.kernel.errors import Forbidden, Problem  # noqa: E402
from hotline.base.people import queries as people  # noqa: E402
from hotline.base.people.gate import PUBLIC, not_signed_in  # noqa: E402
from hotline.base.people.sessions import SessionStore  # noqa: E402
from hotline.faces.desk import queries as desk  # noqa: E402
from hotline.faces.desk.bell import BellFeed  # noqa: E402
from hotline.joined.metrics import queries as metrics  # noqa: E402
from hotline.lines.calls.words import AgentMode  # noqa: E402
from hotline.work.alerts import queries as alerts  # noqa: E402

log = logging.getLogger(__name__)

DESK, BOARD, ALERTS = "desk.work", "board.read", "alert.read"
"""The right each stream needs."""
HEARTBEAT_S = 15.0
"""A comment is sent this often, so that proxies keep the stream; who is signed in is checked again as often."""
SLOW_S = 5.0
"""A client that takes longer than this to take one event is dropped; it connects again and gets the whole state."""
BOARD_S, BOARD_LONGEST_S = 1.0, 5.0
BOARD_SHARE = 10
"""The board rests BOARD_SHARE times as long as computing it took, between BOARD_S and BOARD_LONGEST_S seconds."""
PENDING_S = 1.0
STREAMS_PER_PERSON = 8
THREADS = 4

_AWAY = Problem(
    "database-away",
    "数据库暂时无法连接，正在重试。",
    "The database cannot be reached; trying again.",
    status=503,
)
Result = TypeVar("Result")
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live-db")


async def from_database(ask: Callable[[], Result]) -> Result:
    """Run ``ask`` (ORM code) on one of a few threads; its connection goes back to the pool afterwards.

    Raises Problem (503) while the database is away.
    """

    def run() -> Result:
        try:
            return ask()
        except (OperationalError, InterfaceError) as error:
            log.warning("the database does not answer: %s", error)
            raise _AWAY from error
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


# --- who is asking -----------------------------------------------------------------------------------------------


def _actor(session_key: str, right: str, at_work: bool) -> Actor:
    """Who holds the session and may do ``right``; raises Problem. Runs on a database thread.

    A board on a wall is looked at and not touched, and shows nobody's data: a session that is merely unused may go on
    watching it, and nothing else.
    """
    store = SessionStore(session_key, tolerant=right == BOARD)
    actor = people.actor_of_session(store) if session_key else None
    if actor is None:
        raise not_signed_in(store)
    if not actor.may(right):
        raise Forbidden(right)
    if at_work:
        store.used()
    return actor


async def admitted(request: Request, right: str, *, at_work: bool = False) -> Actor:
    """The person behind the session cookie, if he may do ``right``; ``at_work`` counts as use. Raises Problem."""
    key = request.cookies.get(settings.SESSION_COOKIE_NAME, "")
    return await from_database(lambda: _actor(key, right, at_work))


class Admission:
    """Whether a stream's owner is still signed in and still may: asked again every HEARTBEAT_S."""

    def __init__(self, request: Request, who: Actor, right: str) -> None:
        self._request, self._who, self._right = request, who, right
        self._asked_at = time.monotonic()
        self.at_work = False
        """Set while what the stream shows is work in hand: until it ends the session does not end for want of use."""

    async def holds(self) -> bool:
        """False once he has signed out, his session has run out, or the right was taken from him."""
        if time.monotonic() - self._asked_at < HEARTBEAT_S:
            return True
        self._asked_at = time.monotonic()
        try:
            return (await admitted(self._request, self._right, at_work=self.at_work)).id == self._who.id
        except Problem as problem:
            return problem is _AWAY  # nobody can tell now; asked again in HEARTBEAT_S


# --- streams -----------------------------------------------------------------------------------------------------


class EventStream(StreamingResponse):
    """Server-sent events; ends without noise when the client is gone or cannot keep up."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send every event within SLOW_S or give the client up."""

        async def in_time(message: Any) -> None:
            async with asyncio.timeout(SLOW_S):
                await send(message)

        try:
            await super().__call__(scope, receive, in_time)
        except TimeoutError:
            log.info("dropped a client that did not take an event within %s s", SLOW_S)


def event(name: str, number: int, data: bytes) -> bytes:
    """One server-sent event; ``data`` is JSON without line breaks."""
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), number, data)


OPENING = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"


async def _woken(wake: asyncio.Event, seconds: float) -> None:
    """Wait for ``wake`` at most ``seconds``, and reset it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
    wake.clear()


class Watchers:
    """Who waits for what: a wake-up per open stream, under a key."""

    def __init__(self) -> None:
        self._wakes: dict[str, set[asyncio.Event]] = defaultdict(set)

    @asynccontextmanager
    async def watching(self, key: str) -> AsyncIterator[asyncio.Event]:
        """A wake-up that lives as long as the stream; set at first, so that the state is sent at once."""
        wake = asyncio.Event()
        wake.set()
        self._wakes[key].add(wake)
        try:
            yield wake
        finally:
            self._wakes[key].discard(wake)
            if not self._wakes[key]:
                del self._wakes[key]

    def keys(self) -> list[str]:
        """All keys that are watched."""
        return [*self._wakes]

    def count(self, key: str) -> int:
        """How many streams watch ``key``."""
        return len(self._wakes.get(key, ()))

    def wake(self, key: str) -> None:
        """Wake the streams of ``key``."""
        for wake in self._wakes.get(key, ()):
            wake.set()

    def wake_all(self) -> None:
        """Wake everybody: news may have been missed."""
        for key in list(self._wakes):
            self.wake(key)


# --- the desk ----------------------------------------------------------------------------------------------------


class DeskNews:
    """The process's one LISTEN connection. News lost while it is down is made good by waking everybody after.

    An alarm (channel ``alarms``) hurries the board, which would else be looked at in its own time.
    """

    def __init__(self, on_alarm: Callable[[], None]) -> None:
        self.watchers = Watchers()
        self.listening = False
        self._on_alarm = on_alarm

    async def run(self) -> None:
        """Listen for ever; connect again, soon at first and then every two seconds."""
        pause = 0.1
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                if self.listening:
                    pause = 0.1
                    log.warning("lost the database's notices, connecting again: %s", error)
            self.listening = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _listen(self) -> None:
        alive: dict[str, Any] = {
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "connect_timeout": 5,
        }
        async with await psycopg.AsyncConnection.connect(
            settings.HOTLINE.dsn, autocommit=True, **alive
        ) as database:
            await database.execute("LISTEN alarms")
            await database.execute("LISTEN desk")
            self.listening = True
            self.watchers.wake_all()
            async for notice in database.notifies():
                if notice.channel == "alarms":
                    self._on_alarm()
                else:
                    self.watchers.wake(_staff_of(notice.payload))


def _staff_of(payload: str) -> str:
    """The staff id in a notice: ``{"staff_id": …}``, or the bare id."""
    with suppress(msgspec.DecodeError):
        news = msgspec.json.decode(payload)
        if isinstance(news, dict):
            return str(news.get("staff_id", ""))
    return payload


async def desk_events(
    request: Request, who: Actor, news: DeskNews, told: desk.Results
) -> AsyncIterator[bytes]:
    """``state`` at once and on every change, ``result`` for every command that came to its end after ``told``.

    The state is looked at with every heartbeat too: the queue moves without news, and a lost notice does no harm. While
    a command is open it is looked at every PENDING_S, because a command nobody answers ends by its deadline alone.
    """
    staff, number, shown = UUID(who.id), 0, b""
    yield OPENING
    admission = Admission(request, who, DESK)
    async with news.watchers.watching(who.id) as wake:
        while await admission.holds():
            await _woken(wake, PENDING_S if told.pending else HEARTBEAT_S)
            try:
                shows = await from_database(partial(desk.desk_state, staff))
                state, admission.at_work = msgspec.json.encode(shows), _at_work(shows)
                told = await from_database(partial(desk.command_results, staff, told.cursor))
            except Problem:  # what was shown stands; the listener wakes everybody when the database is back
                yield HEARTBEAT
                continue
            if state == shown and not told.items:
                yield HEARTBEAT
            for result in told.items:
                number += 1
                yield event("result", number, msgspec.json.encode(result))
            if state != shown:
                number, shown = number + 1, state
                yield event("state", number, state)


def _at_work(shows: dict[str, Any]) -> bool:
    """Whether the agent is in a call or stands ready for one: no time to be signed out, however still his keyboard is."""
    return shows["call"] is not None or shows["agent"]["state"] in _WORKING


_WORKING = (AgentMode.READY, AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY, AgentMode.WRAP_UP)


# --- the board ---------------------------------------------------------------------------------------------------


class BoardFeed:
    """The wallboard, computed once for all its watchers and only while there are any."""

    def __init__(self) -> None:
        self.watchers = Watchers()
        self.number = 0
        self.latest = b""
        self._figures = b""
        self._task: asyncio.Task[None] | None = None
        self._hurried = asyncio.Event()

    def hurry(self) -> None:
        """Look again now: somebody must know of something at once."""
        self._hurried.set()

    def start(self) -> None:
        """Begin computing if nobody watched until now; what was last computed then is old and shown to nobody."""
        if self._task is None or self._task.done():
            self.latest = self._figures = b""
            self._task = asyncio.create_task(self._run(), name="board")

    async def _run(self) -> None:
        while self.watchers.count("board"):
            began, rest = time.monotonic(), BOARD_S
            try:
                self._take(await from_database(metrics.board))
                rest = min(max(BOARD_S, (time.monotonic() - began) * BOARD_SHARE), BOARD_LONGEST_S)
            except Problem:  # the database is away: the last figures stand, with their time
                pass
            except Exception:  # whatever it was, those who watch must not be left with a dead board
                log.exception("the board could not be computed; trying again")
            await _woken(self._hurried, rest)

    def _take(self, board: dict[str, Any]) -> None:
        figures = msgspec.json.encode({key: value for key, value in board.items() if key != "at"})
        if figures != self._figures:
            self._figures = figures
            self.number += 1
            self.latest = msgspec.json.encode(board)
            self.watchers.wake("board")


async def board_events(request: Request, who: Actor, feed: BoardFeed) -> AsyncIterator[bytes]:
    """``board`` at once and whenever a figure changed."""
    yield OPENING
    seen, admission = 0, Admission(request, who, BOARD)
    async with feed.watchers.watching("board") as wake:
        feed.start()
        while await admission.holds():
            await _woken(wake, HEARTBEAT_S)
            if feed.latest and feed.number != seen:
                seen = feed.number
                yield event("board", seen, feed.latest)
            else:
                yield HEARTBEAT


# --- the bell ----------------------------------------------------------------------------------------------------


class Bell:
    """Who listens for his alerts, and the one look for all of them."""

    def __init__(self) -> None:
        self.watchers = Watchers()
        self.feed = BellFeed(_unread, self.watchers.keys, self.watchers.wake)


async def _unread(staff: list[str]) -> dict[str, int]:
    found = await from_database(partial(alerts.unread, staff))
    return {str(id): number for id, number in found.items()}


async def bell_events(request: Request, who: Actor, bell: Bell) -> AsyncIterator[bytes]:
    """``alerts`` with the number of unread ones, as soon as it is known and whenever it changed."""
    yield OPENING
    seen, number, admission = -1, 0, Admission(request, who, ALERTS)
    async with bell.watchers.watching(who.id) as wake:
        bell.feed.start()
        while await admission.holds():
            await _woken(wake, HEARTBEAT_S)
            unread = bell.feed.figures.get(who.id, seen)
            if unread != seen:
                seen, number = unread, number + 1
                yield event("alerts", number, msgspec.json.encode({"unread": unread}))
            else:
                yield HEARTBEAT


# --- the application ---------------------------------------------------------------------------------------------


def _refused(problem: Problem) -> Response:
    return JSONResponse(problem.as_dict(), problem.status, media_type="application/problem+json")


async def live_desk(request: Request, who: Actor) -> Response:
    """GET /live/desk"""
    news: DeskNews = request.app.state.news
    _not_too_many(news.watchers.count(who.id))
    told = await from_database(partial(desk.command_results, UUID(who.id), None))
    return EventStream(desk_events(request, who, news, told))


async def live_board(request: Request, who: Actor) -> Response:
    """GET /live/board"""
    return EventStream(board_events(request, who, request.app.state.feed))


async def live_alerts(request: Request, who: Actor) -> Response:
    """GET /live/alerts"""
    bell: Bell = request.app.state.bell
    _not_too_many(bell.watchers.count(who.id))
    return EventStream(bell_events(request, who, bell))


def _not_too_many(open_streams: int) -> None:
    if open_streams >= STREAMS_PER_PERSON:
        raise Problem(
            "too_many",
            f"同一账号最多同时打开 {STREAMS_PER_PERSON} 个工作台页面，请关闭不用的页面。",
            f"One account may have at most {STREAMS_PER_PERSON} desks open at once; close those not in use.",
            status=429,
        )


async def ping(request: Request, who: Actor | None) -> Response:
    """GET /live/ping: for /healthz. 503 while notices cannot be heard."""
    listening: bool = request.app.state.news.listening
    return JSONResponse({"listening": listening}, 200 if listening else 503)


RIGHTS = {"/live/desk": DESK, "/live/board": BOARD, "/live/alerts": ALERTS, "/live/ping": PUBLIC}
"""Every route of this process and the right it needs: what is asked of a stream, and what the test of rights walks."""


def _route(path: str, answer: Callable[[Request, Any], Awaitable[Response]]) -> Route:
    """The route of ``path``, answered only to those who may (RIGHTS)."""
    right = RIGHTS[path]

    async def admit(request: Request) -> Response:
        try:
            return await answer(request, None if right == PUBLIC else await admitted(request, right))
        except Problem as problem:
            return _refused(problem)

    return Route(path, admit)


@asynccontextmanager
async def _lifespan(application: Starlette) -> AsyncIterator[None]:
    feed = BoardFeed()
    application.state.news, application.state.feed = DeskNews(feed.hurry), feed
    application.state.bell = Bell()
    listener = asyncio.create_task(application.state.news.run(), name="desk-news")
    try:
        yield
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


app = Starlette(
    routes=[
        _route("/live/desk", live_desk),
        _route("/live/board", live_board),
        _route("/live/alerts", live_alerts),
        _route("/live/ping", ping),
    ],
    lifespan=_lifespan,
)
