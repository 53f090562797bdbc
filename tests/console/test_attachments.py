"""Files of a case in the console: added by hand, seen, refused in words."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.attachments import samples
from tests.console.conftest import Person, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def test_an_agent_adds_files_and_is_told_which_are_not_taken(hotline: Instance, person: Person) -> None:
    page = person("agent")
    filed = file_case(page, "路灯不亮，有照片")
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    page.locator(part("attachment-file")).set_input_files(
        [
            {"name": "路灯.jpg", "mimeType": "image/jpeg", "buffer": samples.photograph()},
            {"name": "工具.exe", "mimeType": "image/jpeg", "buffer": b"MZ" + bytes(80)},
        ]
    )
    expect(page.locator(part("attachment"))).to_have_count(1)
    expect(page.locator(part("attachments"))).to_contain_text("“工具.exe”没有收下")
    shoot(page, "console-attachments")
    page.locator(part("attachment-view")).click()
    expect(page.locator(f"{part('attachment-picture')} img")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.locator(part("attachment-open")).click()
    assert download.value.suggested_filename == "路灯.jpg"
