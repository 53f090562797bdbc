"""The queue on a real switch: who is rung for whom, what one who waits hears, and being called back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.calls.lab import Agent, Lab, until

pytestmark = pytest.mark.telephony

CALLER, FIRST, SECOND = 700, 610, 1110
MINNAN = "13800005001"


@pytest.fixture
def rules(lab: Lab) -> Iterator[Callable[..., None]]:
    """Change figures of the city's routing.yaml; it holds from the next call on."""
    path = lab.home / "city" / "routing.yaml"
    before = path.read_text(encoding="utf-8")

    def say(**figures: int) -> None:
        text = path.read_text(encoding="utf-8")
        for name, value in figures.items():
            text, found = re.subn(rf"\b{name}: \d+", f"{name}: {value}", text, count=1)
            assert found, name
        path.write_text(text, encoding="utf-8")

    yield say
    path.write_text(before, encoding="utf-8")


def ready(lab: Lab, name: str, tone: int, *options: str) -> Agent:
    agent = lab.agent(name, tone, *options)
    agent.be_ready()
    return agent


def test_a_minnan_caller_gets_who_speaks_minnan_though_another_is_idle_longer_and_later_anyone(
    lab: Lab, rules: Callable[..., None]
) -> None:
    rules(language_seconds=6)
    lab.ask(do="language", phone=MINNAN, language="nan")
    patient = ready(lab, "patient", FIRST, "--answer-after", "0.2")
    speaker = lab.agent("minnan", SECOND, "--answer-after", "0.2")
    lab.ask(do="rate", staff=speaker.staff, skill="lang:nan", level=3)
    speaker.be_ready()
    first = lab.call("12345", CALLER, "--user", MINNAN)
    speaker.phone.wait(5, "incoming")
    until(3, lambda: speaker.mode == "busy")
    assert patient.mode == "ready"
    # He is busy now: another is waited for as long as the city says, then anyone may.
    second = lab.call("12345", CALLER, "--user", MINNAN)
    patient.phone.wait(20, "incoming")
    until(3, lambda: patient.mode == "busy")
    took = lab.one(
        "SELECT extract(epoch FROM o.made_at - e.entered_at) AS s FROM calls_offer o"
        " JOIN calls_queueentry e ON e.call_id = o.call_id ORDER BY o.made_at DESC LIMIT 1"
    )
    assert 6 <= took["s"] < 10  # a tick after his language had been waited for, not only at the next sweep
    for caller in (first, second):
        caller.finish()
    lab.ended()


def test_who_waits_is_told_his_place_and_may_ask_to_be_called_back_by_a_key(
    lab: Lab, rules: Callable[..., None]
) -> None:
    rules(first_seconds=2, every_seconds=15)
    before = lab.call("12345", CALLER, "--user", "13800005002")
    caller = lab.call("12345", CALLER, "--user", "13800005003")
    caller.wait(5, "state", state="CONFIRMED")
    call = lab.last_call()["id"]
    place = "SELECT * FROM calls_queueentry WHERE call_id = %s"
    until(10, lambda: lab.one(place, call)["told_ahead"] == 1, "nobody told him his place")
    said = "SELECT 1 FROM calls_callevent WHERE call_id = %s AND kind = 'say'"
    until(10, lambda: lab.maybe(said, call), "it was not said")
    entered = lab.one(place, call)["entered_at"]
    caller.say("dtmf 9")
    until(
        15,
        lambda: lab.one("SELECT state FROM calls_call WHERE id = %s", call)["state"] == "ended",
        "it did not end",
    )
    ended = lab.one("SELECT * FROM calls_call WHERE id = %s", call)
    assert "callback_asked" in ended["marks"]
    assert ended["ended_by"] == "platform", "he did not hear that it was noted"
    lab.ask(do="news")
    callback = lab.one(
        "SELECT c.* FROM callbacks_callback c JOIN calls_queueentry e ON e.id = c.entry_id WHERE e.call_id = %s",
        call,
    )
    assert (callback["why"], callback["state"], callback["entered_at"]) == ("asked", "waiting", entered)
    # Whoever came first is served first; then he who waits offline has his turn, and that agent is not rung meanwhile.
    first = ready(lab, "patient", FIRST, "--answer-after", "0.2")
    until(6, lambda: first.mode == "busy")
    second = ready(lab, "minnan", SECOND, "--answer-after", "0.2")
    shown = until(6, lambda: second.state["callback"], "the callback did not come to him")
    assert shown["caller_masked"] == "138****5003"
    before.finish()


MENU = """
menus:
  language: {prompt: menu-language, keys: {"1": {}, "3": {language: en}}, default: "1", seconds: 5}
plans:
  - {id: asked, numbers: ["12345"], when: {days: all}, menu: language}
"""


def test_a_caller_who_chooses_english_by_a_key_gets_who_speaks_it(
    lab: Lab, rules: Callable[..., None]
) -> None:
    rules(language_seconds=30)
    with (lab.home / "city" / "routing.yaml").open("a", encoding="utf-8") as file:
        file.write(MENU)
    patient = ready(lab, "patient", FIRST, "--answer-after", "0.2")
    speaker = lab.agent("english", SECOND, "--answer-after", "0.2")
    lab.ask(do="rate", staff=speaker.staff, skill="lang:en", level=3)
    speaker.be_ready()
    caller = lab.call("12345", CALLER, "--user", "13800005009")
    caller.wait(5, "state", state="CONFIRMED")
    call = lab.last_call()["id"]
    heard = "SELECT count(*) AS n FROM calls_callevent WHERE call_id = %s AND kind = 'heard'"
    until(30, lambda: lab.one("SELECT playing FROM calls_call WHERE id = %s", call)["playing"])
    assert lab.one("SELECT state FROM calls_call WHERE id = %s", call)["state"] == "prompt", (
        "nobody was asked yet"
    )
    until(30, lambda: lab.one(heard, call)["n"] >= 1, "the welcome was not heard")
    caller.say("dtmf 3")
    until(8, lambda: speaker.mode == "busy", "the one who speaks English was not rung")
    assert patient.mode == "ready"
    chosen = lab.one("SELECT detail FROM calls_callevent WHERE call_id = %s AND kind = 'chosen'", call)
    assert chosen["detail"] == {"key": "3"}
    caller.finish()
    lab.ended()
