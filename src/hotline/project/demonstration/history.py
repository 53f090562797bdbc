"""A marked month of demonstration history, made through the rooms' own actions with the clock at past moments.

Everything made here carries a mark (cases ``demo``, calls ``demo``, run data ``demo:…``, callers' numbers that nobody can
have), is made in one transaction, and is removed by :func:`clear`, whatever people did with it meanwhile. What stays is
the audit log: it says that a demonstration was filled in and removed, and is never changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.db import transaction

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Conflict
from hotline.base.parties import actions as parties
from hotline.base.parties import demonstration as nobodies
from hotline.joined.exchange import actions as exchange
from hotline.joined.exchange import partitions
from hotline.joined.exchange import queries as sources
from hotline.joined.handover import demonstration as hand_overs
from hotline.lines.alarms import demonstration as alarms
from hotline.lines.calls import demonstration as calls
from hotline.lines.calls.announcements import demonstration as announcements
from hotline.lines.calls.callbacks import demonstration as callbacks
from hotline.lines.calls.demonstration import PastCall
from hotline.lines.calls.restrictions import demonstration as restrictions
from hotline.lines.calls.words import Outcome
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Behaviour
from hotline.lines.recordings import demonstration as recordings
from hotline.project.demonstration.cases import Storyteller
from hotline.work.cases import actions as cases
from hotline.work.cases.states import State

ACTOR = system("演示数据 / demonstration")
AGENTS = tuple(f"演示话务员{n:02d}" for n in range(1, 9))
HOURS = (1, 1, 1, 1, 1, 2, 4, 10, 26, 34, 32, 22, 14, 20, 28, 30, 26, 18, 12, 10, 8, 6, 4, 2)
"""How the calls of a day spread over its hours."""
CASE_SHARE = 0.14
KEEPERS = (recordings, alarms, hand_overs, restrictions, announcements, callbacks)
"""Rooms that keep something of a call that was really placed; each removes its own."""
Progress = Callable[[str], None]


@dataclass
class Filled:
    """How much was made."""

    calls: int = 0
    run_data: int = 0
    cases: int = 0
    states: dict[str, int] = field(default_factory=dict)


def refuse_beside_real_lines() -> None:
    """Raise Conflict when a trunk leads to the outside: made-up history has no place beside real calls."""
    if numbers.reaches_real_people():
        raise Conflict(
            "trunks.csv 中有通向外部的中继：真实运行的系统不装演示数据。",
            "trunks.csv names a trunk that leads outside: a system that takes real calls gets no demonstration data.",
            code="real-trunk",
        )


def fill(days: int, per_day: int, say: Progress) -> Filled:
    """Make ``days`` days of history up to this moment, about ``per_day`` own calls on a working day; all or nothing.

    Raises Conflict beside a real trunk, or when there is demonstration data already.
    """
    refuse_beside_real_lines()
    if calls.exists() or exchange.has_demonstration():
        raise Conflict(
            "已有演示数据，请先执行 hotline demo clear。",
            "There is demonstration data already; run hotline demo clear first.",
            code="demo-exists",
        )
    today = clock.today()
    span = [today - timedelta(days=n) for n in reversed(range(days))]
    partitions.ensure(span)
    month = _Month(span, per_day, clock.now(), Random(f"{settings.CITY_ID}-{today}"))  # noqa: S311 - no secret
    with transaction.atomic():
        say("来电 / calls")
        answered = month.own_calls()
        say("联动热线运行数据 / run data of linked hotlines")
        month.linked_calls()
        say("诉求件 / cases")
        month.cases(answered)
    return month.filled


def clear() -> dict[str, int]:
    """Remove all demonstration data and nothing else; returns how much of each kind."""
    with transaction.atomic():
        for room in KEEPERS:
            room.clear(ACTOR, calls.calls())
        return {
            "cases": cases.clear_demo(ACTOR),
            "calls": calls.clear(ACTOR),
            "run_data": exchange.clear_demonstration(ACTOR),
            "parties": nobodies.clear(ACTOR),
        }


@cache
def texts() -> dict[str, Any]:
    """The words of the demonstration."""
    written: dict[str, Any] = yaml.load(
        (Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return written


class _Month:
    """The making of one month."""

    def __init__(self, span: Sequence[date], per_day: int, now: datetime, random: Random) -> None:
        self.span, self.per_day, self.now, self.random = span, per_day, now, random
        self.filled = Filled()
        self._parties: dict[str, UUID] = {}
        self._numbers = {item["number"]: item for item in numbers.listing()}
        self._main = str(settings.CITY["hotline"]["number"])

    def own_calls(self) -> list[tuple[UUID, PastCall]]:
        """Calls on our own lines; returns those a person answered, oldest first."""
        made = sorted((call for day in self.span for call in self._calls_of(day)), key=lambda call: call.at)
        ids = calls.record(ACTOR, AGENTS, made)
        self.filled.calls = len(ids)
        return [pair for pair in zip(ids, made, strict=True) if pair[1].talk_s is not None]

    def _calls_of(self, day: date) -> Iterator[PastCall]:
        share = 1.0 if day.weekday() < 5 else 0.55
        for _ in range(round(self.per_day * share * self.random.uniform(0.85, 1.15))):
            at = self._moment(day)
            # Whatever the longest of them lasts, a call of the demonstration is over.
            if at < self.now - timedelta(minutes=15):
                yield self._call(at)

    def _moment(self, day: date) -> datetime:
        hour = self.random.choices(range(24), HOURS)[0]
        local = time(hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, local, tzinfo=clock.zone())

    def _call(self, at: datetime) -> PastCall:
        number = self._number_dialled()
        item = self._numbers.get(number)
        behaviour = item["behaviour_now"] if item else Behaviour.NOTICE_THEN_QUEUE
        phone = nobodies.phone(self.random.randrange(nobodies.COUNT))
        outcome, wait, talk = self._fate(behaviour)
        return PastCall(
            number=number,
            line=number if behaviour == Behaviour.OWN_SEATS else self._main,
            behaviour=str(behaviour) if item else "queue",
            treatment=item["treatment"] if item else "",
            at=at,
            phone=phone,
            party_id=None if outcome is Outcome.VACANT else self._party(phone, at),
            prompt_s=self.random.uniform(3, 6),
            wait_s=wait,
            talk_s=talk,
            outcome=outcome,
            agent=self.random.randrange(len(AGENTS)),
        )

    def _number_dialled(self) -> str:
        if self.random.random() < 0.68:
            return self._main
        known = [item for item in self._numbers.values() if item["behaviour_now"] != Behaviour.NOT_MERGED]
        weights = [1 if item["behaviour_now"] == Behaviour.VACANT else 4 for item in known]
        return self.random.choices(known, weights)[0]["number"] if known else self._main

    def _fate(self, behaviour: str) -> tuple[Outcome, float, float | None]:
        """How a call goes: its outcome, how long it waited, how long it talked."""
        if behaviour == Behaviour.VACANT:
            return Outcome.VACANT, 0.0, None
        chance = self.random.random()
        if chance < 0.012 and behaviour == Behaviour.NOTICE_THEN_QUEUE:
            return Outcome.ABANDONED_IN_PROMPT, 0.0, None
        if chance < 0.045:
            return Outcome.ABANDONED_IN_QUEUE, self.random.expovariate(1 / 25) + 1, None
        return (
            Outcome.ANSWERED,
            min(self.random.expovariate(1 / 5) + 2, 120),
            self.random.lognormvariate(4.9, 0.5),
        )

    def _party(self, phone: str, at: datetime) -> UUID:
        if phone not in self._parties:
            with clock.at(at):
                name = self.random.choice(texts()["surnames"]) + self.random.choice(texts()["titles"])
                self._parties[phone] = parties.find_or_create(ACTOR, phone, name=name).id
        return self._parties[phone]

    def linked_calls(self) -> None:
        """What the linked hotlines would have sent, a delivery a day."""
        for source in sources.sources().values():
            sender = Actor("machine", "demo", ACTOR.label, frozenset({"rundata.push"}), (source.path,))
            busy = self.random.uniform(0.1, 0.5)
            for day in self.span:
                records = [
                    record
                    for n in range(round(self.per_day * busy))
                    if (record := self._record(source.code, day, n))
                ]
                if not records:
                    continue  # soon after midnight; an empty delivery could not be told from a real one
                with clock.at(min(self.now, clock.day_bounds(day)[1])):
                    body = json.dumps({"source": source.code, "records": records}).encode()
                    self.filled.run_data += exchange.receive(sender, body, demonstration=True).accepted

    def _record(self, number: str, day: date, n: int) -> dict[str, Any] | None:
        at = self._moment(day)
        if at > self.now - timedelta(minutes=30):
            return None
        _, wait, talk = self._fate(Behaviour.LINKED)
        queued = at + timedelta(seconds=self.random.uniform(2, 8))
        reached = queued + timedelta(seconds=wait)
        record: dict[str, Any] = {
            "kind": "call", "external_id": f"{exchange.DEMO}{day:%Y%m%d}-{n}", "sequence": 1, "number": number,
            "started_at": at.isoformat(), "queued_at": queued.isoformat(),
            "outcome": "answered" if talk else "abandoned", "ended_at": (reached + timedelta(seconds=talk or 0)).isoformat(),
        }  # fmt: skip
        if talk:
            record |= {"answered_at": reached.isoformat(), "agent": f"{self.random.randrange(1, 7):02d}"}
        return record

    def cases(self, answered: Sequence[tuple[UUID, PastCall]]) -> None:
        """Cases out of some of the answered calls, each followed through its acts as far as time has come.

        Whatever state none of them stands in by now gets one that was left there.
        """
        teller = Storyteller(texts(), self.random, self.now)
        chosen = [pair for pair in answered if self.random.random() < CASE_SHARE]
        for call_id, call in chosen:
            self._count(teller.tell(call_id, call))
        spare = [pair for pair in answered if pair not in chosen]
        for state in State:
            while state not in self.filled.states and spare:
                self._count(teller.tell(*spare.pop(len(spare) // 3), leave_in=state))

    def _count(self, state: str) -> None:
        self.filled.cases += 1
        self.filled.states[state] = self.filled.states.get(state, 0) + 1
