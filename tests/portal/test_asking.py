"""Filing a request as a citizen does, over plain HTTP without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hotline.base.kernel import clock, rates
from hotline.base.people import queries as people
from hotline.faces.portal import asking
from hotline.faces.portal.models import Draft
from hotline.work.cases.models import Case
from tests.portal.pages import file_one, fill, receipt, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"Accept-Language": "zh-CN"})


def test_a_request_is_filed_page_by_page(citizen: Client) -> None:
    made = file_one(citizen)
    case = Case.objects.get(number=made.number)
    assert (case.type, case.channel, case.contact_phone_masked, case.state) == (
        "complaint",
        "portal",
        "138****1234",
        "accepted",
    )
    assert "10 个工作日" in made.page
    assert "接下来" in made.page


def test_an_address_to_write_to_may_be_left_and_is_checked(citizen: Client) -> None:
    contact = {"name": "张三丰", "phone": "059522110000", "mail": "Zhang.San@Mail.example"}
    fill(citizen, contact=contact)
    assert "Zhang.San@Mail.example" in text(citizen.get("/ask/check"))
    case = Case.objects.get(number=receipt(citizen).number)
    assert case.contact_mail_masked == "z***@mail.example"
    fill(citizen)
    wrong = citizen.post("/ask/contact", contact | {"mail": "zhang.san"})
    assert wrong.status_code == 422
    assert "邮箱地址的格式不对" in text(wrong)


def test_the_check_page_shows_every_answer_and_a_way_to_change_it(citizen: Client) -> None:
    fill(citizen)
    page = citizen.get("/ask/check")
    for answer in (
        "投诉",
        "小区路灯不亮",
        "丰海路的路灯坏了一个星期。",
        "丰海路 12 号",
        "张三丰",
        "138 1234 1234",
    ):
        assert answer in text(page)
    links = set(re.findall(r'href="(/ask/\w+\?change=1)"', page.content.decode()))
    assert links == {
        f"/ask/{step}?change=1" for step in ("type", "matter", "county", "place", "contact", "files")
    }


def test_a_change_goes_back_to_the_check_and_keeps_the_rest(citizen: Client) -> None:
    fill(citizen)
    answer = citizen.post(
        "/ask/contact?change=1", {"name": "李四", "phone": "13900001111", "confidential": "1"}
    )
    assert answer.headers["Location"] == "/ask/check"
    case = Case.objects.get(number=receipt(citizen).number)
    assert (case.contact_phone_masked, case.confidential, case.matter) == (
        "139****1111",
        True,
        "小区路灯不亮",
    )


def test_nobody_gets_past_an_unanswered_page(citizen: Client) -> None:
    for step in ("county", "place", "contact", "check"):
        assert citizen.get(f"/ask/{step}").headers["Location"] == "/ask/type"
    assert citizen.post("/ask/check").headers["Location"] == "/ask/type"
    assert citizen.get("/ask/nonsense").status_code == 404
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("step", "answers", "fields"),
    [
        ("type", {}, {"type"}),
        ("matter", {"type": "help"}, {"matter", "content"}),
        ("county", {}, {"county"}),
        ("county", {"county": "nonsense"}, {"county"}),
        ("place", {"division": "999999999"}, {"division"}),
        ("contact", {"name": "甲"}, {"phone"}),
        ("contact", {"phone": "一二三"}, {"phone"}),
    ],
)
def test_a_wrong_answer_is_explained_at_the_top_and_at_its_field(
    citizen: Client, step: str, answers: dict[str, str], fields: set[str]
) -> None:
    fill(citizen)
    response = citizen.post(f"/ask/{step}", answers)
    page = response.content.decode()
    assert response.status_code == 422
    linked = set(re.findall(r'<li><a href="#(\w+)">', page))
    assert linked == fields
    for field in fields:
        assert f'id="{field}"' in page
        assert f'id="{field}-error"' in page
        assert f"{field}-error" in "".join(re.findall(r'aria-describedby="([^"]*)"', page))
    assert "<title>有误：" in page


def test_what_was_typed_is_still_there_after_an_error(citizen: Client) -> None:
    response = citizen.post("/ask/matter", {"type": "help", "matter": "", "content": "写了很久的内容"})
    assert "写了很久的内容" in response.content.decode()


def test_a_double_click_is_one_case_with_one_code(citizen: Client) -> None:
    fill(citizen)
    draft = Draft.objects.get()
    first = receipt(citizen)
    Draft.objects.filter(id=draft.id).update(
        content=draft.content
    )  # the second click came before the first answer
    second = receipt(citizen)
    assert (first.number, first.code) == (second.number, second.code)
    assert Case.objects.count() == 1


def test_the_receipt_can_be_reloaded_and_a_new_request_started(citizen: Client) -> None:
    made = file_one(citizen)
    assert made.code in text(citizen.get("/ask/done"))
    again = file_one(citizen, matter={"matter": "另一件事"})
    assert again.number != made.number


def test_a_draft_is_sealed_and_gone_after_two_hours(citizen: Client) -> None:
    fill(citizen)
    raw = bytes(Draft.objects.get().content)
    assert "张三丰".encode() not in raw
    assert b"1234" not in raw
    with clock.at(clock.now() + timedelta(hours=2, minutes=1)):
        assert citizen.get("/ask/check").status_code == 302
        Client().post("/ask/type", {"type": "help"})
        assert Draft.objects.count() == 1


def test_without_a_csrf_token_nothing_is_taken() -> None:
    assert Client(enforce_csrf_checks=True).post("/ask/type", {"type": "help"}).status_code == 403


def test_a_zones_towns_are_offered_under_the_zone_not_under_the_county_whose_code_they_bear(
    citizen: Client,
) -> None:
    fill(citizen, county={"county": "taishang"})
    zone = text(citizen.get("/ask/place"))
    assert "洛阳镇" in zone
    hui_an = people.organisations(kind="county").get(division_code="350521")
    citizen.post("/ask/county", {"county": hui_an.key})
    county = text(citizen.get("/ask/place"))
    assert "洛阳镇" not in county
    assert "崇武镇" in county


def test_a_place_the_city_does_not_administer_is_not_offered(citizen: Client) -> None:
    fill(citizen)
    assert "金门" not in text(citizen.get("/ask/county"))


def test_a_chosen_town_becomes_the_place_of_the_case(citizen: Client) -> None:
    made = file_one(
        citizen, county={"county": "taishang"}, place={"division": "350521104", "address": "桥南村"}
    )
    case = Case.objects.get(number=made.number)
    assert case.place_division == "350521104"
    assert "洛阳镇" in case.place_name
    other = file_one(citizen, county={"county": "taishang"})
    from hotline.base.kernel.sealing import unseal

    assert "台商投资区" in unseal(Case.objects.get(number=other.number).place_address)


def test_too_many_requests_from_one_address_are_stopped_politely(
    citizen: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "FILED_PER_HOUR", lambda: 3)
    with clock.at(clock.now()):
        for _ in range(3):
            file_one(citizen)
        fill(citizen)
        stopped = citizen.post("/ask/check")
    assert stopped.status_code == 429
    assert "12345" in text(stopped)


def test_neither_double_clicks_nor_failures_count_as_requests(
    citizen: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "FILED_PER_HOUR", lambda: 2)
    with clock.at(clock.now()):
        for _ in range(5):
            assert citizen.post("/ask/check").status_code == 302  # nothing to file yet
        file_one(citizen)
        for _ in range(5):
            citizen.post("/ask/check")
        assert file_one(citizen).number


def test_a_whole_ipv6_network_is_one_address() -> None:
    assert rates.source("2001:db8:1:2::3") == rates.source("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert rates.source("2001:db8:1:3::3") != rates.source("2001:db8:1:2::3")
    assert rates.source("::ffff:192.0.2.7") == rates.source("192.0.2.7") == "192.0.2.7"


def test_a_year_of_the_wrong_kind_does_not_matter_to_filing(citizen: Client) -> None:
    with clock.at(clock.now().replace(year=2040)):
        assert file_one(citizen).number.startswith("2040")
