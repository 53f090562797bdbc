"""What call control does besides its calls: order at every connection, timers, phones, the register, the sweep.

A restarted switch or a frozen socket loses events. The sweep compares the switch with the rows, both ways, at every
connection and every 30 seconds: what only we know of is over, what only the switch knows of is taken down or taken up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.db import DatabaseError

from hotline.base.kernel import clock
from hotline.base.kernel.models import beat
from hotline.lines.calls import announcing, due, journal, overflow, register, seats, store
from hotline.lines.calls.announcements import actions as announcements
from hotline.lines.calls.call import CallNow, Event
from hotline.lines.calls.models import Timer
from hotline.lines.calls.standing import may_be_amiss, picture
from hotline.lines.calls.switch import logs, phones
from hotline.lines.calls.switch.ari import Json, SwitchAway
from hotline.lines.calls.switch.control import HEARD, OURS, CallControl
from hotline.lines.calls.switch.takeover import Takeover
from hotline.lines.calls.words import CallState, LegState
from hotline.lines.numbers import queries as numbers

log = logging.getLogger(__name__)

TICK_S = 0.5
SWEEP_EVERY_S = 30.0
SLOW_EVERY_S = 3.0
PHONES_EVERY_S = 10.0
BRIDGES = ("b-", "k-", "w-")
"""How the names of our bridges begin: the caller's, a consultation's, a leader's."""

CHANNELS = ("callcontrol", "numbers")
"""PostgreSQL channels: desk commands and phone credentials; changes of the register."""


async def run(slot: int) -> int:
    """Be the call control of ``slot`` until told to stop; returns the exit code (3: another process has the slot)."""
    control = CallControl(slot)
    await control.db.insist(register.refuse_sandbox_with_real_trunks)
    await control.recover()
    await control.switch.start()
    upkeep = Upkeep(control)
    for work in (upkeep.put_in_order(), upkeep.tick(), upkeep.listen(), upkeep.watch_phones()):
        control.spawn(work)
    try:
        await control.replaced.wait()
        log.critical("%s: another call control has taken this slot; this one stops acting", control.app)
        return 3
    finally:
        await control.switch.stop()
        control.db.close()


def _timeout(timer: Timer, call: CallNow) -> Event:
    if timer.kind == "await":
        return Event("await_timeout")
    if timer.kind == "survey":
        return Event("survey_timeout")
    if timer.kind == "menu":
        return Event("menu_timeout")
    if timer.about == call.channel:
        return Event("caller_timeout")
    return Event("timeout", leg=timer.about, cause=19)


def _came_after(call: CallNow, moment: float) -> bool:
    """Whether the caller came to a switch that was started at ``moment``: as Asterisk names channels, by the second.

    One who did and is not there any more has hung up while nobody listened; one who did not was lost with his switch.
    """
    second = call.channel.partition(".")[0]
    return second.isdecimal() and int(second) > moment


def _planned_only(call: CallNow) -> bool:
    """Whether the switch has not been asked for the citizen of an outbound call yet."""
    return bool(call.outbound) and call.channel not in picture(call).dialled


