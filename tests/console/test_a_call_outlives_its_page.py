"""A browser that is refreshed or dies does not end the call: the caller hears music, the agent is back within seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Error, Page, expect

from tests.console.conftest import Person
from tests.e2e import journey
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]

BACK_WITHIN_S = 20
"""What a loaded machine may take; the aim is 5 s, and what it took is printed."""


@pytest.fixture
def talking(hotline: Instance, person: Person) -> Iterator[tuple[Page, Telephone]]:
    """An agent in a call, with words typed, and his caller."""
    page = person("agent")
    journey.be_ready(page, hotline.base_url)
    caller = Telephone(
        "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", str(journey.CALLER_HERTZ), "--user", "13900003333"
    )  # fmt: skip
    try:
        journey.answer(page)
        page.locator(part("case-matter")).fill("路灯不亮")
        page.locator(part("case-content")).fill("刺桐路的路灯三天不亮了。")
        journey.agent_hears_the_caller(page)
        yield page, caller
    finally:
        caller.finish()


def back_in_the_call(page: Page, since: float) -> float:
    """Wait until the page carries the call again; the seconds it took since ``since``."""
    bar = page.locator(part("call-bar"))
    expect(bar).to_have_attribute("data-state", "talking", timeout=BACK_WITHIN_S * 1000)
    expect(page.locator(part("mute"))).to_be_enabled(timeout=BACK_WITHIN_S * 1000)
    return time.monotonic() - since


def ends_well(page: Page, caller: Telephone) -> None:
    """The words are there, both hear each other, and the call ends when the agent ends it."""
    expect(page.locator(part("case-matter"))).to_have_value("路灯不亮")
    expect(page.locator(part("case-content"))).to_have_value("刺桐路的路灯三天不亮了。")
    journey.agent_hears_the_caller(page)
    time.sleep(2.5)
    page.keyboard.press("F6")
    expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "wrap_up", timeout=10_000)
    page.keyboard.press("F10")
    page.locator(".el-message-box .el-button--primary").click()
    expect(page.locator(part("agent-state"))).to_have_attribute("data-state", "ready", timeout=10_000)
    caller.finish()
    journey.caller_heard_the_agent(caller)


def refreshed(page: Page) -> Page:
    page.keyboard.press(
        "F5"
    )  # nothing stops it any more; a page driven from outside does not reload by the key itself
    page.reload()
    return page


def closed(page: Page) -> Page:
    context, url = page.context, page.url
    page.close()
    again = context.new_page()
    again.goto(url)
    return again


def crashed(page: Page) -> Page:
    context, url = page.context, page.url
    with pytest.raises(Error):
        page.goto("chrome://crash")
    again = context.new_page()
    again.goto(url)
    return again


@pytest.mark.parametrize("gone", [refreshed, closed, crashed], ids=["refresh", "closed tab", "crash"])
def test_the_agent_is_back_in_his_call(
    talking: tuple[Page, Telephone], gone: Callable[[Page], Page], request: pytest.FixtureRequest
) -> None:
    page, caller = talking
    began = time.monotonic()
    page = gone(page)
    took = back_in_the_call(page, began)
    print(f"{request.node.name}: back in the call {took:.1f} s after the page went")
    assert took < BACK_WITHIN_S
    ends_well(page, caller)


def test_nothing_warns_of_a_refresh(talking: tuple[Page, Telephone]) -> None:
    page, caller = talking
    asked = page.evaluate(
        "() => { const event = new Event('beforeunload', {cancelable: true}); window.dispatchEvent(event); return event.defaultPrevented }"
    )
    assert asked is False
    ends_well(page, caller)
