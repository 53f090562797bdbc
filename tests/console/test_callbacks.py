"""漏接必回, as those who call back see it: a caller who hung up in the queue, tried, reached, closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, axe, call_api
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


def test_a_caller_who_gave_up_is_listed_tried_and_closed(hotline: Instance, person: Person) -> None:
    telephone = Telephone(
        "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", "700", "--user", "13800007001"
    )
    telephone.wait_for("state", state="CONFIRMED")
    telephone.finish()
    page = person("agent")
    page.goto(f"{hotline.base_url}/console/callbacks")
    row = page.locator(part("callback-row")).filter(has_text="138****7001")
    for _ in range(20):  # the worker carries the news from room to room
        if row.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(row).to_have_attribute("data-state", "waiting")
    assert axe(page) == []
    row.locator(part("callback-open")).click()
    expect(page.locator(part("callback-dialog"))).to_contain_text("排队中挂机")
    page.wait_for_timeout(400)  # the dialog's fade
    assert axe(page) == []
    page.keyboard.press("Escape")

    (open_one,) = [
        one for one in call_api(page, "GET", "/callbacks")["items"] if one["caller_masked"] == "138****7001"
    ]
    call_api(page, "POST", f"/callbacks/{open_one['id']}/take", {})
    page.reload()
    card = page.locator(part("callback-in-hand"))
    expect(card).to_contain_text("138****7001")
    assert axe(page) == []
    card.locator(part("callback-no-answer")).click()
    expect(card).to_have_count(0)
    expect(row).to_have_attribute("data-state", "waiting")

    call_api(page, "POST", f"/callbacks/{open_one['id']}/take", {})
    page.reload()
    card.locator(part("callback-reached")).click()
    expect(row).to_have_count(0)
    page.goto(f"{hotline.base_url}/console/callbacks?show=closed")
    expect(row).to_contain_text("已接通")
    row.locator(part("callback-open")).click()
    expect(page.locator(part("callback-dialog"))).to_contain_text("无人接听")
