"""Who is offered to whom: waiting entries and ready agents in, pairs out. Pure: no database, no clock.

Entries are served in their order, one after the other, each by the best agent still free (ADR 0019). The order is one
key that does not depend on the moment (`Entry.order`), what an entry asks for depends on its age alone (`Entry.asked`):
so nothing that happens meanwhile can set an entry back. Times are seconds of one clock, whichever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

URGENT_PRIORITY = -10
"""An emergency."""
FIRST_IN_LINE = -9
"""One whose call we lost. Priorities this small are classes of their own: no waiting of others counts against them."""
LAST_IN_LINE = 9
"""One who has abused the hotline: after everybody else, however long he waits."""

Skills = Mapping[str, int]
"""A skill (``line:12329``, ``lang:nan``, ``desk:enterprise``) and how well it is mastered, 1 to 5."""


class Need(NamedTuple):
    """A skill mastered at least so well."""

    skill: str
    level: int = 1


Way = tuple[Need, ...]
"""All of these needs; none: anybody will do."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who may serve an entry while the step holds: any of ``ways``, best first. ``seconds`` None: for good.

    ``preferred`` goes before everybody else who may; with ``only_preferred`` nobody else may.
    """

    ways: tuple[Way, ...]
    seconds: float | None = None
    preferred: UUID | None = None
    only_preferred: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One who waits. ``priority``: smaller is earlier; each point is worth ``point_seconds`` of waiting."""

    id: UUID
    entered_at: float
    steps: tuple[Step, ...]
    priority: int = 0
    point_seconds: float = 60.0

    @property
    def order(self) -> tuple[int, float, float, UUID]:
        """Before whom: the smallest is first. Everybody ages equally, so a priority is a head start of so many seconds and
        the order of two who wait is the same at every moment."""
        return (
            0 if FIRST_IN_LINE < self.priority < LAST_IN_LINE else self.priority,
            self.entered_at + self.priority * self.point_seconds,
            self.entered_at,
            self.id,
        )

    def points(self, at: float) -> float:
        """What the entry weighs at ``at``: its priority and a point for every ``point_seconds`` of waiting."""
        return (at - self.entered_at) / self.point_seconds - self.priority

    def asked(self, at: float) -> Asked:
        """What it asks for at ``at``: its steps up to the one that holds then. Each step widens those before it."""
        age, ways, preferred, only = at - self.entered_at, list[Way](), None, True
        for step in self.steps:
            ways += [way for way in step.ways if way not in ways]
            preferred, only = step.preferred or preferred, only and step.only_preferred
            if step.seconds is None or age < step.seconds:
                break
            age -= step.seconds
        return Asked(tuple(ways), preferred, only)


class Asked(NamedTuple):
    """``ways``: any of these will do, the first is best. ``only``: nobody but ``preferred`` will."""

    ways: tuple[Way, ...]
    preferred: UUID | None
    only: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """One who is ready, since ``idle_since``."""

    id: UUID
    skills: frozenset[tuple[str, int]]
    idle_since: float


class Pair(NamedTuple):
    """This entry is to be offered to this agent."""

    entry: UUID
    agent: UUID


Fit = tuple[int, int]
"""How well an agent fits, smaller is better: which way he serves, and minus the sum of his levels in its skills."""


def fit(ways: Sequence[Way], skills: Skills) -> Fit | None:
    """How well somebody with ``skills`` can serve one of ``ways``; None: not at all."""
    for number, way in enumerate(ways):
        if all(skills.get(need.skill, 0) >= need.level for need in way):
            return number, -sum(skills[need.skill] for need in way)
    return None


class _Ready:
    """The agents nobody was given yet. For each way those who can serve it are ranked once, when it is first asked for."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        self.free = {agent.id: agent for agent in agents}
        self._skilled: dict[str, list[Agent]] = defaultdict(list)
        self._levels = {agent.id: dict(agent.skills) for agent in self.free.values()}
        for agent in self.free.values():
            for skill, _ in agent.skills:
                self._skilled[skill].append(agent)
        self._ranked: dict[Way, list[UUID]] = {}

    def take(self, asked: Asked) -> UUID | None:
        """The best of the free for one who asks so; he is free no more."""
        found = self._preferred(asked)
        if found is None and not asked.only:
            found = next((id for way in asked.ways if (id := self._first(way)) is not None), None)
        if found is not None:
            del self.free[found]
        return found

    def _preferred(self, asked: Asked) -> UUID | None:
        """The agent the entry would rather have, if he is free and may."""
        id = asked.preferred
        return id if id in self.free and fit(asked.ways, self._levels[id]) is not None else None

    def _first(self, way: Way) -> UUID | None:
        """The best who can serve ``way`` and is free; who is not is forgotten."""
        if way not in self._ranked:
            self._ranked[way] = self._rank(way)
        able = self._ranked[way]
        while able and able[-1] not in self.free:
            able.pop()
        return able[-1] if able else None

    def _rank(self, way: Way) -> list[UUID]:
        """Who can serve ``way``, the best last: only those are looked at who have the rarest of its skills."""
        lists = [self._skilled.get(need.skill, []) for need in way]
        found = []
        for agent in min(lists, key=len) if lists else self.free.values():
            fits = fit((way,), self._levels[agent.id])
            if fits is not None:
                found.append((fits, agent.idle_since, agent.id))
        found.sort(reverse=True)
        return [id for _, _, id in found]


def match(entries: Iterable[Entry], agents: Iterable[Agent], at: float) -> list[Pair]:
    """Pair every entry, in order, with the best agent nobody before it was given; entries for whom nobody is left are
    left out. Who fits better goes first (the line's own skill, the better level), then who has been idle longest."""
    ready = _Ready(agents)
    pairs: list[Pair] = []
    for entry in sorted(entries, key=lambda entry: entry.order):
        if not ready.free:
            break
        found = ready.take(entry.asked(at))
        if found is not None:
            pairs.append(Pair(entry.id, found))
    return pairs
