"""What a case's caller hears by text message, and his verdict by link or by a digit."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import citizen as a_citizen
from hotline.base.kernel.errors import Problem
from hotline.base.kernel.models import AuditRow
from hotline.base.notices import sending
from hotline.base.notices.models import GatewaySecret, Incoming, Message, Ticket
from hotline.work.cases import actions
from hotline.work.cases.acts import ACTS
from hotline.work.cases.models import Case
from hotline.work.cases.states import State
from hotline.work.cases.texts import OF_ACT
from tests.cases.office import AGENT, DISPATCHER, asking, dispatched, do, file, handler, to_visit, unit
from tests.portal.pages import text

from .conftest import later
from .gateway import SmsGateway
from .test_what_comes_back import post

pytestmark = pytest.mark.django_db
PHONE = "13812341234"


def deliver(gateway: SmsGateway) -> list[str]:
    """Let all news be heard and all messages go; what the caller's telephone shows then."""
    while outbox.relay():
        pass
    while sending.send_due():
        pass
    return gateway.received(PHONE)


def answers(gateway: SmsGateway, words: str) -> None:
    """The caller writes back."""
    before = len(gateway.do("look")["reports"])
    gateway.do("reply", mobile=PHONE, text=words)
    said = [row["sent"] for row in gateway.reports(before + 1)[before:] if isinstance(row["sent"], dict)]
    for body in said:
        assert post(body).status_code == 200
    while outbox.relay():
        pass


def case(id: UUID) -> Case:
    return Case.objects.get(id=id)


def link(words: str) -> str:
    found = re.search(r"https?://[^/]+(/r/[0-9a-z]+)", words)
    assert found, words
    return found[1]


def test_every_act_that_is_for_the_citizens_notice_has_its_words_and_no_other() -> None:
    assert {name for name, row in ACTS.items() if "citizen" in row.notice} == OF_ACT.keys()


def test_at_acceptance_he_gets_number_and_code_that_open_his_case(gateway: SmsGateway) -> None:
    filed = file()
    (said,) = deliver(gateway)
    code = re.search(r"编号(\d+)，查询码(\w+)，", said)
    assert code
    assert code.groups() == (filed.number, filed.query_code)
    assert actions.follow(*code.groups(), address="203.0.113.5") == filed.id


def test_a_repeated_request_sends_its_code_once(gateway: SmsGateway) -> None:
    for _ in range(2):
        actions.accept(AGENT, asking(key="one-request"))
    assert len(deliver(gateway)) == 1


def test_nothing_of_the_matter_is_ever_in_a_message(gateway: SmsGateway) -> None:
    dispatched(matter="邻居家暴", content="邻居打人", address="丰海路 9 号", name="李四", confidential=True)
    said = " ".join(deliver(gateway))
    for private in ("家暴", "打人", "丰海路", "李四", "投诉", "举报"):
        assert private not in said


def test_demonstration_cases_send_nothing_to_anybody(gateway: SmsGateway) -> None:
    filed = file(demo=True)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    assert deliver(gateway) == []


def test_a_case_without_a_mobile_is_handled_all_the_same(gateway: SmsGateway) -> None:
    id = dispatched(phone="059522110000")
    assert deliver(gateway) == []
    assert case(id).state == State.DISPATCHED


def test_each_act_for_him_is_told_once_and_none_other(gateway: SmsGateway) -> None:
    id = dispatched()
    do(handler(), id, "sign_for")
    do(handler(), id, "ask_extension", days=3, reason="材料未齐")
    do(DISPATCHER, id, "grant_extension", days=3)
    said = deliver(gateway)
    assert len(said) == 3
    assert "已交由市人社局办理，" in said[1]
    assert "延长办理期限" in said[2]
    for row in OF_ACT.values():
        assert Message.objects.filter(template=row.name).count() <= 1


