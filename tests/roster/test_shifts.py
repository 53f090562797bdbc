"""Duty roster: who works when, swaps, leave, who is in charge; a plan that cannot be is refused whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.people import queries as people
from hotline.base.people.models import Staff
from hotline.lines.calls.models import AgentState, SeatSpan
from hotline.lines.roster import queries, rules
from hotline.lines.roster.models import Shift

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

DAY = clock.today() + timedelta(days=10)
Someone = Callable[..., "Person"]


class Person:
    """Somebody signed in, and what he does with the roster."""

    def __init__(self, staff: Staff, browser: Client) -> None:
        self.staff, self.browser = staff, browser
        self.id = str(staff.id)

    def post(self, path: str, **body: Any) -> Any:
        return self.browser.post(f"/api/v1/roster/{path}", json.dumps(body), "application/json")

    def get(self, path: str = "", **query: Any) -> Any:
        return self.browser.get(f"/api/v1/roster{path}", query).json()

    def plan(self, who: Person, kind: str = "early", day: date = DAY, **more: Any) -> Any:
        return self.post("shifts", staff_id=who.id, day=str(day), kind=kind, **more)

    def take_in(self, text: str | bytes, **query: Any) -> Any:
        content = text.encode() if isinstance(text, str) else text
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        return self.browser.post(f"/api/v1/roster/import?{asked}", content, "text/csv")

    def act(self, what: str, id: str, act: str, **body: Any) -> Any:
        return self.post(f"{what}/{id}/acts/{act}", **body)


@pytest.fixture
def person(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
) -> Someone:
    def come(role: str = "agent", organisation: str = "") -> Person:
        staff = staff_as(role, organisation)
        return Person(staff, browser_of(staff))

    return come


@pytest.fixture
def leader(person: Someone) -> Person:
    return person("shift_leader")


# --- planning ----------------------------------------------------------------------------------------------------------


def test_a_shift_is_planned_with_the_hours_of_its_kind_in_the_citys_time(
    leader: Person, person: Someone
) -> None:
    agent = person()
    answer = leader.plan(agent, "night")
    assert answer.status_code == 201, answer.json()
    shift = answer.json()
    kind = rules.kinds(DAY)["night"]
    starts, ends = kind.hours(DAY)
    assert (datetime.fromisoformat(shift["starts_at"]), datetime.fromisoformat(shift["ends_at"])) == (
        starts,
        ends,
    )
    assert (shift["line"], shift["duty"], shift["state"]) == ("12345", "agent", "planned")
    week = leader.get(start=str(DAY))
    assert [row["id"] for row in week["items"] if row["staff_id"] == agent.id] == [shift["id"]]
    assert next(row for row in week["staff"] if row["id"] == agent.id)["owner_name"] == "市12345中心"


def test_a_seconded_agents_shift_counts_for_his_own_centre(leader: Person, person: Someone) -> None:
    """53号 二(二)2."""
    theirs = person("agent", "linked-12329")
    shift = leader.plan(theirs, line="12329").json()
    assert UUID(shift["owner_id"]) == people.organisation_by_key("linked-12329").id
    assert person("hotline_owner", "gongjijin").get(start=str(DAY))["items"][0]["id"] == shift["id"]
    assert person("hotline_owner", "shuiwu").get(start=str(DAY))["items"] == []


def test_two_shifts_at_once_and_too_little_rest_are_refused_with_the_reason(
    leader: Person, person: Someone
) -> None:
    agent = person()
    assert leader.plan(agent, "early").status_code == 201
    twice = leader.plan(agent, "early", line="12329")
    assert (twice.status_code, "同一时间已有班次" in twice.json()["title"]) == (409, True)
    after = leader.plan(agent, "middle")
    assert after.status_code == 409
    assert "休息不足 8 小时" in after.json()["title"]
    assert "less than 8 hours of rest" in after.json()["title_en"]
    assert leader.plan(agent, "early", DAY + timedelta(days=1)).status_code == 201
    assert Shift.objects.filter(staff_id=agent.id).count() == 2


def test_what_a_wrong_shift_lacks_is_said_field_by_field(leader: Person, person: Someone) -> None:
    answer = leader.plan(person(), "夜班", line="110", duty="leader")
    assert answer.status_code == 422
    faults = {fault["where"]: fault for fault in answer.json()["faults"]}
    assert set(faults) == {"shift", "line", "duty"}
    assert "early" in faults["shift"]["en"]


def test_an_agent_plans_nobody(person: Someone) -> None:
    agent = person()
    assert agent.plan(agent).status_code == 403
    assert agent.get()["may_write"] is False


def test_a_shift_is_withdrawn_before_it_begins_and_not_after(leader: Person, person: Someone) -> None:
    agent = person()
    shift = leader.plan(agent).json()
    assert leader.post(f"shifts/{shift['id']}/withdraw", reason="调整").json()["state"] == "withdrawn"
    assert leader.post(f"shifts/{shift['id']}/withdraw").status_code == 409
    again = leader.plan(agent).json()
    with clock.at(datetime.fromisoformat(again["starts_at"])):
        assert leader.post(f"shifts/{again['id']}/withdraw").status_code == 409


# --- a file --------------------------------------------------------------------------------------------------------------


def test_a_file_is_taken_in_whole_and_a_second_time_changes_nothing(leader: Person, person: Someone) -> None:
    one, two = person(), person("shift_leader")
    text = (
        "\ufeffday,shift,username,line,duty\n"
        f"{DAY},early,{one.staff.username},,\n# 值班长\n"
        f"{DAY},early,{two.staff.username.upper()},12345,leader\n"
    )
    assert leader.take_in(text, dry_run="true").json() == {"added": 2, "already": 0}
    assert Shift.objects.count() == 0
    assert leader.take_in(text).json() == {"added": 2, "already": 0}
    assert leader.take_in(text).json() == {"added": 0, "already": 2}
    assert Shift.objects.count() == 2


def test_a_file_with_a_fault_is_refused_whole_and_every_fault_names_its_line(
    leader: Person, person: Someone
) -> None:
    one = person().staff.username
    text = (
        "day,shift,username,line,duty\n"
        f"{DAY},early,{one},,\n"
        f"{DAY},mittag,{one},,\n"
        f"十二月一日,early,{one},,\n"
        f"{DAY},early,nobody.here,,\n"
        f"{DAY},early,{one},12348,\n"
        f"{DAY},,{one},,leader\n"
    )
    answer = leader.take_in(text)
    assert answer.status_code == 422
    said = [
        (fault["where"].partition(" ")[0].removeprefix("roster.csv:").partition(":")[0])
        for fault in answer.json()["faults"]
    ]
    assert {*said} == {"3", "4", "5", "6", "7"}
    assert Shift.objects.count() == 0


def test_two_lines_of_a_file_that_cannot_both_be_are_refused_with_the_line(
    leader: Person, person: Someone
) -> None:
    one = person().staff.username
    answer = leader.take_in(f"day,shift,username\n{DAY},early,{one}\n{DAY},middle,{one}\n")
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["faults"]] == ["roster.csv:3"]
    assert Shift.objects.count() == 0


def test_a_file_that_is_not_utf8_is_refused_with_what_to_do(leader: Person) -> None:
    answer = leader.take_in("day,shift,username\n2026-12-01,early,王芳\n".encode("gbk"))
    assert answer.status_code == 422
    assert "UTF-8" in answer.json()["faults"][0]["zh"]


# --- swaps ---------------------------------------------------------------------------------------------------------------


def swap(leader: Person, one: Person, other: Person) -> tuple[Any, Any, Any]:
    """One's early shift of the day for the other's of the day after next."""
    mine = leader.plan(one).json()
    theirs = leader.plan(other, day=DAY + timedelta(days=2)).json()
    asked = one.post("swaps", mine=mine["id"], other=other.id, theirs=theirs["id"], reason="孩子开家长会")
    assert asked.status_code == 201, asked.json()
    return mine, theirs, asked.json()


def allowed(who: Person, id: str) -> list[str]:
    rows = [row for row in who.get("/requests", all="true")["swaps"] if row["id"] == id]
    return [act["act"] for row in rows for act in row["acts_allowed"]]


def test_a_swap_is_asked_agreed_to_and_approved_and_then_the_shifts_have_changed_hands(
    leader: Person, person: Someone
) -> None:
    one, other, stranger = person(), person(), person()
    mine, theirs, asked = swap(leader, one, other)
    assert (allowed(one, asked["id"]), allowed(other, asked["id"]), allowed(leader, asked["id"])) == (
        ["withdraw"], ["accept", "decline"], ["refuse"],
    )  # fmt: skip
    assert allowed(stranger, asked["id"]) == []
    assert leader.act("swaps", asked["id"], "approve").status_code == 409
    assert one.act("swaps", asked["id"], "accept").status_code == 403
    assert other.act("swaps", asked["id"], "accept").json()["state"] == "accepted"
    assert leader.act("swaps", asked["id"], "approve", note="可以").json()["state"] == "approved"
    now = {(str(row.staff_id), row.day): row for row in Shift.objects.filter(state="planned")}
    assert set(now) == {(other.id, DAY), (one.id, DAY + timedelta(days=2))}
    assert str(now[other.id, DAY].instead_of) == mine["id"]
    assert Shift.objects.get(id=theirs["id"]).state == "given_away"


def test_a_swap_that_would_leave_somebody_too_little_rest_cannot_be_approved(
    leader: Person, person: Someone
) -> None:
    one, other = person(), person()
    mine = leader.plan(one, "early").json()
    leader.plan(other, "middle")
    asked = one.post("swaps", mine=mine["id"], other=other.id, reason="看病").json()
    other.act("swaps", asked["id"], "accept")
    answer = leader.act("swaps", asked["id"], "approve")
    assert answer.status_code == 409
    assert "休息不足" in answer.json()["title"]
    assert Shift.objects.get(id=mine["id"]).state == "planned"
    assert leader.get("/requests")["swaps"][0]["state"] == "accepted"


def test_a_leader_does_not_approve_his_own_swap(leader: Person, person: Someone) -> None:
    other = person()
    _, _, asked = swap(leader, leader, other)
    other.act("swaps", asked["id"], "accept")
    assert leader.act("swaps", asked["id"], "approve").status_code == 403
    assert person("supervisor").act("swaps", asked["id"], "approve").json()["state"] == "approved"


def test_nobody_offers_anothers_shift_nor_one_shift_twice(leader: Person, person: Someone) -> None:
    one, other = person(), person()
    mine, _, _ = swap(leader, one, other)
    assert other.post("swaps", mine=mine["id"], other=one.id, reason="看病").status_code == 404
    assert one.post("swaps", mine=mine["id"], other=other.id, reason="看病").status_code == 409


# --- leave ---------------------------------------------------------------------------------------------------------------


def hours(day: date, first: int, last: int) -> dict[str, str]:
    start = clock.day_bounds(day)[0]
    return {
        "starts_at": (start + timedelta(hours=first)).isoformat(),
        "ends_at": (start + timedelta(hours=last)).isoformat(),
    }


def test_approved_leave_takes_its_shifts_out_of_the_plan_and_no_new_one_can_be_planned_then(
    leader: Person, person: Someone
) -> None:
    agent = person()
    shift = leader.plan(agent).json()
    leave = agent.post("leaves", kind="sick", reason="发热", **hours(DAY, 0, 24)).json()
    assert Shift.objects.get(id=shift["id"]).state == "planned"
    assert agent.act("leaves", leave["id"], "approve").status_code == 403
    approved = leader.act("leaves", leave["id"], "approve").json()
    assert (approved["state"], approved["freed"]) == ("approved", [shift["id"]])
    assert Shift.objects.get(id=shift["id"]).state == "on_leave"
    refused = leader.plan(agent)
    assert (refused.status_code, "请假" in refused.json()["title"]) == (409, True)
    assert leader.get(start=str(DAY))["leaves"][0]["staff_id"] == agent.id
    agent.act("leaves", leave["id"], "withdraw")
    assert leader.plan(agent).status_code == 201


def test_leave_needs_a_kind_a_reason_and_an_end_after_its_beginning(person: Someone) -> None:
    answer = person().post("leaves", kind="holiday", reason="", **hours(DAY, 8, 7))
    assert {fault["where"] for fault in answer.json()["faults"]} == {"kind", "ends_at", "reason"}


def test_only_a_leader_enters_leave_for_another(leader: Person, person: Someone) -> None:
    agent, colleague = person(), person()
    asked = {"kind": "sick", "reason": "电话请假", "staff_id": agent.id, **hours(DAY, 0, 24)}
    assert colleague.post("leaves", **asked).status_code == 403
    assert leader.post("leaves", **asked).status_code == 201


# --- who is in charge ------------------------------------------------------------------------------------------------------


def sign_in(who: Person) -> None:
    now = clock.now()
    AgentState.objects.update_or_create(
        staff_id=who.staff.id,
        defaults={"name": who.staff.name, "mode": "ready", "since": now, "idle_since": now},
    )


def test_the_leader_is_in_charge_and_the_substitute_while_the_leader_is_not_there(
    leader: Person, person: Someone
) -> None:
    chief, deputy = person("shift_leader"), person("shift_leader")
    leader.plan(chief, duty="leader")
    leader.plan(deputy, duty="substitute")
    noon = clock.day_bounds(DAY)[0] + timedelta(hours=12)
    with clock.at(noon):
        assert queries.in_charge().staff_id == chief.staff.id  # type: ignore[union-attr]
        sign_in(deputy)
        assert queries.in_charge().staff_id == deputy.staff.id  # type: ignore[union-attr]
        sign_in(chief)
        assert queries.in_charge().staff_id == chief.staff.id  # type: ignore[union-attr]
        said = leader.get("/responsible")
        assert (said["in_charge"]["name"], len(said["planned"])) == ("shift_leader", 2)
    leave = chief.post("leaves", kind="sick", reason="发热", **hours(DAY, 0, 24)).json()
    leader.act("leaves", leave["id"], "approve")
    with clock.at(noon):
        assert queries.in_charge().staff_id == deputy.staff.id  # type: ignore[union-attr]
    with clock.at(noon + timedelta(hours=5)):
        assert queries.in_charge() is None


# --- planned and present ---------------------------------------------------------------------------------------------------


def test_coverage_sets_planned_beside_signed_in_for_every_half_hour(leader: Person, person: Someone) -> None:
    agent, absent = person(), person()
    for who in (agent, absent):
        leader.plan(who)
    start = clock.day_bounds(DAY)[0]
    at = {"began_at": start + timedelta(hours=8, minutes=15), "ended_at": start + timedelta(hours=9)}
    SeatSpan.objects.create(staff_id=agent.staff.id, lines=["12345"], mode="ready", ended_by="sign_out", **at)
    with clock.at(start + timedelta(hours=9, minutes=10)):
        halves = {row["at"]: row for row in leader.get("/coverage", day=str(DAY))["halves"]}
        other = leader.get("/coverage", day=str(DAY), line="12329")["halves"]
    assert len(halves) == 48

    def half(hour: float) -> tuple[int, float | None]:
        moment = start + timedelta(hours=hour)
        row = next(row for at, row in halves.items() if datetime.fromisoformat(at) == moment)
        return row["planned"], row["signed_in"]

    assert half(7.5) == (0, 0.0)
    assert half(8) == (2, 0.5)
    assert half(8.5) == (2, 1.0)
    assert half(9) == (2, 0.0)
    assert half(9.5) == (2, None)
    assert half(16) == (0, None)
    assert {row["planned"] for row in other} == {0}


def test_a_week_is_read_in_a_fixed_number_of_queries(
    leader: Person, person: Someone, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        who = person()
        for n in range(4):
            leader.plan(who, day=DAY + timedelta(days=n))
    with django_assert_max_num_queries(22):  # with the session's two and the register's
        leader.get(start=str(DAY))


# --- the rules by themselves ---------------------------------------------------------------------------------------------


T0 = datetime.fromisoformat("2026-12-01T00:00:00+08:00")
STRETCH = st.builds(
    lambda start, length: rules.Stretch(
        T0 + timedelta(minutes=start), T0 + timedelta(minutes=start + length)
    ),
    st.integers(0, 3000),
    st.integers(1, 700),
)


@given(wanted=st.lists(STRETCH, max_size=12), rest=st.integers(0, 600))
def test_of_any_shifts_taken_one_after_the_other_no_two_overlap_or_lie_too_near(
    wanted: list[rules.Stretch], rest: int
) -> None:
    """What ``against`` lets pass holds pairwise, and what it refuses really collides with the one it names."""
    minutes, kept = timedelta(minutes=rest), list[rules.Stretch]()
    for one in wanted:
        found = rules.against(kept, one, minutes)
        if found is None:
            kept.append(one)
            continue
        other, overlap = found
        apart = max(one.starts_at - other.ends_at, other.starts_at - one.ends_at)
        assert other in kept
        assert overlap is (apart < timedelta(0))
        assert apart < minutes
    for one in kept:
        for other in kept:
            if one is not other:
                assert max(one.starts_at - other.ends_at, other.starts_at - one.ends_at) >= minutes


def test_kinds_and_rest_follow_the_date(settings: Any) -> None:
    old, new = "2021-12-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"
    row = {"code": "day", "name": "白班", "name_en": "Day", "from": "08:00", "until": "20:00"}
    settings.CITY = {
        **settings.CITY,
        "shifts": [
            {**row, "effective_from": old},
            {**row, "from": "07:00", "until": "19:00", "effective_from": new},
        ],
        "limits": [{"figure": "rest_hours", "value": 11, "effective_from": new}],
    }
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    assert [rules.kinds(day)["day"].starts.hour for day in (before, after)] == [8, 7]
    assert [rules.rest(day) for day in (before, after)] == [timedelta(hours=8), timedelta(hours=11)]


def test_who_is_unknown_cannot_be_planned(leader: Person) -> None:
    answer = leader.post("shifts", staff_id=str(uuid4()), day=str(DAY), kind="early")
    assert [fault["where"] for fault in answer.json()["faults"]] == ["staff"]
