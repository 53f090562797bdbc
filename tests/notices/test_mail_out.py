"""Who left no mobile number but an address is told by mail what others are told by text message (a real SMTP server)."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import system
from hotline.base.notices import actions as notices
from hotline.base.notices import sending
from hotline.base.notices.mail import taking
from hotline.base.notices.mail.mailboxes.internet import Internet
from hotline.base.notices.models import GatewaySecret, Incoming, Message
from hotline.base.notices.ways import Means
from hotline.base.notices.words import MessageState
from hotline.lines.alarms.queries import open_alarms
from hotline.work.cases import actions
from hotline.work.cases.models import Case
from hotline.work.cases.states import State
from tests.cases.office import dispatched, file, to_visit
from tests.portal.pages import text

from .conftest import later
from .gateway import SmsGateway
from .postoffice import PASSWORD, USER, PostOffice, bounce, letter
from .test_what_a_caller_is_told import link

pytestmark = pytest.mark.django_db
WHO = "citizen@mail.example"


def deliver(post: PostOffice) -> list[str]:
    """Let all news be heard and all mail go; what lies in the citizen's mailbox then."""
    while outbox.relay():
        pass
    while sending.send_due(Means.MAIL):
        pass
    return post.texts(WHO)


def filed(**changes: Any) -> actions.Filed:
    return file(**({"phone": "", "mail": WHO} | changes))


def message() -> Message:
    return Message.objects.latest("queued_at", "id")


def answer(post: PostOffice, words: str, to: EmailMessage | None, sender: str = WHO) -> Incoming:
    """Somebody answers our letter ``to``, or writes of himself; all rooms have heard of it."""
    post.put(
        letter(words, sender=sender, subject="回复", **({"In_Reply_To": str(to["Message-ID"])} if to else {}))
    )
    assert taking.look() == 1
    while outbox.relay():
        pass
    return Incoming.objects.latest("received_at", "id")


def test_at_acceptance_he_gets_number_and_code_that_open_his_case(post: PostOffice) -> None:
    case = filed(matter="邻居家暴", content="邻居打人")
    (said,) = deliver(post)
    found = re.search(r"编号(\d+)，查询码(\w+)，", said)
    assert found
    assert actions.follow(*found.groups(), address="203.0.113.5") == case.id
    (sent,) = post.letters(WHO)
    assert "家暴" not in sent.as_string() + said
    assert str(sent["From"].addresses[0].addr_spec) == "12345@city.example"
    assert sent["Auto-Submitted"] == "auto-generated"


def test_nothing_of_the_address_or_the_code_is_stored_in_plain_and_the_code_goes_with_the_letter(
    post: PostOffice,
) -> None:
    filed()
    plain = repr({k: v for k, v in Message.objects.values().get().items() if not isinstance(v, bytes)})
    assert "citizen@" not in plain
    assert message().to_masked == "c***@mail.example"
    deliver(post)
    assert bytes(message().content_sealed) == b""


def test_who_left_a_mobile_too_is_told_by_that(post: PostOffice, gateway: SmsGateway, settings: Any) -> None:
    file(mail=WHO)
    assert deliver(post) == []
    sending.send_due()
    assert len(gateway.received("13812341234")) == 1


def test_a_mail_wakes_nobody_and_goes_at_night(post: PostOffice) -> None:
    with later(hours=10):
        dispatched(phone="", mail=WHO)
        assert len(deliver(post)) == 2


def test_without_a_mailbox_nothing_is_sent(post: PostOffice, settings: Any) -> None:
    settings.CITY = {name: value for name, value in settings.CITY.items() if name != "mail"}
    filed()
    assert deliver(post) == []
    assert not Message.objects.exists()


def test_a_busy_server_is_asked_again_later_and_later_and_the_letter_comes_once(post: PostOffice) -> None:
    post.how(data="451 4.3.0 try again")
    filed()
    assert deliver(post) == []
    first = message()
    assert (first.state, first.code, first.tries) == (MessageState.WAITING, "451", 1)
    with later(minutes=1):
        assert deliver(post) == []
    second = message()
    assert first.next_try_at
    assert second.next_try_at
    assert second.tries == 2
    post.how()
    with later(minutes=5):
        assert len(deliver(post)) == 1
        assert len(deliver(post)) == 1


@pytest.mark.parametrize("how", [{"rcpt": "550 5.1.1 no such user"}, {"data": "554 5.7.1 looks like spam"}])
def test_what_the_server_will_never_take_is_over_and_says_why(post: PostOffice, how: dict[str, str]) -> None:
    post.how(**how)
    filed()
    deliver(post)
    assert message().state == MessageState.REFUSED
    assert message().said in how.popitem()[1]
    post.how()
    with later(hours=1):
        assert deliver(post) == []


def test_one_address_that_is_refused_does_not_hold_up_the_others(post: PostOffice) -> None:
    filed()
    filed(mail="other@mail.example")
    post.how(rcpt="550 5.1.1 no such user")
    while outbox.relay():
        pass
    assert sending.send_due(Means.MAIL) == 2
    assert {one.state for one in Message.objects.all()} == {MessageState.REFUSED}


