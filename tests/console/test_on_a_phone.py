"""The console on a clerk's telephone, and work lists by keys alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe, call_api, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]
SIZES = ({"width": 390, "height": 844}, {"width": 360, "height": 740})
SMALL = """() => [...document.querySelectorAll('header button, header a, .cards a, .acts button, .acts .missing, .page-head button')]
  .filter(one => one.offsetParent && one.getBoundingClientRect().height < 43.5).map(one => one.outerHTML.slice(0, 120))"""


def dispatched_to(hotline: Instance, person: Person, matter: str) -> dict[str, str]:
    """A case in the hands of the node whose clerk has the first account."""
    agent, dispatcher, clerk = person("agent"), person("dispatcher"), person("node_handler")
    unit = call_api(clerk, "GET", "/session")["organisation"]["id"]
    filed = file_case(agent, matter)
    call_api(
        dispatcher, "POST", f"/cases/{filed['id']}/acts/dispatch", {"version": filed["version"], "unit": unit}
    )
    return filed


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    assert page.evaluate(SMALL) == []
    assert axe(page) == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_a_clerk_works_on_a_telephone(hotline: Instance, person: Person, size: dict[str, int]) -> None:
    filed = dispatched_to(hotline, person, "手机上办理的路灯")
    page = person("node_handler", color_scheme="dark" if size["width"] == 360 else "light", has_touch=True)
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    expect(page.locator(part("alert-bell"))).not_to_have_attribute("data-unread", "0", timeout=20_000)
    page.locator(part("alert-bell")).click()
    expect(page.locator(part("alert-row")).filter(has_text=filed["number"])).to_be_visible()
    fits(page)
    shoot(page, f"phone-alerts-{size['width']}")
    page.locator(part("alert-settings")).click()
    expect(page.locator(part("wish-own"))).to_be_visible()
    fits(page)
    page.locator(part("menu-open")).click()
    page.locator(part("menu-cases")).click()
    expect(page.locator(part("menu"))).to_have_count(0)
    page.locator(part("list-choice")).select_option("to_sign")
    card = page.locator(part("case-card")).filter(has_text=filed["number"])
    expect(card).to_be_visible()
    fits(page)
    shoot(page, f"phone-list-{size['width']}")
    card.click()
    expect(page.locator(part("act-sign_for"))).to_be_in_viewport()
    fits(page)
    shoot(page, f"phone-case-{size['width']}")
    page.locator(part("act-sign_for")).click()
    page.locator(part("acts-more")).click()
    page.locator(part("act-reply")).click()
    page.locator(part("field-reply")).fill("已修好。")
    page.wait_for_timeout(400)
    fits(page)
    shoot(page, f"phone-reply-{size['width']}")
    page.locator(part("act-confirm")).click()
    expect(page.locator(part("state"))).to_have_attribute("data-state", "replied")


def test_the_desk_says_kindly_that_it_wants_a_computer(hotline: Instance, person: Person) -> None:
    page = person("agent")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{hotline.base_url}/console/desk")
    expect(page.locator(part("desk-on-phone"))).to_be_visible()
    page.locator(part("menu-open")).click()
    page.wait_for_timeout(200)
    fits(page)
    page.keyboard.press("Escape")
    expect(page.locator(part("menu-open"))).to_be_focused()


def test_a_work_list_is_worked_through_by_keys(hotline: Instance, person: Person) -> None:
    first, second = (dispatched_to(hotline, person, f"键盘办理 {n}") for n in (1, 2))
    page = person("node_handler")
    page.goto(f"{hotline.base_url}/console/cases?list=to_sign&q=键盘办理")
    expect(page.locator(part("case-row"))).to_have_count(2)
    page.keyboard.press("?")
    expect(page.locator(part("key-help"))).to_be_visible()
    page.wait_for_timeout(400)
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(part("key-help"))).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("[data-row='0'] a")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    number = page.locator(part("case-number"))
    expect(number).to_be_visible()
    opened = number.inner_text()
    assert opened in (first["number"], second["number"])
    page.keyboard.press("a")
    expect(page.locator(part("act-dialog"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(part("act-dialog"))).to_be_hidden()
    expect(page.locator(part("acts")).locator("button:focus")).to_have_count(1)
    page.keyboard.press("s")
    expect(page.locator(part("act-sign_for"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(part("state"))).to_have_attribute("data-state", "signed")
    page.keyboard.press("j")
    expect(number).not_to_have_text(opened)
    page.keyboard.press("u")
    expect(page.locator("[data-row]:has(a:focus)")).to_have_count(1)


def test_a_deputy_sees_on_every_page_in_whose_place_he_acts(hotline: Instance, person: Person) -> None:
    clerk, leader = person("node_handler"), person("node_leader")
    me = call_api(clerk, "GET", "/session")
    leader.goto(f"{hotline.base_url}/console/deputies")
    expect(leader.locator(part("deputy-form"))).to_be_visible()
    assert axe(leader) == []
    chief = call_api(leader, "GET", "/session")
    now = clerk.evaluate("new Date().toISOString()")
    until = clerk.evaluate("new Date(Date.now() + 3600e3).toISOString()")
    row = call_api(
        leader,
        "POST",
        "/deputies",
        {"deputy": me["id"], "starts_at": now, "ends_at": until, "reason": "年休假"},
    )
    boss = person("shift_leader")
    boss.goto(f"{hotline.base_url}/console/deputies")
    boss.locator(part("deputy-approve")).click()
    expect(boss.locator(part("deputy-end"))).to_be_visible()
    clerk.goto(f"{hotline.base_url}/console/cases")
    clerk.locator(part(f"act-for-{chief['id']}")).click()
    expect(clerk.locator(part("acting"))).to_be_visible()
    clerk.wait_for_timeout(300)
    assert axe(clerk) == []
    shoot(clerk, "console-acting")
    call_api(leader, "DELETE", f"/deputies/{row['id']}")
