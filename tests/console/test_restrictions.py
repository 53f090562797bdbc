"""A caller who abuses the hotline: proposed from his call, decided by a second person, lifted with a reason."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, axe
from tests.e2e.browser import part
from tests.e2e.telephone import Telephone
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.telephony]


def test_a_restriction_is_proposed_from_a_call_and_decided_by_a_second_person(
    hotline: Instance, person: Person
) -> None:
    telephone = Telephone(
        "call", f"sip:12345@127.0.0.1:{hotline.sip_port}", "--tone", "700", "--user", "13800007077"
    )
    telephone.wait_for("state", state="CONFIRMED")
    telephone.finish()
    agent = person("agent")
    agent.goto(f"{hotline.base_url}/console/calls")
    agent.get_by_text("138****7077").first.wait_for()
    call_id = agent.evaluate(
        "fetch('/api/v1/calls').then(a => a.json()).then(p => p.items.find(c => c.caller_masked === '138****7077').id)"
    )
    agent.goto(f"{hotline.base_url}/console/calls/{call_id}")
    agent.locator(part("restriction-propose")).click()
    agent.locator(part("propose-note")).fill("连续辱骂话务员，已警告两次")
    agent.wait_for_timeout(400)  # the dialog's fade
    assert axe(agent) == []
    agent.locator(part("propose-submit")).click()
    expect(agent.locator(part("propose-dialog"))).to_be_hidden()

    leader = person("shift_leader")
    leader.goto(f"{hotline.base_url}/console/restrictions?state=proposed")
    row = leader.locator(part("restriction-row")).filter(has_text="138****7077")
    expect(row).to_have_attribute("data-state", "proposed")
    assert axe(leader) == []
    row.locator(part("restriction-open")).click()
    expect(leader.locator(part("restriction-dialog"))).to_contain_text("连续辱骂")
    expect(leader.locator(part("restriction-approve"))).to_be_disabled()
    leader.locator(part("restriction-note")).fill("录音属实")
    leader.wait_for_timeout(400)
    assert axe(leader) == []
    leader.locator(part("restriction-approve")).click()
    expect(leader.locator(part("restriction-dialog"))).to_contain_text("管控中")
    leader.locator(part("restriction-note")).fill("本人道歉，提前解除")
    leader.locator(part("restriction-lift")).click()
    expect(leader.locator(part("restriction-dialog"))).to_contain_text("已解除")
