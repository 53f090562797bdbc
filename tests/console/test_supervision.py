"""A leader at work: cries for help, into a call in every way, states forced with a reason; and what tells of a recording
that failed. The leader's Chromium is another than the agent's, with a tone of its own: it is heard who hears whom."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.console.conftest import Person, axe, call_api, shoot
from tests.console.far_ends import done, halves_with, in_state
from tests.e2e import journey
from tests.e2e.browser import another, part, tones
from tests.e2e.journey import AGENT_HERTZ, CALLER_HERTZ
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]

LEADER_HERTZ = 1450  # no note of the music

COUNT_ALARMS = """() => {
  const make = AudioContext.prototype.createOscillator;
  window.__tonesMade = 0;
  AudioContext.prototype.createOscillator = function () { window.__tonesMade++; return make.call(this); };
}"""


@pytest.fixture(scope="module")
def leaders_browser(browser: Browser) -> Iterator[Browser]:
    with another(browser.browser_type, LEADER_HERTZ) as own:
        yield own


@pytest.fixture
def leader(person: Person, leaders_browser: Browser) -> Page:
    """A shift leader who has just signed in; he sits at no desk."""
    page = person("shift_leader", using=leaders_browser)
    page.evaluate(COUNT_ALARMS)
    return page


def sounds(page: Page, seconds: float = 8) -> bool:
    """Whether the page makes an alarm's sound, which comes every three seconds."""
    before = page.evaluate("() => window.__tonesMade")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if page.evaluate("() => window.__tonesMade") > before:
            return True
        page.wait_for_timeout(200)
    return False


def page_hears(page: Page, *wanted: int, but: int = 0, seconds: float = 12) -> None:
    """Within ``seconds`` the page hears all ``wanted`` tones together, and then not ``but``."""
    deadline, found = time.monotonic() + seconds, [0]
    while time.monotonic() < deadline:
        found = tones(page)
        if all(halves_with([found], hertz) for hertz in wanted) and not (but and halves_with([found], but)):
            return
    raise AssertionError(f"hears {found}, not {wanted} without {but}")


def caller_hears(caller: Telephone, *wanted: int, but: tuple[int, ...] = ()) -> None:
    """From now on, for three seconds, the caller hears all ``wanted`` and never one of ``but``."""
    caller.hear()
    time.sleep(3.2)
    halves = caller.hear()[1:]
    for hertz in wanted:
        assert halves_with(halves, hertz) >= 4, f"the caller does not hear {hertz}: {halves}"
    for hertz in but:
        assert not halves_with(halves, hertz), f"the caller hears {hertz}: {halves}"


def told(agent: Page, words: str) -> None:
    """The agent reads who is in his call, and how."""
    expect(agent.locator(part("listeners"))).to_contain_text(words, timeout=10_000)


def go(leader: Page, button: Locator, mode: str) -> None:
    button.click()
    expect(leader.locator(part("listening"))).to_have_attribute("data-mode", mode, timeout=15_000)


def force(leader: Page, seat: Locator, state: str, reason: str) -> None:
    seat.locator(part("seat-force")).click()
    leader.locator(part(f"force-{state}")).click()
    leader.locator(part("force-reason")).fill(reason)
    leader.locator(part("force-confirm")).click()


