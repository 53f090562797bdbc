"""SIP messages as text, just enough for one calling party (RFC 3261)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_SHORT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type",
}  # fmt: skip
_REASON = re.compile(r"Q\.850\s*;(?:[^,]*;)?\s*cause\s*=\s*(\d+)", re.IGNORECASE)


@dataclass
class Message:
    """A request (``method``) or a response (``code``). Header names are lower case; repeated headers keep their order."""

    method: str = ""
    code: int = 0
    phrase: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def sequence(self) -> tuple[int, str]:
        """CSeq: number and method."""
        number, _, method = self.first("cseq").partition(" ")
        return int(number) if number.isdigit() else 0, method.strip()

    @property
    def branch(self) -> str:
        """The transaction: the branch of the topmost Via."""
        return parameter(self.first("via"), "branch")

    @property
    def tag(self) -> str:
        """The other party's dialog tag."""
        return parameter(self.first("to"), "tag")

    @property
    def contact(self) -> str:
        """The address to send requests within the dialog to."""
        match = re.search(r"<([^>]+)>", self.first("contact"))
        return match[1] if match else self.first("contact").split(";")[0].strip()

    @property
    def cause(self) -> int | None:
        """The Q.850 cause of the Reason header (RFC 3326), if one was sent."""
        matches = (_REASON.search(value) for value in self.all("reason"))
        return next((int(match[1]) for match in matches if match), None)


def parse(data: bytes) -> Message | None:
    """A datagram as a message, or None if it is not SIP (a keep-alive, noise)."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    words = start.split(" ", 2)
    if len(words) < 2 or "SIP/2.0" not in (words[0], words[-1]):
        return None
    message = Message(body=body)
    if words[0] == "SIP/2.0":
        if not words[1].isdigit():
            return None
        message.code, message.phrase = int(words[1]), words[2] if len(words) > 2 else ""
    else:
        message.method = words[0]
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            message.headers.append((_SHORT.get(key, key), value.strip()))
    return message


def parameter(value: str, name: str) -> str:
    """A ``;name=value`` parameter of a header, or an empty string."""
    match = re.search(rf";\s*{name}\s*=\s*\"?([^;,\s\">]+)", value.rpartition(">")[2] or value, re.IGNORECASE)
    return match[1] if match else ""


def write(start: str, headers: Iterable[tuple[str, str]], body: str = "") -> bytes:
    """A message ready to be sent."""
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def reply(
    request: Message, code: int, phrase: str, extra: Iterable[tuple[str, str]] = (), body: str = ""
) -> bytes:
    """The response to a request the other side sent within the call."""
    kept = [("Via", via) for via in request.all("via")]
    kept += [("Record-Route", route) for route in request.all("record-route")]
    kept += [(name, request.first(name.lower())) for name in ("From", "To", "Call-ID", "CSeq")]
    return write(f"SIP/2.0 {code} {phrase}", [*kept, *extra], body)


def offer(address: str, port: int, codecs: Iterable[int]) -> str:
    """Session description: one audio stream. ``codecs``: RTP payload types, 8 is PCMA, 0 is PCMU, best first."""
    names = {8: "PCMA", 0: "PCMU"}
    kinds = list(codecs)
    lines = [
        "v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join(map(str, kinds))}",
        *(f"a=rtpmap:{kind} {names[kind]}/8000" for kind in kinds),
        "a=ptime:20", "a=sendrecv",
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n"


def audio_of(description: str, default: str) -> tuple[str, int, list[int]] | None:
    """Where a session description wants the sound sent and in which payload types, best first; None: no audio."""
    audio = re.search(r"^m=audio (\d+) \S+((?: \d+)+)", description, re.MULTILINE)
    host = re.search(r"^c=IN IP4 (\S+)", description, re.MULTILINE)
    if audio is None or audio[1] == "0":
        return None
    return (
        (host[1].split("/")[0] if host else default),
        int(audio[1]),
        [int(kind) for kind in audio[2].split()],
    )
