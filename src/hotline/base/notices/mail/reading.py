"""A mail read: who wrote what, whether a person did, what came with it. No database, and nothing that comes in makes it fail:
what cannot be understood is shown as well as it can be, and the original is kept beside it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from html import unescape

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from hotline.base.parties.mails import normal

TEXT_MOST = 100_000
SUBJECT_MOST = 300
PARTS_MOST = 500
DEPTH_MOST = 8

AUTOMATIC, BOUNCE = "automatic", "bounce"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with a mail; its name is its sender's word."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """That a mail of ours did not arrive, by its Message-ID."""

    serial: str
    code: str
    said: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail. ``sender``: "" when it names none. ``answers``: the Message-IDs it answers. ``written_by``: "" a person, else
    ``AUTOMATIC`` or ``BOUNCE`` (RFC 3834, RFC 3464). ``listed``: it came over a list. ``broken``: it breaks the rules of mail so
    that something may be missing here."""

    sender: str
    subject: str
    text: str
    message_id: str
    date: str
    answers: tuple[str, ...] = ()
    written_by: str = ""
    listed: bool = False
    failures: tuple[Failure, ...] = ()
    files: tuple[Enclosed, ...] = ()
    broken: bool = False


def read(raw: bytes) -> Letter:
    """The mail ``raw`` is. Never raises."""
    try:
        return _read(raw)
    except Exception:  # whatever somebody sends: he wrote to the city, and somebody must see it
        return Letter("", "", _clean(_guessed(raw)), "", "", broken=True)


def unquoted(text: str) -> str:
    """What somebody wrote himself: the lines above those of ours that he answers; all of it where none is above."""
    lines = text.splitlines()
    end = next((at for at, line in enumerate(lines) if _QUOTES.match(line)), len(lines))
    own = "\n".join(line for line in lines[:end] if not line.startswith(">")).strip()
    return own or "\n".join(line for line in lines if not line.startswith(">")).strip() or text.strip()


_QUOTES = re.compile(
    r"\s*(?:-{2,}\s*(?:原始邮件|原邮件|回复的原邮件|转发邮件信息|original message|forwarded message)\s*-{2,}"
    r"|(?:在|于)?\s*\d{4}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}.{0,120}(?:写道|wrote)\s*[:：]?\s*$"
    r"|on\s.{4,160}wrote\s*:\s*$"
    r"|.{1,120}(?:写道)\s*[:：]\s*$"
    r"|(?:发件人|from)\s*[:：].{0,200}@)",
    re.IGNORECASE,
)


def _read(raw: bytes) -> Letter:
    mail = message_from_bytes(raw, policy=policy.compat32)
    parts = _Parts()
    parts.take(mail, 0)
    text = "\n\n".join(piece for piece in parts.texts if piece.strip())
    sender = _sender(mail)
    written_by, failures = _written_by(mail, sender, raw)
    return Letter(
        sender=sender,
        subject=_clean(_header(mail, "Subject")).replace("\n", " ")[:SUBJECT_MOST],
        text=_clean(text),
        message_id=_header(mail, "Message-ID").strip()[:300],
        date=_header(mail, "Date").strip()[:100],
        answers=tuple(dict.fromkeys(_IDS.findall(f"{_header(mail, 'In-Reply-To')} {_header(mail, 'References')}")))[:50],
        written_by=written_by,
        listed=bool(mail.get("List-Id")) or _header(mail, "Precedence").strip().lower() in ("bulk", "list", "junk"),
        failures=failures,
        files=tuple(parts.files),
        broken=parts.broken or bool(mail.defects),
    )  # fmt: skip


_IDS = re.compile(r"<[^<>\s]{3,250}>")


