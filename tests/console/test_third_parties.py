"""A third party at the desk, by keys alone: ask, pass on, three-way, emergency; and a leader who listens. Far ends are
telephones of this machine with tones of their own, so it is heard who hears whom."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe, call_api, file_case, shoot
from tests.e2e import journey
from tests.e2e.browser import hears, part
from tests.e2e.telephone import Telephone
from tests.harness import CHECKOUT, Instance, free_port, running_instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]

LAW_HERTZ, FIRE_HERTZ = 610, 1450  # none is a note of the music
LAW, FIRE, CITIZEN = (free_port(udp=True) for _ in range(3))
TRUNKS = (
    f"law,linked,127.0.0.1,{LAW},udp,12348,,alaw|ulaw,,\n"
    f"fire,emergency,127.0.0.1,{FIRE},udp,119,,alaw|ulaw,,\n"
    f"city,operator,127.0.0.1,{CITIZEN},udp,*,,alaw|ulaw,,\n"
)


@pytest.fixture(scope="module")
def hotline() -> Iterator[Instance]:
    """A hotline with lines to 12348 and to the fire brigade, which stand on this machine."""
    home = Path(tempfile.mkdtemp(prefix="hotline-"))
    city = home / "city"
    shutil.copytree(CHECKOUT / "cities/quanzhou", city)
    with (city / "trunks.csv").open("a", encoding="utf-8") as file:
        file.write(TRUNKS)
    with running_instance(tmp=home, extra_env={"HOTLINE_CITY": str(city)}) as instance:
        yield instance


@pytest.fixture(scope="module")
def far() -> Iterator[Telephone]:
    """The 12348 centre: answers by itself, speaks its own tone. One for all tests: the switch believes in a centre that has
    gone for some seconds longer, and in one that has come only after its next question."""
    centre = Telephone(
        "phone", "--port", str(LAW), "--user", "12348", "--tone", str(LAW_HERTZ), "--answer-after", "0.5",
        "--max-seconds", "900",
    )  # fmt: skip
    centre.wait_for("up")
    yield centre
    centre.finish()


@pytest.fixture
def agent(hotline: Instance, person: Person) -> Page:
    """An agent, ready."""
    page = person("agent")
    page.set_viewport_size({"width": 1366, "height": 768})
    journey.be_ready(page, hotline.base_url)
    return page


@pytest.fixture
def caller(hotline: Instance, agent: Page) -> Iterator[Telephone]:
    """Somebody who calls 12345; the agent has answered with F2."""
    telephone = Telephone(
        "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", str(journey.CALLER_HERTZ), "--user", "13900004444"
    )  # fmt: skip
    try:
        journey.answer(agent)
        yield telephone
    finally:
        telephone.finish()
        _leave_the_desk_ready(agent)


def _leave_the_desk_ready(page: Page) -> None:
    bar = page.locator(part("call-bar"))
    if bar.get_attribute("data-state") != "none":
        expect(bar).to_have_attribute("data-state", "wrap_up", timeout=10_000)
        done(page)


def done(page: Page) -> None:
    """F10; whatever is unfiled stays a draft."""
    page.keyboard.press("F10")
    ready, asked = page.locator(f"{part('agent-state')}[data-state='ready']"), page.locator(".el-message-box")
    expect(ready.or_(asked).first).to_be_visible(timeout=10_000)
    if asked.is_visible():
        page.locator(".el-message-box .el-button--primary").press("Enter")
    expect(ready).to_be_visible(timeout=10_000)


def in_state(page: Page, state: str) -> None:
    expect(page.locator(part("call-bar"))).to_have_attribute("data-state", state, timeout=10_000)


def hears_hertz(page: Page, hertz: int, seconds: float = 12) -> None:
    """Within ``seconds`` the tone of ``hertz`` stands out in what the page receives."""
    deadline, found = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        found = hears(page, 700)
        if found and abs(found - hertz) < journey.NEAR_HERTZ:
            return
    raise AssertionError(f"heard {found} Hz, not {hertz} Hz")


def reachable(page: Page, to: str) -> None:
    """The platform has noticed that the far end is there (it asks now and then)."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        targets = call_api(page, "GET", "/desk/targets")["items"]
        if next(one["state"] for one in targets if one["to"] == to) == "open":
            return
        time.sleep(1)
    raise AssertionError(f"{to} is not reachable: {targets}")


