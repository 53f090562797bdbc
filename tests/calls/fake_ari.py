"""A stand-in for Asterisk's REST interface, written from its published protocol (Asterisk 22, ARI), that loses, doubles,
delays and reorders what it says, and answers late, wrongly or not at all. Knows nothing of hotline.

    fake_ari.py --http PORT --user U --password P --app callcontrol-1=ws://127.0.0.1:PORT/ari --app-password P --seed 1

It holds channels, bridges, playbacks and recordings as a switch would; its people call, answer, talk and hang up by chance.
Commands, JSON lines on stdin: {"do": "call", "number": …}, {"do": "faults", "level": 0..1}, {"do": "calm"} (nobody calls or
is slow any more; whoever talks hangs up), {"do": "state"}. Answers, JSON lines on stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web


@dataclass
class Channel:
    id: str
    name: str
    state: str = "Ring"
    app: str = ""
    caller: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    inbound: bool = False

    def told(self) -> dict[str, Any]:
        return {
            "id": self.id, "name": self.name, "state": self.state, "caller": {"number": self.caller, "name": ""},
            "channelvars": self.variables,
        }  # fmt: skip


class Fake:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.chance = random.Random(args.seed)
        self.level = 0.0
        self.lively = True
        self.channels: dict[str, Channel] = {}
        self.offered: dict[str, Channel] = {}
        self.bridges: dict[str, list[str]] = {}
        self.playbacks: dict[str, str] = {}
        self.recordings: dict[str, str] = {}
        self.endpoints: dict[str, str] = {}
        self.sockets: dict[str, aiohttp.ClientWebSocketResponse] = {}
        self.unsent: dict[str, list[dict[str, Any]]] = {}
        self.fell_back = 0
        self.placed = 0
        self.faults = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def unlucky(self, weight: float = 1.0) -> bool:
        hit = self.chance.random() < self.level * weight
        self.faults += hit
        return hit

    # --- events ------------------------------------------------------------------------------------------------------

    def tell(self, app: str, kind: str, **fields: Any) -> None:
        """One event; it may be lost, told twice, or come after later ones."""
        event = {"type": kind, "application": app, "timestamp": "", **fields}
        if self.unlucky():
            return
        times = 2 if self.unlucky() else 1
        for _ in range(times):
            if self.unlucky(2):
                self.later(self._send_late(app, event))
            else:
                self.later(self._send(app, event))

    async def _send_late(self, app: str, event: dict[str, Any]) -> None:
        await asyncio.sleep(self.chance.uniform(0.05, 1.5))
        await self._send(app, event)

    async def _send(self, app: str, event: dict[str, Any]) -> None:
        socket = self.sockets.get(app)
        if socket is None or socket.closed:
            self.unsent.setdefault(app, []).append(event)  # a persistent socket keeps what it could not say
            return
        try:
            await socket.send_json(event)
        except (ConnectionError, RuntimeError):
            self.unsent.setdefault(app, []).append(event)

    async def dial(self, app: str, url: str) -> None:
        """Keep the websocket to a call control; it is cut now and then."""
        auth = aiohttp.BasicAuth(self.args.user, self.args.app_password)
        async with aiohttp.ClientSession(auth=auth) as session:
            while True:
                try:
                    async with session.ws_connect(url, protocols=("ari",), heartbeat=20) as socket:
                        self.sockets[app] = socket
                        for event in self.unsent.pop(app, []):
                            await socket.send_json(event)
                        async for _ in socket:
                            pass
                except (aiohttp.ClientError, OSError):
                    pass
                await asyncio.sleep(0.3)

    async def cut_sockets(self) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(4, 9))
            for socket in [*self.sockets.values()]:
                if self.unlucky(3):
                    await socket.close()

    # --- people ------------------------------------------------------------------------------------------------------

    async def call(self, number: str) -> None:
        """Somebody calls; if no call control takes it in time the dialplan's fallback does."""
        self.placed += 1
        name = f"fake.{self.placed}"
        channel = Channel(name, f"PJSIP/trunk-{name}", caller=f"138{self.placed:08d}", inbound=True)
        channel.variables = {
            "CALL_NUMBER": number,
            "CALL_DIALLED": number,
            "CALL_TRUNK": "loopback",
            "CALL_BEHAVIOUR": "queue",
        }
        self.offered[name] = channel
        for app in self.sockets:
            self.tell(app, "CallBroadcast", channel=channel.told())
        await asyncio.sleep(0.8)
        if self.offered.pop(name, None):
            self.fell_back += 1
            return
        await asyncio.sleep(self.chance.uniform(0.5, 8))
        if self.chance.random() < 0.7:
            self.hang_up(name)

    async def ring(self, channel: Channel) -> None:
        """A phone that was dialled rings, then answers, refuses, or does nothing."""
        await asyncio.sleep(self.chance.uniform(0.02, 0.2))
        if channel.id not in self.channels:
            return
        channel.state = "Ringing"
        self.tell(channel.app, "ChannelStateChange", channel=channel.told())
        await asyncio.sleep(self.chance.uniform(0.05, 0.8))
        what = self.chance.random()
        if channel.id not in self.channels:
            return
        if what < 0.75:
            channel.state = "Up"
            self.tell(channel.app, "StasisStart", channel=channel.told(), args=[])
            await asyncio.sleep(self.chance.uniform(0.5, 6))
            if self.chance.random() < 0.5:
                self.hang_up(channel.id)
        elif what < 0.9:
            self.hang_up(channel.id, cause=17)

    def hang_up(self, name: str, cause: int = 16) -> bool:
        channel = self.channels.pop(name, None)
        if channel is None:
            return False
        for members in self.bridges.values():
            if name in members:
                members.remove(name)
        told = channel.told()
        if channel.state == "Up" or channel.inbound:
            self.tell(channel.app, "StasisEnd", channel=told)
        self.tell(channel.app, "ChannelDestroyed", channel=told, cause=cause, cause_txt="")
        return True

    # --- requests ----------------------------------------------------------------------------------------------------

    @web.middleware
    async def faulty(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Now and then a request is done but its answer lost, answered late, or refused though nothing was done."""
        if not self._known(request):
            return web.json_response({"message": "unauthorized"}, status=401)
        if self.unlucky(0.7):
            return web.json_response({"message": "Internal Server Error"}, status=500)
        if self.unlucky():
            await asyncio.sleep(self.chance.uniform(0.1, 1.2))
        answer = await handler(request)
        if self.unlucky(0.7) and request.transport is not None:
            request.transport.close()
        return answer

    def _known(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return given == aiohttp.BasicAuth(self.args.user, self.args.password).encode()

    async def claim(self, request: web.Request) -> web.Response:
        name, app = request.query["channelId"], request.query["application"]
        if name in self.channels:
            return web.Response(status=409)
        channel = self.offered.pop(name, None)
        if channel is None:
            return web.Response(status=404)
        channel.app = app
        self.channels[name] = channel
        self.tell(app, "StasisStart", channel=channel.told(), args=[])
        return web.Response(status=204)

    async def list_channels(self, request: web.Request) -> web.Response:
        return web.json_response([channel.told() for channel in self.channels.values()])

    async def originate(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if name in self.channels:
            return web.json_response({"message": "exists"}, status=409)
        body = await request.json()
        channel = Channel(name, f"{request.query['endpoint']}-{name}", "Down", request.query["app"])
        channel.variables = {key: value for key, value in body["variables"].items() if "(" not in key}
        self.channels[name] = channel
        self.later(self.ring(channel))
        return web.json_response(channel.told())

    async def act_on_channel(self, request: web.Request) -> web.Response:
        channel, act = self.channels.get(request.match_info["id"]), request.match_info["act"]
        if channel is None:
            return web.json_response({"message": "no such channel"}, status=404)
        if act == "answer":
            channel.state = "Up"
        elif act == "continue":
            self.fell_back += 1
            self.hang_up(channel.id)
        return web.Response(status=204)

    async def delete_channel(self, request: web.Request) -> web.Response:
        return web.Response(status=204 if self.hang_up(request.match_info["id"]) else 404)

    async def list_bridges(self, request: web.Request) -> web.Response:
        return web.json_response(
            [{"id": name, "channels": members} for name, members in self.bridges.items()]
        )

    async def bridge(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if request.method == "POST":
            self.bridges.setdefault(name, [])
        elif name not in self.bridges:
            return web.json_response({"message": "no such bridge"}, status=404)
        elif request.method == "DELETE":
            del self.bridges[name]
            return web.Response(status=204)
        return web.json_response({"id": name, "channels": self.bridges[name]})

    async def act_on_bridge(self, request: web.Request) -> web.Response:
        name, act = request.match_info["id"], request.match_info["act"]
        if name not in self.bridges:
            return web.json_response({"message": "no such bridge"}, status=404)
        channel = request.query.get("channel", "")
        if act == "addChannel":
            if channel not in self.channels or self.channels[channel].state != "Up":
                return web.json_response({"message": "channel not in stasis"}, status=409)
            for members in self.bridges.values():
                if channel in members:
                    members.remove(channel)
            self.bridges[name].append(channel)
        elif act == "removeChannel":
            if channel not in self.bridges[name]:
                return web.json_response({"message": "not in this bridge"}, status=422)
            self.bridges[name].remove(channel)
        elif act == "record":
            self.recordings[request.query["name"]] = name
            return web.json_response({"name": request.query["name"]}, status=201)
        return web.Response(status=204)

    async def play(self, request: web.Request) -> web.Response:
        bridge, name = request.match_info["id"], request.match_info["playback"]
        if bridge not in self.bridges:
            return web.json_response({"message": "no such bridge"}, status=404)
        self.playbacks[name] = bridge
        self.later(self._finish(name, self.chance.uniform(0.3, 3)))
        return web.json_response({"id": name}, status=201)

    async def _finish(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.playbacks.pop(name, None):
            for app in self.sockets:
                self.tell(app, "PlaybackFinished", playback={"id": name, "state": "done"})

    async def playback(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if name not in self.playbacks:
            return web.json_response({"message": "no such playback"}, status=404)
        if request.method == "DELETE":
            self.later(self._finish(name, 0))
            return web.Response(status=204)
        return web.json_response({"id": name})

    async def recording(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if self.recordings.get(name) not in self.bridges:
            self.recordings.pop(name, None)
            return web.json_response({"message": "no such recording"}, status=404)
        if request.method == "POST":
            del self.recordings[name]
            return web.Response(status=204)
        return web.json_response({"name": name})

    async def endpoint_config(self, request: web.Request) -> web.Response:
        """A phone pushed into memory registers at once."""
        kind, name = request.match_info["kind"], request.match_info["name"]
        if kind == "endpoint" and request.method == "PUT":
            self.endpoints[name] = "online"
            for app in self.sockets:
                self.tell(
                    app,
                    "EndpointStateChange",
                    endpoint={"technology": "PJSIP", "resource": name, "state": "online"},
                )
        return web.json_response([])

    async def list_endpoints(self, request: web.Request) -> web.Response:
        found = [
            {"technology": "PJSIP", "resource": name, "state": state}
            for name, state in self.endpoints.items()
        ]
        return web.json_response(found)

    async def endpoint(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.endpoints:
            return web.json_response({"message": "no such endpoint"}, status=404)
        return web.json_response({"technology": "PJSIP", "resource": name, "state": self.endpoints[name]})

    async def application(self, request: web.Request) -> web.Response:
        app = request.match_info["app"]
        return web.json_response(
            {"name": app, "channel_ids": [c.id for c in self.channels.values() if c.app == app]}
        )

    async def module(self, request: web.Request) -> web.Response:
        return web.json_response({"name": request.match_info["name"], "status": "Running"})

    async def nothing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/ari/events/claim", self.claim),
            web.get("/ari/channels", self.list_channels),
            web.post("/ari/channels/{id}", self.originate),
            web.delete("/ari/channels/{id}", self.delete_channel),
            web.post("/ari/channels/{id}/{act}", self.act_on_channel),
            web.get("/ari/bridges", self.list_bridges),
            web.route("*", "/ari/bridges/{id}", self.bridge),
            web.post("/ari/bridges/{id}/play/{playback}", self.play),
            web.route("*", "/ari/bridges/{id}/{act}", self.act_on_bridge),
            web.route("*", "/ari/playbacks/{id}", self.playback),
            web.route("*", "/ari/recordings/live/{name}", self.recording),
            web.post("/ari/recordings/live/{name}/stop", self.recording),
            web.get("/ari/endpoints/PJSIP", self.list_endpoints),
            web.get("/ari/endpoints/PJSIP/{name}", self.endpoint),
            web.route("*", "/ari/asterisk/config/dynamic/res_pjsip/{kind}/{name}", self.endpoint_config),
            web.get("/ari/asterisk/modules/{name}", self.module),
            web.get("/ari/applications/{app}", self.application),
            web.route("*", "/ari/{rest:.*}", self.nothing),
        ]

    # --- told what to do ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "channels": sorted(self.channels), "bridges": sorted(self.bridges), "placed": self.placed,
            "fell_back": self.fell_back, "faults": self.faults, "recordings": sorted(self.recordings),
        }  # fmt: skip

    async def obey(self, line: str) -> None:
        asked = json.loads(line)
        match asked["do"]:
            case "call":
                self.later(self.call(asked["number"]))
            case "faults":
                self.level = float(asked["level"])
            case "calm":
                self.level = 0.0
                for name in [c.id for c in self.channels.values() if c.inbound]:
                    self.hang_up(name)
        print(json.dumps({"ok": self.state(), "t": time.monotonic()}), flush=True)

    async def run(self) -> None:
        application = web.Application(middlewares=[self.faulty])
        application.add_routes(self.routes())
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.args.http).start()
        for app in self.args.app:
            name, _, url = app.partition("=")
            self.later(self.dial(name, url))
        self.later(self.cut_sockets())
        print(json.dumps({"ready": True}), flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await self.obey(line)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--app", action="append", required=True)
    parser.add_argument("--app-password", required=True)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(Fake(parser.parse_args()).run())


if __name__ == "__main__":
    main()