def test_a_cry_sounds_until_it_is_seen_and_whoever_goes_in_is_heard_by_those_he_chose(
    hotline: Instance, agent: Page, caller: Telephone, leader: Page
) -> None:
    name = leader.locator(part("me")).inner_text().strip()
    leader.goto(f"{hotline.base_url}/console/calls")
    leader.evaluate(COUNT_ALARMS)
    agent.keyboard.press("F1")
    expect(agent.locator(part("leader-note"))).to_be_focused()
    agent.keyboard.type("来电人要求上级接听")
    agent.keyboard.press("Shift+F12")  # no dialog stands in the way of a cry for help
    agent.keyboard.press("Enter")

    cry = agent.locator(part("cry"))
    expect(cry).to_contain_text("求救已发出", timeout=15_000)

    # A pause for a secret ends one segment and begins another.
    for state in ("paused", "on"):
        agent.keyboard.press("Shift+F3")
        expect(agent.locator(part("recording"))).to_have_attribute("data-state", state, timeout=10_000)

    # Wherever the leader is, he sees and hears it.
    bell = leader.locator(part("alarm-bell"))
    expect(bell).to_contain_text("遇险", timeout=15_000)
    assert sounds(leader)
    bell.click()
    distress = leader.locator(f"{part('alarm')}[data-kind='distress']")
    asks = leader.locator(f"{part('alarm')}[data-kind='ask_leader']")
    expect(asks).to_contain_text("来电人要求上级接听", timeout=10_000)
    assert sounds(leader)
    seat = leader.locator(f"{part('seat')}[data-state='busy']")
    expect(seat).to_have_count(1)
    seat = leader.locator(f"{part('seat')}[data-staff='{seat.get_attribute('data-staff')}']")
    shoot(leader, "console-floor")
    assert axe(leader) == []
    distress.locator(part("alarm-seen")).click()
    expect(distress).to_have_attribute("data-state", "seen", timeout=10_000)
    expect(cry).to_contain_text(f"{name}已看到您的求救", timeout=10_000)
    assert not sounds(leader, 4)

    # Listening: he hears both, nobody hears him.
    go(leader, distress.locator(part("alarm-listen")), "listen")
    told(agent, "旁听")
    page_hears(leader, CALLER_HERTZ, AGENT_HERTZ)
    page_hears(agent, CALLER_HERTZ, but=LEADER_HERTZ)
    caller_hears(caller, AGENT_HERTZ, but=(LEADER_HERTZ,))

    # Whispering: the agent hears him, the caller does not.
    go(leader, leader.locator(part("now-whisper")), "whisper")
    told(agent, "耳语")
    page_hears(agent, CALLER_HERTZ, LEADER_HERTZ)
    caller_hears(caller, AGENT_HERTZ, but=(LEADER_HERTZ,))
    page_hears(leader, CALLER_HERTZ, AGENT_HERTZ)

    # In it: all hear all.
    go(leader, leader.locator(part("now-barge")), "barge")
    told(agent, "加入")
    shoot(leader, "console-floor-in-a-call")
    shoot(agent, "console-desk-with-a-leader")
    assert axe(leader) == []
    page_hears(agent, CALLER_HERTZ, LEADER_HERTZ)
    page_hears(leader, CALLER_HERTZ, AGENT_HERTZ)
    caller_hears(caller, AGENT_HERTZ, LEADER_HERTZ)

    # He arranges a pause, and takes the call over: the agent wraps up, and has the pause.
    force(leader, seat, "pause", "先休息十分钟")
    forced = agent.locator(part("forced"))
    expect(forced).to_contain_text("先休息十分钟", timeout=10_000)
    expect(forced).to_contain_text("通话结束后")
    expect(forced).to_contain_text(name)
    distress.locator(part("alarm-answered")).click()
    expect(distress).to_have_count(0, timeout=10_000)
    asks.locator(part("alarm-answered")).click()
    expect(asks).to_have_count(0, timeout=10_000)
    leader.locator(part("now-take-over")).click()
    in_state(leader, "talking")
    in_state(agent, "wrap_up")
    page_hears(leader, CALLER_HERTZ, but=AGENT_HERTZ)
    caller_hears(caller, LEADER_HERTZ, but=(AGENT_HERTZ,))
    agent.keyboard.press("F10")
    expect(agent.locator(part("agent-state"))).to_have_attribute("data-state", "paused", timeout=10_000)
    expect(forced).to_contain_text("先休息十分钟")
    expect(agent.locator(part("listeners"))).to_have_count(0)
    leader.keyboard.press("F6")
    in_state(leader, "wrap_up")
    done(leader)
    rung = call_api(leader, "GET", "/alarms")["items"]
    assert "recording_amiss" not in [alarm["kind"] for alarm in rung], (
        "a segment that was ended in time is not amiss"
    )
    leader.locator(part("agent-state")).click()
    leader.locator(part("do-sign-out")).click()


