"""One call at work: its events in order, each committed before the switch is told of what follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hotline.lines.calls import seats, store
from hotline.lines.calls.call import CallNow, Command, Event, Fact
from hotline.lines.calls.machines import step
from hotline.lines.calls.standing import MUSIC, Seen, picture, still_due
from hotline.lines.calls.words import CallState, OfferState

if TYPE_CHECKING:
    from hotline.lines.calls.switch.control import CallControl

log = logging.getLogger(__name__)


class CallWorker:
    """One call: its queue of events and its state. Nothing else changes the call."""

    def __init__(self, control: CallControl, call: CallNow) -> None:
        self.control = control
        self.call = call
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.at_work = False
        """Between an event and the switch's last answer to it: what it plans may not exist there yet."""
        self.taken_up = False
        """Its commands may never have been given: it was begun by a call control that is no more."""
        self.task: asyncio.Task[None] | None = None

    def start(self, *lanes: Iterable[Command]) -> None:
        """Begin to handle events, after the commands of all ``lanes``, which do not wait for each other."""
        self.at_work = True
        self.task = asyncio.create_task(self._run(lanes), name=f"call {self.call.id}")

    async def _run(self, lanes: tuple[Iterable[Command], ...]) -> None:
        await asyncio.gather(*(self.control.carry_out(self.call, lane) for lane in lanes))
        while self.call.state is not CallState.ENDED or not self.events.empty():
            self.at_work = False
            event = await self.events.get()
            self.at_work = True
            try:
                await self._handle(event)
            except store.NotOurs:
                log.warning("call %s is another's now: this call control lets go", self.call.id)
                break
            except Exception:  # a call whose one event we cannot handle must still be able to end
                log.exception("call %s: %s could not be handled", self.call.id, event.kind)
        self.control.forget(self)

    async def _handle(self, event: Event) -> None:
        if event.kind == "amiss":
            await self._make_good()
            return
        before = self.call
        after, commands, facts = step(before, event)
        self.call = after
        self.control.note_speakers(before, after)
        self.control.index(self)
        # A match was kept as a whole before it was said here (queueing.match).
        already_kept = event.kind == "offered" and after.state is CallState.RINGING
        if facts and not already_kept:
            detail = {"cause": event.cause} if event.cause else {}
            await self.control.db.insist(store.keep, self.control.slot, before, facts, [(event.kind, detail)])
        if event.kind == "offered" and event.invited and not already_kept:
            await self.control.free_again(event.invited.channel)
        await self.control.carry_out(after, commands)
        if event.command_id:
            refused = None if after != before else _refused(before)
            await self.control.db.insist(seats.finish, event.command_id, refused)
        if any(_to_be_matched(fact) for fact in facts):
            self.control.match_soon()

    async def _make_good(self) -> None:
        """Compare the switch with what must stand there for this call, and tell it what it lacks."""
        call = self.call
        seen = await self._look(call)
        if not (self.taken_up or self.events.empty()):
            return  # it is moving; perhaps the prompt's end is what comes
        due = still_due(call, seen, taken_up=self.taken_up)
        if due and not self.taken_up:
            log.warning("call %s: the switch lacked %s", call.id, [command.verb for command in due])
        if due:  # one that was frozen would undo what another has done meanwhile
            await self.control.db.insist(store.be_ours, self.control.slot, call.id)
        await self.control.carry_out(call, due)
        self.taken_up = False

    async def _look(self, call: CallNow) -> Seen:
        """What stands in the switch of what should."""
        wanted, switch = picture(call), self.control.switch
        bridges = {}
        for name in wanted.bridges:
            status, bridge = await switch.call("GET", f"/bridges/{name}")
            if status == 200:
                bridges[name] = tuple(bridge["channels"])
        sounds = [name for name, _ in wanted.sounds.values() if name != MUSIC]
        playing = [name for name in sounds if (await switch.call("GET", f"/playbacks/{name}"))[0] == 200]
        files = [wanted.recording[0]] if wanted.recording[0] else []
        recorded = [
            name for name in files if (await switch.call("GET", f"/recordings/live/{name}"))[0] == 200
        ]
        return Seen(bridges, frozenset(playing), frozenset(recorded))


def _to_be_matched(fact: Fact) -> bool:
    """Whether somebody waits, or may be asked, who did or might not before. After a call comes its wrap-up, with its own end."""
    match fact.kind:
        case "offer":
            return "state" in fact.data and fact.data["state"] is not OfferState.ACCEPTED
        case "agent":
            return fact.data["event"] not in ("rang", "answered", "call_over")
    return fact.kind == "queued"


def _refused(call: CallNow) -> dict[str, str]:
    return {
        "type": "not_now",
        "title": f"通话当前状态（{call.state}）不能执行此操作",
        "title_en": f"This cannot be done while the call is {call.state}",
    }