def test_a_letter_that_was_taken_without_an_answer_is_sent_again_under_its_own_id_and_not_for_ever(
    post: PostOffice,
) -> None:
    post.how(drop=True)
    filed()
    for minutes in range(0, 60, 5):
        with later(minutes=minutes):
            deliver(post)
    assert (message().state, message().tries) == (MessageState.UNKNOWN, sending.UNSURE_TRIES)
    ids = {sent["Message-ID"] for sent in post.letters(WHO)}
    assert len(post.letters(WHO)) == sending.UNSURE_TRIES
    assert len(ids) == 1


def test_a_wrong_password_keeps_everything_alarms_once_and_mends_by_itself(post: PostOffice) -> None:
    GatewaySecret.objects.all().delete()
    notices.set_mail_secret(system("tests"), "password", "another")
    filed()
    deliver(post)
    assert (message().state, message().code) == (MessageState.WAITING, "535")
    while outbox.relay():
        pass
    assert [one["kind"] for one in open_alarms()].count("mail_broken") == 1
    notices.set_mail_secret(system("tests"), "password", PASSWORD)
    with later(minutes=5):
        assert len(deliver(post)) == 1
        while outbox.relay():
            pass
        assert "mail_broken" not in [one["kind"] for one in open_alarms()]


def test_a_server_that_is_away_loses_nothing(post: PostOffice, settings: Any) -> None:
    settings.CITY = settings.CITY | {"mail": post.block(smtp="smtp://127.0.0.1:9")}
    filed()
    for minutes in (0, 1, 3):
        with later(minutes=minutes):
            deliver(post)
    assert message().state == MessageState.WAITING
    settings.CITY = settings.CITY | {"mail": post.block()}
    with later(minutes=30):
        assert len(deliver(post)) == 1


@pytest.mark.parametrize("how", ["smtps", "smtp+starttls"])
def test_mail_goes_through_tls_to_a_server_that_is_trusted_and_to_no_other(
    post: PostOffice, how: str
) -> None:
    where = f"{how}://localhost:{post.smtps if how == 'smtps' else post.starttls}"
    sent = letter("x")
    for authority, verdict in ((post.certificate, "accepted"), ("", "broken")):
        given = {
            "imap": "imap://127.0.0.1:1",
            "smtp": where,
            "user": USER,
            "folder": "",
            "authority": authority,
        }
        (answered,) = Internet(given, {"password": PASSWORD}).send([(WHO, sent)])
        assert answered.verdict == verdict, answered
    assert post.by_tls() == [True]


def test_a_letter_that_comes_back_is_noted_with_the_reason_and_opens_nothing(post: PostOffice) -> None:
    filed()
    deliver(post)
    (sent,) = post.letters(WHO)
    post.put(bounce(sent))
    taking.look()
    assert (message().state, message().code) == (MessageState.UNDELIVERED, "5.1.1")
    assert "no such user" in message().said
    assert Incoming.objects.get().taken_as == "bounce"
    assert len(deliver(post)) == 1


def test_the_link_in_a_letter_opens_his_case_and_his_verdict_closes_it(post: PostOffice) -> None:
    id = to_visit(phone="", mail=WHO)
    page = Client()
    opened = page.get(link(deliver(post)[-1]), follow=True)
    assert "您对办理结果满意吗" in text(opened)
    version = re.search(r'name="version" value="(\d+)"', opened.content.decode())
    assert version
    page.post("/follow/rate", {"version": version[1], "grade": "satisfied"})
    assert Case.objects.get(id=id).state == State.CLOSED


def test_a_digit_that_answers_our_letter_is_his_verdict(post: PostOffice) -> None:
    id = to_visit(phone="", mail=WHO)
    deliver(post)
    came = answer(
        post, "1\n\n在 2026-11-23 12:00:00，“泉州市12345” 写道：\n> 请在链接查看并评价", post.letters(WHO)[-1]
    )
    assert (came.taken_as, came.taken_id) == ("case", id)
    assert Case.objects.get(id=id).state == State.CLOSED


def test_a_digit_from_somebody_who_only_uses_his_address_is_no_verdict(post: PostOffice) -> None:
    id = to_visit(phone="", mail=WHO)
    deliver(post)
    assert answer(post, "1", None).taken_as == ""
    assert answer(post, "5。没人来", post.letters(WHO)[-1], sender="another@mail.example").taken_as == ""
    assert Case.objects.get(id=id).state != State.CLOSED


def test_a_lost_code_comes_to_the_address_that_was_left_and_to_no_other(post: PostOffice) -> None:
    case = filed()
    for contact in ("another@mail.example", "Citizen@Mail.example"):
        assert "请看短信或邮件" in text(
            Client().post("/follow/code", {"number": case.number, "contact": contact})
        )
    said = deliver(post)
    fresh = re.search(r"新查询码为(\w+)，", said[-1])
    assert fresh
    assert actions.follow(case.number, fresh[1], "203.0.113.5") == case.id
    assert post.letters("another@mail.example") == []


def test_a_demonstration_writes_to_nobody(post: PostOffice) -> None:
    filed(demo=True)
    assert deliver(post) == []


def test_each_act_for_him_is_told_once(post: PostOffice) -> None:
    id: UUID = dispatched(phone="", mail=WHO)
    said = deliver(post)
    assert len(said) == 2
    assert "已交由市人社局办理" in said[1]
    assert len(deliver(post)) == 2
    assert Message.objects.filter(about_id=id, means=Means.MAIL).count() == 2
