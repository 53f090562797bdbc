"""派单: suggestions are taken by one key, places by one click; a catalogue is compared, tried and adopted from a file."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Person, axe, call_api, file_case, shoot
from tests.e2e.browser import part
from tests.harness import Instance

pytestmark = [pytest.mark.instance, pytest.mark.browser]


def test_a_dispatcher_takes_a_suggestion_and_changes_the_catalogue_from_a_file(
    hotline: Instance, person: Person
) -> None:
    page = person("dispatcher")
    page.set_viewport_size({"width": 1366, "height": 768})
    # A caller of his own: one with an open case would be suggested whoever received that.
    filed = file_case(page, "感觉到地震，震感明显", contact={"name": "林小满", "phone": "13800001103"})
    page.goto(f"{hotline.base_url}/console/cases/{filed['id']}")
    page.locator(part("act-dispatch")).click()
    first = page.locator(part("suggestion")).first
    expect(first).to_contain_text("市地震局办理节点")
    expect(first).to_contain_text("派单目录 1103")
    page.wait_for_timeout(400)
    assert axe(page) == []
    shoot(page, "console-dispatch-zh")
    page.keyboard.press("Alt+Digit1")
    page.locator(part("act-confirm")).click()
    expect(page.locator(part("case-unit"))).to_contain_text("市地震局办理节点")

    page.goto(f"{hotline.base_url}/console/catalogue")
    expect(page.locator(f"{part('catalogue-row')}[data-matter='030101']")).to_contain_text("市城管局办理节点")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, "console-catalogue-zh")
    page.locator(part("matter-1103")).click()
    expect(page.locator(part("catalogue-row"))).to_have_count(1)

    text = page.evaluate("async () => (await fetch('/api/v1/dispatch/catalogue/file')).text()")
    page.locator(part("catalogue-import")).click()
    file = page.locator(part("import-file"))
    file.set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": "matter,name,lead\n99,甲,nobody\n".encode()}
    )
    page.locator(part("import-upload")).click()
    expect(page.locator(part("problem"))).to_contain_text("catalogue.csv:2:3 lead")
    changed = text.replace("dizhen-node", "yingji-node").encode()
    file.set_input_files({"name": "c.csv", "mimeType": "text/csv", "buffer": changed})
    page.locator(part("import-upload")).click()
    expect(page.locator(f"{part('import-change')}[data-kind='changed']")).to_contain_text("市应急局办理节点")
    today = page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})")
    for box in page.locator(".el-date-editor--daterange input").all():
        box.fill(today)
        box.press("Enter")
    page.locator(part("try-start")).click()
    expect(page.locator(part("try-moved")).filter(has_text=filed["number"])).to_contain_text(
        "市应急局办理节点"
    )
    page.wait_for_timeout(400)
    assert axe(page) == []
    shoot(page, "console-catalogue-import-zh")
    page.locator(part("import-adopt")).click()
    page.locator(".el-message-box__btns .el-button--primary").click()
    expect(page.locator(part("catalogue-row"))).to_contain_text("市应急局办理节点")
    found = call_api(page, "POST", "/dispatch/suggest", {"matter": "地震"})
    assert found["suggestions"][0]["unit"]["key"] == "yingji-node"


def test_at_the_desk_the_address_names_the_place_and_the_words_the_unit(
    hotline: Instance, person: Person
) -> None:
    page = person("agent")
    page.goto(f"{hotline.base_url}/console/desk")
    page.locator(part("case-without-call")).click()
    page.locator(part("case-address")).fill("台商投资区百崎，村口")
    page.locator(part("place-take")).click()
    expect(page.locator(f"{part('case-place')} input")).to_have_value("惠安县百崎回族乡")
    expect(page.locator(part("places"))).to_have_count(0)
    page.locator(part("type-help")).click()
    page.locator(part("case-matter")).fill("路灯不亮")
    page.locator(part("case-content")).fill("村口的路灯坏了一个星期")
    page.keyboard.press("F9")
    expect(page.locator(part("suggestion")).first).to_contain_text("泉州台商投资区办理节点")
    page.locator(part("suggestion-take")).first.click()
    page.locator(part("dispatch-confirm")).click()
    expect(page.locator(part("dispatch-dialog"))).to_have_count(0)
