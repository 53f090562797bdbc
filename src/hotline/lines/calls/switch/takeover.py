"""The calls of a call control that has fallen silent go on under another (callcontrol.md §3): its channels are moved.

Only whether a heartbeat changes counts, by our own running clock: business time may be moved, and clocks of machines
differ. A call control that was but frozen finds its calls in other hands at its next write, and lets go (`NotOurs`).
"""

from __future__ import annotations

import asyncio
import logging
import time

from hotline.lines.calls import successors
from hotline.lines.calls.call import CallNow, Event
from hotline.lines.calls.standing import awaited
from hotline.lines.calls.switch.control import CallControl
from hotline.lines.calls.switch.worker import CallWorker

log = logging.getLogger(__name__)

SILENT_S = 10.0
"""A call control beats every three seconds, and a killed one is back within two: longer than that it is frozen or gone."""

FORGOTTEN_WITHIN_S = 2.0
NEWS_COME_WITHIN_S = 0.2
"""The news that a channel ended may come a moment after it did."""


class Takeover:
    """Watches the other slots of this switch."""

    def __init__(self, control: CallControl) -> None:
        self._control = control
        self._seen: dict[int, tuple[str, float]] = {}

    async def look(self) -> None:
        """Take the calls of whoever has been silent for too long."""
        control, now = self._control, time.monotonic()
        beats = await control.db.run(successors.signs_of_life)
        for slot, at in beats.items():
            if self._seen.get(slot, ("", 0.0))[0] != at:
                self._seen[slot] = (at, now)
        silent = [
            slot for slot, (_, since) in self._seen.items() if slot != control.slot and now - since > SILENT_S
        ]
        if not silent or control.plans is None:
            return
        for call in await control.db.run(successors.take, control.slot, silent, control.plans):
            log.warning("call %s is taken over: slot %s is silent", call.id, silent)
            await self._take(call)

    async def _take(self, call: CallNow) -> None:
        """Known here before its channels come: what they say is then said to the right call."""
        control = self._control
        worker = CallWorker(control, call)
        worker.taken_up = True
        control.calls[call.id] = worker
        control.index(worker)
        worker.start()
        for bridge in (call.bridge, call.aside, call.watch):
            await control.ask(
                "POST", f"/applications/{control.app}/subscription", {"eventSource": f"bridge:{bridge}"}
            )
        for channel in (call.channel, *(leg.channel for leg in call.legs if leg.up)):
            await control.ask("POST", f"/channels/{channel}/move", {"app": control.app})
        again = awaited(call)
        for leg in (*call.legs, *((again,) if again and again not in call.legs else ())):
            if not leg.rings:
                continue
            # Its answer would be told to the one who is silent: it is rung anew, or given up.
            if leg == again:
                await self._end_unheard(leg.channel)
            else:
                await control.ask("DELETE", f"/channels/{leg.channel}")
                worker.events.put_nowait(Event("ring_lost" if leg.offer_id else "gone", leg=leg.channel))
        worker.events.put_nowait(Event("amiss"))  # dials whoever is dialled again

    async def _end_unheard(self, channel: str) -> None:
        """End a channel, which is nobody's refusal, and wait until the switch knows it no more: another is to bear its name."""
        control, deadline = self._control, time.monotonic() + FORGOTTEN_WITHIN_S
        control.rung_anew.add(channel)
        try:
            status = await control.ask("DELETE", f"/channels/{channel}")
            while status != 404 and time.monotonic() < deadline:
                await asyncio.sleep(NEWS_COME_WITHIN_S)
                status = await control.ask("GET", f"/channels/{channel}")
            await asyncio.sleep(NEWS_COME_WITHIN_S)
        finally:
            control.rung_anew.discard(channel)