class Upkeep:
    """The loops beside the calls."""

    def __init__(self, control: CallControl) -> None:
        self.control = control
        self._offset: float | None = None
        self._waiting = 0
        self._takeover = Takeover(control)
        self._in_order = False
        """Whether the switch has said what happened before us: until then no phone has rung in vain."""
        self._reloads: list[str] = []
        self._online: dict[str, bool] = {}
        """Which phones were there when last looked at."""

    # --- at every connection -----------------------------------------------------------------------------------------

    async def put_in_order(self) -> None:
        """Whenever Asterisk dials us: it may be a new one that knows no phones, or may have gone on without us."""
        control = self.control
        while True:
            await control.connected.wait()
            control.connected.clear()
            try:
                await self._booted()
                await self._choose_news()
                self._offset = None
                await self._say_clock()
                await self.push_phones(everything=True)
                await self._hear_of_phones()
                await self.sweep()
                self._in_order = True
                await control.take_commands()
                control.match_soon()
                await self._beat()  # whoever waits for /healthz need not wait for the next round
            except Exception:
                log.warning("putting the connection in order failed, trying again", exc_info=True)
                await asyncio.sleep(TICK_S)
                if control.switch.connected:
                    control.connected.set()

    async def _booted(self) -> None:
        """An Asterisk that starts dials us before its SIP is there; what it is told before then is lost."""
        while True:
            _, module = await self.control.switch.call("GET", "/asterisk/modules/chan_pjsip.so")
            if isinstance(module, dict) and module.get("status") == "Running":
                return
            await asyncio.sleep(0.1)

    async def _choose_news(self) -> None:
        """Have the switch tell what is understood here and nothing else; one that cannot choose tells everything."""
        wanted = {"allowed": [{"type": event} for event in HEARD]}
        await self.control.ask("PUT", f"/applications/{self.control.app}/eventFilter", None, wanted)

    async def _hear_of_phones(self) -> None:
        """Ask to be told of every phone that comes or goes, and look at all of them."""
        path = f"/applications/{self.control.app}/subscription"
        if await self.control.ask("POST", path, {"eventSource": "endpoint:PJSIP"}) >= 300:
            raise SwitchAway("no news of phones")
        await self._all_phones()

    # --- from time to time -------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Timers and whatever must not depend on a notice having arrived."""
        slow, phones_seen, sweep = 0.0, time.monotonic(), time.monotonic()
        while True:
            await self._each(self._due)
            if time.monotonic() - slow > SLOW_EVERY_S:
                slow = time.monotonic()
                await self._slow()
            if self.control.switch.connected and time.monotonic() - phones_seen > PHONES_EVERY_S:
                phones_seen = time.monotonic()
                await self._each(self._hear_of_phones)
            if time.monotonic() - sweep > SWEEP_EVERY_S:
                sweep = time.monotonic()
                await self._each(self.renew_register, self.sweep)
                self.control.match_soon()
            await asyncio.sleep(TICK_S)

    async def _each(self, *duties: Callable[[], Awaitable[None]]) -> None:
        """Do every one of these, whatever becomes of the others."""
        for duty in duties:
            name = getattr(duty, "__name__", duty)
            try:
                await duty()
            except SwitchAway as error:
                log.warning("%s: the switch is away: %s", name, error)
            except DatabaseError:
                log.warning("%s: the database is away", name, exc_info=self.control.db.committing)
            except Exception:
                log.exception("%s failed", name)

    async def _due(self) -> None:
        found = await self.control.db.run(due.look, self.control.slot)
        if found.match:
            self.control.match_soon()
        work = (
            (found.timers, self._timers),
            (found.seats, self._seats),
            (found.commands, self.control.take_commands),
            (found.say, self._say),
            (found.overflow, self._overflow),
        )
        await self._each(*(duty for is_due, duty in work if is_due))

    async def _timers(self) -> None:
        control = self.control
        for timer in await control.db.run(store.due_timers, control.slot):
            worker = control.calls.get(timer.call_id) if timer.call_id else None
            if worker is None:
                log.warning("nobody watches the ringing of %s any more", timer.about)
                await control.db.run(store.nobody_waits, timer)
                control.match_soon()
            elif self._in_order:
                worker.events.put_nowait(_timeout(timer, worker.call))

    async def _seats(self) -> None:
        """Timed states end; agents whose call is long over are freed."""
        if await self.control.db.run(seats.deadlines_passed):
            self.control.match_soon()

    async def _say(self) -> None:
        """Who waits is told his place."""
        for said in await self.control.db.run(announcing.due, self.control.slot):
            if (worker := self.control.calls.get(said.call_id)) is not None:
                worker.events.put_nowait(Event("say", what=said.what))

    async def _overflow(self) -> None:
        """Who has waited long enough here is tried elsewhere."""
        control = self.control
        if control.plans is None:
            return
        for over in await control.db.run(overflow.due, control.slot, control.plans):
            if (worker := control.calls.get(over.call_id)) is not None and over.event.invited:
                control.by_channel[over.event.invited.channel] = worker
                worker.events.put_nowait(over.event)

    async def _slow(self) -> None:
        await self._each(
            self._seats, self._beat, self._announce_queue, self._take_in_journal, self._make_announcements
        )
        if self.control.switch.connected:
            await self._each(
                self._takeover.look, self._say_clock, self.push_phones, self._remove_expired, self._trim_log
            )

    async def _trim_log(self) -> None:
        """The switch's log is begun anew when it is long, and old ones go: a flood must not fill the disk."""
        root = register.site().root
        if await asyncio.to_thread(logs.too_long, root):
            await self.control.ask("PUT", f"/asterisk/logging/{logs.LOG}/rotate")
            await asyncio.to_thread(logs.drop_old, root)

    async def _beat(self) -> None:
        control = self.control
        state = {"connected": control.switch.connected, "calls": len(control.calls)}
        await control.db.run(beat, control.app, state)

    async def _announce_queue(self) -> None:
        self._waiting = await self.control.db.run(seats.announce_queue, self._waiting)

    async def _make_announcements(self) -> None:
        """What was published is spoken here, for this machine's switch; what is over is removed."""
        await self.control.db.run(announcements.make_sounds)

    async def _take_in_journal(self) -> None:
        await self.control.db.run(journal.take_in, settings.HOTLINE.home)

    async def _say_clock(self) -> None:
        """A sandbox's business time, so that the dialplan obeys the same date as everybody."""
        if not settings.SANDBOX:
            return
        offset = await self.control.db.run(lambda: round(clock.now().timestamp() - time.time()))
        if offset != self._offset:
            params = {"variable": "CLOCK_OFFSET", "value": str(offset)}
            if await self.control.ask("POST", "/asterisk/variable", params) < 300:
                self._offset = offset

    async def renew_register(self) -> None:
        """The register may have changed: write the switch's trunks and dialplan anew and reload what differs."""
        control = self.control
        plans = await control.db.run(numbers.plans)
        control.plans = plans
        changed = await asyncio.to_thread(register.renew_switch_files, plans)
        # The files are written but once: a reload that fails stays due, and the trunks come before their dialplan.
        self._reloads += [module for module in changed if module not in self._reloads]
        while self._reloads and await control.ask("PUT", f"/asterisk/modules/{self._reloads[0]}") < 300:
            log.info("the register changed: %s is reloaded", self._reloads.pop(0))

    # --- phones ------------------------------------------------------------------------------------------------------

    async def push_phones(self, *, everything: bool = False) -> None:
        """Tell the switch of phones it has not been told of; of all, when it may have forgotten them."""
        control = self.control
        for credential in await control.db.run(seats.credentials, unpushed=not everything):
            # PUT keeps fields it does not name: an endpoint that was a browser's would stay one.
            await control.ask("DELETE", phones.path("endpoint", credential.endpoint))
            statuses = [
                await control.ask("PUT", phones.path(kind, credential.endpoint), None, phones.body(fields))
                for kind, fields in phones.objects(credential)
            ]
            if all(status < 300 for status in statuses):
                await control.db.run(seats.pushed, credential)
            else:
                # It stays due and is tried again; the other phones do not wait for it.
                log.warning("phone %s could not be pushed: %s", credential.endpoint, statuses)
                await control.db.run(seats.not_pushed, credential)

    async def _remove_expired(self) -> None:
        expired = await self.control.db.run(seats.expired_credentials)
        for endpoint in expired:
            for kind in ("endpoint", "aor", "auth"):
                await self.control.ask("DELETE", phones.path(kind, endpoint))
        if expired:
            await self.control.db.run(seats.forget, expired)

    async def watch_phones(self) -> None:
        """A phone registered or went: look which, and keep it."""
        while True:
            endpoint, state = await self.control.phones.get()
            if not endpoint.startswith("agent-") or (
                state and (state == "online") == self._online.get(endpoint)
            ):
                continue
            try:
                status, found = await self.control.switch.call("GET", f"/endpoints/PJSIP/{endpoint}")
                await self._phone(endpoint, status == 200 and found["state"] == "online")
            except Exception:  # the comparison comes back to it
                log.warning("the phone %s could not be looked at", endpoint, exc_info=True)

    async def _all_phones(self) -> None:
        """Whichever seems to have come or gone unnoticed is looked at by itself, as it is then."""
        known = await self.control.db.run(seats.endpoints)
        status, found = await self.control.switch.call("GET", "/endpoints/PJSIP")
        if status == 200:
            online = {row["resource"] for row in found if row["state"] == "online"}
            for endpoint, registered in known.items():
                if registered is not (endpoint in online):
                    self.control.phones.put_nowait((endpoint, ""))

    async def _phone(self, endpoint: str, registered: bool) -> None:
        if await self.control.db.run(seats.phone_seen, endpoint, registered) and registered:
            self.control.match_soon()
        self._online[endpoint] = registered

    # --- notices -----------------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Hear what desks ask for the moment they ask; lost notices are made good by the tick."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("notices cannot be heard: %s", error)
            except Exception:
                log.exception("a notice could not be obeyed")
            await asyncio.sleep(1.0)

    async def _listen(self) -> None:
        alive: dict[str, Any] = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
        connection = await psycopg.AsyncConnection.connect(settings.HOTLINE.dsn, autocommit=True, **alive)
        async with connection:
            for channel in CHANNELS:
                await connection.execute(f"LISTEN {channel}".encode())
            async for notice in connection.notifies():
                try:
                    await self._heard(notice.channel, notice.payload)
                except (DatabaseError, SwitchAway):
                    log.warning("a notice could not be obeyed; the tick will", exc_info=True)

    async def _heard(self, channel: str, payload: str) -> None:
        if channel == "numbers":
            await self.renew_register()
            return
        said = msgspec.json.decode(payload)
        if "command" in said:
            await self.control.take_commands(UUID(said["command"]))
        elif "phone" in said:
            await self.push_phones()
        elif said.get("match") == self.control.slot:  # another slot has left an agent to us
            self.control.match_soon()
        elif "announcements" in said:
            await self._make_announcements()
        elif "seats" in said:  # a leader has made somebody ready
            self.control.match_soon()

    # --- the sweep ---------------------------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Compare the switch with what is kept, both ways."""
        control = self.control
        if not control.switch.connected:
            return
        before = [(w, w.call) for w in control.calls.values() if not w.at_work and w.events.empty()]
        _, channels = await control.switch.call("GET", "/channels")
        _, bridges = await control.switch.call("GET", "/bridges")
        status, application = await control.switch.call("GET", f"/applications/{control.app}")
        present = {channel["id"]: channel for channel in channels}
        members = {bridge["id"]: tuple(bridge["channels"]) for bridge in bridges}
        idle = {call.id for _, call in before}
        for worker in control.calls.values():
            if worker.taken_up and worker.call.id not in idle:  # behind what is being handled
                worker.events.put_nowait(Event("amiss"))
        gone = {call.id for _, call in before if call.channel not in present and not _planned_only(call)}
        up_since = await self._up_since() if gone else 0.0
        for worker, call in before:
            if call.id in gone:
                worker.events.put_nowait(Event("caller_gone" if _came_after(call, up_since) else "lost"))
                continue
            if worker.taken_up or may_be_amiss(call, members):
                worker.events.put_nowait(Event("amiss"))
            for leg in call.legs:
                # A linked hotline that was perhaps never dialled is dialled now, with what else is amiss.
                again = worker.taken_up and call.state is CallState.LINKING
                if leg.state is LegState.GONE or leg.channel in present or again:
                    continue
                ringing = call.state is CallState.RINGING and leg.agent_id == call.agent_id
                worker.events.put_nowait(Event("ring_lost" if ringing else "gone", leg=leg.channel))
        await self._orphans(present, bridges, application["channel_ids"] if status == 200 else [])

    async def _up_since(self) -> float:
        """When this switch was started (Unix time); infinite when it does not say."""
        status, found = await self.control.switch.call("GET", "/asterisk/info", {"only": "status"})
        try:
            return datetime.fromisoformat(found["status"]["startup_time"]).timestamp()
        except (KeyError, TypeError, ValueError):
            log.warning("the switch does not say since when it is up: %s %s", status, found)
            return float("inf")

    async def _orphans(self, present: dict[str, Json], bridges: list[Json], ours: list[str]) -> None:
        """Channels and bridges whose calls are over, and callers who wait in our application without a call."""
        control = self.control
        legs = [name for name in present if name.startswith(OURS)]
        known = await control.db.run(store.known_channels, legs) if legs else set()
        for name in legs:
            if name not in known and name not in control.by_channel:
                log.warning("channel %s belongs to no call: taken down", name)
                await control.ask("DELETE", f"/channels/{name}")
        made = [bridge["id"] for bridge in bridges if bridge["id"].startswith(BRIDGES)]
        open_ids = await control.db.run(store.open_call_ids, [name[2:] for name in made]) if made else set()
        for name in made:
            if name[2:] not in open_ids and UUID(name[2:]) not in control.calls:
                log.warning("bridge %s belongs to no call: taken down", name)
                await control.ask("DELETE", f"/bridges/{name}")
        for name in ours:
            callers = (
                name in present and not name.startswith(OURS) and present[name]["name"].startswith("PJSIP/")
            )
            if callers and name not in control.by_channel and name not in control.beginning:
                log.warning("caller %s waits without a call: taken up", name)
                control.beginning.add(name)
                await control.begin(present[name])
