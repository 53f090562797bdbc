"""A mailbox as any mail server has it: read over IMAP (RFC 3501), written to over SMTP (RFC 5321), both through TLS."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from hotline.base.kernel import clock
from hotline.base.notices.gateways import Answer
from hotline.base.notices.mail.mailboxes import Came, Place, Unavailable

CONNECT_S, ANSWER_S = 8, 30
BEGINNING = 256 * 1024
"""So much is fetched of a mail that is too large: its headers and first words."""
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143, "smtps": 465, "smtp+starttls": 587, "smtp": 25}
_REFUSED_SIGN_IN = frozenset({530, 534, 535, 538})


class Internet:
    """One address at one server. ``imap``, ``smtp``: ``imaps://host``, ``imap+starttls://host:port``, ``smtps://…``; without
    TLS for this machine only. ``authority``: certificates (PEM) to trust instead of the system's."""

    settings: Mapping[str, str] = {"imap": "", "smtp": "", "user": "", "folder": "INBOX", "authority": ""}
    secrets: Sequence[str] = ("password",)

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._imap, self._smtp = urlsplit(settings["imap"]), urlsplit(settings["smtp"])
        self._user, self._folder = settings["user"], settings["folder"]
        self._password = secrets["password"]
        self._trust = ssl.create_default_context(cadata=settings["authority"] or None)

    @staticmethod
    def faults(given: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Both addresses must be there, and nothing goes over a network in clear."""
        for name in ("imap", "smtp"):
            if not _safe(name, given.get(name, "")):
                yield (
                    name,
                    f"应为 {name}s://主机 或 {name}+starttls://主机[:端口]（仅本机可用 {name}://）",
                    f"must be {name}s://host or {name}+starttls://host[:port] ({name}:// for this machine only)",
                )
        if not given.get("user", "").strip():
            yield "user", "应为邮箱的登录名", "must be the name to sign in with"
        if given.get("authority"):
            try:
                ssl.create_default_context(cadata=given["authority"])
            except (ssl.SSLError, ValueError):
                yield (
                    "authority",
                    "应为城市文件夹中的证书文件（PEM）",
                    "must be a certificate file (PEM) in the city's folder",
                )

    def read(self, after: Place, most: int, largest: int) -> Iterator[Came]:
        """Mails that came since, oldest first. They stay as they are, unread too (BODY.PEEK)."""
        with _known_faults(), self._signed_in() as box:
            validity = int(box.select_folder(self._folder, readonly=True)[b"UIDVALIDITY"])
            last = after.uid if validity == after.validity else 0
            # "n:*" names the last mail even when it is older than n.
            uids = sorted(uid for uid in box.search(["UID", f"{last + 1}:*"]) if uid > last)
            for uid in uids[:most]:
                if came := _came(box, Place(validity, uid), largest):
                    yield came

    @contextmanager
    def _signed_in(self) -> Iterator[Any]:
        where = self._imap
        box = IMAPClient(
            where.hostname, where.port or _PORTS[where.scheme], ssl=where.scheme == "imaps", ssl_context=self._trust,
            timeout=SocketTimeout(CONNECT_S, ANSWER_S),
        )  # fmt: skip
        try:
            if where.scheme == "imap+starttls":
                box.starttls(self._trust)
            box.normalise_times = False  # times with their offset
            box.login(self._user, self._password)
            yield box
            box.logout()
        finally:
            with suppress(Exception):
                box.shutdown()

    def send(self, letters: Iterable[tuple[str, EmailMessage]]) -> Iterator[Answer]:
        """All over one connection; once that fails the rest is to be tried again."""
        given = iter(letters)
        line: smtplib.SMTP | None = None
        failed: Answer | None = None
        try:
            line = self._line()
        except smtplib.SMTPAuthenticationError as error:
            failed = _answer("broken", error.smtp_code, error.smtp_error)
        except ssl.SSLError as error:
            failed = Answer("broken", code="TLS", said=str(error)[:300])
        except smtplib.SMTPResponseException as error:
            broken = error.smtp_code in _REFUSED_SIGN_IN or error.smtp_code >= 500
            failed = _answer("broken" if broken else "again", error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            failed = Answer("broken", code="NotSupported", said=str(error)[:300])
        except (OSError, smtplib.SMTPException) as error:
            failed = Answer("again", code=type(error).__name__, said=str(error)[:300])
        try:
            for to, letter in given:
                if failed is None and line is not None:
                    answer = _hand_over(line, to, letter)
                    if answer.code in _LOST:
                        failed = Answer("again", code=answer.code)
                    yield answer
                else:
                    yield failed or Answer("again")
        finally:
            if line is not None:
                with suppress(OSError, smtplib.SMTPException):
                    line.quit()

    def _line(self) -> smtplib.SMTP:
        where = self._smtp
        host, port = where.hostname or "", where.port or _PORTS[where.scheme]
        line: smtplib.SMTP
        if where.scheme == "smtps":
            line = smtplib.SMTP_SSL(host, port, timeout=CONNECT_S, context=self._trust)
        else:
            line = smtplib.SMTP(host, port, timeout=CONNECT_S)
        try:
            if line.sock is not None:
                line.sock.settimeout(ANSWER_S)
            if where.scheme == "smtp+starttls":
                line.starttls(context=self._trust)
            line.login(self._user, self._password)
        except BaseException:
            line.close()
            raise
        return line


_LOST = frozenset({"Lost", "421"})


def _hand_over(line: smtplib.SMTP, to: str, letter: EmailMessage) -> Answer:
    """One letter. What the server may have taken without saying so is "unsure"; its Message-ID stays the same next time."""
    raw = letter.as_bytes()
    try:
        line.ehlo_or_helo_if_needed()
        sender = str(letter["From"].addresses[0].addr_spec)
        for step, code, said in (("from", *line.mail(sender)), ("to", *line.rcpt(to))):
            if code >= 400:
                with suppress(smtplib.SMTPException):
                    line.rset()
                return _answer(_verdict(step, code), code, said)
    except (OSError, smtplib.SMTPException) as error:
        return Answer("again", code="Lost", said=str(error)[:300])
    try:
        code, said = line.data(raw)
    except smtplib.SMTPDataError as error:
        return _answer(_verdict("data", error.smtp_code), error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Answer("unsure", code="Lost", said=str(error)[:300])
    if code >= 400:
        return _answer(_verdict("data", code), code, said)
    return Answer("accepted", serial=str(letter["Message-ID"]), parts=1, code=str(code))


def _verdict(step: str, code: int) -> Any:
    if code < 500:
        return "again"
    return "broken" if step == "from" or code in _REFUSED_SIGN_IN else "refused"


def _answer(verdict: Any, code: int, said: bytes | str) -> Answer:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return Answer(verdict, code=str(code), said=words[:300])


@contextmanager
def _known_faults() -> Iterator[None]:
    """Whatever a server or a network does, in one word. The order counts: most of these are kinds of one another."""
    try:
        yield
    except LoginError as error:
        # RFC 5530: a server that cannot look right now says so; anything else is the name or the password.
        away = "[UNAVAILABLE]" in str(error).upper()
        raise Unavailable("again" if away else "broken", str(error)[:300]) from error
    except ssl.SSLCertVerificationError as error:
        raise Unavailable("broken", str(error)[:300]) from error
    except (IMAPClientAbortError, OSError) as error:
        raise Unavailable("again", f"{type(error).__name__} {error}"[:300]) from error
    except IMAPClientError as error:  # it answered NO or BAD: no such folder, say
        raise Unavailable("broken", str(error)[:300]) from error
    except (ValueError, KeyError, IndexError, AssertionError) as error:
        raise Unavailable("again", f"{type(error).__name__} {error}"[:300]) from error


def _came(box: Any, place: Place, largest: int) -> Came | None:
    """One mail; None when somebody has removed it meanwhile."""
    known = box.fetch([place.uid], ["RFC822.SIZE", "INTERNALDATE"]).get(place.uid)
    if known is None:
        return None
    size, at = int(known[b"RFC822.SIZE"]), known.get(b"INTERNALDATE") or clock.now()
    whole = size <= largest
    wanted = "BODY.PEEK[]" if whole else f"BODY.PEEK[]<0.{BEGINNING}>"
    raw = None
    try:
        found = box.fetch([place.uid], [wanted]).get(place.uid) or {}
        raw = next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        pass  # the server has it and cannot give it: its row says so, and those after it are read all the same
    return Came(place, at, size, raw or b"", whole and bool(raw))


def _safe(kind: str, address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    schemes = (f"{kind}s", f"{kind}+starttls", *((kind,) if parts.hostname in _HERE else ()))
    bare = not (parts.path.strip("/") or parts.query or parts.username)
    return bool(parts.hostname) and parts.scheme in schemes and bare and port != 0