def consult_12348(page: Page) -> None:
    page.keyboard.press("F7")
    expect(page.locator(part("pass-box"))).to_be_focused()
    page.keyboard.type("12348")
    chosen = page.locator(f"{part('pass-chosen')}[data-to='linked:12348']")
    expect(chosen.locator(part("target-state"))).to_have_attribute("data-state", "open", timeout=60_000)
    page.keyboard.press("Enter")
    in_state(page, "consulting")
    expect(page.locator(part("other"))).to_have_attribute("data-state", "up", timeout=15_000)


def halves_with(tones: list[list[int]], hertz: int) -> int:
    return sum(any(abs(tone - hertz) < journey.NEAR_HERTZ for tone in half) for half in tones)


def test_from_ring_to_wrap_up_by_keys_asking_12348_in_between(
    hotline: Instance, agent: Page, far: Telephone, caller: Telephone
) -> None:
    agent.keyboard.press("F7")
    expect(agent.locator(part("pass-box"))).to_be_focused()
    for number in ("12348", "12328", "12320", "12315", "12360", "12366", "12313", "12367", "12305"):
        expect(
            agent.locator(f"{part('target')}[data-to='linked:{number}'] {part('target-state')}")
        ).to_be_visible()
    open_now = f"{part('target')}[data-to='linked:12348'] {part('target-state')}[data-state='open']"
    expect(agent.locator(open_now)).to_be_visible(timeout=60_000)
    shoot(agent, "console-transfer")
    assert axe(agent) == []
    agent.keyboard.press("Escape")
    expect(agent.locator(part("pass-dialog"))).not_to_be_visible()

    consult_12348(agent)
    expect(agent.locator(part("talking-to"))).to_have_attribute("data-to", "other")
    expect(agent.locator(part("call-said"))).to_contain_text("12348")
    hears_hertz(agent, LAW_HERTZ)
    shoot(agent, "console-consulting")
    assert axe(agent) == []
    agent.keyboard.press("F3")
    expect(agent.locator(part("talking-to"))).to_have_attribute("data-to", "caller", timeout=10_000)
    hears_hertz(agent, journey.CALLER_HERTZ)
    agent.keyboard.press("F7")
    in_state(agent, "wrap_up")
    done(agent)
    time.sleep(3)
    assert halves_with((caller.finish() and caller.heard()), LAW_HERTZ) >= 4, "the caller does not hear 12348"
    assert halves_with(far.hear(), journey.CALLER_HERTZ) >= 4, "12348 does not hear the caller"


def test_three_way_and_leaving_it(agent: Page, far: Telephone, caller: Telephone) -> None:
    consult_12348(agent)
    agent.keyboard.press("Shift+F7")
    in_state(agent, "conference")
    expect(agent.locator(part("talking-to"))).to_have_attribute("data-to", "both")
    expect(agent.locator(part("call-said"))).to_contain_text("三方")
    shoot(agent, "console-conference")
    assert axe(agent) == []
    agent.keyboard.press("Shift+F7")  # the third is dropped
    in_state(agent, "talking")
    consult_12348(agent)
    agent.keyboard.press("F6")  # back to the caller
    in_state(agent, "talking")
    hears_hertz(agent, journey.CALLER_HERTZ)
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")
    done(agent)


def test_the_fire_brigade_is_two_keys_away_with_the_place(agent: Page, caller: Telephone) -> None:
    brigade = Telephone("phone", "--port", str(FIRE), "--user", "119", "--tone", str(FIRE_HERTZ), "--answer-after", "0.5")  # fmt: skip
    brigade.wait_for("up")
    try:
        reachable(agent, "emergency:119")
        agent.locator(part("case-address")).fill("刺桐路 8 号")
        agent.keyboard.press("F12")
        expect(agent.locator(part("emergency-place"))).to_have_value("刺桐路 8 号")
        expect(agent.locator(part("emergency-110"))).to_be_focused()
        agent.keyboard.press("ArrowRight")
        expect(agent.locator(part("emergency-119"))).to_be_focused()
        shoot(agent, "console-emergency")
        agent.keyboard.press("Enter")
        in_state(agent, "conference")
        expect(agent.locator(part("other"))).to_have_attribute("data-to", "emergency:119")
        expect(agent.locator(part("other"))).to_have_attribute("data-state", "up", timeout=15_000)
        time.sleep(2)
        agent.keyboard.press("F6")  # they have taken over
        in_state(agent, "wrap_up")
        done(agent)
        time.sleep(2)
    finally:
        brigade.finish()
    assert halves_with(brigade.heard(), journey.CALLER_HERTZ) >= 3


