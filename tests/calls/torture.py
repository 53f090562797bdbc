"""SIP nobody should have to read, after ideas of RFC 4475 and of scanners: malformed requests, broken SDP, floods.

Everything goes over UDP from an address of this machine, and to nobody but the laboratory's switch.
"""

from __future__ import annotations

import re
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)
UNKNOWN, MAIN = "12346", "12345"
"""A number that is none of ours; requests that might be obeyed ask for it. Broken SDP asks for the main number."""
LONG = 60_000
"""Near the most a datagram holds."""


class Address:
    """An address from which requests come: a socket, and where the switch is."""

    def __init__(self, port: int, source: str) -> None:
        self.port, self.source = port, source
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind((source, 0))
        self.line.settimeout(0.2)
        self.here = f"{source}:{self.line.getsockname()[1]}"

    def __enter__(self) -> Address:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.close()

    def send(self, message: bytes) -> None:
        self.line.sendto(message, ("127.0.0.1", self.port))

    def request(
        self,
        method: str = "INVITE",
        number: str = UNKNOWN,
        *,
        start: str = "",
        without: Sequence[str] = (),
        more: Sequence[str] = (),
        body: str | None = None,
        **instead: str,
    ) -> bytes:
        """A request; ``instead`` replaces the values of headers (``_`` for ``-``), ``without`` leaves headers out."""
        mark = uuid.uuid4().hex
        text = SDP if body is None and method == "INVITE" else body or ""
        uri = f"sip:{number}@127.0.0.1:{self.port}"
        headers = {
            "Via": f"SIP/2.0/UDP {self.here};branch=z9hG4bK{mark};rport", "Max-Forwards": "70",
            "From": f"<sip:13812341234@127.0.0.1>;tag={mark[:8]}", "To": f"<{uri}>", "Call-ID": mark,
            "CSeq": f"1 {method}", "Contact": f"<sip:13812341234@{self.here}>",
            **({"Content-Type": "application/sdp"} if text else {}), "Content-Length": str(len(text.encode())),
        }  # fmt: skip
        headers |= {name.replace("_", "-"): value for name, value in instead.items()}
        lines = [start or f"{method} {uri} SIP/2.0"]
        lines += [f"{name}: {value}" for name, value in headers.items() if name not in without]
        return ("\r\n".join([*lines, *more]) + "\r\n\r\n" + text).encode()

    def answers(self, seconds: float) -> list[int]:
        """The final answers that come within so many seconds. Who is taken at his word (200) hangs up at once."""
        codes, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                text = self.line.recv(65535).decode(errors="replace")
            except TimeoutError:
                continue
            if (code := status(text)) >= 200:
                codes.append(code)
                if code < 300 and "INVITE" in _header(text, "CSeq"):
                    self._hang_up(text)
        return codes

    def _hang_up(self, answer: str) -> None:
        for number, method in ((1, "ACK"), (2, "BYE")):
            same = {
                "From": _header(answer, "From"),
                "To": _header(answer, "To"),
                "Call_ID": _header(answer, "Call-ID"),
            }
            self.send(self.request(method, MAIN, body="", CSeq=f"{number} {method}", **same))


def status(text: str) -> int:
    """The status of a response; 0 for anything else."""
    found = re.match(r"SIP/2\.0 (\d{3})", text)
    return int(found[1]) if found else 0


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.*?)\r?$", text, re.M | re.I)
    return found[1] if found else ""


