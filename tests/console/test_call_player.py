"""A call of a minute ago is heard again: by mouse, by keyboard, by whoever may, and every hearing is on record."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe, call_api, shoot
from tests.console.test_desk import sign_off
from tests.console.test_who_calls import ringing
from tests.e2e import journey
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony, pytest.mark.timeout(900)]

NUMBER = "12333"
TALK_S = 8


@pytest.fixture(scope="module")
def talked(hotline: Instance) -> dict[str, Any]:
    """The id of the call, once it was made; the module's tests share it."""
    return {}


def call_of(talked: dict[str, Any], hotline: Instance, person: Person) -> str:
    """A real call of some seconds, held once, taken in by the instance's own worker."""
    if "id" not in talked:
        page = person("agent")
        journey.be_ready(page, hotline.base_url)
        with ringing(page, hotline, NUMBER, "13900007777"):
            journey.answer(page)
            time.sleep(TALK_S)
            page.keyboard.press("F3")
            expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "held", timeout=10_000)
            time.sleep(3)
            page.keyboard.press("F3")
            expect(page.locator(part("call-bar"))).to_have_attribute("data-state", "talking", timeout=10_000)
            time.sleep(TALK_S)
            journey.hang_up_and_finish(page)
        sign_off(page)
        talked["id"] = call_api(page, "GET", f"/calls?number={NUMBER}&size=1")["items"][0]["id"]
        talked["own"] = wait_for_segments(page, talked["id"], 2)
    return str(talked["id"])


def wait_for_segments(page: Page, call: str, count: int) -> Any:
    """Until the worker, which looks once a minute, has taken everything in."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        found = call_api(page, "GET", f"/calls/{call}/recordings")
        if [one["state"] for one in found["segments"]] == ["kept"] * count:
            return found
        time.sleep(2)
    raise AssertionError(found)


def open_player(page: Page, hotline: Instance, call: str) -> None:
    page.goto(f"{hotline.base_url}/console/calls?number={NUMBER}")
    page.locator(part("open-call")).first.click()
    page.wait_for_url(f"**/calls/{call}")
    expect(page.locator(part("player-track"))).to_be_visible(timeout=15_000)


def seconds(page: Page) -> int:
    return int(page.locator(part("player-track")).get_attribute("aria-valuenow") or 0)


def test_a_leader_hears_a_call_and_moves_in_it_by_keyboard(
    hotline: Instance, person: Person, talked: dict[str, Any]
) -> None:
    call = call_of(talked, hotline, person)
    page = person("shift_leader")
    open_player(page, hotline, call)
    assert len(page.locator(part("player-wave")).get_attribute("d") or "") > 500, "the voices are drawn"
    expect(page.locator(part("player-segment"))).to_have_count(2)
    roles = {lane.get_attribute("data-role") for lane in page.locator(part("player-lane")).all()}
    assert roles == {"caller", "agent"}
    expect(page.locator(part("player-amiss"))).to_have_count(0)
    expect(page.locator(part("player-download"))).to_have_count(0)
    assert axe(page) == []
    shoot(page, "console-call-player-zh")
    track = page.locator(part("player-track"))
    track.focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.querySelector('audio').paused")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.5")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => Number(document.querySelector('[data-test=player-track]').ariaValueNow) >= 5"
    )
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('audio').paused")
    total = int(track.get_attribute("aria-valuemax") or 0)
    assert total >= 2 * TALK_S, "both parts and what lies between"
    page.keyboard.press("Home")
    assert seconds(page) == 0


def test_the_sound_goes_on_in_the_next_part_by_itself(
    hotline: Instance, person: Person, talked: dict[str, Any]
) -> None:
    call = call_of(talked, hotline, person)
    page = person("shift_leader", language="en")
    open_player(page, hotline, call)
    first, second = talked["own"]["segments"]
    page.locator(part("player-toggle")).click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
    assert first["id"] in page.evaluate("document.querySelector('audio').src")
    page.locator(part("player-track")).focus()
    page.evaluate(f"document.querySelector('audio').currentTime = {first['seconds'] - 0.5}")
    page.wait_for_function(f"() => document.querySelector('audio').src.includes('{second['id']}')")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
    shoot(page, "console-call-player-en")


def test_every_hearing_is_in_the_audit_log_with_who_and_what(
    hotline: Instance, person: Person, talked: dict[str, Any]
) -> None:
    call = call_of(talked, hotline, person)
    page = person("supervisor")
    open_player(page, hotline, call)
    expect(page.locator(part("player-download"))).to_have_count(2)
    with page.expect_download() as downloaded:
        page.locator(part("player-download")).first.click()
    assert downloaded.value.suggested_filename.endswith(".wav")
    rows = call_api(person("audit_admin"), "GET", "/audit?size=50")["items"]
    mine = [row for row in rows if row["act"] == "recording.download" and row["object_id"] == call]
    assert len(mine) == 1
    assert mine[0]["detail"]["start"] == 0


def test_a_hold_is_placed_and_released_with_its_reasons(
    hotline: Instance, person: Person, talked: dict[str, Any]
) -> None:
    call = call_of(talked, hotline, person)
    page = person("shift_leader")
    open_player(page, hotline, call)
    page.locator(part("player-hold-ask")).click()
    page.locator(f"{part('player-hold-why')} input, input{part('player-hold-why')}").first.fill(
        "市法院调取 2026-17"
    )
    page.locator(part("player-hold-do")).click()
    hold = page.locator(part("player-hold"))
    expect(hold).to_contain_text("市法院调取 2026-17")
    page.locator(f"{part('player-release-why')} input, input{part('player-release-why')}").first.fill(
        "已移交"
    )
    page.locator(part("player-release")).click()
    expect(hold).to_have_count(0)


def test_who_may_not_hear_it_reads_why(hotline: Instance, person: Person, talked: dict[str, Any]) -> None:
    call = call_of(talked, hotline, person)
    page = person("dispatcher")
    page.goto(f"{hotline.base_url}/console/calls/{call}")
    expect(page.locator(part("player-refused"))).to_contain_text("收听", timeout=15_000)
    expect(page.locator(part("player-track"))).to_have_count(0)
    assert axe(page) == []