def test_the_recording_is_paused_and_seen_to_be_and_the_call_summed_up_in_a_word(
    agent: Page, caller: Telephone
) -> None:
    recording = agent.locator(part("recording"))
    expect(recording).to_have_attribute("data-state", "on", timeout=10_000)
    agent.keyboard.press("Shift+F3")
    expect(recording).to_have_attribute("data-state", "paused", timeout=10_000)
    expect(agent.locator(part("record-resume"))).to_be_visible()
    agent.keyboard.press("Shift+F3")
    expect(recording).to_have_attribute("data-state", "on", timeout=10_000)
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")
    code = agent.locator(part("wrap-up-code"))
    code.focus()
    agent.keyboard.press("ArrowDown")
    assert code.input_value() != ""
    done(agent)


def test_a_cases_contact_is_called_without_his_number_being_seen(hotline: Instance, agent: Page) -> None:
    filed = file_case(agent, "井盖破损")
    voice = ("--tone", str(journey.CALLER_HERTZ), "--answer-after", "2")
    citizen = Telephone("phone", "--port", str(CITIZEN), "--user", "13800001234", *voice)
    citizen.wait_for("up")
    try:
        agent.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
        agent.locator(part("call-contact")).click()
        in_state(agent, "dialling")
        expect(agent.locator(part("call-caller"))).to_contain_text("138****1234")
        citizen.wait_for("incoming")
        in_state(agent, "talking")
        hears_hertz(agent, journey.CALLER_HERTZ)
        agent.keyboard.press("F6")
        in_state(agent, "wrap_up")
        done(agent)
    finally:
        citizen.finish()


def test_a_leader_listens_and_the_agent_sees_who(
    hotline: Instance, agent: Page, caller: Telephone, person: Person
) -> None:
    leader = person("shift_leader")
    journey.be_ready(leader, hotline.base_url)
    leader.goto(f"{hotline.base_url}/console/floor")
    seat = leader.locator(f"{part('seat')}[data-state='busy']")
    expect(seat).to_have_count(1, timeout=10_000)
    agent.keyboard.press("F1")
    expect(agent.locator(part("leader-note"))).to_be_focused()
    agent.keyboard.type("来电人要求上级接听")
    agent.keyboard.press("Enter")
    asks = leader.locator(f"{part('alarm')}[data-kind='ask_leader']")
    expect(asks).to_contain_text("来电人要求上级接听", timeout=15_000)
    shoot(leader, "console-floor")
    assert axe(leader) == []
    seat.locator(part("seat-listen")).click()
    expect(leader.locator(part("listening"))).to_be_visible(timeout=15_000)
    expect(agent.locator(part("listeners"))).to_contain_text("旁听", timeout=10_000)
    hears_hertz(leader, journey.CALLER_HERTZ)
    leader.locator(part("stop-listening")).click()
    expect(leader.locator(part("listening"))).to_have_count(0, timeout=10_000)
    expect(agent.locator(part("listeners"))).to_have_count(0, timeout=10_000)
    asks.locator(part("alarm-answered")).click()
    expect(asks).to_have_count(0, timeout=10_000)
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")


def test_the_phone_comes_back_by_itself_when_the_switch_was_killed(hotline: Instance, agent: Page) -> None:
    phone = agent.locator(part("phone-state"))
    os.kill(hotline.pid_of("asterisk"), signal.SIGKILL)
    expect(phone).not_to_have_attribute("data-state", "registered", timeout=30_000)
    expect(phone).to_have_attribute("data-state", "registered", timeout=90_000)
