"""A third party at the desk, by keys alone: ask, pass on, three-way, emergency. Far ends are telephones of this machine
with tones of their own, so it is heard who hears whom."""

from __future__ import annotations

import os
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import axe, file_case, shoot
from tests.console.far_ends import (
    CITIZEN,
    FIRE,
    FIRE_HERTZ,
    LAW_HERTZ,
    consult_12348,
    done,
    halves_with,
    hears_hertz,
    in_state,
    reachable,
)  # fmt: skip
from tests.e2e import journey
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


@pytest.fixture(scope="module")
def hotline(lined: Instance) -> Instance:
    """The one with lines to others."""
    return lined


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


def test_the_phone_comes_back_by_itself_when_the_switch_was_killed(hotline: Instance, agent: Page) -> None:
    phone = agent.locator(part("phone-state"))
    os.kill(hotline.pid_of("asterisk"), signal.SIGKILL)
    expect(phone).not_to_have_attribute("data-state", "registered", timeout=30_000)
    expect(phone).to_have_attribute("data-state", "registered", timeout=90_000)
