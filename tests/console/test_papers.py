"""Filters, columns, exports and letters in the browser."""

from __future__ import annotations

import io

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, axe, call_api, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def test_a_list_is_filtered_kept_arranged_exported_and_a_letter_is_printed(
    hotline: Instance, person: Person
) -> None:
    page = person("dispatcher")
    for type, matter in (("help", "申请修剪行道树"), ("complaint", "投诉夜间施工")):
        file_case(page, matter, type=type)
    base = f"{hotline.base_url}/console"
    # A filter is in the address, and can be kept by name.
    page.goto(f"{base}/cases?q=申请修剪行道树")
    page.locator(part("filter-open")).click()
    page.locator(part("filter-type")).click()
    page.locator(part("filter-type-complaint")).click()
    expect(page).to_have_url(
        f"{base}/cases?q=%E7%94%B3%E8%AF%B7%E4%BF%AE%E5%89%AA%E8%A1%8C%E9%81%93%E6%A0%91&type=complaint"
    )
    expect(page.locator(part("empty"))).to_be_visible()
    page.goto(f"{base}/cases?type=help&q=申请修剪行道树")
    expect(page.locator(part("case-row"))).to_have_count(1)
    page.locator(part("filter-keep")).click()
    page.locator(part("filter-name")).fill("行道树")
    page.locator(part("filter-save")).click()
    expect(page.locator(part("saved-filters"))).to_contain_text("行道树")
    assert axe(page) == []
    # Columns are kept for this person and this list.
    page.locator(part("columns")).click()
    page.locator(part("column-place")).click()
    page.locator(part("columns-save")).click()
    expect(page.locator('th[data-column="place"]')).to_have_count(0)
    page.reload()
    expect(page.locator('th[data-column="number"]')).to_have_count(1)
    expect(page.locator('th[data-column="place"]')).to_have_count(0)
    shoot(page, "console-filter")
    # The list goes out as a spreadsheet with its mark.
    page.locator(part("export")).click()
    page.locator(part("export-why")).fill("绿化例会")
    page.locator(part("export-confirm")).click()
    expect(page.locator(f"{part('export-row')}").first).to_have_attribute(
        "data-state", "ready", timeout=60_000
    )
    assert axe(page) == []
    shoot(page, "console-exports")
    with page.expect_download() as taken:
        page.locator(part("export-take")).first.click()
    rows = [*openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes())).active.values]
    assert "绿化例会" in str(rows[0][0])
    assert [row[2] for row in rows[2:]] == ["申请修剪行道树"]
    # A letter of the case.
    page.goto(f"{base}/cases?q=申请修剪行道树")
    page.locator(part("case-row")).first.click()
    page.locator(part("letter-menu")).click()
    expect(page.locator(part("letter-dispatch_order"))).to_have_attribute("aria-disabled", "true")
    page.locator(part("letter-receipt")).click()
    page.locator(part("letter-confirm")).click()
    link = page.locator(part("letter-pdf"))
    expect(link).to_have_count(1)
    answer = page.request.get(f"{hotline.base_url}{link.get_attribute('href')}")
    assert answer.body().startswith(b"%PDF")
    shoot(page, "console-letters")
    call_api(page, "POST", "/case-views/columns", {"list": "", "columns": []})
    page.emulate_media(media="print")
    expect(page.locator(part("acts"))).to_be_hidden()
    expect(page.locator(part("case-content"))).to_be_visible()
