"""What does number N do at time T? Pure: no database, no clock, no input or output.

The plan of merger (53号 二) sorts the numbers into six treatments; on the line they make four behaviours, and a fifth,
``NOT_MERGED``, before a number's date. Everybody who needs the answer (dialplan, screen pop, boards) asks here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

EMERGENCY_NUMBERS = frozenset({"110", "119", "120", "122"})
"""53号 一(一): outside the merger. A fact of the country's numbering, so no file and no person can register them."""

TRANSPORTS = ("udp", "tcp")
"""What a trunk's SIP may travel in. TLS is refused rather than done without: the switch does not speak it yet."""

BROWSERS_COME_FROM = "127.0.0.2"
"""The address of this machine from which the proxy brings browsers' phones to the switch. No trunk may have it: who comes
from here is known by a phone's name and password alone, while 127.0.0.1 may be an operator's trunk."""


class Treatment(StrEnum):
    """How the plan of merger treats a number (53号 二, annex)."""

    CEASED = "ceased"  # 二(一)1: already silent before the document
    TO_CEASE = "to_cease"  # 二(一)2: silent by the deadline
    NOTICE_THEN_12345 = "notice_then_12345"  # 二(二)1: number kept, seats gone
    SEATS_UNDER_12345 = "seats_under_12345"  # 二(二)2: number and seats kept, managed by 12345
    LINKED_SEATS = "linked_seats"  # 二(二)3: number and seats kept, one-click transfer
    SUB_CENTRE = "sub_centre"  # 二(三)

    @property
    def zh(self) -> str:
        return TREATMENT_WORDS[self][0]

    @property
    def en(self) -> str:
        return TREATMENT_WORDS[self][1]


TREATMENT_WORDS: dict[Treatment, tuple[str, str]] = {
    Treatment.CEASED: ("已停止服务，提示空号", "Ceased: vacant tone"),
    Treatment.TO_CEASE: ("限期停止服务，提示空号", "To cease by the deadline: vacant tone"),
    Treatment.NOTICE_THEN_12345: ("语音提醒后由12345接听", "Notice, then answered by 12345"),
    Treatment.SEATS_UNDER_12345: ("座席纳入12345统一管理", "Seats managed by 12345"),
    Treatment.LINKED_SEATS: ("保留座席，与12345互转", "Own seats, linked with 12345"),
    Treatment.SUB_CENTRE: ("设分中心，与12345互转", "Sub-centre, linked with 12345"),
}


class Behaviour(StrEnum):
    """What a caller meets on the line."""

    NOT_MERGED = "not_merged"  # before its date; a call that comes all the same is helped at 12345 (ADR 0008)
    VACANT = "vacant"  # vacant tone, never answered, never billed
    NOTICE_THEN_QUEUE = "notice_then_queue"  # notice (unless the operator played it), then 12345's queue
    OWN_SEATS = "own_seats"  # its own seats inside 12345; 12345's when they are closed
    LINKED = "linked"  # its own centre over its own trunk; 12345 where no trunk is configured

    @property
    def zh(self) -> str:
        return BEHAVIOUR_WORDS[self][0]

    @property
    def en(self) -> str:
        return BEHAVIOUR_WORDS[self][1]


BEHAVIOUR_WORDS: dict[Behaviour, tuple[str, str]] = {
    Behaviour.NOT_MERGED: ("尚未归并", "Not merged yet"),
    Behaviour.VACANT: ("空号", "Vacant"),
    Behaviour.NOTICE_THEN_QUEUE: ("提醒后进入12345队列", "Notice, then the 12345 queue"),
    Behaviour.OWN_SEATS: ("12345内的本线座席", "Its own seats inside 12345"),
    Behaviour.LINKED: ("转本线话务中心", "Put through to its own centre"),
}

BEHAVIOUR_OF: dict[Treatment, Behaviour] = {
    Treatment.CEASED: Behaviour.VACANT,
    Treatment.TO_CEASE: Behaviour.VACANT,
    Treatment.NOTICE_THEN_12345: Behaviour.NOTICE_THEN_QUEUE,
    Treatment.SEATS_UNDER_12345: Behaviour.OWN_SEATS,
    Treatment.LINKED_SEATS: Behaviour.LINKED,
    Treatment.SUB_CENTRE: Behaviour.LINKED,
}


class CarriedBy(StrEnum):
    """Who plays the vacant tone or the notice. The document gives it to the operators (53号 二(一)1–2, 二(二)1)."""

    OPERATOR = "operator"
    PLATFORM = "platform"


@dataclass(frozen=True)
class DatedTreatment:
    """One row of a number's history. ``effective_from`` None: since before anybody wrote it down (never invented)."""

    treatment: Treatment
    effective_from: datetime | None
    carried_by: CarriedBy | None = None


