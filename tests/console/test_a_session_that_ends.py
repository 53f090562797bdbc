"""What the console says and keeps when a session ends by itself, or is begun anew in another tab."""

from __future__ import annotations

import json
from urllib.parse import quote

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.conftest import Person
from tests.e2e.browser import part, staff_context
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def nobody_used_it(hotline: Instance, page: Page) -> None:
    """Let the session behind ``page`` be one that was not used for too long."""
    port = json.loads((hotline.home / "ports.json").read_text())["postgres"]
    password = quote(json.loads((hotline.home / "secrets.json").read_text())["postgres"], safe="")
    (key,) = [one["value"] for one in page.context.cookies() if one["name"].startswith("hotline_session_")]
    with psycopg.connect(f"postgresql://hotline:{password}@127.0.0.1:{port}/hotline") as database:
        moved = database.execute(
            "UPDATE django_session SET expire_date = now() - interval '1 second' WHERE session_key = %s",
            [key],
        )
        assert moved.rowcount == 1


def test_a_session_nobody_used_ends_in_words_and_its_page_opens_again(
    hotline: Instance, person: Person
) -> None:
    page = person("supervisor")
    page.goto(f"{hotline.base_url}/console/cases")
    expect(page.locator(part("menu-numbers"))).to_be_visible()
    nobody_used_it(hotline, page)
    page.locator(part("menu-numbers")).click()
    expect(page.locator(part("session-ended"))).to_contain_text("30 分钟没有操作")
    account = hotline.accounts["supervisor"]
    page.locator(part("username")).fill(account["username"])
    page.locator(part("password")).fill(account["password"])
    page.locator(part("sign-in")).click()
    expect(page).to_have_url(f"{hotline.base_url}/console/numbers")
    expect(page.locator(part("number-row")).first).to_be_visible()


def test_signing_in_again_in_another_tab_does_not_break_the_first(hotline: Instance, person: Person) -> None:
    page = person("system_admin")
    page.goto(f"{hotline.base_url}/console/staff")
    expect(page.locator(part("staff-new"))).to_be_visible()
    page.evaluate(  # what another tab sends: signing out and in again
        """async (account) => {
          const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
          const out = await fetch('/api/v1/session', {method: 'DELETE', headers: {'X-CSRFToken': token}});
          const back = await fetch('/api/v1/session', {method: 'POST', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({username: account.username, password: account.password})});
          if (!out.ok || !back.ok) throw new Error(await back.text());
        }""",
        hotline.accounts["system_admin"],
    )
    page.locator(part("staff-new")).click()
    page.locator(part("new-username")).fill("two.tabs")
    page.locator(part("new-name")).fill("双标签")
    with page.expect_response(lambda one: one.url.endswith("/api/v1/staff") and one.status == 201):
        page.locator(part("staff-make")).click()


def test_a_sign_in_page_left_open_still_signs_in_when_another_tab_was_quicker(
    hotline: Instance, browser: Browser
) -> None:
    context = staff_context(browser)
    account = hotline.accounts["dispatcher"]
    waiting, quicker = context.new_page(), context.new_page()
    for page in (waiting, quicker):
        page.goto(f"{hotline.base_url}/console/sign-in")
        page.locator(part("username")).fill(account["username"])
        page.locator(part("password")).fill(account["password"])
    for page in (quicker, waiting):
        page.locator(part("sign-in")).click()
        expect(page.locator(part("menu"))).to_be_visible()
    context.close()


def test_a_screen_nobody_sits_at_goes_to_the_sign_in_page_by_itself(
    hotline: Instance, person: Person
) -> None:
    page = person("supervisor")
    page.clock.install()
    page.goto(f"{hotline.base_url}/console/cases")
    expect(page.locator(part("menu"))).to_be_visible()
    nobody_used_it(hotline, page)
    page.clock.fast_forward("07:00")
    expect(page.locator(part("session-ended"))).to_contain_text("没有操作")
