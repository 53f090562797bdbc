"""SIP as a stranger writes it: raw messages, over UDP from any address of this machine or over a browser's websocket."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import time
import uuid
from dataclasses import dataclass, field

import aiohttp

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


@dataclass
class Request:
    """One request and what is needed to say it again."""

    method: str
    uri: str
    user: str
    transport: str
    here: str
    headers: tuple[str, ...] = ()
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    number: int = 1

    def text(self, *more: str) -> str:
        body = _SDP if self.method == "INVITE" else ""
        to = self.uri if self.method == "INVITE" else f"sip:{self.user}@127.0.0.1"
        lines = [
            f"{self.method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.here};branch=z9hG4bK{self.call_id}{self.number};rport",
            "Max-Forwards: 70",
            f"From: <sip:{self.user}@127.0.0.1>;tag={self.call_id[:8]}",
            f"To: <{to}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.number} {self.method}",
            f"Contact: <sip:{self.user}@{self.here};transport={self.transport.lower()}>",
            *self.headers,
            *more,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def ack(self) -> str:
        return re.sub(r"^INVITE|(?<=CSeq: \d )INVITE", "ACK", self.text()[: -len(_SDP)]).replace(
            f"Content-Length: {len(_SDP)}", "Content-Length: 0"
        )


def code(message: str) -> int:
    """The status of a response; 0 for a request."""
    return int(message.split(" ", 2)[1]) if message.startswith("SIP/2.0 ") else 0


def over_udp(port: int, number: str, user: str, source: str, *headers: str, seconds: float = 8) -> int:
    """INVITE `number` from `source` in the name of `user`: the final status, or the last provisional one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((source, 0))
        line.settimeout(0.5)
        here = f"{source}:{line.getsockname()[1]}"
        asked = Request("INVITE", f"sip:{number}@127.0.0.1:{port}", user, "UDP", here, headers)
        line.sendto(asked.text().encode(), ("127.0.0.1", port))
        seen, deadline = 0, time.monotonic() + seconds
        while seen < 200 and time.monotonic() < deadline:
            try:
                seen = code(line.recv(65535).decode(errors="replace")) or seen
            except TimeoutError:
                continue
        line.sendto(asked.ack().encode(), ("127.0.0.1", port))
        return seen


def register(line: socket.socket, port: int, user: str, password: str) -> int:
    """Sign a phone in that is to be rung at ``line``'s address, for an hour: the final status, 0 when nobody answered."""
    line.settimeout(4)
    host, own = line.getsockname()
    asked = Request("REGISTER", f"sip:127.0.0.1:{port}", user, "UDP", f"{host}:{own}", ("Expires: 3600",))
    try:
        line.sendto(asked.text().encode(), ("127.0.0.1", port))
        answer = _final_over_udp(line, asked)
        if code(answer) == 401:
            asked.number += 1
            line.sendto(asked.text(_authorization(answer, asked, password)).encode(), ("127.0.0.1", port))
            answer = _final_over_udp(line, asked)
    except TimeoutError:
        return 0
    return code(answer)


def _final_over_udp(line: socket.socket, asked: Request) -> str:
    while True:
        text = line.recv(65535).decode(errors="replace")
        if code(text) >= 200 and asked.call_id in text and f"CSeq: {asked.number} " in text:
            return text


def over_websocket(url: str, method: str, number: str, user: str, password: str = "") -> int:
    """One request through a browser's websocket, answered with `password` if asked for it: the final status."""
    return asyncio.run(_over_websocket(url, method, number, user, password))


async def _over_websocket(url: str, method: str, number: str, user: str, password: str) -> int:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=["sip"]) as line:
        uri = f"sip:{number}@127.0.0.1" if number else "sip:127.0.0.1"
        asked = Request(method, uri, user, "WS", "browser.invalid")
        await line.send_str(asked.text())
        answer = await _final(line)
        if method == "INVITE":
            await line.send_str(asked.ack())
        if code(answer) == 401 and password:
            asked.number += 1
            await line.send_str(asked.text(_authorization(answer, asked, password)))
            answer = await _final(line)
        return code(answer)


async def _final(line: aiohttp.ClientWebSocketResponse) -> str:
    async with asyncio.timeout(20):
        while True:
            message = await line.receive()
            text = message.data if isinstance(message.data, str) else bytes(message.data or b"").decode()
            assert text, f"the websocket closed: {message}"
            if code(text) >= 200:
                return text


def _authorization(challenge: str, asked: Request, password: str) -> str:
    def given(name: str) -> str:
        found = re.search(rf'[ ,]{name}="?([^",\r\n]+)', challenge)
        assert found, challenge
        return found[1]

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    realm, nonce, opaque = given("realm"), given("nonce"), given("opaque")
    secret, what = md5(f"{asked.user}:{realm}:{password}"), md5(f"{asked.method}:{asked.uri}")
    response = md5(f"{secret}:{nonce}:00000001:abc:auth:{what}")
    return (
        f'Authorization: Digest username="{asked.user}", realm="{realm}", nonce="{nonce}", uri="{asked.uri}", '
        f'response="{response}", opaque="{opaque}", algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"'
    )
