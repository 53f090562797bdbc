"""A text message reaches its telephone once, at a decent hour, whatever the gateway does meanwhile (real gateway process)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Invalid
from hotline.base.notices import actions, carriers, configured, queries, sending, templates
from hotline.base.notices.carriers import Carrier
from hotline.base.notices.gateways import tencent
from hotline.base.notices.models import GatewaySecret, Message, MessageEvent
from hotline.base.notices.ways import Means
from hotline.base.notices.words import MessageState
from hotline.lines.alarms.queries import open_alarms
from hotline.work.cases import texts
from tests.harness import CHECKOUT

from .conftest import later
from .gateway import SIGN, SmsGateway

pytestmark = pytest.mark.django_db
PHONE = "13812341234"


def queue(template: Any = texts.ACCEPTED, phone: str = PHONE, key: str = "") -> UUID | None:
    about = uuid4()
    fields = {"number": "20261123000001", "code": "7XK2QD", "url": "https://example.org/follow"}
    with deed(system("tests"), "test") as d:
        d.about("test", about)
        queued = actions.queue(template, phone, fields, about=("case", about), key=key)
    return about if queued else None


def carrier() -> Carrier:
    """Who carries the city's text messages."""
    found = carriers.by(Means.SMS)
    assert found
    return found


def message(about: UUID | None) -> Message:
    return Message.objects.get(about_id=about)


def test_a_message_is_signed_sent_and_shown_with_the_citys_name(gateway: SmsGateway) -> None:
    about = queue()
    assert sending.send_due() == 1
    assert gateway.received(PHONE) == [
        f"【{SIGN}】您的诉求已受理，编号20261123000001，查询码7XK2QD，凭编号和查询码可在 https://example.org/follow 查看进展。"
    ]
    sent = message(about)
    assert (sent.state, sent.parts, sent.tries, sent.next_try_at) == (MessageState.SENT, 1, 1, None)
    assert gateway.asked()[0]["SessionContext"] == str(sent.id)


def test_nothing_of_the_number_or_the_words_is_stored_in_plain(gateway: SmsGateway) -> None:
    queue()
    row = Message.objects.values().get()
    plain = repr({name: value for name, value in row.items() if not isinstance(value, bytes)})
    assert PHONE not in plain
    assert "7XK2QD" not in plain
    assert row["to_masked"] == "138****1234"


@pytest.mark.parametrize("phone", ["059522112345", "", "12333", "0085298765432", "10012345678"])
def test_what_is_no_mobile_of_the_country_is_sent_nothing(gateway: SmsGateway, phone: str) -> None:
    assert queue(phone=phone) is None
    assert not Message.objects.exists()


def test_without_a_gateway_nothing_is_sent_to_anybody(gateway: SmsGateway, settings: Any) -> None:
    settings.CITY = {name: value for name, value in settings.CITY.items() if name != "sms"}
    assert queue() is None
    assert sending.send_due() == 0
    assert gateway.asked() == []


def test_a_message_the_city_does_not_name_is_not_sent(gateway: SmsGateway, settings: Any) -> None:
    block = settings.CITY["sms"]
    settings.CITY = settings.CITY | {"sms": block | {"templates": {"call-rate": "1"}}}
    assert queue() is None


def test_the_same_occasion_is_told_once(gateway: SmsGateway) -> None:
    assert queue(key="case.dispatch:1:2")
    assert queue(key="case.dispatch:1:2") is None
    sending.send_due()
    sending.send_due()
    assert len(gateway.received(PHONE)) == 1


def test_at_night_only_what_somebody_waits_for_is_sent(gateway: SmsGateway) -> None:
    with later(hours=10):  # 22:00
        queue(texts.OF_ACT["redo"])
        queue(texts.ACCEPTED)
        sending.send_due()
        assert len(gateway.received(PHONE)) == 1
        assert "查询码" in gateway.received(PHONE)[0]
    with later(hours=19, minutes=59):
        assert sending.send_due() == 0
    with later(hours=20):  # 8:00
        assert sending.send_due() == 1
    assert "将重新办理" in gateway.received(PHONE)[1]


def test_a_gateway_that_is_busy_is_asked_again_later_and_later(gateway: SmsGateway) -> None:
    gateway.how(mode="LimitExceeded.PhoneNumberThirtySecondLimit")
    about = queue()
    sending.send_due()
    waits = []
    for _ in range(3):
        waiting = message(about)
        assert waiting.state == MessageState.WAITING
        assert waiting.next_try_at
        waits.append((waiting.next_try_at - clock.now()).total_seconds())
        with clock.at(waiting.next_try_at):
            sending.send_due()
    assert waits[0] < waits[1] < waits[2]
    gateway.how(mode="ok")
    again = message(about).next_try_at
    assert again
    with clock.at(again):
        sending.send_due()
    assert len(gateway.received(PHONE)) == 1


