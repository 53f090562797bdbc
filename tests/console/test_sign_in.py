"""Who comes in, what he then sees, and what he is told when he may not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.console.conftest import Person, call_api, shoot
from tests.e2e.browser import part, staff_context
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]

RIGHT_OF_PAGE = {
    "desk": "desk.work", "cases": "case.list", "calls": "calls.read", "restrictions": "restriction.read",
    "callbacks": "callback.read", "board": "board.read",
    "floor": "desk.supervise", "roster": "roster.read", "announcements": "announcement.read",
    "inbox": "inbox.work", "messages": "notice.read", "numbers": "numbers.read",
    "alerts": "alert.read", "verdicts": "case.verdicts", "exports": "export.read", "catalogue": "catalogue.read",
    "letter-templates": "letter.write", "deputies": "org.read",
    "staff": "staff.read", "tokens": "token.manage", "audit": "audit.read",
}  # fmt: skip
ROLES = (
    "agent", "shift_leader", "dispatcher", "visitor", "node_handler", "supervisor", "efficiency_office",
    "system_admin", "security_admin", "audit_admin",
)  # fmt: skip


def test_a_wrong_password_is_refused_in_words_and_the_name_stays(hotline: Instance, browser: Browser) -> None:
    context = staff_context(browser)
    page = context.new_page()
    page.goto(f"{hotline.base_url}/console/")
    shoot(page, "console-sign-in")
    page.locator(part("username")).fill("dispatcher")
    page.locator(part("password")).fill("not the password")
    page.locator(part("sign-in")).click()
    expect(page.locator(part("sign-in-refused"))).to_contain_text("用户名或密码")
    expect(page.locator(part("username"))).to_have_value("dispatcher")
    page.locator(part("language")).click()
    page.locator(part("password")).fill("still not it")
    page.locator(part("sign-in")).click()
    expect(page.locator(part("sign-in-refused"))).to_contain_text("password")
    context.close()


def test_the_page_asked_for_opens_after_signing_in(hotline: Instance, browser: Browser) -> None:
    context = staff_context(browser)
    page = context.new_page()
    page.goto(f"{hotline.base_url}/console/cases?list=overdue")
    account = hotline.accounts["dispatcher"]
    page.locator(part("username")).fill(account["username"])
    page.locator(part("password")).fill(account["password"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{hotline.base_url}/console/cases?list=overdue")
    expect(page).to_have_title("诉求件 · 泉州市 12345 · 一号通")
    context.close()


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_shows_exactly_the_pages_a_post_opens(person: Person, role: str) -> None:
    page = person(role)
    rights = set(call_api(page, "GET", "/session")["rights"])
    shown = {item.get_attribute("data-test") for item in page.locator(f"{part('menu')} a").all()}
    assert shown == {f"menu-{name}" for name, right in RIGHT_OF_PAGE.items() if right in rights}


def test_a_page_outside_ones_post_is_refused_with_what_one_may_use(hotline: Instance, person: Person) -> None:
    page = person("node_handler")
    page.goto(f"{hotline.base_url}/console/audit")
    expect(page.locator(part("page-refused"))).to_be_visible()


def test_a_new_account_must_set_its_own_password_first(hotline: Instance, person: Person) -> None:
    administrator = person("system_admin")
    administrator.goto(f"{hotline.base_url}/console/staff")
    administrator.locator(part("staff-new")).click()
    administrator.locator(part("new-username")).fill("chen.newcomer")
    administrator.locator(part("new-name")).fill("陈新人")
    administrator.locator(part("staff-make")).click()
    told = administrator.locator(".el-message-box__message").inner_text()
    password = told.rsplit(" ", 1)[1]
    newcomer = person("", account={"username": "chen.newcomer", "password": password})
    expect(newcomer.locator(part("password-form"))).to_be_visible()
    newcomer.goto(f"{hotline.base_url}/console/cases")
    expect(newcomer.locator(part("password-form"))).to_be_visible()
    newcomer.locator(part("password-old")).fill(password)
    newcomer.locator(part("password-new")).fill("a long and private sentence")
    newcomer.locator(part("password-again")).fill("a long and private sentence")
    newcomer.locator(part("password-change")).click()
    # He has no post yet, and is told whom to ask.
    expect(newcomer.locator(part("no-pages"))).to_contain_text("安全管理员")
