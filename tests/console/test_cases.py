"""Clearing a work list: list, act, next, without the mouse; and when two people reach for the same case."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, call_api, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def test_a_dispatcher_clears_a_case_by_keyboard_alone(hotline: Instance, person: Person) -> None:
    file_case(person("agent"), "小区门口路灯不亮")
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/cases?list=to_dispatch&q=小区门口")
    expect(page.locator(part("case-row"))).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator(f"{part('case-row')}.on")).to_have_count(1)
    shoot(page, "console-cases")
    page.keyboard.press("Enter")
    expect(page.locator(part("timeline"))).to_be_visible()
    page.locator(part("act-dispatch")).focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{part('unit-picker')} input")).to_be_focused()
    page.keyboard.type("城管局")
    expect(page.locator(part("lookup-choice")).first).to_contain_text("城管局")
    page.keyboard.press("Enter")
    shoot(page, "console-dispatch")
    page.locator(part("act-confirm")).focus()
    page.keyboard.press("Enter")
    expect(page.locator(part("state"))).to_have_attribute("data-state", "dispatched")
    expect(page.locator(part("case-unit"))).to_contain_text("城管局")
    expect(page.locator(f'{part("clock")}[data-name="handle"]')).to_have_attribute("data-running", "true")
    # The way back is the list as it was.
    page.locator(part("back-to-list")).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(
        f"{hotline.base_url}/console/cases?list=to_dispatch&q=%E5%B0%8F%E5%8C%BA%E9%97%A8%E5%8F%A3"
    )
    expect(page.locator(part("empty"))).to_be_visible()


def test_the_buttons_are_the_acts_of_the_table_and_a_missing_one_says_why(
    hotline: Instance, person: Person
) -> None:
    filed = file_case(person("agent"), "井盖缺失")
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    expect(page.locator(part("acts"))).to_be_visible()
    case = call_api(page, "GET", f"/cases/{filed['id']}")
    page.locator(part("acts-beside")).click()  # what is done seldom stands in a menu
    for act in case["acts_allowed"]:
        expect(page.locator(part(f"act-{act['act']}"))).to_contain_text(act["zh"])
    for act in case["acts_missing"]:
        expect(page.locator(part(f"missing-{act['act']}"))).to_contain_text(act["reason_zh"])
    assert page.locator(f"{part('acts')} [data-test^='act-']").count() == len(case["acts_allowed"])


def test_a_case_that_moved_on_is_said_so_and_nothing_typed_is_lost(hotline: Instance, person: Person) -> None:
    agent = person("agent")
    filed = file_case(agent, "垃圾未清运")
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    page.locator(part("act-dispatch")).click()
    page.locator(part("field-note")).fill("请当天到现场看一看")
    page.locator(f"{part('unit-picker')} input").fill("城管局")
    page.locator(part("lookup-choice")).first.click()
    call_api(agent, "POST", f"/cases/{filed['id']}/acts/hand_to_dispatch", {"version": filed["version"]})
    page.locator(part("act-confirm")).click()
    expect(page.locator(part("overtaken"))).to_contain_text("待派单")
    expect(page.locator(part("field-note"))).to_have_value("请当天到现场看一看")
    # Still possible: the person looks, and submits what he wrote.
    page.locator(part("act-confirm")).click()
    expect(page.locator(part("state"))).to_have_attribute("data-state", "dispatched")
    expect(page.locator(part("step-dispatch"))).to_contain_text("请当天到现场看一看")


def test_a_refused_field_is_named_where_it_stands(hotline: Instance, person: Person) -> None:
    filed = file_case(person("agent"), "公交站牌破损")
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    page.locator(part("act-dispatch")).click()
    page.locator(part("act-confirm")).click()
    expect(page.locator(f"{part('act-dialog')} .field .fault")).to_contain_text("承办单位")


def test_masked_data_is_shown_on_request_and_the_look_is_on_record(hotline: Instance, person: Person) -> None:
    filed = file_case(person("agent"), "咨询公积金提取")
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    phone = page.locator(part("masked-phone"))
    expect(phone).to_contain_text("138****1234")
    page.locator(part("reveal-phone")).click()
    expect(phone).to_contain_text("13800001234")
    shoot(page, "console-case")
    auditor = person("audit_admin")
    seen = call_api(auditor, "GET", f"/audit?object_id={filed['id']}")["items"]
    assert any("reveal" in row["act"] and row["actor_label"] == "派单员" for row in seen)


def test_filters_live_in_the_address(hotline: Instance, person: Person) -> None:
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/cases")
    page.locator(part("list-to_sign")).click()
    expect(page).to_have_url(f"{hotline.base_url}/console/cases?list=to_sign")
    page.reload()
    expect(page.locator(part("list-to_sign"))).to_have_attribute("aria-pressed", "true")


def test_a_long_list_is_loaded_piece_by_piece(hotline: Instance, person: Person) -> None:
    agent = person("agent")
    for n in range(52):
        file_case(agent, f"占道经营第{n:02d}处")
    agent.goto(f"{hotline.base_url}/console/cases?q=占道经营")
    expect(agent.locator(part("case-row"))).to_have_count(50)
    agent.locator(part("load-more")).click()
    expect(agent.locator(part("case-row"))).to_have_count(52)
    expect(agent.locator(part("load-more"))).to_have_count(0)
