"""Whatever somebody sends is read as well as it can be: never an error, never something a database refuses, never a file lost."""

from __future__ import annotations

import base64
import quopri
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.notices.mail import reading
from hotline.base.notices.mail.reading import AUTOMATIC, BOUNCE, Letter

from .postoffice import bounce, letter

HEADERS = st.sampled_from(
    [
        b"From", b"Sender", b"Subject", b"Message-ID", b"Date", b"In-Reply-To", b"References", b"Content-Type",
        b"Content-Transfer-Encoding", b"Content-Disposition", b"Auto-Submitted", b"Precedence", b"Return-Path", b"MIME-Version",
    ]
)  # fmt: skip
KINDS = st.sampled_from(
    [
        b"text/plain", b"text/html; charset=gb2312", b"text/plain; charset=utf-7", b"text/plain; charset=punycode",
        b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b", b"multipart/report; boundary=b", b"message/rfc822",
        b"message/delivery-status", b"text/rfc822-headers", b"image/png; name*=utf-8''%E5%9B%BE.png", b"application/octet-stream",
        b"multipart/mixed", b"\xff\xfe", b"text/html; charset=\"\x00\"",
    ]
)  # fmt: skip
ENCODINGS = st.sampled_from([b"base64", b"quoted-printable", b"8bit", b"x-uuencode", b"nonsense"])
VALUES = KINDS | ENCODINGS | st.binary(max_size=60) | st.sampled_from(
    [b"=?utf-7?q?+2AA-?=", b"=?gb2312?B?wrfGycrH?=", b"=?utf-8?q?=00=ff?=", "路灯".encode("gb18030"), b"<>", b"auto-replied"]
)  # fmt: skip
PIECES = st.one_of(
    st.tuples(HEADERS, VALUES).map(lambda row: row[0] + b": " + row[1] + b"\r\n"),
    st.just(b"\r\n"),
    st.just(b"--b\r\n"),
    st.just(b"--b--\r\n"),
    st.binary(max_size=200),
    st.text(max_size=50).map(lambda said: said.encode("utf-8", "surrogatepass")),
)


def storable(read: Letter) -> None:
    """A database takes every word of it, and no more of them than it should."""
    words = [read.sender, read.subject, read.text, read.message_id, read.date, *read.answers]
    words += [word for one in read.failures for word in (one.serial, one.code, one.said)]
    words += [one.name for one in read.files]
    for word in words:
        assert "\x00" not in word
        word.encode()
    assert len(read.text) <= reading.TEXT_MOST
    assert len(read.subject) <= reading.SUBJECT_MOST


@given(st.binary(max_size=4000))
def test_any_bytes_are_read_without_an_error(raw: bytes) -> None:
    storable(reading.read(raw))


@given(st.lists(PIECES, max_size=40))
def test_any_heap_of_headers_parts_and_ends_is_read_without_an_error(pieces: list[bytes]) -> None:
    storable(reading.read(b"".join(pieces)))


PLAIN = st.text(
    st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs")),
    min_size=1,
    max_size=80,
)


@given(
    PLAIN,
    st.sampled_from(["utf-8", "gb18030", "gb2312"]),
    st.sampled_from(["base64", "quoted-printable", "8bit"]),
)
def test_chinese_in_any_usual_characters_and_packing_is_read_as_it_was_written(
    text: str, charset: str, packing: str
) -> None:
    data = text.encode(
        "gb18030" if charset == "gb2312" else charset
    )  # many say the old name and write the new one
    packed = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(packing, bytes)(data)
    raw = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {packing}\r\n\r\n"
    assert reading.read(raw.encode() + packed).text == text.strip()


@given(
    st.lists(st.tuples(st.text(max_size=20), st.binary(min_size=1, max_size=300)), max_size=6), st.booleans()
)
def test_every_file_that_came_is_there_byte_for_byte(files: list[tuple[str, bytes]], forwarded: bool) -> None:
    made = letter()
    for name, data in files:
        plain = "".join(c for c in name if c.isalnum()) or "file"
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=plain)
    if forwarded:
        outer = letter("见转发")
        outer.add_attachment(made)
        made = outer
    read = reading.read(made.as_bytes(policy=policy.SMTP))
    assert [file.data for file in read.files] == [data for _, data in files]
    storable(read)


def test_of_words_and_html_that_say_the_same_the_words_are_read_once() -> None:
    made = letter("路灯坏了")
    made.add_alternative("<p>路灯<b>坏了</b></p>", subtype="html")
    assert reading.read(made.as_bytes()).text == "路灯坏了"


def test_html_is_read_without_scripts_styles_or_anything_from_elsewhere() -> None:
    made = letter()
    made.set_content(
        "<html><head><style>p {color: red}</style><script>steal()</script></head><body onload='steal()'>"
        "<p>丰海路的<b>路灯</b>坏了</p><img src='http://tracker.example/x.gif'><iframe src='http://x.example'></iframe></body>",
        subtype="html",
    )
    read = reading.read(made.as_bytes())
    assert "丰海路的路灯坏了" in read.text
    for trap in ("steal", "color", "tracker", "x.example"):
        assert trap not in read.text
    assert read.files == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; type=x"}, {"Precedence": "auto_reply"},
        {"Return_Path": "<>"}, {"X_Autoreply": "yes"}, {"subject": "自动回复: 您好"}, {"subject": "Automatic reply: away"},
        {"sender": "MAILER-DAEMON@mail.example"},
    ],
)  # fmt: skip
def test_what_no_person_wrote_is_known(headers: Any) -> None:
    assert reading.read(letter(**headers).as_bytes()).written_by == AUTOMATIC


@pytest.mark.parametrize(
    "headers", [{}, {"Auto_Submitted": "no"}, {"Return_Path": "<a@b.example>"}, {"Precedence": "bulk"}]
)
def test_what_a_person_wrote_is_taken_for_his(headers: Any) -> None:
    assert reading.read(letter(**headers).as_bytes()).written_by == ""


def test_a_report_of_failure_names_the_letter_that_failed_and_why() -> None:
    ours = EmailMessage()
    ours["Message-ID"] = "<0123456789abcdef0123456789abcdef@city.example>"
    read = reading.read(bounce(ours))
    assert read.written_by == BOUNCE
    (failure,) = read.failures
    assert (failure.serial, failure.code) == (ours["Message-ID"], "5.1.1")
    assert "no such user" in failure.said


def test_a_report_of_delay_is_no_failure() -> None:
    ours = EmailMessage()
    ours["Message-ID"] = "<0123456789abcdef0123456789abcdef@city.example>"
    read = reading.read(bounce(ours).replace(b"Action: failed", b"Action: delayed"))
    assert (read.written_by, read.failures) == (AUTOMATIC, ())


@pytest.mark.parametrize(
    "quoted",
    [
        "1\n\n在 2026-11-23 12:00:00，“泉州市12345” <12345@city.example> 写道：\n> 您的诉求已有办理结果",
        "1\n\n------------------ 原始邮件 ------------------\n发件人: 12345@city.example\n您的诉求已有办理结果",
        "1\n\nOn Mon, Nov 23, 2026 at 12:00 PM hotline <12345@city.example> wrote:\n> result",
        "> 您的诉求已有办理结果\n\n1",
    ],
)
def test_what_he_wrote_himself_stands_above_or_below_what_he_answers(quoted: str) -> None:
    assert reading.unquoted(quoted) == "1"


def test_a_mail_of_a_thousand_nested_parts_is_read_and_said_to_be_broken() -> None:
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000)
    )
    read = reading.read(b"From: a@b.example\r\n" + raw + "路灯".encode())
    assert read.broken
    storable(read)
