"""A citizen with a phone, JavaScript off: from the home page to a closed case. Then axe, on every page he saw."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hotline.faces.portal.page import LARGE_TYPE_COOKIE
from tests.cases.office import AGENT, DISPATCHER, do, handler, unit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CHECKOUT = Path(__file__).resolve().parents[2]
AXE = CHECKOUT / "console/node_modules/axe-core/axe.min.js"
CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1366, "height": 768}
RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}))
  .violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)"""
IS_TOO_WIDE = "() => document.scrollingElement.scrollWidth - window.innerWidth"


@pytest.fixture(autouse=True)
def _a_city(transactional_db: None) -> None:
    """The city again: a test with real transactions empties the tables."""
    from hotline.project.cli.load import load_city

    load_city()


@pytest.fixture
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), "apt-get install chromium fonts-noto-cjk"
    assert AXE.exists(), "make console (npm ci)"
    # Playwright runs an event loop in this thread; the acts of the centre between its steps are plain synchronous Django.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
            )
            yield chromium
            chromium.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        connections.close_all()


class Citizen:
    """A browser without JavaScript, and beside it one with, which only checks what the first one saw."""

    def __init__(self, browser: Browser, base: str, language: str) -> None:
        self.base = base
        self.context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale=language)  # type: ignore[arg-type]
        self.page = self.context.new_page()
        self.checker: BrowserContext = browser.new_context(viewport=PHONE, locale=language)  # type: ignore[arg-type]
        self.language = language

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def press(self, words: str) -> None:
        """The one button or link of these words."""
        self.page.locator("main").get_by_role("button", name=words, exact=True).click()

    def looked_at(self, shot: str = "") -> None:
        """Axe on the page as it stands, at a phone's and a desk's width, in both sizes of type (once); nothing scrolls sideways."""
        for large in ("0", "1") if self.language == "zh-CN" else ("0",):
            state: Any = self.context.storage_state()
            self.checker.clear_cookies()
            self.checker.add_cookies(
                [*state["cookies"], {"name": LARGE_TYPE_COOKIE, "value": large, "url": self.base}]
            )
            page = self.checker.new_page()
            page.goto(self.page.url)
            for size in (PHONE, DESKTOP):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                assert page.evaluate(IS_TOO_WIDE) <= 0, f"{page.url} at {size['width']}, large={large}"
            page.evaluate(AXE.read_text("utf-8"))
            assert page.evaluate(RUN_AXE) == [], f"{page.url}, large={large}"
            if shot and large == "0" and os.environ.get("HOTLINE_SHOTS") == "1":
                page.set_viewport_size(PHONE)  # type: ignore[arg-type]
                folder = CHECKOUT / "docs" / "images"
                folder.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=folder / f"portal-{shot}-{self.language[:2]}.png", full_page=True)
            page.close()


@pytest.fixture(params=["zh-CN", "en"])
def citizen(request: pytest.FixtureRequest, browser: Browser, live_server: Any) -> Citizen:
    return Citizen(browser, live_server.url, request.param)


WORDS = {
    "zh-CN": {
        "complain": "我要投诉", "go": "继续", "submit": "提交", "look": "查询", "rate": "评价办理结果", "send": "提交评价",
        "bad": "不满意", "good": "满意", "matter": "事项", "content": "详细内容", "phone": "电话号码", "name": "怎么称呼您（选填）",
        "address": "详细地点（选填）", "confidential": "请为我保密", "number": "编号", "code": "查询码",
        "reason": "不满意的原因（不满意时必填）", "problem": "请更正以下内容", "closed": "已办结", "dispatched": "已派单",
        "add": "补充情况", "add it": "提交补充",
    },
    "en": {
        "complain": "Make a complaint", "go": "Continue", "submit": "Submit", "look": "Look up", "rate": "Rate the result",
        "send": "Submit", "bad": "Dissatisfied", "good": "Satisfied", "matter": "Matter", "content": "Details",
        "phone": "Phone number", "name": "Your name (optional)", "address": "Address (optional)",
        "confidential": "Please keep me confidential", "number": "Number", "code": "Query code",
        "reason": "Why you are dissatisfied (required if you are)", "problem": "There is a problem", "closed": "Closed",
        "dispatched": "Dispatched", "add": "Add something", "add it": "Add it",
    },
}  # fmt: skip


