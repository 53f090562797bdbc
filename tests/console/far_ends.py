"""Lines to far ends that are telephones of this machine, and what tests with a third party do at the desk alike."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.e2e import journey
from tests.e2e.browser import hears, part
from tests.e2e.telephone import Telephone
from tests.harness import Instance, free_port

LAW_HERTZ, FIRE_HERTZ = 610, 1450  # none is a note of the music
LAW, MARKET, FIRE, CITIZEN = (free_port() for _ in range(4))
TRUNKS = (
    f"law,linked,127.0.0.1,{LAW},udp,12348,,alaw|ulaw,,\n"
    f"market,linked,127.0.0.1,{MARKET},udp,12315,,alaw|ulaw,,\n"
    f"fire,emergency,127.0.0.1,{FIRE},udp,119,,alaw|ulaw,,\n"
    f"city,operator,127.0.0.1,{CITIZEN},udp,*,,alaw|ulaw,,\n"
)


def rings(hotline: Instance, user: str) -> Telephone:
    """Somebody who calls 12345."""
    return Telephone(
        "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", str(journey.CALLER_HERTZ), "--user", user
    )


def leave_the_desk_ready(page: Page) -> None:
    """Whatever call the page has is over; its wrap-up is ended."""
    bar = page.locator(part("call-bar"))
    if bar.get_attribute("data-state") != "none":
        expect(bar).to_have_attribute("data-state", "wrap_up", timeout=10_000)
        done(page)


def done(page: Page, then: str = "ready") -> None:
    """F10, and the agent is ``then``; whatever is unfiled stays a draft."""
    page.keyboard.press("F10")
    after = page.locator(f"{part('agent-state')}[data-state='{then}']")
    asked = page.locator(".el-message-box")
    expect(after.or_(asked).first).to_be_visible(timeout=10_000)
    if asked.is_visible():
        page.locator(".el-message-box .el-button--primary").press("Enter")
    expect(after).to_be_visible(timeout=10_000)


def in_state(page: Page, state: str) -> None:
    """The call bar says so soon."""
    expect(page.locator(part("call-bar"))).to_have_attribute("data-state", state, timeout=10_000)


def hears_hertz(page: Page, hertz: int, seconds: float = 12) -> None:
    """Within ``seconds`` the tone of ``hertz`` stands out in what the page receives."""
    deadline, found = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        found = hears(page, 700)
        if found and abs(found - hertz) < journey.NEAR_HERTZ:
            return
    raise AssertionError(f"heard {found} Hz, not {hertz} Hz")


def reachable(page: Page, to: str) -> None:
    """The platform has noticed that the far end is there (it asks now and then)."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        targets = page.request.get(f"{page.url.partition('/console')[0]}/api/v1/desk/targets").json()["items"]
        if next(one["state"] for one in targets if one["to"] == to) == "open":
            return
        time.sleep(1)
    raise AssertionError(f"{to} is not reachable: {targets}")


def choose(page: Page, words: str, to: str) -> None:
    """F7, and type until the one meant is chosen and can be reached."""
    page.keyboard.press("F7")
    expect(page.locator(part("pass-box"))).to_be_focused()
    page.keyboard.type(words)
    chosen = page.locator(f"{part('pass-chosen')}[data-to='{to}']")
    expect(chosen.locator(part("target-state"))).to_have_attribute("data-state", "open", timeout=60_000)


def consult_12348(page: Page) -> None:
    """Ask 12348, and it has answered."""
    choose(page, "12348", "linked:12348")
    page.keyboard.press("Enter")
    in_state(page, "consulting")
    expect(page.locator(part("other"))).to_have_attribute("data-state", "up", timeout=15_000)


def halves_with(tones: list[list[int]], hertz: int) -> int:
    """In how many half seconds the tone stands out."""
    return sum(any(abs(tone - hertz) < journey.NEAR_HERTZ for tone in half) for half in tones)


def comes_to_hear(telephone: Telephone, *hertz: int, seconds: float = 10) -> list[list[int]]:
    """Within ``seconds`` the telephone hears all these tones for a second; what it heard meanwhile."""
    deadline, tones = time.monotonic() + seconds, list[list[int]]()
    telephone.hear()
    while time.monotonic() < deadline:
        time.sleep(0.6)
        tones += telephone.hear()
        if all(halves_with(tones, one) >= 2 for one in hertz):
            return tones
    raise AssertionError(f"it does not hear {hertz}: {tones}")