def test_a_message_names_the_unit_and_deadline_of_its_own_act_not_of_a_later_one(gateway: SmsGateway) -> None:
    id = dispatched()
    do(handler(), id, "ask_return", reason="不属本单位")
    do(DISPATCHER, id, "grant_return")
    do(DISPATCHER, id, "dispatch", unit=str(unit("shichang-node").id))
    said = deliver(gateway)
    assert "已交由市人社局办理，" in said[1]
    assert "已交由市市场监管局办理，" in said[2]


def test_the_link_opens_his_case_and_his_verdict_closes_it(gateway: SmsGateway) -> None:
    id = to_visit()
    page = Client()
    opened = page.get(link(deliver(gateway)[-1]), follow=True)
    assert "您对办理结果满意吗" in text(opened)
    version = re.search(r'name="version" value="(\d+)"', opened.content.decode())
    assert version
    page.post("/follow/rate", {"version": version[1], "grade": "satisfied"})
    assert case(id).state == State.CLOSED
    # The link opens the case as long as it lasts, but there is nothing left to rate.
    assert "您已评价" in text(page.get(link(deliver(gateway)[-1]), follow=True))


def test_a_link_is_over_after_the_citys_days_and_a_wrong_one_is_none(gateway: SmsGateway) -> None:
    to_visit()
    path = link(deliver(gateway)[-1])
    with later(days=7, minutes=1):
        assert Client().get(path).status_code == 404
    assert Client().get("/r/aaaaaaaaaa").status_code == 404


def test_who_guesses_links_is_stopped(gateway: SmsGateway) -> None:
    statuses = [Client().get(f"/r/guess{n}").status_code for n in range(32)]
    assert statuses[:30] == [404] * 30
    assert statuses[30:] == [429] * 2


def test_the_link_itself_is_nowhere_in_the_database(gateway: SmsGateway) -> None:
    to_visit()
    token = link(deliver(gateway)[-1]).removeprefix("/r/")
    assert not Message.objects.filter(content_sealed__contains=token.encode()).exists()
    assert token not in repr(Ticket.objects.values())


def test_what_he_added_himself_is_not_shown_as_the_result(gateway: SmsGateway) -> None:
    id = to_visit()
    actions.by_caller(a_citizen(str(id)), "add", {"text": "我自己写的补充"})
    page = text(Client().get(link(deliver(gateway)[-1]), follow=True))
    assert "我自己写的补充" not in page
    assert "办理结果" in page


@pytest.mark.parametrize(
    ("words", "state", "grade", "reason"),
    [
        ("1", State.CLOSED, "very_satisfied", ""),
        ("２", State.CLOSED, "satisfied", ""),
        (" 3。", State.CLOSED, "fair", ""),
        ("4，灯还是不亮", State.DISPATCHED, "dissatisfied", "灯还是不亮"),
        ("5", State.DISPATCHED, "very_dissatisfied", "只回复了“5”，未说明原因"),
    ],
)
def test_a_digit_is_his_verdict_and_what_follows_its_reason(
    gateway: SmsGateway, words: str, state: State, grade: str, reason: str
) -> None:
    id = to_visit()
    deliver(gateway)
    answers(gateway, words)
    rated = case(id)
    assert rated.state == state
    last = rated.events.order_by("version").last()
    assert last
    assert (last.act, last.fields["grade"], last.fields.get("reason", "")) == ("rate", grade, reason)
    assert Incoming.objects.get().taken_as == "case"


@pytest.mark.parametrize("words", [
        "6", "12", "谢谢", "", "路灯1号还是坏的", "2天了还没人来", "3号楼还是没水", "1楼灯坏了", "5月3日还没修好", "4-5天没水",
        "2，不过楼道还是黑的",
    ],
)  # fmt: skip
def test_other_words_are_no_verdict_and_are_kept(gateway: SmsGateway, words: str) -> None:
    id = to_visit()
    deliver(gateway)
    answers(gateway, words)
    assert case(id).state == State.WAITING_VISIT
    assert Incoming.objects.get().taken_as == ""


