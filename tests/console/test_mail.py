"""A whole hotline with a post office beside it (a real Dovecot, an SMTP server): a citizen's mail from the inbox to his answer, and
a letter filed with its scan."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.attachments.samples import pdf, photograph
from tests.console.conftest import axe, call_api, shoot
from tests.e2e.browser import part, sign_in, staff_context
from tests.harness import HOTLINE, Instance, own_city, running_instance
from tests.notices.postoffice import PASSWORD, PostOffice, letter

pytestmark = [pytest.mark.instance, pytest.mark.browser, pytest.mark.timeout(300)]
WHO = "citizen@mail.example"


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    one = PostOffice()
    one.start()
    one.empty()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def joined(office: PostOffice) -> Iterator[Instance]:
    """A hotline whose city has that mailbox, set up as docs/notices.md says."""
    home = Path(tempfile.mkdtemp(prefix="hotline-"))
    city = own_city(home)
    with (city / "city.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nmail: {json.dumps(office.block(), ensure_ascii=False)}\n")
    with running_instance(tmp=home, extra_env={"HOTLINE_CITY": str(city)}) as instance:
        kept = subprocess.run(
            [*HOTLINE, "mail", "secret"], env=instance.environment, input=PASSWORD, text=True, capture_output=True, check=True
        )  # fmt: skip
        assert PASSWORD not in kept.stdout
        yield instance


@pytest.fixture
def agent(joined: Instance, browser: Browser) -> Iterator[Page]:
    context = staff_context(browser)
    yield sign_in(context, joined.base_url, joined.accounts["agent"])
    context.close()


def letters(office: PostOffice, count: int, within: float = 40) -> list[str]:
    """What the citizen's mailbox holds once it is ``count`` letters."""
    end = time.monotonic() + within
    while len(found := office.texts(WHO)) < count and time.monotonic() < end:
        time.sleep(0.3)
    assert len(found) >= count
    return found


def look(page: Page, url: str, rows: int) -> None:
    """The inbox, once it holds so many."""
    for _ in range(60):
        page.goto(url)
        expect(page.locator(".list-foot, [data-test='inbox-list']").first).to_be_attached()
        page.wait_for_timeout(700)
        if page.locator(part("inbox-row")).count() >= rows:
            break
    expect(page.locator(part("inbox-row"))).to_have_count(rows)


def test_a_mail_becomes_a_case_and_its_sender_hears_of_it_and_adds_to_it_by_mail(
    joined: Instance, office: PostOffice, agent: Page
) -> None:
    made = letter(
        "刺桐路的路灯坏了一个星期，晚上看不见路。", sender=f"王五 <{WHO}>", subject="刺桐路路灯不亮"
    )
    made.add_attachment(photograph(), maintype="image", subtype="jpeg", filename="路灯.jpg")
    raw = office.put(made)
    inbox = f"{joined.base_url}/console/inbox"
    look(agent, inbox, 1)
    expect(agent.locator(part("inbox-subject"))).to_have_text("刺桐路路灯不亮")
    expect(agent.locator(f"{part('inbox-matter')}")).to_have_value("刺桐路路灯不亮")
    expect(agent.locator(part("inbox-files"))).to_contain_text("路灯.jpg")
    with agent.expect_download() as coming:
        agent.locator(part("inbox-original")).click()
    assert Path(coming.value.path()).read_bytes() == raw
    shoot(agent, "console-inbox-mail")
    assert axe(agent) == []
    agent.locator(part("type-help")).click()
    agent.locator(part("inbox-file")).click()
    expect(agent.locator(part("inbox-row"))).to_have_count(0)
    said = letters(office, 1)[0]
    code = re.search(r"编号(\d+)，查询码(\w+)，", said)
    assert code, said
    (case,) = call_api(agent, "GET", f"/cases?q={code[1]}")["items"]
    assert (case["channel"], case["contact_mail_masked"]) == ("email", "c***@mail.example")

    (ours,) = office.letters(WHO)
    office.put(
        letter("就在 8 号门口。", sender=WHO, subject="Re: 已受理", In_Reply_To=str(ours["Message-ID"]))
    )
    look(agent, inbox, 1)
    expect(agent.locator(part("senders-cases"))).to_contain_text(code[1])
    expect(agent.locator(part("senders-cases"))).to_contain_text("回复我们的邮件")
    agent.locator(part("inbox-add")).click()
    expect(agent.locator(part("inbox-row"))).to_have_count(0)

    agent.goto(f"{joined.base_url}/console/cases/{case['id']}")
    expect(agent.locator(part("originals"))).to_contain_text("刺桐路路灯不亮")
    expect(agent.locator(part("original"))).to_have_count(2)
    expect(agent.locator(part("attachments"))).to_contain_text("路灯.jpg")
    agent.locator(part("reveal-mail")).click()
    expect(agent.locator(part("masked-mail"))).to_contain_text(WHO)
    assert axe(agent) == []


def test_an_automatic_answer_is_found_among_what_is_done_and_can_be_taken_back(
    joined: Instance, office: PostOffice, agent: Page
) -> None:
    office.put(letter("我在休假", subject="自动回复", Auto_Submitted="auto-replied"))
    done = f"{joined.base_url}/console/inbox?done=1&channel=mail"
    look(agent, done, 3)
    row = agent.locator(part("inbox-row")).filter(has_text="我在休假")
    expect(row).to_contain_text("自动回复，未处理")
    row.locator(part("take-back")).click()
    expect(agent.locator(part("inbox-row"))).to_have_count(2)
    look(agent, f"{joined.base_url}/console/inbox", 1)


def test_a_letter_is_filed_at_the_desk_with_its_day_and_its_scan(joined: Instance, agent: Page) -> None:
    agent.goto(f"{joined.base_url}/console/desk")
    agent.locator(part("case-without-call")).click()
    agent.locator(part("channel-letter")).click()
    agent.locator(part("type-help")).click()
    agent.locator(f"{part('case-matter')}").fill("来信反映路灯")
    agent.locator(part("case-content")).fill("来信人反映村口路灯坏了一个月。")
    agent.locator(part("file-only")).click()
    expect(agent.locator(part("case-form"))).to_contain_text("请填写来信或来访的日期")
    agent.locator(part("case-arrived")).fill("2026-03-02")
    agent.locator(part("case-papers")).set_input_files(
        {"name": "来信.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    shoot(agent, "console-desk-letter")
    assert axe(agent) == []
    agent.locator(part("file-only")).click()
    for _ in range(40):
        found = call_api(agent, "GET", "/cases?channel=letter")["items"]
        if found and call_api(agent, "GET", f"/cases/{found[0]['id']}/attachments")["items"]:
            break
        agent.wait_for_timeout(250)
    agent.goto(f"{joined.base_url}/console/cases/{found[0]['id']}")
    expect(agent.locator(part("case-arrived"))).to_have_text("2026-03-02")
    expect(agent.locator(part("attachment"))).to_contain_text("原件")
    expect(agent.locator(part("paper-missing"))).to_have_count(0)
