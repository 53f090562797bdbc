"""The table itself, and a machine that walks it at random and compares every step with a model of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hotline.base.kernel import clock as city_clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Problem
from hotline.work.cases import actions, queries
from hotline.work.cases.acts import ACTS, Clock
from hotline.work.cases.fields import Field
from hotline.work.cases.models import Duty
from hotline.work.cases.states import OVER, STATES, State
from hotline.work.cases.terms import GRADES
from tests.cases.office import AGENT, DISPATCHER, SUPERVISOR, VISITOR, caller, file, handler, staff, unit

RUNNING = {
    State.DISPATCHED,
    State.SIGNED,
    State.RETURN_ASKED,
    State.EXTENSION_ASKED,
    State.SHELVING_ASKED,
    State.TERMINATION_ASKED,
    State.UPPER_CHECK,
}
EVERYBODY = frozenset({"owner", "centre", "caller", "anyone"})


def reachable(start: State) -> set[State]:
    """The states one can come to from ``start``."""
    seen, todo = {start}, [start]
    while todo:
        state = todo.pop()
        for act in ACTS.values():
            if state in act.sources:
                for target in {
                    act.to or state,
                    act.up or state,
                    *(turn.to or state for turn in act.turns),
                } - seen:
                    seen.add(target)
                    todo.append(target)
    return seen


def test_every_state_can_be_reached_and_closed_from() -> None:
    assert reachable(State.ACCEPTED) == set(State)
    assert all(State.CLOSED in reachable(state) for state in State)


def test_every_state_has_a_way_out_and_somebody_whose_turn_it_is() -> None:
    for row in STATES.values():
        assert any(row.state in act.sources for act in ACTS.values()), row.state
        assert (row.mover == "nobody") is (row.state in (*OVER, State.MERGED))


def test_every_right_of_the_table_is_declared_and_held_by_a_role() -> None:
    from hotline.base.kernel.rights import declared
    from hotline.base.people.roles import ROLES

    rights = {act.right for act in ACTS.values() if act.right}
    assert rights <= declared().keys()
    assert all(any(right in role.rights for role in ROLES.values()) for right in rights)


def test_only_the_callers_own_acts_need_no_right() -> None:
    assert {act.name for act in ACTS.values() if act.right is None} == {
        "rate",
        "add",
        "caller_urge",
        "withdraw",
    }
    assert all((act.relation == "caller") == (act.right is None) for act in ACTS.values())


def test_the_table_has_both_languages_everywhere() -> None:
    words = [(act.zh, act.en) for act in ACTS.values()]
    words += [(field.zh, field.en) for act in ACTS.values() for field in act.fields]
    words += [(row.zh, row.en) for row in STATES.values()] + [
        (row.citizen_zh, row.citizen_en) for row in STATES.values()
    ]
    assert all(zh and en for zh, en in words)
    assert all(bool(act.told_zh) is bool(act.told_en) for act in ACTS.values())


def test_what_a_turn_requires_is_a_field_of_its_act() -> None:
    for act in ACTS.values():
        names = {field.name for field in act.fields}
        for turn in act.turns:
            assert {turn.field, *turn.requires} <= names


def test_a_running_clock_stands_only_where_a_unit_works_or_a_return_is_asked() -> None:
    running = RUNNING
    for act in ACTS.values():
        turns = [*act.turns, *(other for turn in act.turns if (other := turn.without_deadline()))]
        for clock, target in [(act.clock, act.to), *((turn.clock, turn.to) for turn in turns)]:
            if clock in (Clock.START, Clock.RESUME, Clock.CONTINUE, Clock.EXTEND):
                assert target in running, act.name
            if clock is Clock.STOP:
                assert target not in running, act.name
            assert (clock is Clock.PAUSE) is (target in (State.PAUSED, State.SHELVED)), act.name
            if target is None:
                assert clock is Clock.KEEP, act.name


def a_value(field: Field) -> st.SearchStrategy[Any]:
    """Good and bad values of a field."""
    bad = st.sampled_from([None, "", "  ", 7, "x" * (field.max_length + 1)])
    match field.kind:
        case "choice":
            good: st.SearchStrategy[Any] = st.sampled_from([choice.value for choice in field.choices])
        case "flag":
            good = st.booleans()
        case "number":
            bad, good = (
                st.sampled_from([None, "3", field.least - 1, field.most + 1, True]),
                st.integers(field.least, field.most),
            )
        case "unit" if field.accepts == "centre":
            good = st.sampled_from(["linked-12328", "renshe-node"]).map(lambda key: str(unit(key).id))
        case "unit":
            good = st.sampled_from(["renshe-node", "chengguan-node"]).map(lambda key: str(unit(key).id))
        case "units":
            bad = st.sampled_from([None, [], ["x"], "x"])
            good = st.sampled_from(["shuiwu-node", "keji-node"]).map(lambda key: [str(unit(key).id)])
        case "date":
            good = st.just((city_clock.today() + timedelta(days=30)).isoformat())
        case "moment":
            good = st.just((city_clock.now() + timedelta(days=3)).isoformat())
        case "line" if field.name == "into":
            good = st.builds(lambda: queries.one(AGENT, file(type="help").id).number)
        case _:
            good = st.just("照章办理")
    return st.integers(0, 9).flatmap(lambda n: bad if n == 0 else good)


class Walk(RuleBasedStateMachine):
    """Anybody tries any act with any values at any version; whatever is accepted must be what the table allows."""

    def __init__(self) -> None:
        super().__init__()
        self.id: UUID = file(type="help").id
        self.acts = ["accept"]
        self.redone = 0

    def case(self) -> Any:
        # The platform itself: whoever of the walkers stepped aside finds the case no more.
        return queries.one(system("tests"), self.id)

    def somebody(self, who: str) -> Actor:
        match who:
            case "right unit":
                owner = self.case().owner_path or unit().path
                return staff("node_handler", scope=owner)
            case "caller":
                return caller(self.id)
            case "centre":
                return staff("agent", "dispatcher", "visitor", "supervisor")
            case "another unit":
                return handler("keji-node")
            case "government":
                return staff("government_office")
            case "efficiency":
                return staff("efficiency_office")
            case _:
                return {
                    "agent": AGENT,
                    "dispatcher": DISPATCHER,
                    "visitor": VISITOR,
                    "supervisor": SUPERVISOR,
                }[who]

    @rule(
        name=st.sampled_from([name for name in ACTS if name != "accept"]),
        who=st.sampled_from(
            [
                "right unit",
                "another unit",
                "caller",
                "centre",
                "agent",
                "dispatcher",
                "visitor",
                "supervisor",
                "government",
                "efficiency",
            ]
        ),
        stale=st.integers(0, 9),
        data=st.data(),
    )
    def anybody_tries_anything(self, name: str, who: str, stale: int, data: st.DataObject) -> None:
        act, actor, before = ACTS[name], self.somebody(who), self.case()
        given = {field.name: data.draw(a_value(field), label=field.name) for field in act.fields}
        version = before.version - (stale == 0)
        try:
            with transaction.atomic():
                after = actions.perform(actor, self.id, name, version, given)
        except Problem:
            assert self.case().version == before.version
            return
        self.check_allowed(name, who, actor, before, version, given)
        self.check_outcome(name, before, after, given)

    def check_allowed(
        self, name: str, who: str, actor: Actor, before: Any, version: int, given: dict[str, Any]
    ) -> None:
        act = ACTS[name]
        assert version == before.version
        assert State(before.state) in act.sources
        assert act.right is None or act.right in actor.rights
        centre = {"centre", "agent", "dispatcher", "visitor", "supervisor"}
        asked = {"right unit", "another unit", "government", "efficiency"}
        only = {
            "anyone": centre | asked,
            "judged": {"right unit", "another unit"},
            "owner": {"right unit"},
            "caller": {"caller"},
            "addressed": asked,
            "upper": set(),
            "clock": set(),
        }
        assert who in only.get(act.relation, centre)
        assert not (name == "ask_return" and before.designated)
        assert all(given[field.name] not in (None, "", "  ") for field in act.fields if field.required)

    def check_outcome(self, name: str, before: Any, after: Any, given: dict[str, Any]) -> None:
        act = ACTS[name]
        bad = given.get("grade") in ("dissatisfied", "very_dissatisfied")
        assert after.state == (State.DISPATCHED if bad else act.to or before.state)
        assert after.urged == before.urged + act.urges
        assert after.version == before.version + 1
        self.redone += bad or name in ("send_back", "redo")
        self.acts.append(name)

    @precondition(
        lambda self: self.case().state in ("dispatched", "signed", "accepted", "replied", "waiting_visit")
    )
    @rule()
    def it_goes_on(self) -> None:
        """The common way, so that walks get far."""
        state = self.case().state
        who, name, fields = {
            "accepted": ("dispatcher", "dispatch", {"unit": str(unit().id)}),
            "dispatched": ("right unit", "sign_for", {}),
            "signed": ("right unit", "reply", {"reply": "办好了"}),
            "replied": ("dispatcher", "check", {}),
            "waiting_visit": ("visitor", "record_visit", {"grade": "dissatisfied", "reason": "没好"}),
        }[state]
        before = self.case()
        # Another of them, where the walker of that role has stepped aside.
        actor = replace(self.somebody(who), id=f"another {who}")
        after = actions.perform(actor, self.id, name, before.version, fields)
        self.check_outcome(name, before, after, fields)

    @invariant()
    def now_is_what_the_last_event_says(self) -> None:
        case = self.case()
        events = [*queries.history(case)]
        assert [event.act for event in events] == self.acts
        assert [event.version for event in events] == list(range(1, len(events) + 1))
        last = events[-1]
        assert (case.state, case.version, case.owner_id, case.deadline_at, case.clock_running) == (
            last.state, last.version, last.owner_id, last.deadline_at, last.clock_running,
        )  # fmt: skip
        assert case.redo_count == self.redone

    @invariant()
    def somebody_can_always_go_on(self) -> None:
        case = self.case()
        everyone = [self.somebody(who) for who in ("right unit", "centre", "caller")]
        assert any(queries.detail(actor, case)["acts_allowed"] for actor in everyone[:2])

    @invariant()
    def a_unit_at_work_has_a_running_clock_and_nobody_else_has(self) -> None:
        case = self.case()
        assert case.clock_running is (case.state in RUNNING)
        assert (case.paused_at is not None) is (case.state in ("paused", "shelved"))
        assert bool(case.owner_id) is bool(case.owner_path)

    @invariant()
    def duties_end_with_what_they_belong_to(self) -> None:
        case = self.case()
        standing = Duty.objects.filter(case_id=case.id, state__in=("open", "answered"))
        if case.state in (*OVER, State.MERGED, State.WAITING_DISPATCH):
            assert not standing.filter(kind__in=("assist", "slip")).exists()
        assert all(duty.unit_id == case.owner_id for duty in standing.filter(kind="slip"))
        assert not standing.filter(kind="assist", unit_id=case.owner_id).exists()


def walk(examples: int) -> None:
    """Walk the table ``examples`` times, 25 steps each."""
    every = list(HealthCheck)
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=every,
            database=None,
        ),
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
def test_no_walk_skips_a_guard_or_gets_stuck() -> None:
    walk(6)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.django_db
@pytest.mark.usefixtures("city")
def test_no_long_walk_skips_a_guard_or_gets_stuck() -> None:
    walk(300)


def test_five_grades_in_the_words_of_the_national_scale() -> None:
    assert [word.zh for word in GRADES.values()] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