def test_the_second_digit_changes_nothing(gateway: SmsGateway) -> None:
    id = to_visit()
    deliver(gateway)
    answers(gateway, "1")
    answers(gateway, "5")
    assert case(id).state == State.CLOSED
    assert sorted(Incoming.objects.values_list("taken_as", flat=True)) == ["", "case"]


def test_a_digit_after_another_way_of_rating_is_kept_and_harms_nothing(gateway: SmsGateway) -> None:
    id = to_visit()
    deliver(gateway)
    do(AGENT if AGENT.may("case.visit") else _visitor(), id, "record_visit", grade="satisfied")
    answers(gateway, "5")
    assert case(id).state == State.CLOSED
    assert Incoming.objects.get().taken_as == ""


def _visitor() -> Any:
    from tests.cases.office import VISITOR

    return VISITOR


def new_code(number: str, phone: str = "138 1234 1234") -> str:
    answer = Client().post("/follow/code", {"number": number, "contact": phone})
    return text(answer)


def test_a_lost_code_comes_to_the_telephone_that_was_left_and_voids_the_old_one(gateway: SmsGateway) -> None:
    filed = file()
    assert "请看短信" in new_code(filed.number)
    fresh = re.search(r"新查询码为(\w+)，", deliver(gateway)[-1])
    assert fresh
    assert actions.follow(filed.number, fresh[1], "203.0.113.5") == filed.id
    with pytest.raises(Problem, match="查询码不对"):
        actions.follow(filed.number, filed.query_code, "203.0.113.5")


def test_a_stranger_shuts_nobody_out_and_his_typing_is_not_kept(gateway: SmsGateway) -> None:
    filed = file()
    for _ in range(5):
        new_code(filed.number, "13900001111")
    new_code("13812341234", "13812341234")
    assert "请看短信" in new_code(filed.number)
    assert "新查询码" in deliver(gateway)[-1]
    assert {row.object_id for row in AuditRow.objects.filter(act="case.new_code")} == {
        "unknown",
        str(filed.id),
    }


def test_without_the_gateways_secret_the_old_code_stays(gateway: SmsGateway) -> None:
    filed = file()
    GatewaySecret.objects.all().delete()
    assert "请拨打 12345" in new_code(filed.number)
    assert actions.follow(filed.number, filed.query_code, "203.0.113.5") == filed.id


def test_a_stranger_learns_nothing_and_changes_nothing(gateway: SmsGateway) -> None:
    filed = file()
    page = new_code(filed.number)
    for number, phone in (
        (filed.number, "13900001111"),
        ("20261123999999", "13812341234"),
        (filed.number, "no"),
    ):
        assert new_code(number, phone).replace(number, "#") == page.replace(filed.number, "#")
    assert len([one for one in deliver(gateway) if "新查询码" in one]) == 1
    assert gateway.received("13900001111") == []
    assert actions.follow(filed.number, _last_code(gateway), "203.0.113.5") == filed.id


def _last_code(gateway: SmsGateway) -> str:
    found = re.findall(r"查询码为(\w+)，", " ".join(gateway.received(PHONE)))
    return str(found[-1])


def test_three_times_a_day_and_no_more(gateway: SmsGateway) -> None:
    filed = file()
    for _ in range(4):
        assert "请看短信" in new_code(filed.number)
    assert len([one for one in deliver(gateway) if "新查询码" in one]) == 3


def test_without_text_messages_the_page_sends_him_to_the_telephone(
    gateway: SmsGateway, settings: Any
) -> None:
    assert "用手机或邮箱找回" in text(Client().get("/follow"))
    settings.CITY = {name: value for name, value in settings.CITY.items() if name != "sms"}
    assert "用手机或邮箱找回" not in text(Client().get("/follow"))
    assert "请拨打 12345" in new_code("20261123000001")
