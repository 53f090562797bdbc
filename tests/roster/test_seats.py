"""Seats: every second is accounted for and belongs to somebody's owner; every timed state ends by itself, never silently."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import Invalid
from hotline.base.kernel.models import OutboxRow
from hotline.base.people import actions as people_actions
from hotline.base.people import queries as people
from hotline.base.people.models import Staff
from hotline.lines.calls import pauses, seat_queries, seats
from hotline.lines.calls.agent_machine import AGENT, AgentEvent
from hotline.lines.calls.models import AgentState, Call, CallCommand, SeatSpan
from hotline.lines.calls.words import AgentMode, CallState, Outcome
from hotline.lines.roster import rules
from hotline.project.cli.load import load_city

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

TESTS = system("tests")
EVENTS: list[AgentEvent] = sorted({event for _, event in AGENT})
NOON = clock.day_bounds(clock.today())[0] + timedelta(hours=12)


def an_agent(mode: str = AgentMode.READY, *, phone: bool = True, **more: object) -> AgentState:
    now = clock.now()
    return AgentState.objects.create(
        staff_id=more.pop("staff_id", uuid4()), name="林小满", mode=mode, since=now, idle_since=now, lines=["12345"],
        endpoint=f"agent-{uuid4().hex}", phone_registered=phone, **more,
    )  # fmt: skip


def obey(agent: AgentState, command: str, **args: object) -> CallCommand:
    row = CallCommand.objects.create(
        staff_id=agent.staff_id, command=command, args=args, asked_at=clock.now(), deadline_at=clock.now()
    )
    seats.obey(row.id)
    row.refresh_from_db()
    agent.refresh_from_db()
    return row


def later(**by: float) -> AbstractContextManager[None]:
    return clock.at(clock.now() + timedelta(**by))


# --- time ------------------------------------------------------------------------------------------------------------


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*EVENTS, "phone"]),
        st.sampled_from([0.0, 0.4, 7.0, 65.0, 4000.0, -30.0]),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(steps=STEPS)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_spans_of_an_agent_leave_no_gap_and_never_overlap(
    steps: list[tuple[AgentEvent, float, bool]],
) -> None:
    """Whatever happens, in any order, with a clock that stands still, jumps or is set back."""
    moment = NOON
    with clock.at(moment):
        agent = an_agent(AgentMode.SIGNED_OUT)
    for event, seconds, flag in steps:
        moment += timedelta(seconds=seconds)
        with clock.at(moment):
            agent.refresh_from_db()
            if event == "offered" and agent.mode == AgentMode.READY:
                seats.offered(agent, ids.new())
            elif event == "phone":
                seats.phone_seen(agent.endpoint, flag)
            elif event in ("pause", "not_ready"):
                seats.force(agent.staff_id, event, seats.Why("rest" if flag else "meal"))
            else:
                seats.happened(agent.staff_id, event)
            seats.deadlines_passed()
    agent.refresh_from_db()
    spans = [*SeatSpan.objects.filter(staff_id=agent.staff_id).order_by("began_at")]
    kept = [(span.began_at, span.ended_at) for span in spans]
    assert [first for first, _ in kept[:1]] == ([NOON] if kept else [])
    assert all(before[1] == after[0] for before, after in pairwise(kept))
    assert agent.since == (kept[-1][1] if kept else NOON)
    assert all(first < last for first, last in kept)
    whole = [(span.mode, span.reason, span.call_id) for span in [*spans, seat_queries.present(agent, moment)]]
    if all(seconds > 0 for _, seconds, _ in steps):  # else a state that lasted no time may have lain between
        assert all(before != after for before, after in pairwise(whole)), (
            "a span ended and nothing had changed"
        )


def test_a_day_adds_up_by_owner_and_a_new_owner_gets_only_what_follows() -> None:
    """53号 二(二)2: 12329's agents are managed by 12345, and their time stays their own centre's."""
    ours, theirs = people.organisation_by_key("centre"), people.organisation_by_key("linked-12329")
    with clock.at(NOON):
        agent = an_agent(owner_id=theirs.id, owner_path=theirs.path)
        other = an_agent(owner_id=ours.id, owner_path=ours.path)
    call = ids.new()
    for event, at in (("offered", 60), ("answered", 70), ("call_over", 190), ("wrap_up_done", 210)):
        with clock.at(NOON + timedelta(seconds=at)):
            agent.refresh_from_db()
            if event == "offered":
                seats.offered(agent, call)
            else:
                seats.happened(agent.staff_id, event)  # type: ignore[arg-type]
    with clock.at(NOON + timedelta(seconds=300)):
        found = {row["owner_name"]: row for row in seat_queries.seat_time(TESTS, NOON.date())["owners"]}
    assert (found["12329座席"]["answered"], found["12329座席"]["talk_s"]) == (1, 120)
    assert found["12329座席"]["signed_in_s"] == 300
    assert found["12329座席"]["seconds"]["ready"] == 60 + 90
    assert (found["市12345中心"]["answered"], found["市12345中心"]["signed_in_s"]) == (0, 300)
    assert [one["staff_id"] for one in found["市12345中心"]["agents"]] == [other.staff_id]
    for day in (NOON.date() - timedelta(days=1), NOON.date() + timedelta(days=1)):
        assert seat_queries.seat_time(TESTS, day)["owners"] == [], "before he was there, or a day to come"


def test_what_callers_say_counts_for_who_had_them_last_and_for_his_owner() -> None:
    theirs = people.organisation_by_key("linked-12329")
    with clock.at(NOON):
        agent, other = (an_agent(owner_id=theirs.id, owner_path=theirs.path) for _ in range(2))
    for n, rating in enumerate((1, 3, 4, None)):
        call = Call.objects.create(
            id=ids.new(), channel=f"rated-{n}", slot=1, state=CallState.ENDED, number="12329", line="12329",
            behaviour="own_seats", arrived_at=NOON, answered_at=NOON, ended_at=NOON, outcome=Outcome.ANSWERED,
            agent_id=agent.staff_id, rating=rating,
        )  # fmt: skip
        for event, at in (("offered", 60), ("answered", 70), ("call_over", 75), ("wrap_up_done", 80)):
            with clock.at(NOON + timedelta(seconds=at + 30 * n)):
                agent.refresh_from_db()
                if event == "offered":
                    seats.offered(agent, call.id)
                else:
                    seats.happened(agent.staff_id, event)  # type: ignore[arg-type]
    with clock.at(NOON + timedelta(seconds=300)):
        (owner,) = seat_queries.seat_time(TESTS, NOON.date())["owners"]
    assert (owner["answered"], owner["rated"], owner["satisfied"]) == (4, 3, 2)
    scores = {one["staff_id"]: (one["rated"], one["satisfied"]) for one in owner["agents"]}
    assert scores == {agent.staff_id: (3, 2), other.staff_id: (0, 0)}


def test_an_agent_belongs_to_the_deepest_organisation_he_works_in_and_to_the_centre_if_there_is_none(
    staff_as: Callable[..., Staff],
) -> None:
    citywide, own = staff_as("agent"), staff_as("agent", "linked-12329")
    for staff, owner in ((citywide, "centre"), (own, "linked-12329")):
        agent = an_agent(AgentMode.SIGNED_OUT, staff_id=staff.id)
        assert obey(agent, "sign_in", lines=["12345"]).ok
        assert agent.owner_path == people.organisation_by_key(owner).path


# --- timed states ------------------------------------------------------------------------------------------------------


def test_a_pause_over_its_limit_makes_the_agent_not_ready_and_his_leader_is_told() -> None:
    agent = an_agent()
    assert obey(agent, "pause", reason="meal").ok
    limit = pauses.in_force()["meal"].max_minutes
    assert limit is not None
    with later(minutes=limit - 1):
        assert not seats.deadlines_passed()
    with later(minutes=limit, seconds=1):
        assert seats.deadlines_passed()
    agent.refresh_from_db()
    assert (agent.mode, agent.reason, agent.deadline_at) == (AgentMode.NOT_READY, "overdue", None)
    news = OutboxRow.objects.get(topic="agent.pause_overdue", key=str(agent.staff_id))
    assert news.payload["reason"] == "meal"


def test_saying_again_that_one_pauses_gives_no_more_time() -> None:
    agent = an_agent()
    obey(agent, "pause", reason="rest")
    first = agent.deadline_at
    with later(minutes=5):
        assert obey(agent, "pause", reason="rest").ok
        assert agent.deadline_at == first
        assert obey(agent, "pause", reason="meal").ok
        assert agent.deadline_at != first


def test_an_unknown_reason_to_pause_is_refused_and_the_known_ones_are_named() -> None:
    agent = an_agent()
    row = obey(agent, "pause", reason="钓鱼")
    assert row.ok is False
    assert row.error["type"] == "unknown-reason"
    assert "meal" in row.error["title_en"]
    assert agent.mode == AgentMode.READY


def test_a_pause_asked_for_during_a_call_has_its_own_reason_and_its_time_begins_at_the_end_of_the_wrap_up() -> (
    None
):
    agent = an_agent(AgentMode.BUSY, call_id=ids.new())
    obey(agent, "pause", reason="training")
    assert (agent.mode, agent.requested, agent.reason) == (AgentMode.BUSY, AgentMode.PAUSED, "")
    seats.happened(agent.staff_id, "call_over")
    seats.happened(agent.staff_id, "wrap_up_done")
    agent.refresh_from_db()
    assert (agent.mode, agent.reason, agent.requested_reason) == (AgentMode.PAUSED, "training", "")
    minutes = pauses.in_force()["training"].max_minutes
    assert agent.deadline_at == agent.since + timedelta(minutes=minutes or 0)


def test_an_agent_whose_phone_is_gone_is_ready_no_more_and_one_whose_phone_comes_back_in_time_is() -> None:
    gone, back = an_agent(), an_agent()
    seats.phone_seen(gone.endpoint, False)
    seats.phone_seen(back.endpoint, False)
    with later(seconds=5):
        seats.phone_seen(back.endpoint, True)
        assert not seats.deadlines_passed()
    with later(seconds=60):
        assert seats.deadlines_passed()
    gone.refresh_from_db()
    back.refresh_from_db()
    assert (gone.mode, gone.reason) == (AgentMode.NOT_READY, "phone_gone")
    assert back.mode == AgentMode.READY


def test_who_only_lacked_his_phone_is_ready_again_when_it_is_soon_back() -> None:
    soon, late, himself = an_agent(), an_agent(), an_agent()
    for agent in (soon, late, himself):
        seats.phone_seen(agent.endpoint, False)
    with later(seconds=20):
        seats.deadlines_passed()
        himself.refresh_from_db()
        assert obey(himself, "not_ready", reason="rest").ok
    with later(seconds=60):
        for agent in (soon, himself):
            seats.phone_seen(agent.endpoint, True)
    with later(minutes=20):
        seats.phone_seen(late.endpoint, True)
    modes = [AgentState.objects.get(id=agent.id).mode for agent in (soon, late, himself)]
    assert modes == [AgentMode.READY, AgentMode.NOT_READY, AgentMode.NOT_READY]


def test_who_makes_himself_ready_without_a_phone_does_not_stay_so() -> None:
    agent = an_agent(AgentMode.NOT_READY, phone=False)
    assert obey(agent, "ready").ok
    with later(seconds=60):
        seats.deadlines_passed()
    agent.refresh_from_db()
    assert (agent.mode, agent.reason) == (AgentMode.NOT_READY, "phone_gone")


# --- leaders -----------------------------------------------------------------------------------------------------------


def force(
    leader: Client, agent: AgentState, mode: str, reason: str = "早班缺人"
) -> tuple[int, dict[str, object]]:
    answer = leader.post(
        f"/api/v1/seats/{agent.staff_id}/force",
        json.dumps({"mode": mode, "reason": reason}),
        "application/json",
    )
    agent.refresh_from_db()
    return answer.status_code, answer.json()


def test_a_leader_brings_an_agent_to_another_state_and_the_agent_reads_who_and_why(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
) -> None:
    leader = browser_of(staff_as("shift_leader"))
    agent = an_agent(AgentMode.PAUSED, reason="rest")
    assert force(leader, agent, "ready") == (200, {"state": "ready"})
    assert (agent.mode, agent.forced_by, agent.note) == (AgentMode.READY, "shift_leader", "早班缺人")
    row = next(
        row for row in leader.get("/api/v1/seats").json()["items"] if row["staff_id"] == str(agent.staff_id)
    )
    assert (row["state"], row["forced_by"], row["note"]) == ("ready", "shift_leader", "早班缺人")
    assert obey(agent, "not_ready").ok
    assert (agent.forced_by, agent.note) == ("", "")


def test_during_a_call_what_is_forced_waits_for_its_end(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
) -> None:
    leader = browser_of(staff_as("shift_leader"))
    agent = an_agent(AgentMode.BUSY, call_id=ids.new())
    assert force(leader, agent, "sign_out") == (200, {"state": "busy"})
    assert agent.requested == AgentMode.SIGNED_OUT
    seats.happened(agent.staff_id, "call_over")
    seats.happened(agent.staff_id, "wrap_up_done")
    agent.refresh_from_db()
    assert (agent.mode, agent.note) == (AgentMode.SIGNED_OUT, "早班缺人")


def test_forcing_needs_a_reason_a_known_state_a_present_agent_and_the_right(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
) -> None:
    leader, colleague = browser_of(staff_as("shift_leader")), browser_of(staff_as("agent"))
    agent = an_agent()
    assert force(leader, agent, "busy", "")[0] == 422
    assert {fault["where"] for fault in force(leader, agent, "busy", "")[1]["faults"]} == {"mode", "reason"}  # type: ignore[attr-defined, index]
    assert force(colleague, agent, "pause")[0] == 403
    assert agent.mode == AgentMode.READY
    agent.mode = AgentMode.SIGNED_OUT
    agent.save()
    assert force(leader, agent, "ready")[0] == 409


def test_a_department_sees_its_own_seats_and_no_others(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
) -> None:
    theirs, ours = people.organisation_by_key("linked-12329"), people.organisation_by_key("centre")
    mine = an_agent(owner_id=theirs.id, owner_path=theirs.path)
    an_agent(owner_id=ours.id, owner_path=ours.path)
    owner = browser_of(staff_as("hotline_owner", "gongjijin"))
    rows = owner.get("/api/v1/seats").json()["items"]
    assert [row["staff_id"] for row in rows] == [str(mine.staff_id)]
    assert [row["owner_name"] for row in owner.get("/api/v1/seats/time").json()["owners"]] == ["12329座席"]


def test_an_agent_left_on_a_call_that_is_long_over_is_freed() -> None:
    from tests.calls.test_what_is_kept import begin

    call = begin("stranded")
    type(call).objects.filter(id=call.id).update(
        state="ended", ended_at=clock.now() - timedelta(minutes=1), outcome="answered"
    )
    agent = an_agent(AgentMode.BUSY, call_id=call.id)
    with later(seconds=30):
        assert seats.deadlines_passed()
    agent.refresh_from_db()
    assert agent.mode == AgentMode.WRAP_UP


def test_an_account_that_lost_its_posts_still_has_an_owner() -> None:
    staff, _ = people_actions.open_account(TESTS, f"x-{uuid4().hex[:8]}", "x")
    agent = an_agent(AgentMode.SIGNED_OUT, staff_id=staff.id)
    assert obey(agent, "sign_in").ok
    assert agent.owner_path == people.organisation_by_key("centre").path


# --- the city's lists ------------------------------------------------------------------------------------------------


def test_every_fault_of_a_citys_pauses_and_shifts_is_told_with_its_place() -> None:
    since = "2021-12-01T00:00:00+08:00"
    city = {
        "pauses": [
            {"code": "rest", "name": "小休", "name_en": "Rest", "max_minutes": 0, "effective_from": since},
            {"code": "Rest 2", "name": "", "name_en": "Rest", "minutes": 5},
            "rest",
        ],
        "shifts": [
            {"code": "early", "name": "早班", "name_en": "Early", "from": "08:00", "until": "25:00"},
            {
                "code": "late",
                "name": "晚班",
                "name_en": "Late",
                "from": 8,
                "until": "24:00",
                "effective_from": "2021-12-01",
            },
        ],
    }
    said = [fault.where.removeprefix("city.yaml:") for fault in (*pauses.faults(city), *rules.faults(city))]
    assert sorted(said) == sorted(
        [
            "pauses[0].max_minutes", "pauses[1].code", "pauses[1].name", "pauses[1].minutes", "pauses[2]",
            "shifts[0].until", "shifts[1].from", "shifts[1].effective_from",
        ]
    )  # fmt: skip
    assert pauses.faults({"pauses": {}})
    assert not pauses.faults({})


def test_a_city_whose_pauses_are_wrong_is_not_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(django_settings.HOTLINE.city_dir, folder)
    path = folder / "city.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("max_minutes: 45", "max_minutes: viel"), encoding="utf-8"
    )
    with pytest.raises(Invalid) as refused:
        load_city(folder)
    assert [fault.where for fault in refused.value.faults] == ["city.yaml:pauses[1].max_minutes"]


def test_a_pause_of_a_later_date_counts_from_then_on(settings: Any) -> None:
    early, late = "2021-12-01T00:00:00+08:00", "2030-01-01T00:00:00+08:00"
    row = {"code": "rest", "name": "小休", "name_en": "Rest"}
    settings.CITY = {
        **settings.CITY,
        "pauses": [
            {**row, "max_minutes": 15, "effective_from": early},
            {**row, "max_minutes": 10, "effective_from": late},
        ],
    }
    assert [pauses.in_force(datetime.fromisoformat(day))["rest"].max_minutes for day in (early, late)] == [
        15,
        10,
    ]
