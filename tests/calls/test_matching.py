"""Who is offered to whom, as rules: for any callers, agents and moments."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hotline.lines.calls.matching import (
    FIRST_IN_LINE,
    LAST_IN_LINE,
    URGENT_PRIORITY,
    Agent,
    Entry,
    Need,
    Pair,
    Step,
    fit,
    match,
)

LINES = ("line:12345", "line:12333", "line:12329")
SKILLS = (*LINES, "lang:nan", "lang:en")


def uid(number: int) -> UUID:
    return UUID(int=number)


def agent(number: int, idle_since: float = 0, **skills: int) -> Agent:
    named = {name.replace("_", ":"): level for name, level in skills.items()}
    return Agent(uid(number), frozenset(named.items()), idle_since)


def entry(number: int, *steps: Step, entered_at: float = 0, **more: int) -> Entry:
    return Entry(uid(number), entered_at, steps or (asks("line:12345"),), **more)


def asks(*skills: str, seconds: float | None = None, **more: object) -> Step:
    """A step that any one with all these skills may serve."""
    return Step((tuple(Need(skill) for skill in skills),), seconds, **more)  # type: ignore[arg-type]


needs = st.builds(Need, st.sampled_from(SKILLS), st.integers(1, 5))
ways = st.lists(st.lists(needs, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)
steps = st.builds(
    Step,
    ways,
    st.none() | st.floats(1, 90),
    st.none() | st.integers(100, 112).map(uid),
    st.booleans(),
)
entries = st.lists(
    st.builds(
        Entry,
        st.integers(0, 40).map(uid),
        st.floats(0, 1000),
        st.lists(steps, min_size=1, max_size=3).map(tuple),
        st.sampled_from([0, 0, 0, -1, -3, 2, FIRST_IN_LINE, URGENT_PRIORITY]),
    ),
    max_size=14,
    unique_by=lambda one: one.id,
)
agents = st.lists(
    st.builds(
        Agent,
        st.integers(100, 112).map(uid),
        st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5)).map(lambda d: frozenset(d.items())),
        st.floats(0, 1000),
    ),
    max_size=10,
    unique_by=lambda one: one.id,
)
moments = st.floats(1000, 2000)


def may(one: Entry, who: Agent, at: float) -> bool:
    """Said once more, as naively as it can be."""
    asked = one.asked(at)
    able = any(all(dict(who.skills).get(n.skill, 0) >= n.level for n in way) for way in asked.ways)
    return able and (not asked.only or who.id == asked.preferred)


@settings(deadline=None)
@given(entries, agents, moments)
def test_nobody_is_matched_twice_and_only_with_whom_he_may(
    some: list[Entry], ready: list[Agent], at: float
) -> None:
    pairs = match(some, ready, at)
    assert len({pair.entry for pair in pairs}) == len({pair.agent for pair in pairs}) == len(pairs)
    by_id, who = {one.id: one for one in some}, {one.id: one for one in ready}
    assert all(may(by_id[pair.entry], who[pair.agent], at) for pair in pairs)


@settings(deadline=None)
@given(entries, agents, moments)
def test_no_skilled_agent_is_idle_while_somebody_he_may_serve_waits(
    some: list[Entry], ready: list[Agent], at: float
) -> None:
    pairs = match(some, ready, at)
    waiting = [one for one in some if one.id not in {pair.entry for pair in pairs}]
    idle = [one for one in ready if one.id not in {pair.agent for pair in pairs}]
    assert not any(may(one, who, at) for one in waiting for who in idle)


@settings(deadline=None)
@given(entries, agents, moments)
def test_an_earlier_one_is_never_left_out_for_a_later_one(
    some: list[Entry], ready: list[Agent], at: float
) -> None:
    """Who is left out could be served by nobody but agents that went to those before him."""
    pairs = dict(match(some, ready, at))
    ordered = sorted(some, key=lambda one: one.order)
    who = {one.id: one for one in ready}
    for place, one in enumerate(ordered):
        if one.id not in pairs:
            assert not any(
                may(one, who[pairs[later.id]], at) for later in ordered[place + 1 :] if later.id in pairs
            )


@settings(deadline=None)
@given(entries, agents, moments)
def test_the_best_of_those_left_is_asked(some: list[Entry], ready: list[Agent], at: float) -> None:
    """The wanted agent, then who fits better, then who has been idle longest."""
    left = {one.id: one for one in ready}
    by_id = {one.id: one for one in some}
    for pair in match(some, ready, at):
        one, taken = by_id[pair.entry], left.pop(pair.agent)
        asked = one.asked(at)
        if asked.preferred in left:
            assert not may(one, left[asked.preferred], at)
        if taken.id != asked.preferred:
            rank = (fit(asked.ways, dict(taken.skills)), taken.idle_since)
            others = [
                (fit(asked.ways, dict(a.skills)), a.idle_since) for a in left.values() if may(one, a, at)
            ]
            assert all(rank <= other for other in others)  # type: ignore[operator]


@settings(deadline=None)
@given(entries, agents, moments, st.randoms(use_true_random=False))
def test_the_result_does_not_depend_on_the_order_of_the_lists(
    some: list[Entry], ready: list[Agent], at: float, chance: object
) -> None:
    before = match(some, ready, at)
    chance.shuffle(some)  # type: ignore[attr-defined]
    chance.shuffle(ready)  # type: ignore[attr-defined]
    assert match(some, ready, at) == before


@settings(deadline=None)
@given(entries, moments, st.floats(0, 5000))
def test_the_order_of_those_who_wait_never_changes_and_all_age_alike(
    some: list[Entry], at: float, later: float
) -> None:
    for one in some:
        assert one.points(at + later) >= one.points(at)
        for other in some:
            if min(one.priority, other.priority) > FIRST_IN_LINE and one.points(at) > other.points(at) + 1e-6:
                assert one.points(at + later) > other.points(at + later)
                assert one.order < other.order


@settings(deadline=None)
@given(entries, st.floats(0, 500), moments)
def test_a_newcomer_of_the_same_priority_is_behind_everybody(
    some: list[Entry], after: float, at: float
) -> None:
    new = entry(50, entered_at=1001 + after)
    assert all(one.order < new.order for one in some if one.priority <= 0)


@settings(deadline=None)
@given(st.lists(steps, min_size=1, max_size=4).map(tuple), st.floats(0, 400), st.floats(0, 400), agents)
def test_waiting_only_ever_widens_who_may_serve(
    asked: tuple[Step, ...], age: float, more: float, ready: list[Agent]
) -> None:
    one = Entry(uid(1), 0, asked)
    assert {a.id for a in ready if may(one, a, age)} <= {a.id for a in ready if may(one, a, age + more)} or (
        one.asked(age).preferred != one.asked(age + more).preferred
    )


def test_the_step_that_holds_depends_on_the_age_alone() -> None:
    one = entry(1, asks("lang:nan", seconds=30), asks("line:12345"))
    minnan, other = agent(100, idle_since=90, lang_nan=1), agent(101, idle_since=0, line_12345=1)
    assert match([one], [minnan, other], 29.9) == [Pair(one.id, minnan.id)]
    assert match([one], [other], 29.9) == []
    assert match([one], [other], 30) == [Pair(one.id, other.id)]
    # The first way stays the better one.
    assert match([one], [minnan, other], 31) == [Pair(one.id, minnan.id)]


def test_the_better_level_goes_before_the_longer_idle_and_among_equals_the_longest_idle() -> None:
    patient = agent(100, idle_since=0, line_12345=1)
    expert, expert_longer = agent(101, idle_since=50, line_12345=4), agent(102, idle_since=40, line_12345=4)
    one = entry(1)
    assert match([one], [patient, expert, expert_longer], 60) == [Pair(one.id, expert_longer.id)]


def test_the_wanted_agent_goes_before_everybody_and_is_waited_for_only_as_long_as_said() -> None:
    wanted, expert = agent(100, idle_since=50, line_12345=1), agent(101, idle_since=0, line_12345=5)
    soft = entry(1, asks("line:12345", preferred=wanted.id))
    assert match([soft], [wanted, expert], 60) == [Pair(soft.id, wanted.id)]
    assert match([soft], [expert], 60) == [Pair(soft.id, expert.id)]
    hard = entry(
        2, asks("line:12345", seconds=10, preferred=wanted.id, only_preferred=True), asks("line:12345")
    )
    assert match([hard], [expert], 9) == []
    assert match([hard], [expert], 10) == [Pair(hard.id, expert.id)]


def test_who_has_abused_the_hotline_waits_behind_everybody() -> None:
    old, new = entry(1, priority=LAST_IN_LINE), entry(2, entered_at=3_000)
    assert match([old, new], [agent(100, line_12345=1)], 3_001)[0].entry == new.id


def test_an_emergency_is_before_whoever_waited_however_long_and_then_those_whose_calls_we_lost() -> None:
    old, lost = entry(1, entered_at=0), entry(2, entered_at=80_000, priority=FIRST_IN_LINE)
    urgent = entry(3, entered_at=86_400, priority=URGENT_PRIORITY)
    ready = [agent(n, line_12345=1) for n in (100, 101)]
    assert [pair.entry for pair in match([old, lost, urgent], ready, 86_401)] == [urgent.id, lost.id]


class Centre(RuleBasedStateMachine):
    """A day of a centre: callers come and go, agents come and go, offers are taken, refused and withdrawn."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.waiting: dict[UUID, Entry] = {}
        self.ready: dict[UUID, Agent] = {}
        self.offers: dict[UUID, tuple[Entry, Agent]] = {}
        self.born: dict[UUID, Entry] = {}
        self.next = 0

    def fresh(self) -> UUID:
        self.next += 1
        return uid(self.next)

    @rule(priority=st.sampled_from([0, 0, -1, URGENT_PRIORITY]), asked=st.sampled_from(range(3)))
    def a_caller_comes(self, priority: int, asked: int) -> None:
        chosen = (
            (asks("line:12345"),),
            (asks("line:12345", "lang:nan", seconds=20), asks("line:12345")),
            (asks("line:12333", seconds=15), asks("line:12345")),
        )[asked]
        one = Entry(self.fresh(), self.now, chosen, priority)
        self.waiting[one.id] = self.born[one.id] = one

    @rule(who=st.sampled_from(range(4)))
    def an_agent_is_ready(self, who: int) -> None:
        skills: dict[str, int] = (
            {"line:12345": 1},
            {"line:12345": 3},
            {"line:12345": 1, "lang:nan": 2},
            {"line:12333": 2},
        )[who]
        one = Agent(self.fresh(), frozenset(skills.items()), self.now)
        self.ready[one.id] = one

    @rule(seconds=st.floats(0.1, 40))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def they_are_matched(self) -> None:
        for pair in match(self.waiting.values(), self.ready.values(), self.now):
            self.offers[pair.entry] = (self.waiting.pop(pair.entry), self.ready.pop(pair.agent))

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), how=st.sampled_from(["answered", "withdrawn", "refused"]))
    def an_offer_ends(self, data: st.DataObject, how: str) -> None:
        id = data.draw(st.sampled_from(sorted(self.offers)))
        one, who = self.offers.pop(id)
        if how != "answered":
            self.waiting[one.id] = one
        if how == "withdrawn":
            self.ready[who.id] = who  # he keeps his idle time, too
        if how == "answered":
            self.ready[who.id] = replace(who, idle_since=self.now)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        del self.waiting[data.draw(st.sampled_from(sorted(self.waiting)))]

    @invariant()
    def nobody_is_lost_or_set_back(self) -> None:
        for id, one in [*self.waiting.items(), *((id, pair[0]) for id, pair in self.offers.items())]:
            assert one == self.born[id]
        assert not self.waiting.keys() & self.offers.keys()
        assert not self.ready.keys() & {who.id for _, who in self.offers.values()}

    @invariant()
    def a_matching_leaves_nothing_to_match(self) -> None:
        pairs = match(self.waiting.values(), self.ready.values(), self.now)
        left = [one for id, one in self.waiting.items() if id not in {pair.entry for pair in pairs}]
        idle = [one for id, one in self.ready.items() if id not in {pair.agent for pair in pairs}]
        assert match(left, idle, self.now) == []


Centre.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestADayOfACentre = Centre.TestCase
