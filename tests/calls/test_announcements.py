"""Announcements: who is told what before the queue, from when until when; what is refused; the sound is really made."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from hotline.base.kernel import clock, ids
from hotline.base.people.models import Staff
from hotline.lines.calls import prompts
from hotline.lines.calls.announcements import actions, queries, voice
from hotline.lines.calls.announcements.models import Announcement
from hotline.lines.calls.announcements.words import CHOICE, prompt_of
from tests.calls.test_what_is_kept import begin
from tests.people import conftest as somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city", "toolbox")]

staff_as, browser_of = somebody.staff_as, somebody.browser_of
TEXT = "台风海葵预计今天夜间登陆，请您减少外出。受灾求助请按2转人工。"


@pytest.fixture
def leader(staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]) -> Client:
    return browser_of(staff_as("shift_leader"))


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()
    voice.tidy(django_settings.HOTLINE.home, set())


def post(client: Client, path: str = "", **body: Any) -> Any:
    return client.post(f"/api/v1/announcements{path}", json.dumps(body, default=str), "application/json")


def publish(client: Client, **more: Any) -> Any:
    asked = {
        "kind": "disaster",
        "title": "台风",
        "text": TEXT,
        "ends_at": clock.now() + timedelta(hours=2),
        **more,
    }
    answer = post(client, **asked)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def heard(line: str = "12345", caller: str = "") -> list[str]:
    queries.forget()
    return [str(id) for id in queries.heard_by([line], caller)]


def test_a_text_is_heard_once_its_sound_is_made_and_not_before_its_beginning_nor_after_its_end(
    leader: Client,
) -> None:
    begins = clock.now() + timedelta(hours=1)
    row = publish(leader, begins_at=begins, ends_at=begins + timedelta(hours=1))
    assert row["state"] == "to_come"
    with clock.at(begins + timedelta(minutes=1)):
        assert heard() == []
        assert actions.make_sounds() == 1
        assert heard() == [row["id"]]
        assert leader.get("/api/v1/announcements").json()["items"][0]["state"] == "on"
        assert Announcement.objects.get().seconds > 3
        assert actions.make_sounds() == 0
    assert heard() == []
    with clock.at(begins + timedelta(hours=1)):
        assert queries.heard_by(["12345"]) == ()
        assert leader.get("/api/v1/announcements").json()["items"] == []
        assert leader.get("/api/v1/announcements?show=all").json()["items"][0]["state"] == "over"


def test_a_list_read_before_the_end_does_not_outlive_the_end(leader: Client) -> None:
    ends = clock.now() + timedelta(seconds=30)
    publish(leader, ends_at=ends)
    actions.make_sounds()
    assert len(queries.heard_by(["12345"])) == 1
    with clock.at(ends):
        assert queries.heard_by(["12345"]) == ()


def test_several_are_heard_one_after_the_other_danger_first_and_then_the_choice(leader: Client) -> None:
    water = publish(leader, kind="water", title="停水", text="鲤城区今晚停水检修，明早六点恢复。")
    storm = publish(leader)
    actions.make_sounds()
    found = queries.heard_by(["12345"])
    assert [str(id) for id in found] == [storm["id"], water["id"]]
    assert queries.prompts(found) == (prompt_of(storm["id"]), prompt_of(water["id"]), CHOICE)
    assert queries.prompts(()) == ()


def test_only_the_lines_it_is_for_hear_it(leader: Client) -> None:
    row = publish(
        leader, lines=["12329"], kind="system", title="系统维护", text="公积金系统今晚维护，暂时无法查询。"
    )
    actions.make_sounds()
    assert (heard("12329"), heard("12345")) == ([row["id"]], [])


def test_an_area_is_named_first_and_a_landline_elsewhere_is_not_bothered(
    leader: Client, settings: Any
) -> None:
    settings.CITY = {
        **settings.CITY,
        "landlines": [
            {"prefix": "059587", "divisions": ["350521"]},
            {"prefix": "059522", "divisions": ["350502"]},
        ],
    }
    row = publish(leader, kind="water", title="停水", text="今晚停水检修，明早六点恢复。", areas=["350502"])
    assert actions.said(Announcement.objects.get()).startswith("鲤城区的市民请注意：")
    actions.make_sounds()
    assert heard(caller="059522881234") == [row["id"]]
    assert heard(caller="13812341234") == [row["id"]]
    assert heard(caller="059587391234") == []


def test_a_withdrawn_text_is_heard_no_more_and_its_sound_is_removed(leader: Client, staff_as: Any) -> None:
    row = publish(leader)
    actions.make_sounds()
    answer = post(leader, f"/{row['id']}/withdraw", reason="警报解除").json()
    assert (answer["state"], answer["withdrawn_by"], answer["withdrawn_why"]) == (
        "withdrawn",
        "shift_leader",
        "警报解除",
    )
    assert heard() == []
    actions.make_sounds()
    assert not voice.ready(django_settings.HOTLINE.home, row["id"])
    assert post(leader, f"/{row['id']}/withdraw").status_code == 409


def test_every_fault_of_a_wrong_announcement_is_said_at_once(leader: Client) -> None:
    answer = post(
        leader, kind="雪", title="", text="短", lines=["110"], areas=["999999"], ends_at=clock.now()
    )
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["faults"]} == {
        "kind",
        "title",
        "text",
        "lines",
        "areas",
        "ends_at",
    }
    long = post(leader, kind="other", title="公告", text=TEXT, ends_at=clock.now() + timedelta(days=30))
    assert [fault["where"] for fault in long.json()["faults"]] == ["ends_at"]
    never = post(leader, kind="other", title="公告", text=TEXT)
    assert "自动停播" in never.json()["faults"][0]["zh"]
    assert not Announcement.objects.exists()


def test_a_caller_does_not_hear_announcements_for_minutes(leader: Client) -> None:
    for n in range(3):
        publish(leader, title=f"公告{n}")
    more = {"kind": "other", "title": "第四条", "text": TEXT, "ends_at": clock.now() + timedelta(hours=1)}
    assert post(leader, **more).status_code == 409
    assert (
        post(
            leader,
            **{
                **more,
                "begins_at": clock.now() + timedelta(hours=3),
                "ends_at": clock.now() + timedelta(hours=4),
            },
        ).status_code
        == 201
    )


def test_an_agent_reads_announcements_and_publishes_none(
    leader: Client, staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    publish(leader)
    agent = browser_of(staff_as("agent"))
    assert [row["title"] for row in agent.get("/api/v1/announcements").json()["items"]] == ["台风"]
    assert post(agent, kind="other", title="公告", text=TEXT).status_code == 403


def test_how_it_will_sound_can_be_heard_before(leader: Client) -> None:
    answer = post(leader, "/preview", text=TEXT)
    assert answer["Content-Type"] == "audio/wav"
    with wave.open(BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        assert file.getnframes() / 8000 > 3
    assert post(leader, "/preview", text="短").status_code == 422


def test_what_cannot_be_spoken_is_said_and_no_caller_waits_for_it(leader: Client, settings: Any) -> None:
    def nothing() -> Any:
        raise RuntimeError("no espeak-ng here")

    settings.SPEECH = nothing
    row = publish(leader)
    assert actions.make_sounds() == 0
    assert heard() == []
    shown = leader.get("/api/v1/announcements").json()["items"][0]
    assert (shown["state"], "espeak" in shown["fault"]) == ("failed", True)
    assert post(leader, "/preview", text=TEXT).status_code == 503
    assert row["state"] == "being_made"


def test_what_became_of_those_who_heard_it_is_counted(leader: Client) -> None:
    row = publish(leader)
    calls = [begin(f"a-{n}") for n in range(4)]
    now = clock.now()
    for call in calls:
        for hearing in queries.hearings([Announcement.objects.get().id], call.id, now):
            hearing.save()
    ends: tuple[tuple[str, datetime | None], ...] = (
        ("informed", None),
        ("abandoned_in_prompt", None),
        ("answered", now),
    )
    for call, (outcome, queued) in zip(calls, ends, strict=False):
        type(call).objects.filter(id=call.id).update(
            state="ended", ended_at=now, outcome=outcome, queued_at=queued
        )
    type(calls[3]).objects.filter(id=calls[3].id).update(queued_at=None)
    shown = next(one for one in leader.get("/api/v1/announcements").json()["items"] if one["id"] == row["id"])
    assert (shown["callers"], shown["informed"], shown["went_on"], shown["hung_up"]) == (4, 1, 1, 1)


def test_the_sound_has_the_fingerprint_of_its_words(leader: Client, tmp_path: Any) -> None:
    """What the laboratory's callers hear is recognised by this."""
    print_ = voice.print_of(tmp_path, ids.new(), TEXT)
    assert print_.text == TEXT
    assert print_.seconds > 3
    assert prompts.path(tmp_path, print_.key).with_suffix(".alaw").is_file()