def malformed(a: Address) -> Iterator[tuple[str, bytes]]:
    """Requests that are wrong as such. (name, message)"""
    for name in ("Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact"):
        yield f"no {name}", a.request(without=[name])
    yield "a request line and nothing else", f"INVITE sip:{MAIN}@127.0.0.1 SIP/2.0\r\n\r\n".encode()
    yield "half a request", a.request()[:180]
    yield "a sequence number nobody can count", a.request(CSeq="36893488147419103232 INVITE")
    yield "the sequence of another method", a.request(CSeq="1 BYE")
    yield "a negative length", a.request(Content_Length="-999")
    yield "a length beyond the body", a.request(Content_Length="9999")
    yield "two lengths", a.request(more=["Content-Length: 4"])
    yield "a quotation without an end", a.request(To='"Mr. J. User <sip:12346@127.0.0.1>')
    yield "a URI in brackets", a.request(start=f"INVITE <sip:{MAIN}@127.0.0.1> SIP/2.0")
    yield "spaces in the URI", a.request(start=f"INVITE sip:{MAIN}@127.0.0.1; lr SIP/2.0")
    yield "many spaces", a.request(start=f"INVITE   sip:{UNKNOWN}@127.0.0.1    SIP/2.0   ")
    yield "zeros in the name", a.request(number="%00%00123")
    yield "dialplan in the name", a.request(number="12345%2C1)Hangup(")
    yield "variables in the name", a.request(number="%24%7BSHELL(id)%7D")
    yield "a version to come", a.request(start=f"INVITE sip:{MAIN}@127.0.0.1 SIP/7.0")
    yield "a method nobody knows", a.request("NEWMETHOD")
    yield "a scheme nobody knows", a.request(start="INVITE nobodyKnows:totallyOpaque SIP/2.0")
    yield "no hop left", a.request(Max_Forwards="0")
    yield "far too many hops", a.request(Max_Forwards="300")
    yield (
        "seventy Vias",
        a.request(more=[f"Via: SIP/2.0/UDP 127.0.0.{n};branch=z9hG4bKv{n}" for n in range(70)]),
    )
    yield "a very long header", a.request(more=["X-Long: " + "A" * LONG])
    yield "a very long URI", a.request(number="1" * 9000)
    yield "a very long caller", a.request(From="<sip:" + "1" * 9000 + "@127.0.0.1>;tag=1")
    yield "three thousand headers", a.request(more=[f"X-{n}: y" for n in range(3000)])
    yield "a folded header", a.request(Subject="one\r\n two\r\n\tthree")
    yield "no UTF-8", a.request(From="NAME <sip:1@127.0.0.1>;tag=1").replace(b"NAME", b"\xff\xfe\xc0\x80")
    yield "a response nobody waits for", a.request().replace(b"INVITE sip", b"SIP/2.0 200 OK sip", 1)
    yield "replaces a call there is not", a.request(more=["Replaces: 1@2;to-tag=3;from-tag=4"])
    yield "by way of somebody else", a.request(more=["Route: <sip:127.0.0.77:9;lr>"])
    yield "needs what nobody has", a.request(more=["Require: nothingSupportsThis"])
    for method in (
        "ACK",
        "BYE",
        "CANCEL",
        "PRACK",
        "UPDATE",
        "INFO",
        "REFER",
        "NOTIFY",
        "SUBSCRIBE",
        "MESSAGE",
        "PUBLISH",
    ):
        yield f"{method} out of the blue", a.request(method)
    yield "every byte there is", bytes(range(256)) * 8
    yield "nothing but zeros", bytes(2000)
    yield "nothing but line ends", b"\r\n" * 1000


def broken_sdp(a: Address) -> Iterator[tuple[str, bytes]]:
    """Proper requests for the main number, whose SDP is not."""
    media = "m=audio 40000 RTP/AVP 8"
    bodies = {
        "garbage": "this is no SDP at all\r\n" * 20,
        "binary": bytes(range(1, 128)).decode(),
        "no origin": SDP.replace("o=- 1 1 IN IP4 127.0.0.1\r\n", ""),
        "no media": SDP.partition("m=")[0],
        "no connection": SDP.replace("c=IN IP4 127.0.0.1\r\n", ""),
        "a port beyond ports": SDP.replace("40000", "70000"),
        "a negative port": SDP.replace("40000", "-1"),
        "a port that is a word": SDP.replace("40000", "abc"),
        "an address that is none": SDP.replace("c=IN IP4 127.0.0.1", "c=IN IP4 256.256.256.256"),
        "a name as address": SDP.replace("c=IN IP4 127.0.0.1", "c=IN IP4 nowhere.invalid"),
        "a codec nobody has": SDP.replace("AVP 8", "AVP 96").replace("8 PCMA/8000", "96 NOTHING/8000"),
        "a payload beyond payloads": SDP.replace("AVP 8", "AVP 8888"),
        "two hundred streams": SDP + "m=audio 40000 RTP/AVP 8\r\n" * 200,
        "five thousand attributes": SDP + "a=x\r\n" * 5000,
        "only video": SDP.replace(media, "m=video 40000 RTP/AVP 31"),
        "an unknown profile": SDP.replace("RTP/AVP", "RTP/NOTHING"),
        "lines without ends": SDP.replace("\r\n", ""),
    }
    for name, body in bodies.items():
        yield name, a.request(number=MAIN, body=body)
    yield "another kind of body", a.request(number=MAIN, Content_Type="application/unknown")
    yield "many parts and no boundary", a.request(number=MAIN, Content_Type="multipart/mixed")


class Flood:
    """From one address so many requests a second, for as long as the context lasts."""

    def __init__(self, port: int, source: str, method: str, number: str, a_second: int) -> None:
        self.address, self._method, self._number, self._rate = Address(port, source), method, number, a_second
        self.sent = 0
        self.answered: Counter[int] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._receive)]

    def __enter__(self) -> Flood:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(5)
        self.address.line.close()

    def _send(self) -> None:
        began = time.monotonic()
        while not self._over.wait(0.01):
            while self.sent < (time.monotonic() - began) * self._rate:
                self.address.send(self.address.request(self._method, self._number))
                self.sent += 1

    def _receive(self) -> None:
        while not self._over.is_set():
            try:
                self.answered[status(self.address.line.recv(65535).decode(errors="replace"))] += 1
            except TimeoutError:
                continue
