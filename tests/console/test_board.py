"""The wallboard moves by itself when a telephone rings."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, shoot
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


def test_a_call_to_a_vacant_number_is_counted_while_one_watches(hotline: Instance, person: Person) -> None:
    page = person("shift_leader")
    page.goto(f"{hotline.base_url}/console/board?kiosk")
    row = page.locator(f"{part('board-row')}[data-number='12396']")
    expect(page.locator(part("board"))).to_have_attribute("data-live", "true")
    before = int(row.get_attribute("data-calls") or "-1")
    caller = Telephone("call", f"sip:12396@127.0.0.1:{hotline.sip_port}", "--user", "13900002222")
    try:
        expect(row).to_have_attribute("data-calls", str(before + 1), timeout=25_000)
    finally:
        caller.finish()
    expect(page.locator(part("board-age"))).to_contain_text("秒前更新")
    shoot(page, "console-board")


def test_the_board_hangs_on_a_wall_without_menu_and_can_be_left(hotline: Instance, person: Person) -> None:
    page = person("efficiency_office")
    page.goto(f"{hotline.base_url}/console/board")
    page.locator(part("kiosk")).click()
    expect(page.locator(part("menu"))).to_have_count(0)
    page.locator(part("kiosk")).click()
    expect(page.locator(part("menu"))).to_be_visible()
