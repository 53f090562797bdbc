"""Photographs and files on the portal, without a script: added to a request or later, refused in words, nothing typed lost."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hotline.work.attachments import queries
from hotline.work.cases.models import Case
from tests.attachments import samples
from tests.cases.office import AGENT, DISPATCHER, do, file, handler, unit
from tests.portal.pages import fill, receipt, text
from tests.portal.test_following import opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"Accept-Language": "zh-CN"})


def a_file(name: str = "路灯.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, samples.picture() if data is None else data)


def names(case: Case) -> list[str]:
    return [row["name"] for row in queries.of_case(AGENT, case.id)["items"]]


def test_what_is_added_before_sending_belongs_to_the_case_that_is_filed(citizen: Client) -> None:
    fill(citizen)
    page = citizen.post("/ask/files", {"file": [a_file(), a_file("合同.pdf", samples.pdf())]}, follow=True)
    assert "路灯.jpg" in text(page)
    assert "合同.pdf" in text(citizen.get("/ask/check"))
    filed = receipt(citizen)
    assert names(Case.objects.get(number=filed.number)) == ["路灯.jpg", "合同.pdf"]


def test_it_can_be_taken_back_before_sending(citizen: Client) -> None:
    fill(citizen)
    page = citizen.post("/ask/files", {"file": a_file()}, follow=True).content.decode()
    (id,) = re.findall(r'name="remove" value="([^"]+)"', page)
    assert "路灯.jpg" not in text(citizen.post("/ask/files", {"remove": id}, follow=True))
    assert names(Case.objects.get(number=receipt(citizen).number)) == []


def test_a_refused_file_is_named_with_what_may_be_sent_and_the_request_is_still_there(
    citizen: Client,
) -> None:
    fill(citizen)
    page = citizen.post("/ask/files", {"file": a_file("病毒.exe", b"MZ" + bytes(50))})
    assert page.status_code == 422
    assert "“病毒.exe”没有收下" in text(page)
    assert "小区路灯不亮" in text(citizen.get("/ask/check"))


def test_nobody_sends_files_before_there_is_a_request(citizen: Client) -> None:
    assert citizen.post("/ask/files", {"file": a_file()})["Location"] == "/ask/type"


def test_what_a_caller_adds_later_may_come_with_files_which_his_unit_sees(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    citizen.post("/follow/act/add", {"text": "今晚第三盏也灭了。", "file": a_file("第三盏.jpg")})
    (row,) = queries.of_case(handler(), filed.id)["items"]
    assert (row["name"], row["side"], row["act"], row["may_open"]) == ("第三盏.jpg", "caller", "add", True)
    assert "第三盏.jpg" in text(citizen.get("/follow/case"))


def test_a_refused_file_adds_nothing_and_loses_no_word(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    page = citizen.post("/follow/act/add", {"text": "今晚第三盏也灭了。", "file": a_file("a.svg", b"<svg>")})
    assert page.status_code == 422
    assert "今晚第三盏也灭了。" in text(page)
    assert Case.objects.get(id=filed.id).version == filed.version