def test_who_is_forced_into_a_state_reads_who_did_it_and_why(
    hotline: Instance, agent: Page, leader: Page
) -> None:
    leader.goto(f"{hotline.base_url}/console/floor")
    seat = leader.locator(f"{part('seat')}[data-state='ready']")
    staff = seat.get_attribute("data-staff")
    seat = leader.locator(f"{part('seat')}[data-staff='{staff}']")
    state, forced = agent.locator(part("agent-state")), agent.locator(part("forced"))
    name = leader.locator(part("me")).inner_text().strip()

    force(leader, seat, "pause", "")  # not without a reason
    expect(leader.locator(part("force-dialog"))).to_contain_text("请写明原因")
    assert axe(leader) == []
    leader.locator(part("force-reason")).fill("去二楼开班会")
    leader.locator(part("force-confirm")).click()
    expect(state).to_have_attribute("data-state", "paused", timeout=10_000)
    expect(forced).to_contain_text(f"{name}把您的状态改为“暂停”：去二楼开班会")
    expect(seat).to_contain_text("去二楼开班会", timeout=10_000)
    shoot(agent, "console-desk-forced")

    force(leader, seat, "ready", "来电排队，请先接听")
    expect(state).to_have_attribute("data-state", "ready", timeout=10_000)
    expect(forced).to_contain_text(f"{name}把您的状态改为“就绪”：来电排队，请先接听")
    force(leader, seat, "sign_out", "夜班已有人接")
    expect(state).to_have_attribute("data-state", "signed_out", timeout=10_000)
    expect(forced).to_contain_text(f"{name}把您的状态改为“未签入”：夜班已有人接")
    journey.be_ready(agent, hotline.base_url)
    expect(forced).to_have_count(0)


@pytest.fixture
def unwritable(hotline: Instance) -> Iterator[None]:
    """Where the switch keeps its recordings there is no folder: it cannot write any."""
    spool = hotline.home / "asterisk/spool/recording"
    aside = spool.with_name("recording-aside")
    spool.rename(aside)
    spool.touch()
    try:
        yield
    finally:
        spool.unlink()
        aside.rename(spool)


def test_a_recording_that_fails_is_said_at_the_desk_and_on_the_floor_while_the_call_goes_on(
    hotline: Instance, unwritable: None, agent: Page, caller: Telephone, leader: Page
) -> None:
    expect(agent.locator(part("recording"))).to_have_attribute("data-state", "failed", timeout=20_000)
    expect(agent.locator(part("recording-failed"))).to_be_visible()
    shoot(agent, "console-desk-recording-failed")
    assert axe(agent) == []
    leader.goto(f"{hotline.base_url}/console/floor")
    expect(leader.locator(f"{part('alarm')}[data-kind='recording_amiss']").first).to_contain_text(
        "录音失败", timeout=15_000
    )
    journey.agent_hears_the_caller(agent)
    agent.keyboard.press("F6")
    in_state(agent, "wrap_up")
    agent.locator(part("wrap-up-code")).select_option("silent")
    done(agent)

    # The word the agent gave stands in the list, narrows it, and on the call's page.
    leader.goto(f"{hotline.base_url}/console/calls")
    row = leader.locator(part("call-row")).first
    expect(row.locator(part("row-wrap-up"))).to_have_text("无声或骚扰", timeout=10_000)
    leader.locator(part("call-wrap-up-filter")).click()
    leader.locator(part("wrap-up-wrong")).click()
    expect(leader.locator(part("call-row"))).to_have_count(0, timeout=10_000)
    leader.goto(f"{hotline.base_url}/console/calls?wrap_up=silent")
    row.locator(part("open-call")).click()
    expect(leader.locator(part("call-wrap-up"))).to_have_text("无声或骚扰", timeout=10_000)


def test_who_has_no_seat_reads_on_the_floor_why_he_cannot_listen(hotline: Instance, person: Person) -> None:
    page = person("supervisor")
    page.goto(f"{hotline.base_url}/console/floor")
    expect(page.locator(part("floor-no-seat"))).to_contain_text("值班长")
    expect(page.locator(part("seats"))).to_be_visible(timeout=10_000)
    expect(page.locator(part("seat-listen"))).to_have_count(0)
    assert axe(page) == []