@dataclass(frozen=True)
class Period:
    """From ``effective_from`` (inclusive; None: always before) to ``effective_to`` (exclusive; None: open)."""

    effective_from: datetime | None
    effective_to: datetime | None
    treatment: Treatment
    behaviour: Behaviour
    carried_by: CarriedBy | None

    def covers(self, at: datetime) -> bool:
        """True if the period holds at ``at``."""
        return (self.effective_from is None or self.effective_from <= at) and (
            self.effective_to is None or at < self.effective_to
        )

    @property
    def plays_notice(self) -> bool:
        """True if our side has to play the notice; the operator's callers have heard it already (53号 二(二)1)."""
        return self.behaviour is Behaviour.NOTICE_THEN_QUEUE and self.carried_by is not CarriedBy.OPERATOR


@dataclass(frozen=True)
class Hours:
    """When a line's own seats are staffed, in the city's local time. ``working_days`` False: every day."""

    working_days: bool
    spans: tuple[tuple[time, time], ...]  # [from, to); to == 00:00 means midnight at the end of the day

    def cover(self, local: datetime, is_working_day: bool) -> bool:
        """True if the seats are staffed at ``local`` (the city's time); the caller asks the calendar about the day."""
        if self.working_days and not is_working_day:
            return False
        now = local.time()
        return any(start <= now and (end == time(0) or now < end) for start, end in self.spans)


@dataclass(frozen=True)
class NumberPlan:
    """Everything the line needs to know about one registered number.

    ``line`` is the skill its callers need and the name of its own seats. ``linked_trunk`` None: no trunk is configured,
    so calls go to 12345, marked. ``answered_here_if_unanswered``: "not answered there → 12345", off unless set.
    ``seats_hours`` None: the line has no own seats inside 12345.
    """

    number: str
    name: str
    name_en: str
    department: str
    periods: tuple[Period, ...]
    line: str
    linked_trunk: str | None
    notice_prompt: str | None
    answered_here_if_unanswered: bool
    seats_hours: Hours | None


@dataclass(frozen=True)
class TrunkPlan:
    """A SIP trunk. ``kind``: ``operator`` (the public arrives here), ``linked`` (a linked hotline's own centre) or
    ``emergency`` (110/119/120/122 are put through here). ``serves`` holds numbers, or ``*`` for all.
    ``duty`` are the numbers the fallback rings over this trunk when no callcontrol answers."""

    name: str
    kind: str
    host: str
    port: int | None
    transport: str
    serves: tuple[str, ...]
    strip: tuple[str, ...]
    codecs: tuple[str, ...]
    from_number: str | None
    duty: tuple[str, ...]

    @property
    def is_loopback(self) -> bool:
        """True if no real person can be reached over it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def carries(self, number: str) -> bool:
        """True if calls to ``number`` may arrive or leave here."""
        return "*" in self.serves or number in self.serves


@dataclass(frozen=True)
class EmergencyPlan:
    """110/119/120/122: put through over ``trunks``, tried in this order; without one, to the very front with an alarm."""

    number: str
    name: str
    name_en: str
    trunks: tuple[str, ...] = ()

    @property
    def trunk(self) -> str | None:
        """The trunk tried first."""
        return next(iter(self.trunks), None)


@dataclass(frozen=True)
class Plans:
    """The whole register as the dialplan needs it. ``main`` is 12345 itself; its line bears the same name."""

    main: str
    main_name: str
    main_name_en: str
    numbers: tuple[NumberPlan, ...]
    emergency: tuple[EmergencyPlan, ...]
    trunks: tuple[TrunkPlan, ...]


def periods_of(history: Iterable[DatedTreatment]) -> tuple[Period, ...]:
    """The periods that ``history`` (in the order it was recorded) makes: a later row replaces whatever was planned
    from its date on, so a change of plan is a new row and no row is ever edited."""
    standing: list[DatedTreatment] = []
    for row in history:
        start = row.effective_from
        standing = (
            []
            if start is None
            else [s for s in standing if s.effective_from is None or s.effective_from < start]
        )
        standing.append(row)
    ends = [row.effective_from for row in standing[1:]] + [None]
    return tuple(
        Period(row.effective_from, end, row.treatment, BEHAVIOUR_OF[row.treatment], row.carried_by)
        for row, end in zip(standing, ends, strict=True)
    )


def period_at(plan: NumberPlan, at: datetime) -> Period | None:
    """The period that holds at ``at``, or None before the number's first date."""
    return next((period for period in plan.periods if period.covers(at)), None)


def behaviour(plan: NumberPlan, at: datetime) -> Behaviour:
    """What number N does at time T; ``NOT_MERGED`` before its date."""
    period = period_at(plan, at)
    return Behaviour.NOT_MERGED if period is None else period.behaviour


def spellings(trunk: TrunkPlan, number: str) -> list[str]:
    """Every way ``trunk`` may write ``number`` (059512333, +8659512333 …), the bare number first, none twice."""
    return list(dict.fromkeys([number, *(prefix + number for prefix in trunk.strip)]))


def number_dialled(trunk: TrunkPlan, spelling: str, numbers: Sequence[str]) -> str | None:
    """The inverse: which of ``numbers`` did the caller dial, or None. The register refuses ambiguous spellings."""
    return next((number for number in numbers if spelling in spellings(trunk, number)), None)
