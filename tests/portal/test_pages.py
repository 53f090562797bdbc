"""The portal's words, languages, large type, headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation.template import templatize

import hotline.faces.portal
from hotline.project.runtime import messages
from tests.portal.pages import fill, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
ROOM = Path(hotline.faces.portal.__file__).parent
PAGES = ["/", "/ask/type", "/ask/matter?type=help", "/follow", "/numbers", "/privacy", "/accessibility"]


def written() -> set[str]:
    """Every Chinese text the templates and views hand to gettext."""
    found: set[str] = set()
    for template in ROOM.glob("templates/portal/*.html"):
        code = templatize(template.read_text("utf-8"), origin=str(template))
        found |= {m[1] for m in re.findall(r"""gettext\(u?(['"])(.*?)\1\)""", code, re.S)}
        found |= {m[1] for m in re.findall(r"""\b_\(u?(['"])(.*?)\1\)""", code, re.S)}
    for module in ROOM.glob("*.py"):
        found |= set(re.findall(r'\b_\("(.*?)"\)', module.read_text("utf-8")))
    return found


def test_every_word_has_its_english_and_no_translation_is_left_over() -> None:
    known = messages.read(ROOM / "locale/en/LC_MESSAGES/django.po").keys() - {""}
    assert written() == known


@pytest.mark.parametrize("path", [*PAGES, "/ask/county", "/ask/place", "/ask/contact", "/ask/check"])
def test_the_english_pages_hold_no_chinese_sentence(path: str) -> None:
    citizen = Client(headers={"Accept-Language": "en"})
    fill(
        citizen,
        matter={"type": "help", "matter": "Lamps", "content": "Out for a week"},
        place={"address": "Road"},
        contact={"name": "Li"},
    )
    page = citizen.get(path)
    assert page.status_code == 200
    assert '<html lang="en"' in page.content.decode()
    words = text(page).replace("中文", "")
    for name in re.findall(
        r"<(?:label|td|dd|option|p class=\"caption\")[^>]*>([^<]*)<", page.content.decode()
    ):
        words = (
            words.replace(name.strip(), "") if name.strip() else words
        )  # names of places and units are names
    assert re.findall(r"[\u4e00-\u9fff]{2,}", words) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_script_and_allows_none_from_elsewhere(path: str) -> None:
    page = Client().get(path)
    assert "<script" not in page.content.decode()
    assert " style=" not in page.content.decode()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"


def test_the_language_is_changed_by_a_button_and_kept() -> None:
    citizen = Client(headers={"Accept-Language": "zh-CN"})
    assert "我要投诉" in text(citizen.get("/"))
    citizen.post("/language", {"language": "en", "next": "/"})
    assert "Make a complaint" in text(citizen.get("/"))


def test_large_type_is_switched_by_a_button_and_leads_nowhere_else() -> None:
    citizen = Client()
    assert citizen.post("/large-type", {"next": "/follow"}).headers["Location"] == "/follow"
    assert 'class="large"' in citizen.get("/").content.decode()
    assert citizen.post("/large-type", {"next": "https://example.org/"}).headers["Location"] == "/"
    assert 'class="large"' not in citizen.get("/").content.decode()


def test_home_names_the_ways_in_and_what_is_no_case_for_it() -> None:
    page = text(Client(headers={"Accept-Language": "zh-CN"}).get("/"))
    for words in (
        "我要咨询",
        "我要投诉",
        "我要求助",
        "我要建议",
        "办件查询",
        "110",
        "119",
        "120",
        "122",
        "32 条",
    ):
        assert words in page


@pytest.mark.parametrize("path", PAGES)
def test_who_cannot_speak_is_told_where_to_text_in_an_emergency_once_the_city_has_said_so(
    path: str, settings: Any
) -> None:
    citizen = Client(headers={"Accept-Language": "zh-CN"})
    before = citizen.get(path).content.decode()
    assert "sms:" not in before
    assert "请发短信" not in before
    told = [
        {**row, "sms": "10099"} if row["number"] == "110" else row
        for row in settings.CITY["emergency_numbers"]
    ]
    settings.CITY = {**settings.CITY, "emergency_numbers": told}
    after = citizen.get(path).content.decode()
    assert re.findall(r'<a href="sms:(\d+)"><strong>(\d+)</strong>', after) == [("10099", "10099")]
    assert "不能说话或听不清时，请发短信" in after


def test_every_merged_number_says_how_to_dial_it_now() -> None:
    page = Client(headers={"Accept-Language": "zh-CN"}).get("/numbers").content.decode()
    assert len(re.findall(r'<th scope="row">\d+</th>', page)) == 32


def test_an_address_that_is_none_is_said_in_words_with_a_way_on() -> None:
    for path in ("/r/7xk2查看并评价", "/nothing/here"):
        answer = Client().get(path)
        assert answer.status_code == 404
        assert "没有这个页面" in text(answer)
        assert 'href="tel:12345"' in answer.content.decode()
