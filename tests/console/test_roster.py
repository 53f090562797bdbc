"""The week of everybody at the desks, by keyboard and by mouse; swaps and leave between two people; a file; whose time it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Person, axe, call_api, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def opened(hotline: Instance, page: Page, weeks: int = 1) -> str:
    """The roster some weeks ahead, where nothing has begun; its Monday."""
    page.goto(f"{hotline.base_url}/console/roster")
    expect(page.locator(part("roster-grid"))).to_be_visible()
    for _ in range(weeks):
        before = page.locator(part("cell")).first.get_attribute("data-day")
        page.locator(part("week-next")).click()
        expect(page.locator(part("cell")).first).not_to_have_attribute("data-day", before or "")
    return page.locator(part("cell")).first.get_attribute("data-day") or ""


def cell(page: Page, who: str, day: str) -> Any:
    return page.locator(f"{part('cell')}[data-who='{who}'][data-day='{day}']")


def after(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days=days))


def test_a_leader_plans_a_week_with_the_keyboard_alone(hotline: Instance, person: Person) -> None:
    page = person("shift_leader")
    monday = opened(hotline, page)
    assert date.fromisoformat(monday).weekday() == 0
    who = hotline.accounts["agent"]["username"]
    cell(page, who, monday).focus()
    page.keyboard.press("1")
    expect(cell(page, who, monday).locator(part("shift"))).to_have_attribute("data-kind", "early")
    cell(page, who, monday).focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, who, after(monday, 1))).to_be_focused()
    page.keyboard.press("1")
    expect(cell(page, who, after(monday, 1)).locator(part("shift"))).to_have_count(1)
    # Less than eight hours after an early shift: refused, with the reason, and nothing is planned.
    page.keyboard.press("2")
    expect(page.locator(".said").last).to_contain_text("休息不足")
    expect(cell(page, who, after(monday, 1)).locator(part("shift"))).to_have_count(1)
    cell(page, who, after(monday, 1)).focus()
    page.keyboard.press("Delete")
    expect(cell(page, who, after(monday, 1)).locator(part("shift"))).to_have_count(0)
    cell(page, who, monday).focus()
    page.keyboard.press("Enter")
    expect(page.locator(part("shift-dialog"))).to_be_visible()
    assert axe(page) == []
    page.locator(part("shift-withdraw")).click()
    expect(cell(page, who, monday).locator(part("shift"))).to_have_count(0)


def test_a_file_is_refused_with_its_lines_and_taken_in_when_it_is_right(
    hotline: Instance, person: Person
) -> None:
    page = person("shift_leader")
    monday = opened(hotline, page, weeks=2)
    who = hotline.accounts["agent"]["username"]
    page.locator(part("roster-import")).click()
    wrong = f"day,shift,username\n{monday},early,{who}\n{monday},early,nobody\n{monday},mittag,{who}\n"
    page.locator(part("import-file")).set_input_files(
        {"name": "roster.csv", "mimeType": "text/csv", "buffer": wrong.encode()}
    )
    faults = page.locator(part("import-faults"))
    expect(faults).to_contain_text("roster.csv:3")
    expect(faults).to_contain_text("roster.csv:4")
    expect(page.locator(part("import-now"))).to_be_disabled()
    right = f"day,shift,username\n{monday},early,{who}\n{after(monday, 1)},early,{who}\n"
    page.locator(part("import-file")).set_input_files(
        {"name": "roster.csv", "mimeType": "text/csv", "buffer": right.encode()}
    )
    expect(page.locator(part("import-found"))).to_contain_text("新增 2")
    page.locator(part("import-now")).click()
    expect(cell(page, who, after(monday, 1)).locator(part("shift"))).to_have_count(1)
    page.locator(part(f"day-{monday}")).click()
    expect(page.locator(f"{part('half')}[data-planned='1']")).to_have_count(16)
    page.mouse.move(0, 0)
    shoot(page, "console-roster-zh")


def test_two_agents_swap_a_shift_and_the_leader_approves(hotline: Instance, person: Person) -> None:
    leader, one = person("shift_leader"), person("agent")
    monday = opened(hotline, leader, weeks=3)
    mine = hotline.accounts["agent"]["username"]
    week = call_api(leader, "GET", f"/roster?start={monday}")
    ids = {row["username"]: row["id"] for row in week["staff"]}
    # The leader himself is the colleague: he agrees, and somebody else must approve.
    call_api(leader, "POST", "/roster/shifts", {"staff_id": ids[mine], "day": monday, "kind": "early"})
    opened(hotline, one, weeks=3)
    cell(one, mine, monday).click()
    expect(one.locator(part("ask-dialog"))).to_be_visible()
    one.locator(part("swap-with")).click()
    colleague = next(
        row for row in week["staff"] if row["username"] == hotline.accounts["shift_leader"]["username"]
    )
    one.get_by_role("option", name=colleague["name"]).first.click()
    one.locator(part("ask-reason")).fill("孩子开家长会")
    one.locator(part("ask-send")).click()
    expect(one.locator(f"{part('swap')}[data-state='asked']")).to_be_visible()
    leader.reload()
    leader.locator(part("swap-accept")).click()
    expect(leader.locator(f"{part('swap')}[data-state='accepted']")).to_be_visible()
    expect(leader.locator(part("swap-approve"))).to_have_count(0)
    chief = person("supervisor")
    opened(hotline, chief, weeks=3)
    chief.locator(part("swap-approve")).click()
    expect(cell(chief, colleague["username"], monday).locator(part("shift"))).to_have_count(1)
    expect(cell(chief, mine, monday).locator(part("shift"))).to_have_count(0)


def test_leave_is_asked_for_and_frees_the_shift(hotline: Instance, person: Person) -> None:
    leader, agent = person("shift_leader"), person("agent")
    monday = opened(hotline, leader, weeks=4)
    who = hotline.accounts["agent"]["username"]
    week = call_api(leader, "GET", f"/roster?start={monday}")
    staff_id = next(row["id"] for row in week["staff"] if row["username"] == who)
    call_api(leader, "POST", "/roster/shifts", {"staff_id": staff_id, "day": monday, "kind": "early"})
    opened(hotline, agent, weeks=4)
    cell(agent, who, monday).focus()
    agent.keyboard.press("Enter")
    agent.locator(part("ask-leave")).click()
    agent.locator(part("ask-reason")).fill("发热")
    assert axe(agent) == []
    agent.locator(part("ask-send")).click()
    expect(agent.locator(f"{part('leave')}[data-state='asked']")).to_be_visible()
    leader.reload()
    opened(hotline, leader, weeks=4)
    leader.locator(part("leave-approve")).first.click()
    expect(cell(leader, who, monday).locator(part("away"))).to_be_visible()
    expect(leader.locator(f"{part('leave')}[data-state='approved']").first).to_contain_text("空出 1 个班次")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_roster_is_accessible_in_both_languages(hotline: Instance, person: Person, language: str) -> None:
    page = person("shift_leader", language=language)
    opened(hotline, page, weeks=2)
    expect(page.locator(part("owner-time"))).to_be_visible()
    assert axe(page) == []
    if language == "en":
        shoot(page, "console-roster-en")
