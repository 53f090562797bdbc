"""What a city decides about its queue: who is asked when, what is said, what the hours change. Pure: no database, no clock.

Read from ``routing.yaml`` by rules_file.py. By default nobody hears a menu: GB/T 33358 wants a person first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from hotline.lines.calls.matching import Need, Step, Way

Why = Literal["lost", "asked", "abandoned"]
"""Why somebody is called back: our switch dropped him, he asked for it, he hung up before anybody answered."""


@dataclass(frozen=True, slots=True)
class LineStep:
    """A step of a line's own, before those everybody has."""

    ways: tuple[Way, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Announcing:
    """When a caller is told his place: after ``first_s`` of waiting, then every ``every_s``. 0: never."""

    first_s: int = 30
    every_s: int = 45


@dataclass(frozen=True, slots=True)
class Estimating:
    """From what the wait is estimated: at least ``samples`` calls of the last ``minutes``; never said beyond ``most_minutes``."""

    samples: int = 5
    minutes: int = 60
    most_minutes: int = 20


@dataclass(frozen=True, slots=True)
class CallingBack:
    """How missed callers are called back. ``key``: what a waiting caller presses to be called back; "": he cannot.

    Not reached: again after each of ``retry_minutes``, at most ``attempts`` times. Due ``within_minutes`` of the missed
    call. Who takes one has ``take_minutes`` to say what became of it. ``hours``: when citizens may be rung at all.
    ``assign``: which are given to ready agents in their turn; the others wait on the list until somebody takes them.
    """

    key: str = ""
    attempts: int = 3
    retry_minutes: tuple[int, ...] = (15, 60)
    within_minutes: int = 480
    take_minutes: int = 10
    hours: When | None = None
    assign: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueRules:
    """How the queue works from ``effective_from`` on; who waits already keeps the rules he came under."""

    effective_from: datetime
    point_seconds: int = 60
    language_seconds: int = 30
    spoken_by_all: tuple[str, ...] = ()
    preferred_days: int = 0
    preferred_seconds: int = 0
    priorities: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, tuple[LineStep, ...]] = field(default_factory=dict)
    announcing: Announcing = Announcing()
    estimating: Estimating = Estimating()
    calling_back: CallingBack = CallingBack()


CUSTOMARY = QueueRules(datetime(1, 1, 1, tzinfo=UTC))
"""What holds where a city says nothing."""


@dataclass(frozen=True, slots=True)
class When:
    """Days and hours in the city's time. ``dates`` are particular days; with them ``days`` says nothing."""

    days: Literal["all", "working", "off"] = "all"
    dates: frozenset[date] = frozenset()
    spans: tuple[tuple[time, time], ...] = ((time(0), time(0)),)
    """[from, to); to == 00:00 means midnight at the end of the day."""

    @property
    def needs_calendar(self) -> bool:
        """Whether it must be known if the day is worked."""
        return not self.dates and self.days != "all"

    def covers(self, local: datetime, is_working_day: bool | None) -> bool:
        """Whether ``local`` lies in it. ``is_working_day`` None: nobody knows; then only what needs no calendar holds."""
        now = local.time()
        return self.on(local.date(), is_working_day) and any(
            start <= now and (end == time(0) or now < end) for start, end in self.spans
        )

    def on(self, day: date, is_working_day: bool | None) -> bool:
        """Whether any of ``day`` lies in it."""
        if self.dates:
            return day in self.dates
        return self.days == "all" or (self.days == "working") is is_working_day

    def opens(self, local: datetime, is_working_day: Callable[[date], bool | None]) -> datetime:
        """The first moment from ``local`` on that lies in it; ``local`` itself where there is none within a year."""
        for day in (local.date() + timedelta(days=n) for n in range(366)):
            for start, _ in sorted(self.spans):
                moment = max(local, datetime.combine(day, start, tzinfo=local.tzinfo))
                if moment.date() == day and self.covers(moment, is_working_day(day)):
                    return moment
        return local


@dataclass(frozen=True, slots=True)
class Overflow:
    """Who waited ``after_s`` is put through to the first of ``to`` that can be reached: ``linked:12348``, ``duty``."""

    after_s: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a key of a menu does: a line's queue, a language, or both; neither: the queue as it was."""

    line: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """Keys a caller may press. Whoever presses none within ``seconds`` has pressed ``default``."""

    id: str
    prompt: str
    keys: Mapping[str, Choice]
    default: str
    seconds: int = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What is different for some numbers at some times. ``say``: a prompt instead of the welcome; "": the welcome."""

    id: str
    numbers: tuple[str, ...]
    when: When
    effective_from: datetime | None = None
    say: str = ""
    menu: Menu | None = None
    overflow: Overflow | None = None

    def applies(self, number: str, at: datetime, local: datetime, is_working_day: bool | None) -> bool:
        """Whether it holds for calls to ``number`` at ``at``, which is ``local`` in the city."""
        return (
            (number in self.numbers or "*" in self.numbers)
            and (self.effective_from is None or self.effective_from <= at)
            and self.when.covers(local, is_working_day)
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """All of ``routing.yaml``."""

    queue: tuple[QueueRules, ...] = ()
    """By date, ascending."""
    plans: tuple[Plan, ...] = ()

    def queue_at(self, at: datetime) -> QueueRules:
        """The rules in force at ``at``; the customary ones before the first date."""
        held = [rules for rules in self.queue if rules.effective_from <= at]
        return held[-1] if held else CUSTOMARY

    def plan_at(self, number: str, at: datetime, local: datetime, is_working_day: bool | None) -> Plan | None:
        """What the plan says for ``number`` at that moment: the first that applies; None: a person, at once."""
        return next((plan for plan in self.plans if plan.applies(number, at, local, is_working_day)), None)


def steps_for(
    rules: QueueRules,
    skills: Sequence[str],
    preferred: UUID | None = None,
    staffed: Collection[str] | None = None,
) -> tuple[Step, ...]:
    """The steps of one who asks for ``skills``: lines in their order of preference, then languages and desks.

    ``staffed``: skills of the agents at work; what nobody has is not waited for (None: everything is). ``preferred``
    goes before others all the while, and is waited for ``preferred_seconds``.
    """
    lines = [skill for skill in skills if ":" not in skill]
    wanted = tuple(
        Need(skill)
        for skill in skills
        if ":" in skill and skill.removeprefix("lang:") not in rules.spoken_by_all
        if staffed is None or skill in staffed
    )
    ways: tuple[Way, ...] = tuple((Need(f"line:{line}"),) for line in lines)
    steps: list[Step] = []
    if preferred and rules.preferred_seconds:
        steps.append(Step(ways, rules.preferred_seconds, preferred, only_preferred=True))
    if wanted and rules.language_seconds:
        steps.append(Step(tuple((*way, *wanted) for way in ways), rules.language_seconds, preferred))
    for own in rules.steps.get(lines[0], ()) if lines else ():
        steps.append(Step(own.ways, own.seconds, preferred))
    return (*steps, Step(ways, None, preferred))
