"""Supervision on the case page, one act on several cases in the list, and the rates."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, call_api, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def test_several_cases_are_dispatched_at_once_and_one_is_then_supervised(
    hotline: Instance, person: Person
) -> None:
    agent = person("agent")
    filed = [file_case(agent, f"路口积水 {n}") for n in range(3)]
    call_api(
        agent, "POST", f"/cases/{filed[2]['id']}/acts/answer_at_once", {"version": 1, "answer": "已告知"}
    )

    page = person("supervisor")
    page.goto(f"{hotline.base_url}/console/cases?q=路口积水")
    expect(page.locator(part("tick"))).to_have_count(3)
    page.locator(part("tick-all")).check()
    page.locator(part("several-open")).click()
    page.locator(part("several-act")).click()
    page.locator(part("several-dispatch")).click()
    page.locator(f"{part('unit-picker')} input").fill("城管局")
    page.locator(part("lookup-choice")).first.click()
    page.locator(part("several-confirm")).click()
    expect(page.locator(part("several-result"))).to_contain_text("2")
    expect(page.locator(part("several-refused"))).to_have_count(1)
    shoot(page, "console-several")
    page.locator(part("several-close")).click()

    page.goto(f"{hotline.base_url}/console/cases/{filed[0]['id']}")
    page.locator(part("acts-beside")).click()
    page.locator(part("act-supervise")).click()
    page.locator(part("field-level")).click()
    page.locator(part("choice-orange")).click()
    page.locator(part("field-ground")).click()
    page.locator(part("choice-refusal")).click()
    page.locator(part("field-text")).fill("三日内到现场，附照片答复")
    page.locator(f"{part('field-days')} input").fill("3")
    page.locator(part("act-confirm")).click()
    expect(page.locator(part("duty-slip"))).to_contain_text("橙色")
    expect(page.locator(part("step-supervise"))).to_contain_text("三日内到现场")
    shoot(page, "console-supervised")

    page.goto(f"{hotline.base_url}/console/verdicts")
    expect(page.locator(part("rates-table"))).to_be_visible()
    shoot(page, "console-verdicts")
