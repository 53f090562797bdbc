"""A mail becomes a case of its sender's, or is added to one, with what came with it and its original (a real Dovecot)."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from PIL import Image

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.errors import Conflict, Forbidden, NotFound
from hotline.base.kernel.models import AuditRow
from hotline.base.notices import actions as notices
from hotline.base.notices import queries as messages
from hotline.base.notices import sending
from hotline.base.notices.mail import taking
from hotline.base.notices.models import Incoming
from hotline.base.notices.ways import Means
from hotline.work.attachments import actions as attachments
from hotline.work.attachments import queries as attached
from hotline.work.cases import queries as cases
from hotline.work.inbox import actions, queries
from hotline.work.inbox.rights import WORK
from hotline.work.reads import queries as reads
from tests.cases.office import AGENT, DISPATCHER, dispatched, do, file, handler, refused, staff, unit
from tests.cases.test_over_http import Browser
from tests.notices.postoffice import PostOffice, letter

from .test_inbox import asked, waiting

pytestmark = pytest.mark.django_db
WHO = "citizen@mail.example"


def news() -> None:
    while outbox.relay():
        pass


def reads_of(number: str) -> list[dict[str, Any]]:
    """What the auditor finds by a case's number."""
    wanted = reads.Wanted(number=number, act="inbox.download")
    return list(reads.page(staff("audit_admin"), wanted)["items"])


def came(post: PostOffice, mail: EmailMessage) -> UUID:
    """A mail came in, and all rooms have heard of it."""
    post.put(mail)
    assert taking.look() == 1
    news()
    return Incoming.objects.latest("received_at", "id").id


def photograph() -> bytes:
    """A picture that says where it was taken."""
    out = io.BytesIO()
    about = Image.Exif()
    about[0x010E] = "quanzhou-at-home"
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=about)
    return out.getvalue()


def with_files(**files: bytes) -> EmailMessage:
    made = letter()
    for name, data in files.items():
        made.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=name.replace("_", ".")
        )
    return made


def test_it_becomes_a_case_of_its_senders_with_its_words_its_address_and_its_channel(
    post: PostOffice,
) -> None:
    id = came(post, letter())
    filed = actions.file(AGENT, id, asked())
    case = cases.one(AGENT, filed.id)
    assert (case.channel, case.contact_mail_masked, case.contact_phone_masked) == (
        "email",
        "c***@mail.example",
        "",
    )
    assert case.content == "主题：路灯不亮\n\n丰海路的路灯坏了一个星期，晚上看不见路。"
    assert waiting() == []
    sending.send_due(Means.MAIL)
    (said,) = post.texts(WHO)
    assert filed.number in said
    assert filed.query_code in said


def test_what_came_with_it_is_examined_shown_beside_it_and_goes_with_the_case(post: PostOffice) -> None:
    id = came(post, with_files(路灯_jpg=photograph(), 程序_exe=b"MZ\x90\x00 not taken"))
    taken, refused_ = attached.of_message(AGENT, id)
    assert (taken["name"], taken["channel"], taken["side"]) == ("路灯.jpg", "email", "caller")
    assert (refused_["state"], refused_["name"]) == ("refused", "程序.exe")
    assert refused_["said"]
    filed = actions.file(AGENT, id, asked())
    assert attached.of_message(AGENT, id) == []
    rows = attached.of_case(AGENT, filed.id)["items"]
    assert [(row["id"], row["act"]) for row in rows] == [(taken["id"], "accept"), (refused_["id"], "accept")]
    kept = b"".join(attachments.read(AGENT, taken["id"]).parts)
    assert b"quanzhou-at-home" not in kept
    assert b"quanzhou-at-home" in photograph()
    assert photograph() in messages.letter(id).files[0].data  # the original stays whole


def test_its_original_can_be_had_as_it_came_and_every_reading_is_logged(post: PostOffice) -> None:
    raw = post.put(letter())
    taking.look()
    id = Incoming.objects.get().id
    assert actions.download(AGENT, id) == raw
    filed = actions.file(AGENT, id, asked())
    assert actions.download(AGENT, id) == raw
    assert [row["act"] for row in reads_of(filed.number)] == ["inbox.download", "inbox.download"]
    rows = AuditRow.objects.filter(act="inbox.download", object_id=str(id)).order_by("id")
    assert [row.detail["number"] for row in rows] == ["", filed.number]
    with refused(Forbidden):
        actions.download(handler(), id)


def test_it_is_added_to_the_case_whose_number_it_names(post: PostOffice) -> None:
    theirs = file()  # left by telephone, of which the address says nothing
    id = came(
        post,
        letter(
            "又坏了一盏\n\n在 2026-11-23 12:00:00，12345 写道：\n> 已受理", subject=f"回复：{theirs.number}"
        ),
    )
    ((offered, why),) = [(row["id"], row["why"]) for row in queries.open_cases(AGENT, id)]
    assert (offered, why) == (theirs.id, "named")
    actions.add(AGENT, id, theirs.id)
    last = cases.history(cases.one(AGENT, theirs.id))[-1]
    assert (last.act, last.fields["text"]) == ("record_addition", "又坏了一盏")
    (row,) = queries.of_case(AGENT, theirs.id).items
    assert (row["id"], row["has_original"]) == (id, True)