class _Parts:
    """The words and the files of a mail, part by part."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.files: list[Enclosed] = []
        self.broken = False
        self._seen = 0

    def take(self, part: Message, depth: int) -> None:
        self._seen += 1
        if self._seen > PARTS_MOST or depth > DEPTH_MOST:
            self.broken = True
            return
        self.broken |= bool(part.defects)
        kind, inside = part.get_content_type(), part.get_payload()
        if kind == "message/delivery-status":
            self.texts.append("\n".join(str(block) for block in inside) if isinstance(inside, list) else "")
        elif kind == "message/rfc822" and isinstance(inside, list):
            for one in _messages(inside):
                self.texts.append(f"—— {_header(one, 'From')}：{_header(one, 'Subject')}")
                self.take(one, depth + 1)
        elif isinstance(inside, list):
            self._several(kind, _messages(inside), depth)
        else:
            self._leaf(part, kind)

    def _several(self, kind: str, inside: list[Message], depth: int) -> None:
        if kind != "multipart/alternative":
            for one in inside:
                self.take(one, depth + 1)
            return
        # The same said several times: in plain if that says anything, else the last, which is the richest.
        ways = []
        for one in inside:
            before = len(self.texts)
            self.take(one, depth + 1)
            ways.append((one.get_content_type() == "text/plain", "\n\n".join(self.texts[before:])))
            del self.texts[before:]
        said = [way for way in ways if way[1].strip()]
        self.texts += [next((text for plain, text in said if plain), said[-1][1])] if said else []

    def _leaf(self, part: Message, kind: str) -> None:
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            return
        name = _clean(_decoded(part.get_filename() or "")).replace("\n", " ")[:200]
        attached = (part.get_content_disposition() or "") == "attachment" or bool(name)
        if kind in ("text/plain", "text/html") and not attached:
            charset = str(part.get_content_charset() or "")
            self.texts.append(_plain(data, charset) if kind == "text/html" else _text(data, charset))
        elif data:
            self.files.append(Enclosed(name or kind.replace("/", "."), data))


def _messages(payload: object) -> list[Message]:
    """The parts of a part that has parts."""
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _plain(data: bytes, charset: str) -> str:
    """HTML as text, with where its links lead; what it would load or run is not looked at."""
    if not charset and (stated := re.search(rb"charset=[\"']?([\w-]{2,30})", data[:4096])):
        charset = stated[1].decode("ascii")
    html = re.sub(r"<\?xml[^<>]*>", "", _text(data, charset))[:2_000_000].replace("\0", "")
    try:
        return get_text(html, ParserConfig(display_links=True)) if html.strip() else ""
    except Exception:
        return unescape(re.sub(r"<[^<>]*>", " ", html))


_USABLE = re.compile(r"(?:utf|gb|big5|iso|cp|koi8|euc|shift|ascii|latin|hz|mac|johab|tis)[\w-]*")
"""Character sets somebody may name: some codecs that go by a name too are traps (punycode takes quadratic time)."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "utf-8", "iso8859-1": "cp1252"}


def _text(data: bytes, charset: str) -> str:
    """``data`` in the characters it says it has, if it has; else in those it seems to have."""
    try:
        name = codecs.lookup(charset).name
        if _USABLE.fullmatch(name):
            return data.decode(_WIDER.get(name, name))
    except (LookupError, UnicodeError, ValueError):
        pass
    return _guessed(data)


def _guessed(data: bytes) -> str:
    for charset in ("utf-8", "gb18030"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    # Mostly one of the two, with something broken in it: the one that loses fewer characters.
    return min(
        (data.decode(name, "replace") for name in ("utf-8", "gb18030")), key=lambda said: said.count("�")
    )


def _header(mail: Message, name: str) -> str:
    """The first header ``name``, in whatever characters it came, without what no database takes; "" without one."""
    wanted = name.lower()
    found = next((str(value) for key, value in mail.raw_items() if key.lower() == wanted), "")
    return _clean(_decoded(re.sub(r"\r?\n(?=[ \t])", "", found)))


def _decoded(value: str) -> str:
    try:
        value.encode("ascii")
    except UnicodeEncodeError:  # characters sent as they are: against the rules, and usual
        value = _guessed(value.encode("utf-8", "surrogateescape"))
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        piece if isinstance(piece, str) else _text(piece, charset or "utf-8") for piece, charset in pieces
    )