def test_a_gateway_that_cannot_be_reached_loses_nothing(gateway: SmsGateway, settings: Any) -> None:
    settings.CITY = settings.CITY | {"sms": settings.CITY["sms"] | {"endpoint": "http://127.0.0.1:9"}}
    about = queue()
    for minutes in (0, 1, 2, 4, 8):  # what never reached it is tried as long as it is of use
        with later(minutes=minutes):
            sending.send_due()
    assert (message(about).state, "tencent" in sending._held) == (MessageState.WAITING, False)
    settings.CITY = settings.CITY | {"sms": settings.CITY["sms"] | {"endpoint": gateway.endpoint}}
    with later(minutes=30):
        sending.send_due()
    assert len(gateway.received(PHONE)) == 1


def test_a_gateway_that_takes_a_message_and_does_not_answer_is_not_asked_for_ever(
    gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tencent, "TIMEOUT_S", 1)
    configured._opened.cache_clear()
    gateway.how(mode="silent")
    about = queue()
    for minutes in range(0, 60, 5):
        with later(minutes=minutes):
            sending.send_due()
    configured._opened.cache_clear()
    assert (message(about).state, message(about).tries) == (MessageState.UNKNOWN, 3)
    assert [row["state"] for row in queries.page(state="failed").items] == ["unknown"]


def test_what_waited_for_the_gateway_waits_for_the_morning_too(gateway: SmsGateway) -> None:
    gateway.how(mode="!InternalError")
    queue(texts.OF_ACT["redo"])
    sending.send_due()
    gateway.how(mode="ok")
    with later(hours=11):  # 23:00
        assert sending.send_due() == 0
    with later(hours=21):
        assert sending.send_due() == 1


def test_a_code_or_a_link_is_kept_nowhere_once_it_has_gone_out(gateway: SmsGateway) -> None:
    code, other = queue(texts.ACCEPTED), queue(texts.OF_ACT["redo"])
    assert bytes(message(code).content_sealed)
    sending.send_due()
    assert bytes(message(code).content_sealed) == b""
    assert bytes(message(other).content_sealed)


def test_one_message_that_cannot_be_read_does_not_hold_up_the_others(gateway: SmsGateway) -> None:
    broken, good = queue(phone="13900000001"), queue()
    Message.objects.filter(about_id=broken).update(content_sealed=b"\x01nonsense that nobody sealed")
    sending.send_due()
    assert message(good).state == MessageState.SENT
    assert message(broken).state == MessageState.WAITING


