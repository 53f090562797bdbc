"""From a telephone call to a closed case, as a citizen, an agent and a department live it. Nothing is faked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import journey
from tests.e2e.browser import chromium, part, sign_in, staff_context
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.telephony, pytest.mark.browser, pytest.mark.timeout(420)]

MATTER = "养老保险缴费记录查不到"
CONTENT = "我去年换了工作，网上查不到今年一月到三月的养老保险缴费记录，想知道怎么补。"
REPLY = "已核实：原单位一月至三月漏报，现已补报到账，可在网上查询。"


def calls_to(page: Page, number: str) -> int:
    """Today's calls of ``number`` as the wallboard shows them."""
    row = page.locator(part("board-row")).filter(has_text=number).first
    expect(row).to_be_visible(timeout=15_000)
    return int(row.get_attribute("data-calls") or "-1")


def test_a_call_to_a_merged_number_becomes_a_case_that_is_closed(hotline: Instance) -> None:
    accounts, base = hotline.accounts, hotline.base_url
    with chromium(speaks_hertz=journey.AGENT_HERTZ) as browser:
        leader = sign_in(staff_context(browser), base, accounts["shift_leader"])
        leader.goto(f"{base}/console/board")
        before = calls_to(leader, "12333")

        agent = sign_in(staff_context(browser), base, accounts["agent"])
        journey.be_ready(agent, base)
        caller = Telephone(
            "call",
            f"sip:12333@127.0.0.1:{hotline.sip_port}",
            "--tone",
            str(journey.CALLER_HERTZ),
            "--user",
            "13800005678",
        )
        try:
            expect(agent.locator(part("call-bar"))).to_have_attribute("data-state", "ringing", timeout=40_000)
            # Before the answer: who calls, what he dialled, what he has been told.
            expect(agent.locator(part("call-number"))).to_contain_text("12333")
            expect(agent.locator(part("caller-notice"))).to_contain_text("12345")
            expect(agent.locator(part("call-caller"))).to_contain_text("138****5678")
            journey.answer(agent)
            journey.agent_hears_the_caller(agent)
            unit = _unit_of(browser, base, accounts["node_handler"])
            journey.fill_case(agent, kind="help", matter=MATTER, content=CONTENT, place="东海街道")
            filed = journey.dispatch(agent, unit)
            journey.hang_up_and_finish(agent)
        finally:
            caller.finish()
        journey.caller_heard_the_agent(caller)

        expect(leader.locator(part("board-row")).filter(has_text="12333").first).to_have_attribute(
            "data-calls", str(before + 1), timeout=15_000
        )

        handler = sign_in(staff_context(browser), base, accounts["node_handler"])
        journey.open_case(handler, base, filed.number)
        journey.act(handler, "sign_for")
        journey.act(handler, "reply", text={"reply": REPLY})
        dispatcher = sign_in(staff_context(browser), base, accounts["dispatcher"])
        journey.open_case(dispatcher, base, filed.number)
        journey.act(dispatcher, "check")
        visitor = sign_in(staff_context(browser), base, accounts["visitor"])
        journey.open_case(visitor, base, filed.number)
        journey.act(visitor, "record_visit", choice={"grade": "satisfied"})

        citizen = browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="zh-CN"
        ).new_page()
        citizen.goto(f"{base}/follow")
        citizen.locator("input[name=number]").fill(filed.number)
        citizen.locator("input[name=code]").fill(filed.code)
        citizen.locator("main button[type=submit]").first.click()
        expect(citizen.locator("main")).to_contain_text("已办结")
        expect(citizen.locator("main")).to_contain_text(REPLY)
        # To a citizen the node is its department.
        expect(citizen.locator("main")).to_contain_text(unit.removesuffix("办理节点"))


def _unit_of(browser: object, base: str, account: dict[str, str]) -> str:
    """The name of the unit ``account`` works for, as the console's own session says it."""
    page = sign_in(staff_context(browser), base, account)  # type: ignore[arg-type]
    me = page.evaluate("async () => (await fetch('/api/v1/session')).json()")
    page.context.close()
    return str(me["organisation"]["name"])