def _sender(mail: Message) -> str:
    for name in ("From", "Sender"):
        try:
            found = [normal(address) for _, address in getaddresses([_header(mail, name)])]
        except Exception:  # getaddresses is not proof against everything
            found = []
        if first := next((address for address in found if address), None):
            return first
    found_one = re.search(r"[\w.+-]{1,64}@[\w.-]{1,190}", _header(mail, "From"))
    return (normal(found_one[0]) or "") if found_one else ""


_AUTO_SUBJECTS = re.compile(
    r"\s*(?:自动回复|自动答复|automatic reply|auto[- ]?reply|out of office)\s*[:：]", re.IGNORECASE
)
_AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autogenerated")
_POSTMEN = ("mailer-daemon", "postmaster", "mail-daemon")
_OURS = re.compile(r"<[0-9a-f]{32}@[\w.-]{1,190}>")
"""What our own Message-IDs look like (writing.py)."""


def _written_by(mail: Message, sender: str, raw: bytes) -> tuple[str, tuple[Failure, ...]]:
    """Whether a person wrote it, and what it reports of ours."""
    report = mail.get_content_type() == "multipart/report"
    postman = sender.partition("@")[0] in _POSTMEN
    if report and (failures := _failures(mail)) is not None:
        return (BOUNCE, failures) if failures else (AUTOMATIC, ())
    nobody = any(value.strip() == "<>" for value in (_header(mail, "Return-Path"),))
    if postman and not report:
        ours = dict.fromkeys(_OURS.findall(raw.decode("ascii", "replace")))
        return (BOUNCE if ours else AUTOMATIC), tuple(
            Failure(one, "bounced", _header(mail, "Subject")[:300]) for one in ours
        )
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    automatic = (
        report or nobody or postman or submitted not in ("", "no")
        or _header(mail, "Precedence").strip().lower() == "auto_reply"
        or any(mail.get(name) for name in _AUTO_HEADERS)
        or bool(_AUTO_SUBJECTS.match(_header(mail, "Subject")))
    )  # fmt: skip
    return (AUTOMATIC if automatic else ""), ()


def _failures(mail: Message) -> tuple[Failure, ...] | None:
    """What a delivery status (RFC 3464) says failed for good; None when this is no delivery status."""
    parts = [*mail.walk()]
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    blocks = _messages(status.get_payload())
    failed = [block for block in blocks if _header(block, "Action").strip().lower() == "failed"]
    serial = next(_returned_ids(parts), "")
    if not failed or not serial:
        return ()
    code, said = (
        _header(failed[0], "Status").strip()[:60],
        _header(failed[0], "Diagnostic-Code").strip()[:300],
    )
    return (Failure(serial, code, said),)


def _returned_ids(parts: list[Message]) -> Iterator[str]:
    """The Message-IDs of what a report returns, whole or its headers."""
    for part in parts:
        kind, inside = part.get_content_type(), part.get_payload()
        if kind == "message/rfc822" and isinstance(inside, list):
            yield from (_header(one, "Message-ID").strip() for one in _messages(inside))
        elif kind == "text/rfc822-headers":
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                yield _header(message_from_bytes(data), "Message-ID").strip()
    first = parts[0]
    yield from _OURS.findall(f"{_header(first, 'In-Reply-To')} {_header(first, 'References')}")


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _clean(text: str) -> str:
    """Without what no database and no page takes: controls, halves of characters, and the marks that turn lines round."""
    flat = text.replace("\r\n", "\n").replace("\r", "\n")[: TEXT_MOST * 2]
    kept = (
        c for c in flat if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _TURNING)
    )
    return re.sub(r"\n{4,}", "\n\n\n", "".join(kept)).strip()[:TEXT_MOST]
