"""A post office for tests: a real Dovecot with the city's mailbox and a mail server for what goes out, each a process of its own."""

from __future__ import annotations

import contextlib
import imaplib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.harness import free_port

ADDRESS, USER, PASSWORD, FOLDER = "12345@city.example", "citizens", "the-mailboxs-own-password", "Citizens"
DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"

_CONF = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail
mailbox_list_index = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
"""


class PostOffice:
    """Running servers; ``certificate``: what they are known by."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="post-"))
        self.folder.chmod(0o755)
        self.out = self.folder / "out"
        self.imap, self.imaps, self.smtp, self.starttls, self.smtps = (free_port() for _ in range(5))
        self.certificate = _certificate(self.folder)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        assert Path(DOVECOT).exists(), "Dovecot is missing: apt-get install dovecot-imapd"
        root = os.getuid() == 0
        me = pwd.getpwuid(os.getuid())
        mine = pwd.getpwnam("nobody") if root else me
        (self.folder / "mail").mkdir()
        os.chown(self.folder / "mail", mine.pw_uid, mine.pw_gid)
        conf = self.folder / "dovecot.conf"
        conf.write_text(
            _CONF.format(
                folder=self.folder, run=self.folder / "run", certificate=self.folder / "cert.pem", key=self.folder / "key.pem",
                internal="dovecot" if root else me.pw_name, login="dovenull" if root else me.pw_name,
                internal_group="dovecot" if root else _group(me.pw_gid), uid=mine.pw_uid, gid=mine.pw_gid,
                password=PASSWORD, imap=self.imap, imaps=self.imaps,
            )
        )  # fmt: skip
        self.start_imap()
        self.out.mkdir()
        self.how()
        settings = self.folder / "smtpd.json"
        settings.write_text(
            json.dumps(
                {
                    "folder": str(self.out), "plain": self.smtp, "starttls": self.starttls, "tls": self.smtps,
                    "certificate": str(self.folder / "cert.pem"), "key": str(self.folder / "key.pem"),
                    "user": USER, "password": PASSWORD,
                }
            )
        )  # fmt: skip
        script = Path(__file__).with_name("smtpd.py")
        with (self.folder / "smtpd.err").open("ab") as err:
            server = subprocess.Popen(
                [sys.executable, str(script), str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=err,
            )
        assert server.stdout
        assert server.stdout.readline(), (self.folder / "smtpd.err").read_text()
        self._processes.append(server)

    def start_imap(self) -> None:
        with (self.folder / "dovecot.err").open("ab") as err:
            self._imap = subprocess.Popen(
                [DOVECOT, "-F", "-c", str(self.folder / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
            )
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.imap), 1) as line:
                if line.recv(4) == b"* OK":
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "dovecot.err").read_text())

    def stop_imap(self) -> None:
        self._imap.send_signal(signal.SIGTERM)
        self._imap.wait(20)

    def stop(self) -> None:
        self.stop_imap()
        for one in self._processes:
            one.terminate()
            one.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def block(self, **changes: Any) -> dict[str, Any]:
        """What stands in city.yaml."""
        return {
            "mailbox": "internet", "address": ADDRESS, "name": "泉州市12345", "imap": f"imap://127.0.0.1:{self.imap}",
            "smtp": f"smtp://127.0.0.1:{self.smtp}", "user": USER, "folder": FOLDER,
        } | changes  # fmt: skip

    # what citizens do

    def open(self) -> imaplib.IMAP4:
        box = imaplib.IMAP4("127.0.0.1", self.imap)
        box.login(USER, PASSWORD)
        return box

    def put(self, letter: EmailMessage | bytes) -> bytes:
        """A letter arrives; its bytes as they lie in the mailbox."""
        raw = letter if isinstance(letter, bytes) else letter.as_bytes(policy=policy.SMTP)
        with self.open() as box:
            said, why = box.append(FOLDER, "", "", raw)
            assert said == "OK", why
        return raw

    def empty(self) -> None:
        """A new, empty folder, whose letters are numbered anew; nothing that went out is remembered."""
        with self.open() as box:
            box.delete(FOLDER)
            said, why = box.create(FOLDER)
            assert said == "OK", why
        for file in self.out.iterdir():
            file.unlink()
        self.how()

    def moved(self) -> int:
        """The mailbox is rebuilt: the same letters under other numbers (UIDVALIDITY); how many."""
        with self.open() as box:
            box.select(FOLDER)
            box.create("Old")
            _, (count,) = box.search(None, "ALL")
            for number in count.split():
                box.copy(number.decode(), "Old")
            box.close()
            box.delete(FOLDER)
            box.rename("Old", FOLDER)
            return len(count.split())

    def unseen(self) -> int:
        with self.open() as box:
            box.select(FOLDER, readonly=True)
            _, (found,) = box.search(None, "UNSEEN")
            return len(found.split())

    # what went out

    def how(self, **changes: Any) -> None:
        part = self.out / "how.part"
        part.write_text(json.dumps(changes))
        part.rename(self.out / "how.json")

    def letters(self, to: str = "") -> list[EmailMessage]:
        """What was taken, oldest first."""
        found = []
        for file in sorted(self.out.glob("*.eml")):
            if not to or to in json.loads(file.with_suffix(".json").read_text())["to"]:
                found.append(message_from_bytes(file.read_bytes(), policy=policy.default))
        return found  # type: ignore[return-value]

    def texts(self, to: str = "") -> list[str]:
        return [letter.get_content() for letter in self.letters(to)]

    def by_tls(self) -> list[bool]:
        return [json.loads(file.read_text())["tls"] for file in sorted(self.out.glob("[0-9]*.json"))]


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _certificate(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem.decode()


def letter(
    text: str = "丰海路的路灯坏了一个星期，晚上看不见路。",
    *,
    sender: str = "citizen@mail.example",
    subject: str = "路灯不亮",
    number: str = "",
    **headers: str,
) -> EmailMessage:
    """A mail as somebody writes it."""
    made = EmailMessage(policy.SMTP)
    made["From"], made["To"], made["Subject"] = sender, ADDRESS, subject
    made["Date"] = "Mon, 23 Nov 2026 11:58:00 +0800"
    made["Message-ID"] = f"<{number or os.urandom(8).hex()}@mail.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def bounce(of: EmailMessage, status: str = "5.1.1", said: str = "smtp; 550 5.1.1 no such user") -> bytes:
    """What a mail server sends back when it cannot deliver (RFC 3464)."""
    lines = [
        "From: Mail Delivery System <mailer-daemon@relay.example>", f"To: {ADDRESS}", "Subject: Undelivered Mail",
        "Message-ID: <bounce-1@relay.example>", "Date: Mon, 23 Nov 2026 12:30:00 +0800", "Auto-Submitted: auto-replied",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "MIME-Version: 1.0", "",
        "--b", "Content-Type: text/plain", "", "It could not be delivered.", "",
        "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; relay.example", "",
        "Final-Recipient: rfc822; citizen@mail.example", "Action: failed", f"Status: {status}", f"Diagnostic-Code: {said}", "",
        "--b", "Content-Type: text/rfc822-headers", "", f"Message-ID: {of['Message-ID']}", "Subject: x", "", "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()
