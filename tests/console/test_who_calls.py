"""Who is calling, before the answer: an emergency, the main number, somebody who called before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from bench.figures import Figure, record
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe
from tests.console.test_desk import sign_off
from tests.e2e import journey
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]

CLOCKED = """
(() => {
  window.__seen = {};
  const see = () => {
    const panel = document.querySelector('[data-test="caller-panel"]');
    if (panel && panel.offsetHeight && !window.__seen.panel) window.__seen.panel = performance.now();
  };
  new MutationObserver(see).observe(document, {childList: true, subtree: true, attributes: true});
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string' && data.startsWith('INVITE ')) window.__seen.invite ??= performance.now();
      });
    }
  };
})();
"""
"""When the phone's INVITE came in, and when the caller's panel was there, by the page's own clock."""


@contextmanager
def ringing(page: Page, hotline: Instance, number: str, caller: str) -> Iterator[Telephone]:
    """A call to ``number`` that rings at the desk on ``page``."""
    telephone = Telephone(
        "call", f"sip:{number}@127.0.0.1:{hotline.sip_port}", "--tone", "700", "--user", caller
    )
    try:
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "ringing", timeout=40_000)
        yield telephone
    finally:
        telephone.finish()


def end_call(page: Page) -> None:
    """Hang up and end the wrap-up with nothing typed."""
    journey.hang_up_and_finish(page)


def test_an_emergency_alarms_its_desk_and_the_board_while_it_rings(hotline: Instance, person: Person) -> None:
    leader = person("shift_leader")
    leader.goto(f"{hotline.base_url}/console/board")
    waiting = leader.locator(part("board-emergency"))
    tile = leader.locator(part("board-emergency-tile"))
    expect(waiting).to_have_text("0")
    expect(tile).not_to_have_class("alarm")
    page = person("agent")
    journey.be_ready(page, hotline.base_url)
    with ringing(page, hotline, "110", "13900003333"):
        alarm = page.locator(part("emergency"))
        expect(alarm).to_be_visible()
        expect(alarm).to_have_attribute("role", "alert")
        expect(alarm).to_contain_text("先问清地点")
        expect(page.locator(part("caller-treatment"))).to_have_text("紧急号码")
        expect(waiting).to_have_text("1", timeout=10_000)
        expect(tile).to_have_class("alarm")
        assert axe(page) == []
        journey.answer(page)
        expect(alarm).to_be_visible()
        expect(waiting).to_have_text("0", timeout=10_000)
        end_call(page)
    expect(alarm).to_have_count(0)
    page.goto(f"{hotline.base_url}/console/calls?number=110")
    expect(page.locator(part("call-mark")).first).to_have_text("紧急来电")
    page.goto(f"{hotline.base_url}/console/desk")
    sign_off(page)


def test_the_main_number_is_shown_in_words(hotline: Instance, person: Person) -> None:
    page = person("agent", language="en")
    journey.be_ready(page, hotline.base_url)
    with ringing(page, hotline, "12345", "13900004444"):
        expect(page.locator(part("caller-treatment"))).to_have_text("Main number")
        expect(page.locator(part("emergency"))).to_have_count(0)
        journey.answer(page)
        end_call(page)
    sign_off(page)


def test_a_second_call_shows_the_first_and_the_case_filed_between(hotline: Instance, person: Person) -> None:
    page = person("agent")
    journey.be_ready(page, hotline.base_url)
    with ringing(page, hotline, "12345", "13900005555"):
        expect(page.locator(part("caller-calls"))).to_have_count(0)
        journey.answer(page)
        journey.fill_case(page, kind="help", matter="井盖缺失", content="路口井盖不见了。", place="东海街道")
        page.locator(part("file-only")).click()
        expect(page.locator(part("filed"))).to_have_attribute("data-outcome", "filed", timeout=10_000)
        number = page.locator(part("filed-number")).inner_text().strip()
        case = page.locator(part("filed")).get_attribute("data-case")
        end_call(page)
    with ringing(page, hotline, "12333", "13900005555"):
        expect(page.locator(part("caller-calls"))).to_contain_text("12345")
        expect(page.locator(part("caller-calls")).locator("li")).to_have_count(1)
        expect(page.locator(part("caller-cases"))).to_contain_text(number)
        expect(page.locator(part("caller-cases"))).to_contain_text("井盖缺失")
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "ringing")
        journey.answer(page)
        end_call(page)
    # The record of the first call leads to its case.
    page.goto(f"{hotline.base_url}/console/calls?number=12345")
    row = page.locator(part("call-row")).filter(has_text="139****5555")
    expect(row.locator("a[href*='/cases/']")).to_have_attribute("href", f"/console/cases/{case}")
    page.goto(f"{hotline.base_url}/console/desk")
    sign_off(page)


def test_the_caller_is_there_as_soon_as_the_phone_rings(hotline: Instance, person: Person) -> None:
    """The goal is 300 ms (ui.md); a test on a shared machine only holds 3 s, and says what it measured."""
    page = person("agent")
    page.add_init_script(CLOCKED)
    journey.be_ready(page, hotline.base_url)
    with ringing(page, hotline, "12345", "13900006666"):
        expect(page.locator(part("caller-panel"))).to_be_visible()
        expect(page.locator(part("answer"))).to_be_visible(timeout=10_000)
        seen = page.evaluate("window.__seen")
        waited = round(seen["panel"] - seen["invite"], 1)
        record("skeleton-desk", __name__, [Figure("desk.caller_panel_after_invite_ms", waited, "ms", 300.0)])
        assert waited < 3000
        journey.answer(page)
        end_call(page)
    sign_off(page)
