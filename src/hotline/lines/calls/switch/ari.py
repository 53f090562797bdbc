"""A thin client of Asterisk's REST interface: Asterisk dials our websocket and keeps its events while we are away.

No client on PyPI is fit (docs/adr/0009): what we need is one server socket, one HTTP session, and the plain knowledge
that 404, 409 and 422 are answers, not errors: the channel has gone, it is already done, it cannot be done now.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import BasicAuth, WSMsgType, web

from hotline.lines.calls.switch.files import ARI_USER

log = logging.getLogger(__name__)

REST_SECONDS = 5.0
NORMAL = frozenset({404, 409, 412, 422})
"""Answers that are part of a call's life: it ended first, or what was asked had been done."""

Json = dict[str, Any]


class SwitchAway(Exception):
    """Asterisk did not answer; its events will come when it is back, and the sweep puts right what was missed."""


class Switch:
    """One Asterisk as one call control sees it: `call` asks, `on_event` is told, in order."""

    def __init__(
        self,
        app: str,
        http_port: int,
        ari_password: str,
        listen_port: int,
        callcontrol_password: str,
        on_event: Callable[[Json], None],
        on_connect: Callable[[], Awaitable[None]],
    ) -> None:
        self.app = app
        self._base = f"http://127.0.0.1:{http_port}/ari"
        self._auth = BasicAuth(ARI_USER, ari_password)
        self._listen_port = listen_port
        self._expected = BasicAuth(ARI_USER, callcontrol_password).encode()
        self._on_event = on_event
        self._on_connect = on_connect
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._connected = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether Asterisk's websocket is up: only then do its events reach us."""
        return self._connected > 0

    async def start(self) -> None:
        """Listen for Asterisk. Raises OSError when the port is taken: then another call control has this slot."""
        self._session = aiohttp.ClientSession(
            auth=self._auth,
            timeout=aiohttp.ClientTimeout(total=REST_SECONDS),
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=50),
        )
        application = web.Application()
        application.router.add_get("/ari", self._events)
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=0.2
        )  # Asterisk keeps its socket open for ever: there is nothing to wait for
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._listen_port).start()

    async def stop(self) -> None:
        """Close both ways. Calls in the switch go on."""
        if self._runner:
            await self._runner.cleanup()
        if self._session:
            await self._session.close()

    async def call(
        self, method: str, path: str, params: Mapping[str, str] | None = None, body: Json | None = None
    ) -> tuple[int, Any]:
        """One request; returns (status, what it answered). Raises SwitchAway when there is no answer."""
        if self._session is None:
            raise SwitchAway("not started")
        try:
            async with self._session.request(method, self._base + path, params=params, json=body) as answer:
                found = await answer.json(content_type=None) if answer.status != 204 else None
                if answer.status >= 400 and answer.status not in NORMAL:
                    log.error("ARI %s %s %s: %s %s", method, path, params, answer.status, found)
                return answer.status, found
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SwitchAway(f"{method} {path}: {error!r}") from error

    async def _events(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given, self._expected):
            return web.Response(status=401)
        socket = web.WebSocketResponse(protocols=("ari",), heartbeat=20, max_msg_size=0)
        await socket.prepare(request)
        self._connected += 1
        log.info("%s: Asterisk is connected", self.app)
        # Events are taken while the connection is being put in order, else a call could wait behind it.
        task = asyncio.create_task(self._put_in_order())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(message.json())
        finally:
            self._connected -= 1
            log.warning("%s: Asterisk's websocket closed", self.app)
        return socket

    def _take(self, event: Json) -> None:
        try:
            self._on_event(event)
        except Exception:  # one event we do not understand must not stop the others
            log.exception("event %s could not be handled", event.get("type"))

    async def _put_in_order(self) -> None:
        try:
            await self._on_connect()
        except SwitchAway as error:
            log.warning("%s: Asterisk went away again: %s", self.app, error)
        except Exception:
            log.exception("%s: putting the connection in order failed", self.app)