def test_while_it_takes_nothing_it_is_asked_with_one_message_at_a_time(gateway: SmsGateway) -> None:
    gateway.how(mode="!UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    for n in range(5):
        queue(phone=f"1390000000{n}")
    assert sending.send_due() == 5
    with later(minutes=2):
        assert sending.send_due() == 1
    gateway.how(mode="ok")
    with later(minutes=4):
        assert sending.send_due() == 1
        assert sending.send_due() >= 1  # the rest, as they come due
    with later(minutes=9):
        while sending.send_due():
            pass
    assert not Message.objects.exclude(state=MessageState.SENT).exists()


def test_a_wrong_signature_is_refused_alarms_once_and_mends_by_itself(gateway: SmsGateway) -> None:
    GatewaySecret.objects.filter(name="secret_key").delete()
    actions.set_secret(system("tests"), "secret_key", "another-key")
    about = queue()
    sending.send_due()
    assert gateway.asked() == []  # nothing that was signed wrongly got in
    assert message(about).code == "AuthFailure.SignatureFailure"
    with later(minutes=2):
        sending.send_due()
    while outbox.relay():
        pass
    alarm = next(one for one in open_alarms() if one["kind"] == "sms_broken")
    assert "SignatureFailure" in str(alarm["detail"])
    actions.set_secret(system("tests"), "secret_key", "the-citys-own-key")
    with later(minutes=5):
        sending.send_due()
    while outbox.relay():
        pass
    assert len(gateway.received(PHONE)) == 1
    assert not [one for one in open_alarms() if one["kind"] == "sms_broken"]


def test_while_a_secret_is_missing_messages_wait(gateway: SmsGateway) -> None:
    GatewaySecret.objects.all().delete()
    about = queue()
    sending.send_due()
    assert (message(about).state, "tencent" in sending._held) == (MessageState.WAITING, True)
    assert queries.counts()["configured"] is False


def test_what_the_gateway_will_never_send_is_over_and_says_why(gateway: SmsGateway) -> None:
    gateway.how(mode="FailedOperation.PhoneNumberInBlacklist")
    about = queue()
    sending.send_due()
    assert (message(about).state, message(about).code) == (
        MessageState.REFUSED, "FailedOperation.PhoneNumberInBlacklist",
    )  # fmt: skip
    with later(hours=1):
        assert sending.send_due() == 0
    assert [row["state"] for row in queries.page(state="failed").items] == ["refused"]


def test_what_is_of_no_more_use_is_not_sent(gateway: SmsGateway) -> None:
    gateway.how(mode="!InternalError")
    about = queue(texts.NEW_CODE)
    sending.send_due()
    gateway.how(mode="ok")
    with later(hours=1, minutes=1):
        sending.send_due()
    assert message(about).state == MessageState.EXPIRED
    assert gateway.received(PHONE) == []


def test_a_worker_killed_while_it_asks_leaves_the_message_to_the_next(gateway: SmsGateway) -> None:
    about = queue()
    sending._claim(carrier(), 50)  # … and the worker is gone
    assert sending.send_due() == 0
    with later(minutes=2):
        assert sending.send_due() == 1
    assert message(about).state == MessageState.SENT


def test_an_answer_that_comes_when_another_worker_has_it_changes_nothing(gateway: SmsGateway) -> None:
    about = queue()
    slow = sending._claim(carrier(), 50)[0]
    with later(minutes=2):
        sending.send_due()
    sending._record(slow, sending.Answer("refused", code="late"), carrier())
    assert message(about).state == MessageState.SENT


def test_every_step_of_a_message_is_kept(gateway: SmsGateway) -> None:
    gateway.how(mode="!InternalError")
    about = queue()
    sending.send_due()
    gateway.how(mode="ok")
    with later(minutes=10):
        sending.send_due()
    steps = MessageEvent.objects.filter(message=message(about)).order_by("id").values_list("state", flat=True)
    assert list(steps) == ["waiting", "sent"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"gateway": "nobody"}, "sms.gateway"),
        ({"app_id": 14}, "sms.app_id"),
        ({"sign": ""}, "sms.sign"),
        ({"endpoint": "http://sms.example.org"}, "sms.endpoint"),
        ({"colour": "red"}, "sms.colour"),
        ({"templates": {"case-lost": "1"}}, "sms.templates.case-lost"),
        ({"templates": {"case-redo": 17}}, "sms.templates.case-redo"),
        ({"templates": ["case-redo"]}, "sms.templates"),
    ],
)
def test_a_wrong_block_is_refused_with_its_place(
    gateway: SmsGateway, settings: Any, change: dict[str, Any], place: str
) -> None:
    faults = configured.faults({"sms": settings.CITY["sms"] | change})
    assert [fault.where for fault in faults] == [f"city.yaml:{place}"]
    assert configured.faults({"sms": settings.CITY["sms"]}) == []


def test_a_secret_nobody_needs_is_refused(gateway: SmsGateway) -> None:
    with pytest.raises(Invalid, match="secret_id"):
        actions.set_secret(system("tests"), "password", "x")


def test_a_block_that_is_wrong_sends_nothing_and_stops_nobody(gateway: SmsGateway, settings: Any) -> None:
    settings.CITY = settings.CITY | {"sms": {"gateway": "nobody"}}
    assert queue() is None
    assert sending.send_due() == 0


def test_what_messages_said_is_forgotten_after_the_citys_months(gateway: SmsGateway) -> None:
    about = queue(texts.OF_ACT["redo"])
    sending.send_due()
    with later(days=30 * 24 - 1):
        actions.forget(actions.ACTOR)
        assert bytes(message(about).content_sealed)
    with later(days=30 * 24 + 1):
        actions.forget(actions.ACTOR)
    assert bytes(message(about).content_sealed) == bytes(message(about).to_sealed) == b""
    assert message(about).to_masked == "138****1234"


def test_the_reference_gateway_knows_nothing_of_the_platform_or_the_vendors_library() -> None:
    for file in Path(CHECKOUT, "reference/smsgateway").glob("*.py"):
        found = re.findall(r"^\s*(?:from|import) ([\w.]+)", file.read_text(encoding="utf-8"), re.M)
        assert not [name for name in found if name.split(".")[0] in ("hotline", "tencentcloud", "tests")]


def test_every_text_fits_an_operators_rules() -> None:
    """Nobody's words go into a message, only numbers, dates, names (of units, of alerts) and links; what a citizen wrote never does."""
    for template in templates.declared().values():
        assert set(template.fields) <= {
            "number",
            "code",
            "url",
            "unit",
            "deadline",
            "link",
            "hotline",
            "count",
            "kinds",
            "mb",
        }
        assert "【" not in template.text
        # A telephone takes whatever follows a link without a space for a part of it.
        for field in {"url", "link"} & {*template.fields}:
            assert f" {{{field}}} " in template.text