def test_an_answer_to_our_letter_and_a_case_of_the_same_sender_are_offered_with_the_reason(
    post: PostOffice,
) -> None:
    first, second = file(phone="", mail=WHO), file(phone="", mail="other@mail.example")
    news()
    sending.send_due(Means.MAIL)
    (ours,) = post.letters("other@mail.example")
    id = came(post, letter("补充", In_Reply_To=str(ours["Message-ID"])))
    assert {row["id"]: row["why"] for row in queries.open_cases(AGENT, id)} == {
        first.id: "sender",
        second.id: "answer",
    }


def test_it_is_added_to_no_case_it_says_nothing_of(post: PostOffice) -> None:
    anothers = file()
    id = came(post, letter("补充", subject="关于路灯"))
    with refused(NotFound):
        actions.add(AGENT, id, anothers.id)
    assert waiting() == [id]


def test_files_go_with_an_addition_too(post: PostOffice) -> None:
    theirs = dispatched(phone="", mail=WHO)
    id = came(post, with_files(路灯_jpg=photograph()))
    actions.add(AGENT, id, theirs)
    (row,) = attached.of_case(AGENT, theirs)["items"]
    assert row["act"] == "record_addition"


def test_what_is_longer_than_a_case_may_be_is_cut_and_says_so_and_the_original_has_all(
    post: PostOffice,
) -> None:
    id = came(post, letter("路灯" * 4000))
    filed = actions.file(AGENT, id, asked())
    content = cases.one(AGENT, filed.id).content
    assert len(content) <= 5000
    assert content.endswith("all of it is in the original）")
    assert messages.received(id)["text"] == "路灯" * 4000


def test_a_mail_of_nothing_but_files_becomes_a_case_all_the_same(post: PostOffice) -> None:
    made = with_files(路灯_jpg=photograph())
    made.get_payload()[0].set_content("")  # type: ignore[union-attr,index]
    filed = actions.file(AGENT, came(post, made), asked())
    assert "没有正文" in cases.one(AGENT, filed.id).content


def test_what_was_taken_for_no_persons_waits_again_when_somebody_says_so(post: PostOffice) -> None:
    id = came(post, with_files(路灯_jpg=photograph()))
    actions.dismiss(AGENT, id, "spam")
    actions.take_back(AGENT, id)
    news()
    assert waiting() == [id]
    assert len(attached.of_message(AGENT, id)) == 1
    made = with_files(路灯_jpg=photograph())
    made["Auto-Submitted"] = "auto-generated"
    automatic = came(post, made)
    assert automatic not in waiting()
    assert attached.of_message(AGENT, automatic) == []
    actions.take_back(AGENT, automatic)
    news()
    assert automatic in waiting()
    assert len(attached.of_message(AGENT, automatic)) == 1
    actions.file(AGENT, id, asked())
    with refused(Conflict):
        actions.take_back(AGENT, id)


def test_who_a_confidential_caller_is_stays_the_centres(post: PostOffice) -> None:
    id = came(post, letter(sender="李四 <li.si@mail.example>"))
    filed = actions.file(AGENT, id, asked(confidential=True))
    assert [row["id"] for row in queries.of_case(AGENT, filed.id).items] == [id]
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    assert queries.of_case(handler(), filed.id).items == []
    shown = str(cases.detail(handler(), cases.one(handler(), filed.id)))
    assert "mail.example" not in shown
    # Whoever looks at messages without being the centre's who asks callers learns nothing either.
    office = staff("government_office")
    nosy = replace(office, rights=office.rights | {WORK})
    assert queries.of_case(nosy, filed.id).items == []
    with refused(NotFound):
        actions.download(nosy, id)


def test_kept_long_enough_a_mail_its_original_and_its_files_are_gone(post: PostOffice) -> None:
    id = came(post, with_files(路灯_jpg=photograph()))
    with clock.at(clock.now() + timedelta(days=30 * 24 + 1)):
        notices.forget(notices.ACTOR)
        news()
    assert messages.received(id)["text"] == ""
    with refused(NotFound):
        messages.original(id)
    assert {row["state"] for row in attached.of_message(AGENT, id)} == {"erased"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_look_at_once_take_each_mail_once(post: PostOffice) -> None:
    from hotline.project.cli.load import load_city

    load_city()
    for n in range(6):
        post.put(letter(f"第 {n} 封"))
    ready, taken = threading.Barrier(2), []

    def work() -> None:
        ready.wait()
        try:
            taken.append(taking.look())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 6
    assert sorted(row["text"] for row in messages.incoming(waiting=True).items) == [
        f"第 {n} 封" for n in range(6)
    ]


def test_over_http_it_is_read_with_its_files_downloaded_as_a_file_and_never_shown(post: PostOffice) -> None:
    raw = post.put(letter())
    taking.look()
    id, agent = Incoming.objects.get().id, Browser("agent")
    one = agent.get(f"/inbox/{id}").json()
    assert one["message"]["subject"] == "路灯不亮"
    answer = agent.get(f"/inbox/{id}/original")
    assert answer.content == raw
    assert answer["Content-Type"] == "application/octet-stream"
    assert "attachment" in answer["Content-Disposition"]
