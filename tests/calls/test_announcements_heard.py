"""A text posted in the office is heard by the next caller, recognised by its sound; over at its time; keys; never an emergency."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline.lines.calls import prompts
from hotline.lines.calls.announcements import voice
from hotline.lines.calls.announcements.words import CHOICE, prompt_of
from hotline.lines.calls.probe import report, telephone
from tests.calls.lab import Lab, heard, until

pytestmark = [pytest.mark.telephony]

STORM = "台风海葵今晚登陆，请减少外出。"
WATER = "鲤城区今晚停水检修，明早恢复。"
LONG = (
    "受台风影响，全市中小学和幼儿园明天停课，公交和轮渡停运，沿海景区关闭，请不要前往海边。"
    "避灾点已经全部开放，需要转移的群众请联系所在社区。"
)
"""Long enough that who hangs up during it surely does so before its end."""
LIVE_WITHIN_S = 10


class Publisher:
    """Posts texts and knows what they must sound like; takes back what a test left."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.folder = lab, folder
        self.library = prompts.load(lab.home)
        self.ids: list[str] = []

    def post(self, text: str, seconds: float = 600, **more: Any) -> str:
        """Its id. What its sound must be is made here anew from the words, not taken from the switch's file."""
        id = str(self.lab.ask(do="announce", text=text, seconds=seconds, **more))
        self.ids.append(id)
        self.library[prompt_of(id)] = voice.print_of(self.folder, id, text)
        return id

    def on_air(self, id: str) -> float:
        """Wait until a caller would hear it; how long that took."""
        began = time.monotonic()
        until(
            LIVE_WITHIN_S, lambda: self.lab.ask(do="hearings", id=id)["state"] == "on", "it is not on the air"
        )
        return time.monotonic() - began

    def dial(self, number: str = "12345", seconds: float = 25) -> report.Report:
        """What a caller of ``number`` hears."""
        target = ("127.0.0.1", self.lab.sip_port)
        call = asyncio.run(telephone.call(target, number, caller="13812341234", seconds=seconds))
        return report.report(call, self.library)

    def clear(self) -> None:
        for id in self.ids:
            if self.lab.ask(do="hearings", id=id)["state"] in ("on", "being_made", "to_come"):
                self.lab.ask(do="withdraw", id=id)


@pytest.fixture
def publisher(lab: Lab, tmp_path: Path) -> Iterator[Publisher]:
    one = Publisher(lab, tmp_path)
    yield one
    one.clear()
    time.sleep(2.5)  # a list a call control has just read holds for two seconds


def test_a_text_is_heard_within_ten_seconds_of_its_posting_and_not_after_its_end(
    lab: Lab, publisher: Publisher
) -> None:
    id = publisher.post(STORM, seconds=45)
    posted = time.monotonic()
    publisher.on_air(id)
    time.sleep(max(0.0, 2.5 - (time.monotonic() - posted)))
    found = publisher.dial()
    assert found["prompts"][:3] == ["welcome", prompt_of(id), CHOICE], found["heard"]
    assert all(one["complete"] for one in found["heard"][:3])
    until(50, lambda: lab.ask(do="hearings", id=id)["state"] == "over", "it did not end at its time")
    assert publisher.dial(seconds=12)["prompts"][:1] == ["welcome"]
    assert prompt_of(id) not in publisher.dial(seconds=12)["prompts"]


def test_several_are_heard_in_order_before_the_agent_is_rung_and_two_leads_to_him_at_once(
    lab: Lab, publisher: Publisher
) -> None:
    water, storm = publisher.post(WATER, kind="water"), publisher.post(STORM, kind="disaster")
    for id in (water, storm):
        publisher.on_air(id)
    time.sleep(2.5)
    agent = lab.agent("zhang", 600, "--answer-after", "0.2")
    agent.be_ready()
    found = publisher.dial(seconds=28)
    assert found["prompts"][:4] == ["welcome", prompt_of(storm), prompt_of(water), CHOICE], found["heard"]
    lab.ended()
    until(10, lambda: agent.mode == "ready", "the agent is not ready again")
    caller = lab.call("12345", 700)
    caller.wait(5, "state", state="CONFIRMED")
    until(
        12,
        lambda: any(
            "announcement" in str(row["saying"])
            for row in lab.rows("SELECT saying FROM calls_call WHERE state = 'prompt'")
        ),
    )
    caller.say("dtmf 2")
    until(6, lambda: agent.mode == "busy", "2 does not lead to the agent")
    time.sleep(2)
    assert heard(caller.finish(), 600, 2)
    assert lab.ended()["outcome"] == "answered"


def test_one_or_hanging_up_after_its_end_is_informed_hanging_up_before_is_not(
    lab: Lab, publisher: Publisher
) -> None:
    id = publisher.post(LONG)
    publisher.on_air(id)
    time.sleep(2.5)

    def at(prompt: str) -> Any:
        caller = lab.call("12345", 700)
        said = "SELECT 1 FROM calls_call WHERE state = 'prompt' AND saying = %s"
        until(40, lambda: lab.rows(said, prompt), f"{prompt} is not heard")
        return caller

    first = at(prompt_of(id))
    first.say("dtmf 9")
    time.sleep(0.5)
    first.say("dtmf 1")
    assert (lab.ended()["outcome"], lab.last_call()["ended_by"]) == ("informed", "caller")
    second = at(CHOICE)
    second.say("hangup")
    assert lab.ended()["outcome"] == "informed"
    third = at(prompt_of(id))
    third.say("hangup")
    assert lab.ended()["outcome"] == "abandoned_in_prompt"
    shown = lab.ask(do="hearings", id=id)
    assert (shown["callers"], shown["informed"], shown["hung_up"]) == (3, 2, 1)


def test_a_key_during_the_greeting_does_nothing(lab: Lab, publisher: Publisher) -> None:
    id = publisher.post(STORM)
    publisher.on_air(id)
    time.sleep(2.5)
    caller = lab.call("12345", 700)
    until(8, lambda: lab.rows("SELECT 1 FROM calls_call WHERE state = 'prompt' AND saying = 'welcome'"))
    caller.say("dtmf 1")
    until(
        20, lambda: lab.rows("SELECT 1 FROM calls_call WHERE state = 'prompt' AND saying = %s", prompt_of(id))
    )
    caller.say("hangup")
    lab.ended()


def test_an_emergency_hears_no_announcement_and_another_line_only_its_own(
    lab: Lab, publisher: Publisher
) -> None:
    id = publisher.post(STORM, lines=["12345"])
    publisher.on_air(id)
    time.sleep(2.5)
    emergency = publisher.dial("110", seconds=8)
    assert prompt_of(id) not in emergency["prompts"]
    assert "emergency-front" in emergency["prompts"]
    assert prompt_of(id) not in publisher.dial("12333", seconds=14)["prompts"]
