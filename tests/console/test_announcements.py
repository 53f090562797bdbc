"""The announcement switch in the console: written, heard, published, on the air, taken off."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, axe, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


def test_a_text_is_heard_published_and_on_the_air_within_ten_seconds_and_taken_off(
    hotline: Instance, person: Person
) -> None:
    page = person("shift_leader")
    page.goto(f"{hotline.base_url}/console/announcements")
    page.locator(part("announcement-new")).click()
    page.locator(part("announcement-title")).fill("台风海葵")
    page.locator(part("announcement-text")).fill("台风海葵今晚登陆，请减少外出。")
    page.locator(part("announcement-publish")).click()
    expect(page.locator(f"{part('publish-dialog')} {part('problem')}")).to_contain_text("自动停播")
    page.locator(part("ends-2")).click()
    assert axe(page) == []
    with page.expect_response("**/announcements/preview") as heard:
        page.locator(part("announcement-listen")).click()
    assert heard.value.headers["content-type"] == "audio/wav"
    expect(page.locator(f"{part('publish-dialog')} {part('problem')}")).to_have_count(0)
    page.locator(part("announcement-publish")).click()
    row = page.locator(part("announcement")).filter(has_text="台风海葵").first
    expect(row).to_have_attribute("data-state", "on", timeout=30_000)
    shoot(page, "console-announcements-zh")
    row.locator(part("announcement-withdraw")).click()
    page.locator(part("withdraw-why")).fill("警报解除")
    page.locator(part("withdraw-confirm")).click()
    expect(row).to_have_count(0)
    page.locator(part("show-all")).click()
    gone = page.locator(part("announcement")).filter(has_text="台风海葵").first
    expect(gone).to_have_attribute("data-state", "withdrawn")
    expect(gone).to_contain_text("警报解除")


def test_an_agent_reads_what_callers_hear_and_publishes_nothing(hotline: Instance, person: Person) -> None:
    page = person("agent", language="en")
    page.goto(f"{hotline.base_url}/console/announcements")
    expect(page.locator("h1")).to_have_text("Announcements")
    expect(page.locator(part("announcement-new"))).to_have_count(0)
    assert axe(page) == []
