"""A mail server that takes our letters, for tests: aiosmtpd in a process of its own that knows nothing of the platform.

    python smtpd.py settings.json

Three doors: plain, STARTTLS, TLS. Letters are laid into ``folder``; how it behaves stands in ``folder/how.json``, read anew each
time: ``rcpt``, ``data``: what it answers instead of "250"; ``drop``: it keeps the letter and hangs up without a word.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Box:
    """Where letters are laid."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def how(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.folder / "how.json").read_text())
        return said

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if said := self.how().get("rcpt"):
            return str(said)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        how = self.how()
        if said := how.get("data"):
            return str(said)
        name = f"{time.time_ns()}"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        secured = server.transport and server.transport.get_extra_info("ssl_object")
        row = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": bool(secured),
        }
        (self.folder / f"{name}.json").write_text(json.dumps(row))
        (self.folder / f"{name}.part").write_bytes(content)
        (self.folder / f"{name}.part").rename(self.folder / f"{name}.eml")
        if how.get("drop"):
            assert server.transport
            server.transport.close()
        return "250 kept"


async def serve(settings: dict[str, Any]) -> None:
    box = Box(Path(settings["folder"]))
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(settings["certificate"], settings["key"])

    def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        there = (settings["user"].encode(), settings["password"].encode())
        right = isinstance(given, LoginPassword) and (given.login, given.password) == there
        return AuthResult(success=right, handled=False)

    def door(**more: Any) -> Any:
        return lambda: SMTP(
            box, authenticator=known, auth_required=True, auth_require_tls=False, loop=loop, **more
        )

    loop = asyncio.get_running_loop()
    here = "127.0.0.1"
    await loop.create_server(door(), here, settings["plain"])
    await loop.create_server(door(tls_context=trust, require_starttls=True), here, settings["starttls"])
    await loop.create_server(door(), here, settings["tls"], ssl=trust)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text())))
