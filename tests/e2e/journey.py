"""What an agent does with a call, as steps that the journeys of this folder share."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.browser import hears, part
from tests.e2e.telephone import Telephone

CALLER_HERTZ = 700
AGENT_HERTZ = 1000
NEAR_HERTZ = 15


@dataclass(frozen=True)
class Filed:
    """A case as the agent reads it to the caller."""

    number: str
    code: str


def be_ready(page: Page, base_url: str) -> None:
    """Open the desk, wait for the phone, say ready."""
    page.goto(f"{base_url}/console/desk")
    expect(page.locator(part("phone-state"))).to_have_attribute("data-state", "registered", timeout=20_000)
    state = page.locator(part("agent-state"))
    expect(state).not_to_have_attribute("data-state", "unknown", timeout=20_000)
    if state.get_attribute("data-state") == "signed_out":
        state.click()
        page.locator(part("do-sign-in")).click()
        expect(state).not_to_have_attribute("data-state", "signed_out")
    if state.get_attribute("data-state") != "ready":
        state.click()
        page.locator(part("do-ready")).click()
    expect(state).to_have_attribute("data-state", "ready", timeout=10_000)


def answer(page: Page) -> None:
    """Take the ringing call with the key F2."""
    expect(page.locator(part("answer"))).to_be_visible(timeout=20_000)
    page.keyboard.press("F2")
    expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "talking", timeout=10_000)


def agent_hears_the_caller(page: Page) -> None:
    """The caller's tone, and nothing louder, arrives in the browser."""
    deadline = time.monotonic() + 12
    found: float | None = None
    while time.monotonic() < deadline:
        found = hears(page)
        if found is not None and abs(found - CALLER_HERTZ) < NEAR_HERTZ:
            return
    raise AssertionError(f"the agent hears {found} Hz, not the caller's {CALLER_HERTZ} Hz")


def caller_heard_the_agent(caller: Telephone) -> None:
    """For two seconds at least the agent's tone stood out in what the caller received."""
    halves = caller.heard()
    with_agent = sum(any(abs(tone - AGENT_HERTZ) < NEAR_HERTZ for tone in half) for half in halves)
    assert with_agent >= 4, f"the caller heard {halves}"


def fill_case(page: Page, *, kind: str, matter: str, content: str, place: str) -> None:
    """Fill the case form of the call in hand."""
    form = page.locator(part("case-form"))
    form.locator(part(f"type-{kind}")).click()
    form.locator(part("case-matter")).fill(matter)
    form.locator(f"{part('case-place')} input").fill(place)
    form.locator(part("lookup-choice")).first.click()
    form.locator(part("case-address")).fill("幸福路 1 号")
    form.locator(part("case-content")).fill(content)
    form.locator(part("case-contact-name")).fill("林小满")


def dispatch(page: Page, unit: str) -> Filed:
    """F9, choose the unit, confirm; what the agent then reads out."""
    page.keyboard.press("F9")
    dialog = page.locator(part("dispatch-dialog"))
    picker = dialog.locator(f"{part('unit-picker')} input")
    picker.fill(unit)
    dialog.locator(part("lookup-choice")).filter(has_text=unit).first.click()
    page.locator(part("dispatch-confirm")).first.click()
    filed = page.locator(part("filed"))
    expect(filed).to_have_attribute("data-outcome", "dispatched", timeout=10_000)
    number = page.locator(part("filed-number")).inner_text().strip()
    code = page.locator(part("filed-code")).inner_text().strip()
    return Filed(number, code)


def hang_up_and_finish(page: Page) -> None:
    """End the call, end the wrap-up: ready again."""
    page.keyboard.press("F6")
    expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "wrap_up", timeout=10_000)
    page.keyboard.press("F10")
    expect(page.locator(part("agent-state"))).to_have_attribute("data-state", "ready", timeout=10_000)


def open_case(page: Page, base_url: str, number: str) -> None:
    """Find the case by its number in the work list and open it."""
    page.goto(f"{base_url}/console/cases?list=all&q={number}")
    page.locator(part("case-row")).filter(has_text=number).first.click()
    expect(page.locator(part("timeline"))).to_be_visible(timeout=10_000)


def act(
    page: Page, name: str, *, text: dict[str, str] | None = None, choice: dict[str, str] | None = None
) -> None:
    """Press an act's button, fill its fields, confirm, and see that it was done."""
    page.locator(part(f"act-{name}")).click()
    for field, value in (text or {}).items():
        box = page.locator(part(f"field-{field}"))
        box.locator("textarea, input").or_(box).last.fill(value)
    for field, value in (choice or {}).items():
        page.locator(part(f"field-{field}")).click()
        page.locator(part(f"choice-{value}")).last.click()
    confirm = page.locator(part("act-confirm"))
    if confirm.count():
        confirm.first.click()
    expect(page.locator(part(f"act-{name}"))).not_to_be_visible(timeout=10_000)
