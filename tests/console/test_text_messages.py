"""A whole hotline with a text-message gateway beside it (its own process): the citizen's telephone from acceptance to verdict,
and what staff see of it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.conftest import axe, call_api, file_case, shoot
from tests.e2e.browser import part, sign_in, staff_context
from tests.harness import HOTLINE, Instance, own_city, running_instance
from tests.notices.gateway import APP, IDS, SIGN, SmsGateway

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.timeout(300)]
PHONE = "13800001234"
ALL_DAY = """
  - {figure: sms_from_hour,  value: 0,  effective_from: "2021-12-01T00:00:00+08:00"}
  - {figure: sms_until_hour, value: 24, effective_from: "2021-12-01T00:00:00+08:00"}
"""


@pytest.fixture(scope="module")
def gateway() -> Iterator[SmsGateway]:
    """With the texts that `hotline sms texts` says must be approved."""
    said = subprocess.run([*HOTLINE, "sms", "texts"], capture_output=True, text=True, check=True).stdout
    texts = dict(re.findall(r"^(\S+)  \[–\].*\n {4}(.+)$", said, re.M))
    one = SmsGateway(texts)
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def joined(gateway: SmsGateway) -> Iterator[Instance]:
    """A hotline whose city has that gateway, set up as docs/notices.md says."""
    home = Path(tempfile.mkdtemp(prefix="hotline-"))
    city = own_city(home)
    texts = "".join(f"    {name}: {name}\n" for name in gateway.settings["templates"])
    path = city / "city.yaml"
    path.write_text(
        re.sub(r"(?m)^limits:\n", "limits:" + ALL_DAY, path.read_text(encoding="utf-8"))
        + f'\nsms:\n  gateway: tencent\n  app_id: "{APP}"\n  sign: {SIGN}\n  endpoint: {gateway.endpoint}\n  templates:\n{texts}',
        encoding="utf-8",
    )
    with running_instance(tmp=home, extra_env={"HOTLINE_CITY": str(city)}) as instance:
        for name, value in zip(("secret_id", "secret_key"), *IDS.items(), strict=True):
            kept = subprocess.run(
                [*HOTLINE, "sms", "secret", name], env=instance.environment, input=value, text=True, capture_output=True,
                check=True,
            )  # fmt: skip
            assert value not in kept.stdout
        status = instance.hotline("sms", "status").stdout
        door = re.search(r"https?://\S+/api/v1/sms/tencent/[0-9a-f]{32}", status)
        assert door, status
        gateway.do("report_to", url=door[0])
        yield instance


@pytest.fixture
def staff(joined: Instance, browser: Browser) -> Iterator[dict[str, Page]]:
    """Whoever has a part in it, signed in."""
    people = {}
    for role in ("agent", "dispatcher", "node_handler"):
        context = staff_context(browser)
        people[role] = sign_in(context, joined.base_url, joined.accounts[role])
    yield people
    for page in people.values():
        page.context.close()


def answered_by_its_unit(staff: dict[str, Page], case: str) -> None:
    """From dispatch to a result that was checked."""
    unit = call_api(staff["node_handler"], "GET", "/session")["organisation"]["id"]
    for role, act, fields in (
        ("dispatcher", "dispatch", {"unit": unit}),
        ("node_handler", "sign_for", {}),
        ("node_handler", "reply", {"reply": "路灯已修复。"}),
        ("dispatcher", "check", {}),
    ):
        version = call_api(staff[role], "GET", f"/cases/{case}")["version"]
        call_api(staff[role], "POST", f"/cases/{case}/acts/{act}", {"version": version, **fields})


def test_a_citizen_is_told_on_his_telephone_and_answers_from_it(
    joined: Instance, gateway: SmsGateway, staff: dict[str, Page], browser: Browser
) -> None:
    case = file_case(staff["agent"])["id"]
    said = gateway.texts(PHONE, 1)[0]
    code = re.search(r"编号(\d+)，查询码(\w+)，凭编号和查询码可在 (\S+) 查看", said)
    assert code, said

    citizen = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
    citizen.goto(code[3])
    citizen.fill("#number", code[1])
    citizen.fill("#code", code[2])
    citizen.get_by_role("button", name="查询").click()
    expect(citizen.locator("#state")).to_have_text("已受理")

    answered_by_its_unit(staff, case)
    result = gateway.texts(PHONE, 3)[2]
    link = re.search(r"https?://\S+/r/\w+", result)
    assert link, result
    citizen.goto(link[0])
    expect(citizen.locator("#result")).to_contain_text("路灯已修复")
    shoot(citizen, "portal-rate-by-link")
    citizen.get_by_label("满意", exact=True).check()
    citizen.get_by_role("button", name="提交评价").click()
    expect(citizen.locator("#state")).to_have_text("已办结")
    citizen.context.close()

    page = staff["dispatcher"]
    page.goto(f"{joined.base_url}/console/cases/{case}")
    panel = page.locator(part("messages-panel"))
    expect(panel.locator("li")).to_have_count(3)
    expect(panel.locator('[data-state="delivered"]')).to_have_count(3)
    shoot(page, "console-case-messages")
    page.goto(f"{joined.base_url}/console/messages")
    expect(page.locator(part("message-row"))).to_have_count(3)
    assert "路灯" not in page.locator(part("message-table")).inner_text()
    assert axe(page) == []
    shoot(page, "console-messages")


def test_what_did_not_arrive_is_found_and_says_why(
    joined: Instance, gateway: SmsGateway, staff: dict[str, Page]
) -> None:
    gateway.how(receipt="fail")
    try:
        file_case(staff["agent"], contact={"name": "王", "phone": "13800009999"})
        page = staff["dispatcher"]
        page.goto(f"{joined.base_url}/console/messages?state=failed")
        for _ in range(40):
            if page.locator(part("message-row")).count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(page.locator(part("message-row"))).to_contain_text("用户关机或停机")
    finally:
        gateway.how(receipt="success")


def test_a_digit_on_the_telephone_has_the_case_handled_again(
    joined: Instance, gateway: SmsGateway, staff: dict[str, Page]
) -> None:
    phone = "13800005555"
    case = file_case(staff["agent"], contact={"name": "陈", "phone": phone})["id"]
    answered_by_its_unit(staff, case)
    gateway.texts(phone, 3)
    answer = gateway.do("reply", mobile=phone, text="4 还是不亮")["answers"][0]
    assert answer == {"status": 200, "body": {"result": 0, "errmsg": "OK"}}
    page = staff["dispatcher"]
    for _ in range(40):
        found = call_api(page, "GET", f"/cases/{case}")
        if found["state"] == "dispatched":
            break
        page.wait_for_timeout(500)
    last = found["timeline"][-1]
    assert (found["state"], last["act"], last["fields"]["reason"]) == ("dispatched", "rate", "还是不亮")


def test_what_a_citizen_writes_is_made_a_case_or_added_to_his(
    joined: Instance, gateway: SmsGateway, staff: dict[str, Page]
) -> None:
    phone, page = "13800007777", staff["agent"]
    gateway.do("reply", mobile=phone, text="城东街道建设路的井盖没了，晚上很危险")
    gateway.do("reply", mobile=phone, text="就在建设路 5 号门口", at=2_000_000_000)
    page.goto(f"{joined.base_url}/console/inbox")
    rows = page.locator(part("inbox-row"))
    expect(rows).to_have_count(2)
    expect(page.locator(part("inbox-words"))).to_have_text("城东街道建设路的井盖没了，晚上很危险")
    page.locator(part("inbox-file")).click()
    expect(page.locator(f"{part('inbox-form')} .fault").first).to_be_visible()
    page.locator(part("type-help")).click()
    page.locator(f"{part('inbox-matter')}").fill("井盖缺失")
    shoot(page, "console-inbox")
    assert axe(page) == []
    page.locator(part("inbox-file")).click()
    # The next one opens by itself, and the case just filed is offered for it.
    expect(page.locator(part("inbox-words"))).to_have_text("就在建设路 5 号门口")
    expect(page.locator(part("senders-cases"))).to_contain_text("井盖缺失")
    page.locator(part("inbox-add")).click()
    expect(rows).to_have_count(0)
    page.locator(part("inbox-done")).click()
    expect(page.locator(part("inbox-row")).first).to_contain_text("13")
    (case,) = call_api(page, "GET", "/cases?q=井盖缺失")["items"]
    assert (case["channel"], case["contact_phone_masked"]) == ("sms", "138****7777")
    assert call_api(page, "GET", f"/cases/{case['id']}")["timeline"][-1]["fields"] == {
        "text": "就在建设路 5 号门口"
    }
    # He gets his number and code like everybody.
    assert "查询码" in gateway.texts(phone, 1)[0]
