"""Each mail to the city is taken in once, as it came, whatever happens to the server, the mailbox or us (a real Dovecot)."""

from __future__ import annotations

from email import policy
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import system
from hotline.base.notices import actions, queries, sending
from hotline.base.notices.mail import configured, taking
from hotline.base.notices.mail.mailboxes import Place, Unavailable
from hotline.base.notices.mail.mailboxes.internet import Internet
from hotline.base.notices.models import GatewaySecret, Incoming, MailboxState, Message
from hotline.base.notices.ways import Means
from hotline.lines.alarms.queries import open_alarms

from .conftest import later
from .postoffice import FOLDER, PASSWORD, USER, PostOffice, letter

pytestmark = pytest.mark.django_db


def news() -> None:
    while outbox.relay():
        pass


def alarms() -> list[dict[str, Any]]:
    news()
    return [one for one in open_alarms() if one["kind"] == "mail_broken"]


def test_a_mail_waits_in_the_inbox_with_its_words_and_a_masked_address(post: PostOffice) -> None:
    post.put(letter("丰海路的路灯坏了", subject="路灯不亮", sender="王五 <Wang.Wu@Mail.example>"))
    assert taking.look() == 1
    (row,) = queries.incoming(waiting=True).items
    assert (row["channel"], row["subject"], row["text"], row["from_masked"], row["has_original"]) == (
        "mail", "路灯不亮", "丰海路的路灯坏了", "w***@mail.example", True,
    )  # fmt: skip
    assert queries.received(row["id"])["sender"] == "wang.wu@mail.example"
    plain = repr({k: v for k, v in Incoming.objects.values().get().items() if not isinstance(v, bytes)})
    assert "路灯" not in plain
    assert "wang" not in plain


def test_the_original_is_kept_byte_for_byte_and_the_mailbox_stays_as_it_was(post: PostOffice) -> None:
    raw = post.put(letter())
    taking.look()
    assert queries.original(Incoming.objects.get().id) == raw
    assert post.unseen() == 1


def test_looking_again_takes_nothing_again(post: PostOffice) -> None:
    post.put(letter())
    assert [taking.look(), taking.look()] == [1, 0]
    post.put(letter("又坏了一盏"))
    assert taking.look() == 1
    assert Incoming.objects.count() == 2


def test_a_mailbox_that_was_rebuilt_under_other_numbers_is_read_through_and_nothing_is_taken_twice(
    post: PostOffice,
) -> None:
    for text in ("一", "二", "三"):
        post.put(letter(text))
    taking.look()
    before = MailboxState.objects.get().validity
    assert post.moved() == 3
    post.put(letter("四"))
    assert taking.look() == 1
    assert MailboxState.objects.get().validity != before
    assert Incoming.objects.count() == 4


def test_the_same_mail_delivered_twice_by_another_way_is_one(post: PostOffice) -> None:
    same = letter(number="one").as_bytes(policy=policy.SMTP)
    post.put(b"Received: from a.example\r\n" + same)
    post.put(b"Received: from b.example\r\nDelivered-To: 12345@city.example\r\n" + same)
    assert taking.look() == 1


def test_two_mails_that_claim_one_message_id_are_two(post: PostOffice) -> None:
    post.put(letter("第一封", number="one"))
    post.put(letter("另一封", number="one"))
    assert taking.look() == 2


def test_what_was_taken_when_we_died_before_the_end_is_taken_again_and_once(post: PostOffice) -> None:
    post.put(letter("一"))
    post.put(letter("二"))

    class Died(Exception):
        pass

    def look_and_die() -> None:
        assert taking.look() == 2
        raise Died

    with pytest.raises(Died), transaction.atomic():  # the worker is gone before anything was committed
        look_and_die()
    assert not Incoming.objects.exists()
    assert taking.look() == 2
    assert Incoming.objects.count() == 2


def test_a_mail_that_comes_an_hour_late_is_taken_when_it_is_there(post: PostOffice) -> None:
    post.put(letter("先写的，后到的"))
    with later(hours=1):
        assert taking.look() == 1
    assert Incoming.objects.get().received_at.hour == 5  # 13:00 here


def test_more_than_one_look_takes_comes_with_the_next(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST", 2)
    for n in range(5):
        post.put(letter(f"第 {n} 封"))
    assert [taking.look(), taking.look(), taking.look(), taking.look()] == [2, 2, 1, 0]
    assert [row["text"] for row in queries.incoming(waiting=True).items] == [f"第 {n} 封" for n in range(5)]


def test_what_is_too_large_comes_with_its_beginning_and_its_sender_is_told_once_a_day(
    post: PostOffice, settings: Any
) -> None:
    figure = {"figure": "mail_mb", "value": 1, "effective_from": "2021-12-01T00:00:00+08:00"}
    settings.CITY = settings.CITY | {"limits": [*settings.CITY["limits"], figure]}
    for n in range(2):
        large = letter(f"第 {n} 次，附件很大")
        large.add_attachment(bytes([n]) * 1_500_000, maintype="application", subtype="pdf", filename="大.pdf")
        post.put(large)
    assert taking.look() == 2
    rows = queries.incoming(waiting=True).items
    assert ["过大" in row["flaw_zh"] for row in rows] == [True, True]
    assert rows[0]["text"].startswith("第 0 次")
    sending.send_due(Means.MAIL)
    (said,) = post.texts("citizen@mail.example")
    assert "超过 1 MB" in said


def test_what_no_person_wrote_waits_for_nobody_and_is_answered_by_nobody(
    post: PostOffice, settings: Any
) -> None:
    figure = {"figure": "mail_mb", "value": 1, "effective_from": "2021-12-01T00:00:00+08:00"}
    settings.CITY = settings.CITY | {"limits": [*settings.CITY["limits"], figure]}
    away = letter("我在休假", subject="自动回复：您好", Auto_Submitted="auto-replied")
    away.add_attachment(b"x" * 1_500_000, maintype="application", subtype="pdf", filename="x.pdf")
    post.put(away)
    post.put(letter("我们自己的", sender="12345@city.example"))
    assert taking.look() == 2
    assert queries.incoming(waiting=True).items == []
    assert {row.taken_as for row in Incoming.objects.all()} == {"automatic"}
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff\xfe", b"Subject: =?utf-7?q?+2AA-?=\r\n\r\n\x00", b"From: \xd0\xd2\r\n\r\n\xc2\xb7\xb5\xc6", b"x" * 2000],
)  # fmt: skip
def test_no_mail_however_broken_stops_those_after_it(post: PostOffice, raw: bytes) -> None:
    if raw:
        with post.open() as box:
            if box.append(FOLDER, "", "", raw)[0] != "OK":
                pytest.skip("a mail server does not even store this")
    post.put(letter("后面的"))
    assert taking.look() == (2 if raw else 1)
    assert "后面的" in {row["text"] for row in queries.incoming(waiting=True).items}


