"""The browser's telephone: devices that can be tried, a ring that is seen, a call that says how it sounds."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe, shoot
from tests.e2e import journey
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


def choose(page: Page, select: str, index: int) -> str:
    """Pick an option of a device list; its words."""
    page.locator(part(select)).click()
    option = page.locator(".el-select-dropdown__item:visible").nth(index)
    words = option.inner_text()
    option.click()
    return words


def test_devices_are_tried_before_a_call_and_kept_for_the_person(hotline: Instance, person: Person) -> None:
    page = person("agent")
    page.goto(f"{hotline.base_url}/console/desk")
    page.locator(part("audio-open")).click()
    heard = page.locator(part("microphone-heard"))
    expect(heard).to_have_attribute(
        "data-heard", "true", timeout=10_000
    )  # the browser's microphone speaks a tone
    assert int(page.locator(part("microphone-level")).get_attribute("data-loudest") or 0) > 50
    for button in ("test-speaker", "test-ringer"):
        page.locator(part(button)).click()
        expect(page.locator(part(button))).to_have_class(re.compile("is-loading"))
        expect(page.locator(part(button))).not_to_have_class(re.compile("is-loading"), timeout=5000)
    ringer = choose(page, "ringer", 1)
    assert axe(page) == []
    shoot(page, "console-devices")
    page.locator(part("audio-keep")).click()
    page.reload()
    page.locator(part("audio-open")).click()
    expect(page.locator(part("audio-dialog"))).to_contain_text(ringer)
    kept = page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('hotline.audio.'))")
    assert len(kept) == 1, "kept under the person's name"


def test_a_ring_is_seen_on_the_tab_and_a_call_says_how_it_sounds(hotline: Instance, person: Person) -> None:
    page = person("agent")
    journey.be_ready(page, hotline.base_url)
    caller = Telephone(
        "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", str(journey.CALLER_HERTZ), "--user", "13900008855"
    )  # fmt: skip
    try:
        expect(page).to_have_title(re.compile("☎"), timeout=40_000)
        icon = page.locator('link[rel="icon"]')
        expect(icon).to_have_attribute("href", re.compile("ringing"))
        journey.answer(page)
        expect(icon).not_to_have_attribute("href", re.compile("ringing"))
        expect(page).not_to_have_title(re.compile("☎"))
        quality = page.locator(part("quality"))
        expect(quality).to_have_attribute("data-grade", re.compile("good|fair|bad"), timeout=10_000)
        expect(quality).to_contain_text(re.compile("好|一般|差"))
        expect(page.locator(part("quality-figures"))).to_contain_text(re.compile(r"\d+ ms"))
        page.keyboard.press("F6")
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "wrap_up", timeout=10_000)
        page.keyboard.press("F10")
        expect(page.locator(part("agent-state"))).to_have_attribute("data-state", "ready", timeout=10_000)
    finally:
        caller.finish()
