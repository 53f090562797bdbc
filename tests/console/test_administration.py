"""The register, posts, tokens and the audit log as those who keep them see them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, call_api
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def test_all_32_numbers_stand_in_the_register_with_what_they_do_now(
    hotline: Instance, person: Person
) -> None:
    page = person("supervisor")
    page.goto(f"{hotline.base_url}/console/numbers")
    expect(page.locator(part("number-row"))).to_have_count(32)
    behaviours = [row.get_attribute("data-behaviour") for row in page.locator(part("behaviour")).all()]
    assert behaviours.count("vacant") == 18
    assert behaviours.count("notice_then_queue") == 4


def test_a_dated_change_is_refused_without_a_ground_and_kept_with_one(
    hotline: Instance, person: Person
) -> None:
    page = person("supervisor")
    page.goto(f"{hotline.base_url}/console/numbers")
    row = page.locator(f"{part('number-row')}[data-number='12317'] {part('behaviour')}")
    expect(row).to_have_attribute("data-behaviour", "notice_then_queue")
    page.locator(f"{part('number-row')}[data-number='12317'] {part('number-open')}").click()
    before = page.locator(f"{part('number-history')} tbody tr").count()
    page.locator(part("treatment")).click()
    page.get_by_role("option", name="设分中心，与12345互转").click()
    page.locator(part("treatment-record")).click()
    expect(page.locator(f"{part('treatment-form')} .field .fault")).to_contain_text("依据")
    page.locator(part("treatment-reason")).fill("演练：设立分中心")
    page.locator(part("treatment-record")).click()
    expect(page.locator(f"{part('number-history')} tbody tr")).to_have_count(before + 1)
    expect(page.locator(part("number-history"))).to_contain_text("演练：设立分中心")
    expect(row).to_have_attribute("data-behaviour", "linked")
    # Called off again, with a row of its own: the next caller hears the notice.
    called_off = {"treatment": "notice_then_12345", "reason": "演练结束"}
    call_api(page, "POST", "/numbers/12317/treatments", called_off)
    page.reload()
    expect(row).to_have_attribute("data-behaviour", "notice_then_queue")


def test_two_administrators_posts_are_refused_in_words(hotline: Instance, person: Person) -> None:
    page = person("security_admin")
    page.goto(f"{hotline.base_url}/console/staff")
    page.locator(f"{part('staff-row')}[data-username='audit-admin'] {part('staff-open')}").click()
    page.locator(part("post-role")).click()
    page.get_by_role("option", name="系统管理员").click()
    page.locator(f"{part('post-form')} {part('unit-picker')} input").fill("12345")
    page.locator(part("lookup-choice")).first.click()
    page.locator(part("post-give")).click()
    expect(page.locator(f"{part('staff-dialog')} {part('problem')}")).to_contain_text("不得由一人兼任")


def test_a_token_is_shown_once_and_can_be_revoked(hotline: Instance, person: Person) -> None:
    page = person("security_admin")
    page.goto(f"{hotline.base_url}/console/tokens")
    page.locator(part("token-new")).click()
    page.locator(part("token-name")).fill("12315 运行数据")
    page.locator(f"{part('token-dialog')} {part('unit-picker')} input").fill("市场监管")
    page.locator(part("lookup-choice")).first.click()
    page.locator(part("right-rundata.push")).click()
    page.locator(part("token-issue")).click()
    key = page.locator(part("token-key")).inner_text()
    assert key.startswith("hl_")
    page.reload()
    expect(page.locator(part("token-row"))).to_have_count(1)
    assert key not in page.content()
    page.locator(part("token-revoke")).click()
    page.locator(".el-message-box .el-button--primary").click()
    expect(page.locator(part("token-row"))).to_contain_text("已撤销")


def test_the_auditor_sees_who_did_what_and_that_the_chain_holds(hotline: Instance, person: Person) -> None:
    page = person("audit_admin")
    page.goto(f"{hotline.base_url}/console/audit")
    expect(page.locator(part("audit-row")).first).to_be_visible()
    page.locator(part("audit-verify")).click()
    expect(page.locator(part("audit-verdict"))).to_contain_text("完整")
    page.locator(part("audit-show")).click()
    expect(page.locator(part("sign-in-row")).filter(has_text="audit-admin").first).to_contain_text("成功")
    assert call_api(page, "GET", "/sign-ins")["items"]
