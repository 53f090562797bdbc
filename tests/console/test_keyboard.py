"""The console without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.conftest import Person, file_case, shoot
from tests.e2e.browser import part, staff_context
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def tab_to(page: Page, name: str, limit: int = 60) -> None:
    """Press Tab until the part has the focus, as a person would."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(
            "name => document.activeElement?.closest('[data-test]')?.dataset.test === name", name
        ):
            return
    raise AssertionError(f"{name} is not reached in {limit} steps of Tab")


def test_from_sign_in_to_a_case_with_keys_only(hotline: Instance, browser: Browser, person: Person) -> None:
    filed = file_case(person("agent"), "公园长椅损坏")
    account = hotline.accounts["dispatcher"]
    context = staff_context(browser)
    page = context.new_page()
    page.goto(f"{hotline.base_url}/console/")
    expect(page.locator(part("username"))).to_be_focused()
    page.keyboard.type(account["username"])
    page.keyboard.press("Tab")
    page.keyboard.type(account["password"])
    page.keyboard.press("Enter")
    expect(page.locator(part("case-table"))).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator(part("palette-box"))).to_be_focused()
    page.keyboard.type(filed["number"])
    expect(page.locator(part("palette-choice")).filter(has_text="公园长椅损坏")).to_be_visible()
    shoot(page, "console-palette")
    page.keyboard.press("Enter")
    expect(page.locator(part("case-number"))).to_have_text(filed["number"])
    tab_to(page, "act-dispatch")
    page.keyboard.press("Enter")
    expect(page.locator(f"{part('unit-picker')} input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(part("act-dialog"))).to_have_count(0)
    context.close()


def test_the_skip_link_leads_past_the_menu(hotline: Instance, person: Person) -> None:
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/numbers")
    expect(page.locator(part("number-row")).first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(part("skip-link"))).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "number-search", limit=3)


def test_every_button_of_the_bar_is_reached_in_order(hotline: Instance, person: Person) -> None:
    page = person("agent")
    page.goto(f"{hotline.base_url}/console/desk")
    # What is still loading comes and goes under the keys: begin when the desk stands.
    expect(page.locator(part("phone-state"))).to_have_attribute("data-state", "registered", timeout=20_000)
    expect(page.locator(part("agent-state"))).to_be_enabled()
    for name in ("agent-state", "palette-open", "language", "theme", "me", "sign-out", "menu-desk"):
        tab_to(page, name, limit=6 if name in ("agent-state", "menu-desk") else 2)
