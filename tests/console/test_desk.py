"""The agent's desk: a phone owned by one tab, drafts that outlive a crash, answers that are honest."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, call_api, shoot
from tests.e2e import journey
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


def desk(hotline: Instance, person: Person, **options: object) -> Page:
    """An agent's desk with its phone up."""
    page = person("agent", **options)
    page.goto(f"{hotline.base_url}/console/desk")
    expect(page.locator(part("phone-state"))).to_have_attribute("data-state", "registered", timeout=20_000)
    return page


def sign_off(page: Page) -> None:
    """Leave the seat, so that the next test finds it empty."""
    page.locator(part("agent-state")).click()
    page.locator(part("do-sign-out")).click()
    expect(page.locator(part("agent-state"))).to_have_attribute("data-state", "signed_out")


def test_a_crash_loses_no_typed_word(hotline: Instance, person: Person) -> None:
    page = desk(hotline, person)
    page.locator(part("case-without-call")).click()
    page.locator(part("case-matter")).fill("咨询医保报销")
    page.locator(part("case-content")).fill("外地住院怎么报销，材料交到哪里。")
    context = page.context
    page.close()  # no farewell: what a crash leaves
    again = context.new_page()
    again.goto(f"{hotline.base_url}/console/desk")
    again.locator(f"{part('drafts')} button").first.click()
    expect(again.locator(part("case-matter"))).to_have_value("咨询医保报销")
    expect(again.locator(part("case-content"))).to_have_value("外地住院怎么报销，材料交到哪里。")


def test_who_signs_out_leaves_no_callers_words_on_the_machine(hotline: Instance, person: Person) -> None:
    page = desk(hotline, person)
    page.locator(part("case-without-call")).click()
    page.locator(part("case-content")).fill("外地住院怎么报销，材料交到哪里。")
    page.locator(part("sign-out")).click()
    # Asked once, with the consequence in words.
    expect(page.locator(".el-message-box")).to_contain_text("删除")
    page.locator(".el-message-box .el-button--primary").click()
    expect(page.locator(part("username"))).to_be_visible()
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "外地住院" not in kept


def test_f8_answers_and_closes_and_shows_number_and_code_once(hotline: Instance, person: Person) -> None:
    page = desk(hotline, person)
    page.locator(part("case-without-call")).click()
    page.keyboard.press("F8")
    expect(page.locator(part("problem"))).to_contain_text("答复内容")
    page.locator(part("case-answer")).fill("凭身份证到就近的政务服务中心办理。")
    page.keyboard.press("F8")
    # Everything the server refuses stands where it belongs, and the answer is still there.
    expect(page.locator(f"{part('case-form')} .field .fault")).to_have_count(3)
    expect(page.locator(part("case-answer"))).to_have_value("凭身份证到就近的政务服务中心办理。")
    page.locator(part("type-consult")).click()
    page.locator(part("case-matter")).fill("居住证办理")
    page.locator(part("case-content")).fill("居住证到期如何续签。")
    page.keyboard.press("F8")
    expect(page.locator(part("filed"))).to_have_attribute("data-outcome", "answered")
    code = page.locator(part("filed-code")).inner_text()
    assert len(code) >= 6
    case = call_api(page, "GET", f"/cases/{page.locator(part('filed')).get_attribute('data-case')}")
    assert case["state"] == "closed"
    page.reload()
    page.locator(part("case-without-call")).click()
    expect(page.locator(part("filed-code"))).to_have_text(code)  # a refresh does not take it from the agent
    page.locator(part("file-another")).click()
    expect(page.locator(part("case-content"))).to_have_value("")


def test_one_tab_owns_the_phone_and_another_may_take_it(hotline: Instance, person: Person) -> None:
    first = desk(hotline, person)
    second = first.context.new_page()
    second.goto(f"{hotline.base_url}/console/desk")
    expect(second.locator(part("phone-elsewhere"))).to_be_visible(timeout=10_000)
    expect(second.locator(part("phone-state"))).to_have_attribute("data-state", "off")
    second.locator(part("phone-take")).click()
    expect(second.locator(part("phone-state"))).to_have_attribute("data-state", "registered", timeout=20_000)
    expect(first.locator(part("phone-elsewhere"))).to_be_visible()
    expect(first.locator(part("phone-state"))).to_have_attribute("data-state", "off")


def test_a_pause_says_which_and_its_clock_runs(hotline: Instance, person: Person) -> None:
    page = desk(hotline, person)
    state = page.locator(part("agent-state"))
    state.click()
    page.locator(part("do-sign-in")).click()
    expect(state).to_have_attribute("data-state", "not_ready")
    state.click()
    page.locator(part("do-pause-meal")).click()
    expect(state).to_have_attribute("data-state", "paused")
    expect(state).to_contain_text("0:02", timeout=5000)
    sign_off(page)


def test_a_cut_live_connection_is_not_hidden_and_heals(hotline: Instance, person: Person) -> None:
    page = desk(hotline, person)
    expect(page.locator(part("desk-offline"))).to_have_count(0)
    os.kill(hotline.pid_of("live"), signal.SIGKILL)
    expect(page.locator(part("desk-offline"))).to_be_visible(timeout=10_000)
    expect(page.locator(part("agent-state"))).to_have_attribute("data-state", "unknown")
    expect(page.locator(part("desk-offline"))).to_have_count(0, timeout=30_000)


def test_a_call_is_shown_before_it_is_answered_and_its_draft_is_its_own(
    hotline: Instance, person: Person
) -> None:
    page = desk(hotline, person)
    journey.be_ready(page, hotline.base_url)
    caller = Telephone(
        "call", f"sip:12385@127.0.0.1:{hotline.sip_port}", "--tone", "700", "--user", "13900001111"
    )
    try:
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "ringing", timeout=40_000)
        expect(page.locator(part("caller-number"))).to_contain_text("12385")
        expect(page.locator(part("caller-notice"))).to_contain_text("12345")
        shoot(page, "console-ringing")
        journey.answer(page)
        page.locator(part("case-matter")).fill("残疾人证年审")
        page.keyboard.press("F3")
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "held", timeout=10_000)
        page.keyboard.press("F3")
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "talking", timeout=10_000)
        page.keyboard.press("F4")
        expect(page.locator(part("mute"))).to_have_attribute("aria-pressed", "true")
        shoot(page, "console-desk")
        page.keyboard.press("F6")
        expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "wrap_up", timeout=10_000)
        # What is not filed is asked about once before the wrap-up ends.
        page.keyboard.press("F10")
        expect(page.locator(".el-message-box")).to_contain_text("还没有登记")
        page.locator(".el-message-box .el-button--primary").click()
        expect(page.locator(part("agent-state"))).to_have_attribute("data-state", "ready", timeout=10_000)
        expect(page.locator(part("drafts"))).to_contain_text("残疾人证年审")
    finally:
        caller.finish()
    sign_off(page)
