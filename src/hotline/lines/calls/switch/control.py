"""Call control: one process a slot, that answers for its calls from the claim to the end.

Strictly in order for every call: an event goes into the call's own queue, the machines say what follows, the facts are
committed, then the switch is told. So whatever the switch was told has rows that explain it, and a process killed at
any point is taken up again from them (`recover`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from hotline.base.kernel.errors import Problem
from hotline.lines.calls import due, inviting, outgoing, queueing, register, seats, store, successors
from hotline.lines.calls.agent_machine import AGENT_COMMANDS
from hotline.lines.calls.call import CallNow, Command, Event, EventKind, Step
from hotline.lines.calls.machines import step
from hotline.lines.calls.routing import Arrival
from hotline.lines.calls.switch.ari import Json, Switch, SwitchAway
from hotline.lines.calls.switch.database import Database
from hotline.lines.calls.switch.keyed import Keyed
from hotline.lines.calls.switch.requests import request
from hotline.lines.calls.switch.speakers import LISTEN, Speakers
from hotline.lines.calls.switch.worker import CallWorker
from hotline.lines.calls.words import CallState
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Plans

log = logging.getLogger(__name__)

OURS = ("l-", "s-")
"""How the names of channels begin that we dialled, or that listen for us."""

HEARD = (
    "CallBroadcast", "StasisStart", "StasisEnd", "ChannelStateChange", "ChannelDestroyed", "ChannelDtmfReceived",
    "ChannelTalkingStarted", "ChannelTalkingFinished", "PlaybackFinished", "RecordingFailed", "RecordingFinished",
    "ContactStatusChange", "EndpointStateChange", "PeerStatusChange", "ApplicationReplaced",
)  # fmt: skip
"""The events `on_event` knows; the switch need not write out the others."""

FAILED_AFTER_S = 0.3
"""How long a prompt that failed is held back: what it failed of may be the end of the call."""

BEGIN_WITHIN_S = 2.0
"""A claimed call that cannot be kept for so long is given back to the dialplan's fallback."""

RECORD_AGAIN_S, RECORD_AGAIN_MOST_S = 5.0, 60.0
"""A recording the switch could not write is begun anew after so long; after twice as long each time, and this at most."""

MATCH_AGAIN_S = 1.0
"""After a matching that failed."""

_matching = threading.Lock()
"""Two matches at once in one process would ask for the same place in the queue."""


def match(slot: int) -> list[queueing.Match]:
    """Offer waiting calls, one matching at a time."""
    with _matching:
        return queueing.match(slot)


def begin_and_match(slot: int, arrival: Arrival, plans: Plans) -> tuple[Step, queueing.Match | None]:
    """A new call and whoever can be asked for it, on one thread and in one commit: all this is time before the ringing.

    Calls begin beside each other, and wait for one another (till the commit) only where there is somebody to be asked.
    """
    with ExitStack() as until_committed, transaction.atomic():
        began = store.begin(slot, arrival, plans)
        if began[0].state is not CallState.QUEUED or not (who := due.who()).ready:
            return began, None
        until_committed.enter_context(_matching)
        return began, queueing.match_one(slot, who)