def test_a_citizen_files_follows_and_judges_a_case_without_javascript(citizen: Citizen) -> None:
    words, page = WORDS[citizen.language], citizen.page
    citizen.go("/")
    citizen.looked_at("home")
    page.get_by_role("link", name=words["complain"]).click()
    citizen.press(words["go"])
    expect(page.get_by_role("heading", name=words["problem"])).to_be_visible()
    page.get_by_label(words["matter"], exact=True).fill("小区路灯不亮")
    page.get_by_label(words["content"], exact=True).fill("丰海路的路灯坏了一个星期，晚上看不见路。")
    citizen.looked_at("matter")
    citizen.press(words["go"])
    page.get_by_label("丰泽区").check()
    citizen.looked_at("county")
    citizen.press(words["go"])
    page.get_by_label(words["address"]).fill("丰海路 12 号")
    citizen.looked_at()
    citizen.press(words["go"])
    page.get_by_label(words["name"]).fill("张三丰")
    page.get_by_label(words["confidential"]).check()
    citizen.press(words["go"])
    page.locator(".summary a").first.click()
    expect(page.get_by_label(words["phone"], exact=True)).to_be_focused()
    page.get_by_label(words["phone"], exact=True).fill("13812341234")
    citizen.looked_at("contact")
    citizen.press(words["go"])
    citizen.looked_at("check")
    citizen.press(words["submit"])
    number, code = page.locator("#number").inner_text(), page.locator("#code").inner_text()
    citizen.looked_at("done")
    id = handled(number)

    citizen.go("/follow")
    citizen.looked_at("follow")
    page.get_by_label(words["number"], exact=True).fill(number)
    page.get_by_label(words["code"], exact=True).fill(code.lower())
    citizen.press(words["look"])
    expect(page.locator("main")).to_contain_text("路灯已修好，请查看。")
    for phone in ("13812341234", "138*"):
        expect(page.locator("main")).not_to_contain_text(phone)
    citizen.looked_at("case")
    page.get_by_role("link", name=words["rate"]).click()
    page.get_by_label(words["bad"], exact=True).check()
    citizen.press(words["send"])
    expect(page.get_by_role("heading", name=words["problem"])).to_be_visible()
    page.get_by_label(words["reason"]).fill("还是不亮")
    citizen.looked_at("rate")
    citizen.press(words["send"])
    expect(page.locator("#state")).to_have_text(words["dispatched"])
    page.get_by_role("link", name=words["add"], exact=True).click()
    page.locator("#text").fill("楼道里的灯也坏了。")
    citizen.looked_at("add")
    citizen.press(words["add it"])
    expect(page.locator("main")).to_contain_text("楼道里的灯也坏了。")
    citizen.go("/follow/act/withdraw")
    citizen.looked_at()
    do(handler(), id, "sign_for")
    do(handler(), id, "reply", reply="换了新灯。")
    do(DISPATCHER, id, "check")
    citizen.go("/follow/rate")
    page.get_by_label(words["good"], exact=True).check()
    citizen.press(words["send"])
    expect(page.locator("#state")).to_have_text(words["closed"])
    citizen.looked_at()


def handled(number: str) -> Any:
    """What the centre and a unit do meanwhile."""
    from hotline.work.cases import queries

    (row,) = queries.page(AGENT, q=number)["items"]
    do(DISPATCHER, row["id"], "dispatch", unit=str(unit().id))
    do(handler(), row["id"], "sign_for")
    do(handler(), row["id"], "reply", reply="路灯已修好，请查看。")
    do(DISPATCHER, row["id"], "check")
    return row["id"]


def test_axe_finds_nothing_on_the_other_pages(citizen: Citizen) -> None:
    for path, shot in (
        ("/numbers", "numbers"),
        ("/follow/code", "new-code"),
        ("/privacy", ""),
        ("/accessibility", ""),
        ("/ask/type", ""),
        ("/ask/nonsense", ""),
    ):
        citizen.go(path)
        citizen.looked_at(shot)


def test_axe_finds_nothing_on_a_page_with_errors(browser: Browser, live_server: Any) -> None:
    page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()  # type: ignore[arg-type]
    for path, button in (("/ask/matter?type=help", "继续"), ("/ask/type", "继续"), ("/follow", "查询")):
        page.goto(live_server.url + path)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".summary")).to_be_focused()
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate(RUN_AXE) == [], path


def test_the_keyboard_alone_reaches_everything(browser: Browser, live_server: Any) -> None:
    page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.goto(f"{live_server.url}/ask/matter?type=help")
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("() => document.activeElement.id || document.activeElement.textContent.trim()")
        )
        if page.evaluate("() => document.activeElement === document.body"):
            break  # once round
        ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", json.dumps(sorted(reached), ensure_ascii=False)
    assert {"跳到正文", "适老大字版", "English", "matter", "content", "继续", "个人信息保护"} <= reached