def test_a_server_that_is_away_is_asked_less_and_less_alarms_after_the_citys_minutes_and_loses_nothing(
    post: PostOffice,
) -> None:
    post.put(letter("一"))
    post.stop_imap()
    try:
        asked, alarmed = [], []
        for seconds in range(0, 15 * 60, 30):
            with later(seconds=seconds):
                before = MailboxState.objects.values_list("next_look_at", flat=True).first()
                taking.look()
                if MailboxState.objects.get().next_look_at != before:
                    asked.append(seconds)
                if alarms():
                    alarmed.append(seconds)
        pauses = [after - before for before, after in pairwise(asked)]
        assert pauses[:-2] == sorted(pauses[:-2])
        assert max(pauses) >= 120
        assert alarmed[0] == 10 * 60 + 30
    finally:
        post.start_imap()
    with later(minutes=30):
        assert taking.look() == 1
        assert alarms() == []


def test_a_wrong_password_alarms_at_once_and_ends_by_itself(post: PostOffice) -> None:
    post.put(letter())
    GatewaySecret.objects.all().delete()
    actions.set_mail_secret(system("tests"), "password", "another")
    taking.look()
    assert len(alarms()) == 1
    actions.set_mail_secret(system("tests"), "password", PASSWORD)
    with later(minutes=5):
        assert taking.look() == 1
        assert alarms() == []


def test_without_a_mailbox_or_its_password_nothing_is_read(post: PostOffice, settings: Any) -> None:
    post.put(letter())
    GatewaySecret.objects.all().delete()
    assert taking.look() == 0
    settings.CITY = {name: value for name, value in settings.CITY.items() if name != "mail"}
    assert taking.look() == 0
    assert not Incoming.objects.exists()


def mailbox(office: PostOffice, imap: str, trusted: bool = True, **changes: str) -> Internet:
    given = {"imap": imap, "smtp": "smtp://127.0.0.1:1", "user": USER, "folder": FOLDER, **changes}
    return Internet(given | {"authority": office.certificate if trusted else ""}, {"password": PASSWORD})


@pytest.mark.parametrize("how", ["imaps", "imap+starttls"])
def test_mail_is_read_through_tls_from_a_server_whose_certificate_is_trusted_and_from_no_other(
    post: PostOffice, how: str
) -> None:
    raw = post.put(letter())
    where = f"{how}://localhost:{post.imaps if how == 'imaps' else post.imap}"
    (came,) = mailbox(post, where).read(Place(), 10, 1_000_000)
    assert (came.raw, came.whole, came.size) == (raw, True, len(raw))
    with pytest.raises(Unavailable) as caught:
        list(mailbox(post, where, trusted=False).read(Place(), 10, 1_000_000))
    assert caught.value.verdict == "broken"


def test_a_folder_that_is_not_there_is_our_fault_and_not_the_networks(post: PostOffice) -> None:
    with pytest.raises(Unavailable) as caught:
        list(mailbox(post, f"imap://127.0.0.1:{post.imap}", folder="Nowhere").read(Place(), 10, 1))
    assert caught.value.verdict == "broken"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"mailbox": "pigeon"}, "mail.mailbox"),
        ({"address": "12345"}, "mail.address"),
        ({"imap": "imap://mail.example.org"}, "mail.imap"),
        ({"imap": "imaps://user:word@mail.example.org"}, "mail.imap"),
        ({"smtp": "http://mail.example.org"}, "mail.smtp"),
        ({"user": " "}, "mail.user"),
        ({"authority": "no-such.pem"}, "mail.authority"),
        ({"authority": "../../etc/passwd"}, "mail.authority"),
        ({"colour": "red"}, "mail.colour"),
        ({"templates": ["case-lost"]}, "mail.templates"),
    ],
)
def test_a_wrong_block_is_refused_with_its_place_and_stops_nobody(
    post: PostOffice, settings: Any, change: dict[str, Any], place: str
) -> None:
    faults = configured.faults({"mail": post.block() | change})
    assert [fault.where for fault in faults] == [f"city.yaml:{place}"]
    assert configured.faults({"mail": post.block()}) == []
    settings.CITY = settings.CITY | {"mail": post.block() | change}
    assert taking.look() == 0