class CallControl:
    """The calls of one slot. `switch.upkeep` adds what is done from time to time."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.app = f"callcontrol-{slot}"
        self.db = Database()
        site = register.site()
        self.switch = Switch(
            self.app, site.http_port, site.ari_password, site.callcontrol_port + slot - 1, site.callcontrol_password,
            self.on_event, self.on_connect,
        )  # fmt: skip
        self.plans: Plans | None = None
        self.calls: dict[UUID, CallWorker] = {}
        self.by_channel: dict[str, CallWorker] = {}
        self.beginning: set[str] = set()
        self.rung_anew: set[str] = set()
        """Channels whose end means nothing: others are to bear their names (takeover)."""
        self.replaced = asyncio.Event()
        self.connected = asyncio.Event()
        """Set at every connection of the switch; `switch.upkeep` puts it in order and clears it."""
        self.phones: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        """Endpoints of which something was told, and the state they are said to be in, if any."""
        self.speakers = Speakers()
        self.keyed = Keyed()
        self._match_wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- beginning and end -------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """Take up the calls this slot left, before the switch says what happened meanwhile."""
        self.plans = await self.db.insist(numbers.plans)
        if self.slot == 1 and (adopted := await self.db.insist(successors.adopt, 1, register.site().slots)):
            log.warning("%s has adopted %d calls of slots that are no more", self.app, adopted)
        for call in await self.db.insist(store.open_calls, self.slot, self.plans):
            worker = CallWorker(self, call)
            worker.taken_up = True
            self.calls[call.id] = worker
            self.index(worker)
            worker.start()
        self.spawn(self._match_forever())

    def spawn(self, work: Any) -> None:
        """Run a coroutine beside the others; its failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)

    def _spawned(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_coro(), exc_info=error)

    async def on_connect(self) -> None:
        """Asterisk has dialled us."""
        self.connected.set()

    def index(self, worker: CallWorker) -> None:
        """Know the call by its channels."""
        self.by_channel[worker.call.channel] = worker
        for leg in worker.call.legs:
            self.by_channel[leg.channel] = worker

    def forget(self, worker: CallWorker) -> None:
        """The call is over and every event of it handled."""
        self.speakers.forget((worker.call.channel, *(leg.channel for leg in worker.call.legs)))
        self.calls.pop(worker.call.id, None)
        for channel in [name for name, owner in self.by_channel.items() if owner is worker]:
            del self.by_channel[channel]

    # --- what the switch says ----------------------------------------------------------------------------------------

    def on_event(self, event: Json) -> None:
        """Give an event to the call it is about; never waits."""
        match event["type"]:
            case "CallBroadcast":
                if self.db.committing:
                    self.spawn(self._claim(event["channel"]["id"]))
            case "StasisStart":
                self._started(event["channel"])
            case "ChannelStateChange" if event["channel"]["state"] == "Ringing":
                self._tell(event["channel"]["id"], "rang")
            case "ChannelDtmfReceived":
                # Told twice of a channel in a bridge: once as the channel's, once as the bridge's.
                if self.keyed.is_new(event["channel"]["id"], event["timestamp"]):
                    self._pressed(event["channel"]["id"], event["digit"])
            case "RecordingFailed":
                self._not_recorded(event["recording"])
            case "RecordingFinished":
                self._recording_over(event["recording"])
            case "ChannelTalkingStarted":
                self.speakers.started(event["channel"]["id"])
            case "ChannelTalkingFinished":
                self.speakers.finished(event["channel"]["id"])
            case "StasisEnd":
                self._gone(event["channel"]["id"], 0)
            case "ChannelDestroyed":
                self._gone(event["channel"]["id"], int(event.get("cause") or 0))
            case "PlaybackFinished":
                self._played(event["playback"]["id"], event["playback"]["state"])
            case "EndpointStateChange":  # also told of every call of the phone
                self.phones.put_nowait((event["endpoint"]["resource"], event["endpoint"].get("state", "")))
            case "ContactStatusChange" | "PeerStatusChange":
                self.phones.put_nowait((event["endpoint"]["resource"], ""))
            case "ApplicationReplaced":
                # A second process has this slot: to act on would be to drive the same calls twice.
                self.replaced.set()

    async def _claim(self, channel: str) -> None:
        """The first to claim has the call; the others are told 409, and 404 when the caller has gone."""
        await self.switch.call("POST", "/events/claim", {"channelId": channel, "application": self.app})

    def _started(self, channel: Json) -> None:
        name = channel["id"]
        if name in self.by_channel:
            self._tell(name, "answered")
        elif name.startswith(OURS):
            # Its call ended in this very instant.
            self.spawn(self.ask("DELETE", f"/channels/{name}"))
        elif name not in self.beginning:
            self.beginning.add(name)
            self.spawn(self.begin(channel))

    def _gone(self, channel: str, cause: int) -> None:
        if channel in self.rung_anew:
            return
        worker = self.by_channel.get(channel)
        self.keyed.forget(channel)
        if worker is not None:
            kind: EventKind = "caller_gone" if channel == worker.call.channel else "gone"
            worker.events.put_nowait(Event(kind, leg="" if kind == "caller_gone" else channel, cause=cause))
        elif channel in self.beginning:
            self.beginning.discard(channel)

    def _played(self, playback: str, state: str) -> None:
        if playback.startswith("p-"):
            worker = self.calls.get(UUID(playback[2:].rpartition("-")[0]))
            if worker is None:
                return
            if state == "failed":
                # Mostly its caller has hung up, which is said a moment later: then it was no prompt that was heard.
                failed = Event("prompt_failed", playback=playback)
                asyncio.get_running_loop().call_later(FAILED_AFTER_S, worker.events.put_nowait, failed)
            else:
                worker.events.put_nowait(Event("prompt_ended", playback=playback))

    def _tell(self, channel: str, kind: EventKind) -> None:
        worker = self.by_channel.get(channel)
        if worker is None:
            return
        if channel != worker.call.channel:
            worker.events.put_nowait(Event(kind, leg=channel))
        elif worker.call.outbound and kind == "answered":
            worker.events.put_nowait(Event("caller_answered"))

    def _pressed(self, channel: str, digit: str) -> None:
        """Only the caller's keys mean anything to a call; but a one-time code may be keyed by anybody in it."""
        worker, code = self.by_channel.get(channel), self.keyed.pressed(channel, digit)
        if worker is not None and code is not None:
            self.spawn(self.db.insist(store.code_keyed, worker.call.id, code))
        if worker is not None and channel == worker.call.channel:
            worker.events.put_nowait(Event("dtmf", digit=digit))

    def _recording_over(self, recording: Json) -> None:
        """What nobody here has ended ended because the switch could not write it: no folder, no room on the disk."""
        worker = self.calls.get(UUID(recording["name"][2:].rpartition("-")[0]))
        if worker is not None and worker.call.recording and worker.call.recording_name == recording["name"]:
            self._not_recorded({**recording, "cause": "the switch could not write it"})

    def _not_recorded(self, recording: Json) -> None:
        log.error("recording %s failed: %s", recording["name"], recording.get("cause", ""))
        call_id, _, segment = recording["name"][2:].rpartition("-")
        detail = {"segment": int(segment), "cause": recording.get("cause", "")}
        self.spawn(self.db.insist(store.note, UUID(call_id), "recording_failed", detail, self.slot))
        if (worker := self.calls.get(UUID(call_id))) is not None:
            again = Event("record_again", what=recording["name"])
            pause = min(RECORD_AGAIN_S * 2 ** (int(segment) - 1), RECORD_AGAIN_MOST_S)
            asyncio.get_running_loop().call_later(pause, worker.events.put_nowait, again)

    def note_speakers(self, before: CallNow, after: CallNow) -> None:
        """A segment of the call's recording is over, or a party of it has gone: keep who spoke when."""
        gone = {leg.channel for leg in before.legs} - {leg.channel for leg in after.legs}
        other = (after.recording, after.segment) != (before.recording, before.segment)
        over = before.recording and (gone or other)
        if over and (spoken := self.speakers.written(before)):
            self.spawn(self.db.insist(store.note, before.id, "spoke", spoken))
        self.speakers.forget(gone)

    # --- a call begins -----------------------------------------------------------------------------------------------

    async def begin(self, channel: Json) -> None:
        """Keep a claimed call and open it; give it back to the dialplan if it cannot be kept in time."""
        name, plans = channel["id"], self.plans
        assert plans is not None, "no call is claimed before recover()"
        keeping = asyncio.ensure_future(self.db.run(begin_and_match, self.slot, _arrival(channel), plans))
        await asyncio.wait({keeping}, timeout=BEGIN_WITHIN_S)
        too_late = not keeping.done() or keeping.exception() is not None
        if too_late:
            log.error("channel %s could not be kept: back to the dialplan's fallback", name)
            number = channel.get("channelvars", {}).get("CALL_NUMBER", "")
            params = {"context": "fallback", "extension": number, "priority": "1"}
            await self.ask("POST", f"/channels/{name}/continue", params)
            self.beginning.discard(name)
        try:
            began, found = await keeping
        except DatabaseError:
            return
        self._open(name, began, found, too_late=too_late)
        self.beginning.discard(name)

    def _open(self, channel: str, began: Step, found: queueing.Match | None, *, too_late: bool) -> None:
        """Tell the switch of a new call; an agent already found for it is rung while its bridge is made."""
        call, commands, _ = began
        worker = CallWorker(self, call)
        self.calls[call.id] = worker
        self.index(worker)
        if channel not in self.beginning:
            # Gone, or back in the dialplan, while it was being kept.
            worker.events.put_nowait(Event("lost" if too_late else "caller_gone"))
            worker.start(() if too_late else commands)
            if found:
                self.hand_out([found])
            return
        ring: tuple[Command, ...] = ()
        if found and found.call_id == call.id:
            worker.call, ring, _ = step(call, found.event)
            self.index(worker)
        elif found:
            self.hand_out([found])
        worker.start(ring, commands)

    def hand_out(self, matches: Iterable[queueing.Match]) -> None:
        """Say to the calls that were matched whom to ring."""
        for found in matches:
            worker, leg = self.calls.get(found.call_id), found.event.invited
            if worker is not None:
                if leg:
                    self.by_channel[leg.channel] = worker
                worker.events.put_nowait(found.event)
            elif leg:
                self.spawn(self.free_again(leg.channel))

    async def free_again(self, channel: str) -> None:
        """The caller was gone before his agent was rung: the agent is for the next."""
        await self.db.insist(store.not_rung, channel)
        self.match_soon()

    def match_soon(self) -> None:
        """Somebody waits or is ready: match once what is going on has been kept."""
        self._match_wanted.set()

    async def _match_forever(self) -> None:
        while True:
            await self._match_wanted.wait()
            self._match_wanted.clear()
            try:
                self.hand_out(await self.db.insist(match, self.slot))
            except Exception:  # whatever one matching stumbled over, the next one is asked for all the same
                log.exception("the waiting could not be matched")
                await asyncio.sleep(MATCH_AGAIN_S)
                self.match_soon()

    # --- telling the switch ------------------------------------------------------------------------------------------

    async def carry_out(self, call: CallNow, commands: Iterable[Command]) -> None:
        """Tell the switch, in order. What it cannot do has a reason that comes, or came, as an event."""
        for command in commands:
            asked = request(self.app, call, command, register.sound)
            if asked is None:
                self._no_sound(call, command)
                continue
            status = await self.ask(asked.method, asked.path, asked.params, asked.body)
            if command.verb in ("dial", "snoop") and status >= 400 and status != 409:
                # Nobody is registered at the endpoint, or it is unknown: there will be no event of a channel.
                self._gone(command.channel, 20)
            elif command.verb == "record" and status >= 400 and status != 409:
                self._not_recorded({"name": command.channel, "cause": f"status {status}"})
            if command.verb == "record":
                self.speakers.begin(call)
            if command.verb in ("record", "join"):
                for channel in self.speakers.newcomers(call):
                    self.spawn(self.ask("POST", f"/channels/{channel}/variable", LISTEN))

    def _no_sound(self, call: CallNow, command: Command) -> None:
        log.error("prompt %s has no sound file: the caller of %s hears none", command.what, call.number)
        worker = self.calls.get(call.id)
        if worker is not None:
            worker.events.put_nowait(Event("prompt_failed", playback=command.channel))

    async def ask(
        self, method: str, path: str, params: dict[str, str] | None = None, body: Json | None = None
    ) -> int:
        """One request whose answer only counts as done or not; 503 when the switch is away."""
        try:
            return (await self.switch.call(method, path, params, body))[0]
        except SwitchAway as error:
            log.warning("%s", error)
            return 503

    # --- what desks ask for ------------------------------------------------------------------------------------------

    async def take_commands(self, command_id: UUID | None = None) -> None:
        """Take and carry out the desk commands that are this slot's (or anybody's)."""
        for taken in await self.db.insist(seats.take, command_id, self.slot, list(self.calls)):
            if taken.command in AGENT_COMMANDS:
                await self.db.insist(seats.obey, taken.id)
                self.match_soon()
            elif taken.command in ("dial", "connect"):
                await self._call_out(taken)
            elif taken.call_id in self.calls:
                await self._ask(self.calls[taken.call_id], taken)

    async def _ask(self, worker: CallWorker, taken: seats.Taken) -> None:
        """Whoever is to be called in is found and reserved first; then the call itself says whether it may be."""
        try:
            event = await self.db.insist(inviting.event_of, taken, worker.call)
        except Problem as problem:
            await self.db.insist(seats.finish, taken.id, problem.as_error())
            return
        if event.invited:
            self.by_channel[event.invited.channel] = worker
        worker.events.put_nowait(event)

    async def _call_out(self, taken: seats.Taken) -> None:
        """An agent calls a citizen: his own phone rings first."""
        try:
            call, commands, _ = await self.db.insist(outgoing.begin, self.slot, taken)
        except Problem as problem:
            await self.db.insist(seats.finish, taken.id, problem.as_error())
            return
        worker = CallWorker(self, call)
        self.calls[call.id] = worker
        self.index(worker)
        worker.start(commands)
        await self.db.insist(seats.finish, taken.id, None)


def _arrival(channel: Json) -> Arrival:
    said = channel.get("channelvars", {})
    return Arrival(
        channel=channel["id"],
        number=said.get("CALL_NUMBER", ""),
        dialled=said.get("CALL_DIALLED", ""),
        trunk=said.get("CALL_TRUNK", ""),
        behaviour=said.get("CALL_BEHAVIOUR", ""),
        caller=channel.get("caller", {}).get("number", ""),
        notice=bool(said.get("CALL_NOTICE")),
        linked_trunk=said.get("CALL_LINKED", ""),
        returned=bool(said.get("CALL_RETURNED")),
        correlation=said.get("CALL_CORRELATION", ""),
    )
