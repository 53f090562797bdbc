"""Receipts and replies as the gateway posts them: late, twice, before its own answer, forged, broken."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from hotline.base.kernel.models import OutboxRow
from hotline.base.notices import configured, queries, sending
from hotline.base.notices.models import Incoming, MessageEvent, StrayReceipt
from hotline.base.notices.words import MessageState

from .conftest import later
from .gateway import SmsGateway
from .test_sending import PHONE, carrier, message, queue

pytestmark = pytest.mark.django_db


def door(key: str = "") -> str:
    return f"/api/v1/sms/tencent/{key or configured.door_key('tencent')}"


def post(body: Any, path: str = "") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(path or door(), text, content_type="application/json")


def sent(gateway: SmsGateway) -> tuple[UUID | None, list[Any]]:
    """A message that was sent, and the receipts the gateway tried to post for it."""
    about = queue()
    sending.send_due()
    times = int(gateway.do("look") and 1)
    return about, [row["sent"] for row in gateway.reports(times)]


def test_a_receipt_says_that_the_telephone_has_it(gateway: SmsGateway) -> None:
    about, (receipt,) = sent(gateway)
    answer = post(receipt)
    assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"})
    assert message(about).state == MessageState.DELIVERED
    assert message(about).code == "DELIVRD"


def test_a_receipt_that_comes_twice_changes_nothing_more(gateway: SmsGateway) -> None:
    about, (receipt,) = sent(gateway)
    post(receipt)
    with later(hours=1):
        post(receipt)
        post([*receipt, *receipt])
    assert MessageEvent.objects.filter(message=message(about), state="delivered").count() == 1


def test_a_receipt_that_comes_days_late_still_counts(gateway: SmsGateway) -> None:
    about, (receipt,) = sent(gateway)
    with later(days=6):
        post(receipt)
    assert message(about).state == MessageState.DELIVERED


def test_a_receipt_that_comes_before_the_gateways_answer_is_not_lost(gateway: SmsGateway) -> None:
    gateway.how(early=True)
    about = queue()
    (claimed,) = sending._claim(carrier(), 50)
    ((_, answer),) = carrier().hand_over([claimed])
    post(gateway.reports(1)[0]["sent"])
    assert message(about).state == MessageState.SENDING
    sending._record(claimed, answer, carrier())
    assert message(about).state == MessageState.DELIVERED
    assert not StrayReceipt.objects.exists()


def test_nothing_secret_of_an_address_gets_into_the_log(
    gateway: SmsGateway, caplog: pytest.LogCaptureFixture
) -> None:
    from hotline.base.kernel.discreet import Discreet

    caplog.handler.addFilter(Discreet())
    post("no json")
    Client().get("/r/7xk2qdabcd")
    assert "/api/v1/sms/tencent/…" in caplog.text
    assert "/r/…" in caplog.text
    assert configured.door_key("tencent") not in caplog.text
    assert "7xk2qdabcd" not in caplog.text


def test_a_telephone_that_was_off_and_is_reached_after_all_counts_as_reached(gateway: SmsGateway) -> None:
    gateway.how(receipt="fail")
    about, (receipt,) = sent(gateway)
    post(receipt)
    assert (message(about).state, message(about).said) == (MessageState.UNDELIVERED, "用户关机或停机")
    post([{**receipt[0], "report_status": "SUCCESS", "errmsg": "DELIVRD"}])
    assert message(about).state == MessageState.DELIVERED
    post(receipt)
    assert message(about).state == MessageState.DELIVERED


def test_who_does_not_know_the_secret_address_reports_nothing(gateway: SmsGateway) -> None:
    about, (receipt,) = sent(gateway)
    assert post(receipt, door("0" * 32)).status_code == 404
    assert post(receipt, door().replace("tencent", "other")).status_code == 404
    assert message(about).state == MessageState.SENT


def test_a_report_for_a_message_we_never_sent_is_kept_aside(gateway: SmsGateway) -> None:
    _, (receipt,) = sent(gateway)
    stranger = [{**receipt[0], "sid": "9999:1"}]
    assert post(stranger).status_code == 200
    assert post(stranger).status_code == 200
    assert StrayReceipt.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    ["no json", "[{}]", "{}", "null", '[{"sid": 1}]', '{"mobile": "1", "text": "x", "time": "soon"}', "[[]]"],
)
def test_what_is_no_report_is_refused_with_the_reason_and_keeps_nothing(
    gateway: SmsGateway, body: str
) -> None:
    answer = post(body)
    assert answer.status_code == 422
    assert answer.json()["result"] == 1
    assert answer.json()["errmsg"]
    assert not Incoming.objects.exists()


def test_a_reply_is_kept_as_it_came_once_and_told_to_the_rooms(gateway: SmsGateway) -> None:
    gateway.do("reply", mobile=PHONE, text="路灯还是不亮😟", at=1_795_406_400, times=2)
    said = [row["sent"] for row in gateway.reports(2)]
    assert [post(body).status_code for body in said] == [200, 200]
    kept = Incoming.objects.get()
    assert queries.received(kept.id)["text"] == "路灯还是不亮😟"
    assert queries.received(kept.id)["sender"] == PHONE
    assert "路灯" not in repr(bytes(kept.text_sealed))
    assert OutboxRow.objects.filter(topic="sms.received").count() == 1


def test_two_replies_of_one_second_that_differ_are_two(gateway: SmsGateway) -> None:
    for text in ("1", "2"):
        gateway.do("reply", mobile=PHONE, text=text, at=1_795_406_400)
    for row in gateway.reports(2):
        post(row["sent"])
    assert Incoming.objects.count() == 2
