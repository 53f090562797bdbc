"""Following a case with number and query code, and rating its result."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from hotline.faces.portal import following
from hotline.work.cases.models import Case
from tests.cases.office import DISPATCHER, VISITOR, do, file, handler, unit
from tests.portal.pages import file_one, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"Accept-Language": "zh-CN"})


def opened(client: Client, filed: Any) -> str:
    """The page that number and query code open."""
    response = client.post("/follow", {"number": filed.number, "code": filed.query_code}, follow=True)
    assert response.redirect_chain == [("/follow/case", 302)]
    return text(response)


def to_the_visit(id: UUID) -> None:
    do(DISPATCHER, id, "dispatch", unit=str(unit().id), note="内部备注不外传")
    do(handler(), id, "sign_for")
    do(handler(), id, "reply", reply="路灯已修好，请查看。")
    do(DISPATCHER, id, "check")


def test_the_caller_reads_how_far_it_is_in_plain_words(citizen: Client) -> None:
    filed = file(type="help")
    assert "12345 已受理您的诉求" in opened(citizen, filed)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    page = text(citizen.get("/follow/case"))
    assert "市人社局" in page
    assert "办理节点" not in page  # that is how units call themselves, not citizens
    assert "最迟答复" in page
    assert "17:30" in page


def test_no_personal_data_and_no_internal_word_stands_on_the_page(citizen: Client) -> None:
    filed = file(name="欧阳菲菲", phone="13987654321", address="泉秀街 5 号")
    to_the_visit(filed.id)
    page = opened(citizen, filed)
    # The mask too: three digits alone may stand in any number of a case.
    for text_ in (
        "欧阳",
        "13987654321",
        "139*",
        "*4321",
        "泉秀街",
        "内部备注",
        "派单员乙",
        "经办",
        filed.query_code,
    ):
        assert text_ not in page


def test_a_result_is_shown_only_after_it_was_checked(citizen: Client) -> None:
    filed = file()
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    do(handler(), filed.id, "sign_for")
    do(handler(), filed.id, "reply", reply="路灯已修好，请查看。")
    assert "已修好" not in opened(citizen, filed)
    do(DISPATCHER, filed.id, "check")
    assert "路灯已修好，请查看。" in text(citizen.get("/follow/case"))


def test_a_satisfied_caller_closes_his_case(citizen: Client) -> None:
    filed = file()
    to_the_visit(filed.id)
    assert "评价办理结果" in opened(citizen, filed)
    version = Case.objects.get(id=filed.id).version
    answer = citizen.post("/follow/rate", {"grade": "satisfied", "version": version}, follow=True)
    assert "已办结" in text(answer)
    assert Case.objects.get(id=filed.id).state == "closed"


def test_a_dissatisfied_caller_says_why_and_it_is_redone(citizen: Client) -> None:
    filed = file()
    to_the_visit(filed.id)
    opened(citizen, filed)
    version = Case.objects.get(id=filed.id).version
    refused = citizen.post("/follow/rate", {"grade": "dissatisfied", "version": version})
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.content.decode()
    page = text(
        citizen.post(
            "/follow/rate", {"grade": "dissatisfied", "reason": "还是不亮", "version": version}, follow=True
        )
    )
    assert "重新办理" in page
    case = Case.objects.get(id=filed.id)
    assert (case.state, case.redo_count) == ("dispatched", 1)


def test_two_verdicts_at_once_are_one(citizen: Client) -> None:
    filed = file()
    to_the_visit(filed.id)
    opened(citizen, filed)
    version = Case.objects.get(id=filed.id).version
    assert version == 5
    do(VISITOR, filed.id, "record_visit", grade="dissatisfied", reason="没好")
    do(handler(), filed.id, "sign_for")
    do(handler(), filed.id, "reply", reply="换了灯泡")
    do(DISPATCHER, filed.id, "check")
    late = citizen.post("/follow/rate", {"grade": "satisfied", "version": version})
    assert late.status_code == 409
    assert Case.objects.get(id=filed.id).state == "waiting_visit"


def test_a_case_that_is_not_up_for_rating_cannot_be_rated(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    answer = citizen.post("/follow/rate", {"grade": "satisfied", "version": 1})
    assert answer.headers["Location"] == "/follow/case"
    assert Case.objects.get(id=filed.id).version == 1


def test_without_the_code_nothing_opens(citizen: Client) -> None:
    filed = file()
    for path in ("/follow/case", "/follow/rate"):
        assert citizen.get(path).headers["Location"] == "/follow"
    wrong = citizen.post("/follow", {"number": filed.number, "code": "AAAAAA"})
    assert wrong.status_code == 404
    assert "不对" in text(wrong)
    assert citizen.post("/follow", {}).status_code == 422
    citizen.cookies[following.COOKIE] = str(filed.id)
    assert citizen.get("/follow/case").status_code == 302


def test_the_portals_own_receipt_opens_its_case(citizen: Client) -> None:
    made = file_one(citizen)
    page = citizen.post("/follow", {"number": made.number, "code": made.code.lower()}, follow=True)
    assert "小区路灯不亮" in text(page)


def test_pages_with_a_case_are_never_kept_by_the_browser(citizen: Client) -> None:
    opened(citizen, file())
    assert citizen.get("/follow/case").headers["Cache-Control"] == "no-store"
