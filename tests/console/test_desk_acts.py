"""What an agent does with a call besides talking: pass it on, give it back, ask a colleague, call back who was missed, let
the caller rate; each with real telephones, by whose tones it is heard who hears whom."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.conftest import Person, axe, call_api, shoot
from tests.console.far_ends import (
    CITIZEN,
    LAW_HERTZ,
    MARKET,
    choose,
    comes_to_hear,
    consult_12348,
    done,
    halves_with,
    hears_hertz,
    in_state,
    reachable,
    rings,
)  # fmt: skip
from tests.e2e import journey
from tests.e2e.browser import another, part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]

COLLEAGUE_HERTZ = 1110


@pytest.fixture(scope="module")
def hotline(lined: Instance) -> Instance:
    """The one with lines to others."""
    return lined


@pytest.fixture
def market() -> Iterator[Telephone]:
    """The 12315 centre: there, and busy."""
    centre = Telephone("phone", "--port", str(MARKET), "--user", "12315", "--refuse", "486")
    centre.wait_for("up")
    yield centre
    centre.finish()


def citizen(*how: str) -> Telephone:
    """Whoever is called at any number of the city."""
    one = Telephone(
        "phone", "--port", str(CITIZEN), "--user", "13800007002", "--tone", str(journey.CALLER_HERTZ), *how
    )
    one.wait_for("up")
    return one


def test_passed_on_blindly_the_caller_has_the_far_centre_and_back_from_one_that_is_busy_he_is_first(
    hotline: Instance, agent: Page, far: Telephone, caller: Telephone, market: Telephone
) -> None:
    choose(agent, "12348", "linked:12348")
    agent.keyboard.press("Control+Enter")
    in_state(agent, "wrap_up")
    comes_to_hear(caller, LAW_HERTZ)
    comes_to_hear(far, journey.CALLER_HERTZ)
    caller.finish()
    done(agent)

    first = rings(hotline, "13900004444")
    journey.answer(agent)
    later = rings(hotline, "13900005555")
    try:
        later.wait_for("state", state="CONFIRMED")
        reachable(agent, "linked:12315")
        choose(agent, "12315", "linked:12315")
        agent.keyboard.press("Control+Enter")
        in_state(agent, "wrap_up")
        market.wait_for("incoming")
        done(agent, then="ringing")  # who waits comes at once
        expect(agent.locator(part("call-caller"))).to_contain_text("139****4444", timeout=10_000)
        expect(agent.locator(part("call-again"))).to_contain_text("没有接通")
        shoot(agent, "console-back-again")
        assert axe(agent) == []
        journey.answer(agent)
        hears_hertz(agent, journey.CALLER_HERTZ)

        agent.keyboard.press("F7")
        agent.locator(part("to-queue")).press("Enter")
        in_state(agent, "wrap_up")
        done(agent, then="ringing")
        expect(agent.locator(part("call-caller"))).to_contain_text("139****4444", timeout=10_000)
        journey.answer(agent)
        agent.keyboard.press("F6")
        in_state(agent, "wrap_up")
        done(agent, then="ringing")
        expect(agent.locator(part("call-caller"))).to_contain_text("139****5555", timeout=10_000)
        journey.answer(agent)
        agent.keyboard.press("F6")
        in_state(agent, "wrap_up")
    finally:
        first.finish()
        later.finish()


@pytest.fixture
def colleague(hotline: Instance, browser: Browser, person: Person) -> Iterator[Page]:
    """A second person at a desk of her own, with a voice of her own."""
    with another(browser.browser_type, COLLEAGUE_HERTZ) as own:
        page = person("shift_leader", using=own)
        journey.be_ready(page, hotline.base_url)
        yield page


def test_a_colleague_is_asked_called_in_and_left_with_the_caller(
    agent: Page, caller: Telephone, colleague: Page
) -> None:
    who = call_api(colleague, "GET", "/session")
    choose(agent, who["name"], f"agent:{who['id']}")
    agent.keyboard.press("Enter")
    in_state(agent, "consulting")
    expect(colleague.locator(part("answer"))).to_be_visible(timeout=20_000)
    colleague.keyboard.press("F2")
    expect(agent.locator(part("other"))).to_have_attribute("data-state", "up", timeout=15_000)
    hears_hertz(agent, COLLEAGUE_HERTZ)
    hears_hertz(colleague, journey.AGENT_HERTZ)
    caller.hear()
    time.sleep(2)
    tones = caller.hear()
    assert not halves_with(tones, COLLEAGUE_HERTZ), tones
    assert not halves_with(tones, journey.AGENT_HERTZ), tones
    assert any(tones), "the caller hears no music"
    shoot(colleague, "console-asked")
    assert axe(colleague) == []

    agent.keyboard.press("Shift+F7")
    in_state(agent, "conference")
    comes_to_hear(caller, COLLEAGUE_HERTZ, journey.AGENT_HERTZ)
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")
    in_state(colleague, "talking")
    hears_hertz(colleague, journey.CALLER_HERTZ)
    comes_to_hear(caller, COLLEAGUE_HERTZ)
    assert call_api(colleague, "GET", "/desk")["call"]["role"] == "agent"
    done(agent)
    colleague.keyboard.press("F6")
    in_state(colleague, "wrap_up")
    done(colleague)


def test_a_centre_joined_by_telephone_alone_gets_the_context_by_six_digits_and_so_do_we(
    hotline: Instance, agent: Page, far: Telephone, caller: Telephone
) -> None:
    agent.locator(part("case-matter")).fill("拖欠工资三个月")
    consult_12348(agent)
    agent.locator(part("hand-over-code")).click()
    made = call_api(agent, "POST", "/hand-overs/codes", {"call_id": last_call(agent)})["code"]
    expect(agent.locator(part("hand-over-digits"))).to_have_text(f"{made[:3]} {made[3:]}")
    shoot(agent, "console-code")
    assert axe(agent) == []
    agent.keyboard.press("F6")
    in_state(agent, "talking")
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")
    done(agent)
    caller.finish()

    again = rings(hotline, "13900007777")  # the centre, which reads the digits
    try:
        journey.answer(agent)
        agent.locator(part("redeem-code")).fill("000 000" if made != "000000" else "111 111")
        agent.locator(part("redeem")).click()
        expect(agent.locator(".el-message")).to_contain_text("移交码", timeout=10_000)
        agent.locator(part("redeem-code")).fill(f"{made[:3]} {made[3:]}")
        agent.locator(part("redeem-code")).press("Enter")
        expect(agent.locator(part("caller-handover"))).to_contain_text("12348", timeout=10_000)
        expect(agent.locator(part("redeem-code"))).to_have_count(0)
        shoot(agent, "console-redeemed")
        assert axe(agent) == []
        agent.keyboard.press("F6")
        in_state(agent, "wrap_up")
    finally:
        again.finish()


def test_a_page_refreshed_while_a_third_is_asked_is_back_with_him(
    agent: Page, far: Telephone, caller: Telephone
) -> None:
    consult_12348(agent)
    hears_hertz(agent, LAW_HERTZ)
    began = time.monotonic()
    agent.reload()
    in_state(agent, "consulting")
    expect(agent.locator(part("mute"))).to_be_enabled(timeout=20_000)
    print(f"back with the third {time.monotonic() - began:.1f} s after the refresh")
    expect(agent.locator(part("other"))).to_have_attribute("data-state", "up")
    hears_hertz(agent, LAW_HERTZ)
    comes_to_hear(far, journey.AGENT_HERTZ)

    agent.reload()  # … and while he is away the third hangs up
    far.say("hangup")
    in_state(agent, "talking")
    expect(agent.locator(".el-message")).to_contain_text("12348", timeout=10_000)
    hears_hertz(agent, journey.CALLER_HERTZ)
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")


def test_who_hung_up_in_the_queue_is_called_back_from_the_list_and_from_the_desk(
    hotline: Instance, person: Person
) -> None:
    missed = rings(hotline, "13800007002")
    missed.wait_for("state", state="CONFIRMED")
    missed.finish()
    page = person("agent")
    journey.be_ready(page, hotline.base_url)
    row = page.locator(part("callback-row")).filter(has_text="138****7002")

    def listed(show: str = "open") -> None:
        for _ in range(20):  # the worker carries the news from room to room
            page.goto(f"{hotline.base_url}/console/callbacks?show={show}")
            expect(page.locator(part("callback-table"))).to_be_visible()
            page.wait_for_load_state("networkidle")
            if row.count():
                return
            time.sleep(0.5)
        raise AssertionError(f"not in the list: {show}")

    listed()
    away = citizen("--refuse", "480")
    try:
        expect(page.locator(part("phone-state")).or_(row)).to_be_visible()
        expect(row.locator(part("callback-call"))).to_be_enabled(timeout=20_000)
        row.locator(part("callback-call")).click()
        away.wait_for("incoming")
        in_state(page, "wrap_up")
        done(page)
    finally:
        away.finish()
    listed()
    expect(row.locator("td").nth(5)).to_have_text("1")  # tried once

    (open_one,) = [
        one for one in call_api(page, "GET", "/callbacks")["items"] if one["caller_masked"] == "138****7002"
    ]
    call_api(page, "POST", f"/callbacks/{open_one['id']}/take", {})
    page.goto(f"{hotline.base_url}/console/desk")
    card = page.locator(part("callback-in-hand"))
    expect(card).to_contain_text("138****7002")
    shoot(page, "console-callback")
    there = citizen("--answer-after", "1")
    try:
        expect(card.locator(part("callback-dial"))).to_be_enabled(timeout=20_000)
        card.locator(part("callback-dial")).click()
        there.wait_for("incoming")
        in_state(page, "talking")
        hears_hertz(page, journey.CALLER_HERTZ)
        comes_to_hear(there, journey.AGENT_HERTZ)
        page.keyboard.press("F6")
        in_state(page, "wrap_up")
        done(page)
    finally:
        there.finish()
    listed("closed")
    expect(row).to_contain_text("已接通")
    page.goto(f"{hotline.base_url}/console/callbacks")
    page.wait_for_load_state("networkidle")
    expect(row).to_have_count(0)


def last_call(page: Page) -> str:
    found: str = call_api(page, "GET", "/calls?number=12345&size=1")["items"][0]["id"]
    return found


def test_the_caller_rates_by_a_key_hears_the_question_again_or_skips_it(
    hotline: Instance, agent: Page, caller: Telephone
) -> None:
    agent.keyboard.press("Shift+F6")
    in_state(agent, "wrap_up")
    rated = last_call(agent)
    comes_to_hear_words(caller)
    caller.say("dtmf *")
    time.sleep(0.5)
    comes_to_hear_words(caller)
    caller.say("dtmf 5")
    caller.wait_for("state", state="DISCONNECTED", timeout=20)
    done(agent)

    other = rings(hotline, "13900006666")
    try:
        journey.answer(agent)
        skipped = last_call(agent)
        agent.keyboard.press("Shift+F6")
        in_state(agent, "wrap_up")
        comes_to_hear_words(other)
        other.say("dtmf #")
        other.wait_for("state", state="DISCONNECTED", timeout=10)
        done(agent)
    finally:
        other.finish()
    calls = f"{hotline.base_url}/console/calls"
    agent.goto(f"{calls}/{rated}")
    expect(agent.locator(part("call-rating"))).to_contain_text("5")
    expect(agent.locator(part("call-rating"))).to_contain_text("非常不满意")
    shoot(agent, "console-rated")
    assert axe(agent) == []
    agent.goto(f"{calls}/{skipped}")
    expect(agent.locator(part("call-rating"))).to_contain_text("未评价")
    agent.goto(f"{hotline.base_url}/console/desk")


def comes_to_hear_words(telephone: Telephone, seconds: float = 10) -> None:
    """Speech, neither silence nor a tone of the tests: for a second and a half."""
    telephone.hear()
    heard, deadline = list[list[int]](), time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.6)
        heard += [half for half in telephone.hear() if half]
        if len(heard) - halves_with(heard, journey.AGENT_HERTZ) >= 3:
            return
    raise AssertionError(f"nobody speaks: {heard}")
