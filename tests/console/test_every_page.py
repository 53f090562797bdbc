"""Every page, in both languages, light and dark, at both sizes: nothing serious for axe, nothing outside the window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]

PAGES = {
    "agent": ("desk", "cases", "calls", "callbacks", "numbers", "password"),
    "shift_leader": ("roster", "announcements", "board", "board?kiosk", "floor", "catalogue"),
    "system_admin": ("staff",),
    "security_admin": ("tokens",),
    "audit_admin": ("audit", "audit?show=sign-ins", "exports"),
    "supervisor": ("letter-templates",),
}
LOOKS = (
    ("zh-CN", "light", {"width": 1366, "height": 768}),
    ("en", "dark", {"width": 1366, "height": 768}),
    ("en", "light", {"width": 1920, "height": 1080}),
)


def settled(page: Page) -> None:
    """Loaded: nothing says so any more, and the title names the page."""
    expect(page.locator("h1").first).to_be_attached()
    expect(page.locator(part("loading"))).to_have_count(0, timeout=15_000)


@pytest.mark.parametrize("role", PAGES)
@pytest.mark.parametrize(
    ("language", "theme", "size"), LOOKS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_page_is_accessible_and_fits(
    hotline: Instance, person: Person, role: str, language: str, theme: str, size: dict[str, int]
) -> None:
    page = person(role, language=language, color_scheme=theme)
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    for name in PAGES[role]:
        page.goto(f"{hotline.base_url}/console/{name}")
        settled(page)
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{name} is wider than the window"
        )
        assert page.title().endswith("One Number" if language == "en" else "一号通")
        short = name.replace("?", "-").replace("=", "-")
        if (language, theme) != ("en", "light"):
            shoot(page, f"console-{short}-{language[:2]}")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_case_and_its_dialog_are_accessible(hotline: Instance, person: Person, language: str) -> None:
    filed = file_case(person("agent"), "噪声扰民")
    page = person("dispatcher", language=language)
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    expect(page.locator(part("timeline"))).to_be_visible()
    assert axe(page) == []
    shoot(page, f"console-case-{language[:2]}")
    page.locator(part("act-dispatch")).click()
    expect(page.locator(part("field-note"))).to_be_visible()
    page.wait_for_timeout(400)  # the dialog's fade: half-transparent words have half their contrast
    assert axe(page) == []


def test_the_dialogs_of_the_desk_and_the_register_are_accessible(hotline: Instance, person: Person) -> None:
    agent = person("agent")
    agent.goto(f"{hotline.base_url}/console/desk")
    agent.locator(part("case-without-call")).click()
    expect(agent.locator(part("case-form"))).to_be_visible()
    assert axe(agent) == []
    agent.locator(part("audio-open")).click()
    expect(agent.locator(part("plain-audio"))).to_be_visible()
    agent.wait_for_timeout(400)
    assert axe(agent) == []
    supervisor = person("supervisor")
    supervisor.goto(f"{hotline.base_url}/console/numbers")
    supervisor.locator(f"{part('number-row')}[data-number='12333'] {part('number-open')}").click()
    expect(supervisor.locator(part("treatment-form"))).to_be_visible()
    supervisor.wait_for_timeout(400)
    assert axe(supervisor) == []
    shoot(supervisor, "console-number")
