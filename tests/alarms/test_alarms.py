"""Alarms: whatever room it comes from, a leader sees it once, in one place, until somebody has dealt with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hotline.base.kernel import clock, ids, outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.people.models import Staff
from hotline.joined.metrics import queries as metrics
from hotline.lines.alarms import kinds, queries
from hotline.lines.alarms.models import Alarm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

TESTS = system("tests")


def news(topic: str, key: object, **payload: Any) -> None:
    """Another room's deed, and the relay."""
    with deed(TESTS, "test") as d:
        d.about("test", key)
        d.tell(topic, key, **payload)
    while outbox.relay():
        pass


@pytest.fixture
def leader(staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]) -> Client:
    return browser_of(staff_as("shift_leader"))


def act(leader: Client, alarm: Any, name: str, **body: Any) -> Any:
    return leader.post(f"/api/v1/alarms/{alarm['id']}/{name}", json.dumps(body), "application/json")


def listed(leader: Client, **query: str) -> Any:
    return leader.get("/api/v1/alarms", query).json()["items"]


def test_an_emergency_call_is_an_alarm_until_a_leader_has_dealt_with_it(leader: Client) -> None:
    call = ids.new()
    news("call.emergency", call, number="110", at=clock.now().isoformat())
    (alarm,) = listed(leader)
    assert (alarm["kind"], alarm["about_id"], alarm["urgent"], alarm["state"]) == (
        "emergency",
        str(call),
        True,
        "open",
    )
    assert alarm["detail"] == {"number": "110"}
    on_the_wall = metrics.board()["alarms"][0]
    assert on_the_wall["id"] == queries.open_alarms()[0]["id"]
    assert not {"detail", "about_id", "leader"} & on_the_wall.keys()
    assert act(leader, alarm, "seen").json()["state"] == "seen"
    assert act(leader, alarm, "seen").status_code == 200
    done = act(leader, alarm, "answered", note="已转110").json()
    assert (done["state"], done["note"], done["seen_by"]) == ("answered", "已转110", "shift_leader")
    assert act(leader, alarm, "answered").status_code == 409
    assert listed(leader) == []
    assert [row["state"] for row in listed(leader, show="all")] == ["answered"]


def test_the_same_again_while_nobody_has_answered_only_counts(leader: Client) -> None:
    agent = ids.new()
    for note in ("一", "二"):
        news("agent.ask_leader", agent, name="林小满", note=note)
    (alarm,) = listed(leader)
    assert (alarm["times"], alarm["detail"]["note"]) == (2, "二")
    act(leader, alarm, "answered")
    news("agent.ask_leader", agent, name="林小满", note="三")
    assert [row["times"] for row in listed(leader)] == [1]
    assert Alarm.objects.count() == 2


def test_a_seen_alarm_that_comes_again_much_later_sounds_again(leader: Client) -> None:
    news("link.down", "12348", name="12348中心")
    act(leader, listed(leader)[0], "seen")
    news("link.down", "12348")
    assert listed(leader)[0]["state"] == "seen"
    with clock.at(clock.now() + timedelta(hours=2)):
        news("link.down", "12348")
        assert listed(leader)[0]["state"] == "open"


def test_a_second_cry_of_distress_sounds_again_though_the_first_was_seen(leader: Client) -> None:
    agent = ids.new()
    for _ in range(2):
        news("agent.distress", agent, name="林小满")
        (alarm,) = listed(leader)
        assert (alarm["state"], alarm["seen_by"]) == ("open", "")
        act(leader, alarm, "seen")
    assert listed(leader)[0]["times"] == 2


def test_a_link_that_is_back_answers_its_own_alarm_and_no_other(leader: Client) -> None:
    news("link.down", "12348", name="12348中心")
    news("link.down", "12315", name="12315中心")
    news("link.up", "12348")
    news("link.up", "12366")
    assert [row["about_id"] for row in listed(leader)] == ["12315"]


def test_an_agents_cry_is_about_the_agent_whatever_call_he_is_in(leader: Client) -> None:
    agent, call = ids.new(), ids.new()
    news("agent.distress", call, call_id=str(call), staff_id=str(agent), name="林小满")
    (alarm,) = listed(leader)
    assert (alarm["about_id"], alarm["detail"]["call_id"]) == (str(agent), str(call))


def test_urgent_alarms_come_first(leader: Client) -> None:
    news("agent.pause_overdue", ids.new(), name="a")
    news("agent.distress", ids.new(), name="b")
    assert [row["kind"] for row in listed(leader)] == ["distress", "pause_overdue"]


def test_a_callers_number_or_anything_unforeseen_in_the_news_is_not_shown(leader: Client) -> None:
    news("agent.distress", ids.new(), name="林小满", caller="13812341234", phone="13812341234")
    assert listed(leader)[0]["detail"] == {"name": "林小满"}


def test_only_who_supervises_sees_and_answers_alarms(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
) -> None:
    news("agent.distress", ids.new(), name="林小满")
    agent = browser_of(staff_as("agent"))
    assert agent.get("/api/v1/alarms").status_code == 403
    assert act(agent, {"id": Alarm.objects.get().id}, "seen").status_code == 403


def test_an_alarm_names_who_was_in_charge_when_it_was_raised(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
    leader: Client,
) -> None:
    chief = staff_as("shift_leader")
    day = clock.today() + timedelta(days=3)
    asked = {"staff_id": str(chief.id), "day": str(day), "kind": "early", "duty": "leader"}
    leader.post("/api/v1/roster/shifts", json.dumps(asked), "application/json")
    with clock.at(clock.day_bounds(day)[0] + timedelta(hours=10)):
        news("call.recording_amiss", ids.new(), what="没有开始")
    assert Alarm.objects.get().leader == chief.name


def test_every_kind_has_its_own_words_and_topic() -> None:
    for words in ("code", "topic", "zh", "en"):
        said = [getattr(kind, words) for kind in kinds.KINDS]
        assert len({*said}) == len(said)
        assert all(said)
