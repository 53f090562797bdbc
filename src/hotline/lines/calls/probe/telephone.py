"""The calling party: one INVITE over UDP, the sound both ways, a hang-up. Everything it knows it saw on the wire.

Written out instead of driving a full SIP stack because a witness needs what such stacks hide: every RTP packet with its
timestamp (no jitter buffer or conference bridge that inserts or drops sound) and every response as it came.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, repeat

import numpy as np

from ..prompts.sound import ALAW, RATE, ULAW, Samples, decode
from . import sip

PCMU, PCMA = 0, 8
SILENCE = {PCMA: b"\xd5" * 160, PCMU: b"\xff" * 160}
TABLES = {PCMA: ALAW, PCMU: ULAW}
T1 = 0.5  # RFC 3261: first retransmission
NO_ANSWER_AT_ALL = 8.0
"""Seconds without any response after which nobody is there (kept shorter than RFC 3261's 32)."""
FAREWELL = 4.0
"""Seconds to wait for the end of a call that was cancelled or hung up."""

PAUSE = 0.5
"""Seconds by which timestamps may run ahead of the packets before that is a pause. A busy sender skips up to some tenths
of a second between two packets although what it plays has no gap there."""

SO_TIMESTAMPNS = 35
"""Linux: the kernel tells with each datagram when it came. Python has no name for it."""
_TIMESPEC = struct.Struct("@ll")

Address = tuple[str, int]


class CouldNotCall(Exception):
    """Nothing answered the INVITE at all; the text says where it was sent, in Chinese and English."""


@dataclass(frozen=True)
class Packet:
    """One RTP packet: when it came (seconds since the INVITE) and what it carried."""

    at: float
    source: int
    sequence: int
    timestamp: int
    kind: int
    payload: bytes


@dataclass
class Call:
    """What the caller saw. Times are seconds since the INVITE was sent; None: it did not happen."""

    number: str
    code: int = 0
    phrase: str = ""
    cause: int | None = None
    provisional: list[tuple[float, int]] = field(default_factory=list)
    ringing: float | None = None
    progress: float | None = None  # first provisional response with a session description
    answered: float | None = None
    ended: float = 0.0
    ended_by: str = ""  # far, caller
    packets: list[Packet] = field(default_factory=list)

    @property
    def voice(self) -> list[Packet]:
        """The packets that carry sound."""
        return [packet for packet in self.packets if packet.kind in TABLES]


class _Wire:
    """A UDP socket: what comes in goes into a queue with the moment it came (``time.monotonic``).

    That moment is the kernel's where it tells it, so that a busy machine, on which this program reads late and several
    packets at once, sees no other times than one at rest.
    """

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.own: Address = line.getsockname()
        self.inbox: asyncio.Queue[tuple[float, bytes, Address]] = asyncio.Queue()

    def read(self) -> None:
        """Take everything that waits in the socket."""
        with suppress(BlockingIOError):
            while True:
                data, besides, _, sender = self.line.recvmsg(65535, socket.CMSG_SPACE(_TIMESPEC.size))
                self.inbox.put_nowait((_came(besides), data, sender))

    def send(self, data: bytes, there: Address) -> None:
        """One datagram; when there is no room for it, it is lost as any other may be."""
        with suppress(BlockingIOError):
            self.line.sendto(data, there)


def _came(besides: list[tuple[int, int, bytes]]) -> float:
    for level, kind, value in besides:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
            came: float = seconds + nanoseconds / 1e9
            return time.monotonic() - (time.time() - came)
    return time.monotonic()


@asynccontextmanager
async def _wire(address: str, ports: range | None = None) -> AsyncIterator[_Wire]:
    """A UDP socket on ``address``: the first free even port of ``ports``, or any."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        for port in [p for p in ports if p % 2 == 0] if ports else [0]:
            with suppress(OSError):
                line.bind((address, port))
                break
        else:
            raise CouldNotCall("没有空闲的 UDP 端口 / no free UDP port")
        line.setblocking(False)
        if sys.platform == "linux":
            line.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        wire = _Wire(line)
        loop.add_reader(line, wire.read)
        try:
            yield wire
        finally:
            loop.remove_reader(line)


async def call(
    target: Address, number: str, *, caller: str, seconds: float, codecs: tuple[int, ...] = (PCMA, PCMU),
    speech: Mapping[int, bytes] = {}, ports: range | None = None,
) -> Call:  # fmt: skip
    """Dial ``number`` at ``target`` and stay on the line for at most ``seconds``; then hang up or cancel.

    ``caller``: the calling number shown. ``speech``: G.711 octets by payload type, said over and over after the
    answer (silence where there is none). Raises CouldNotCall if nothing is there.
    """
    own = _own_address(target)
    async with _wire(own) as signals, _wire(own, ports) as media:
        party = _Party(target, number, caller, signals, media, codecs, speech)
        listening = asyncio.create_task(party.listen())
        try:
            await party.talk(seconds)
        finally:
            listening.cancel()
            party.stop_speaking()
        return party.call


def _own_address(target: Address) -> str:
    """The local address from which ``target`` is reached. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(target)
        return str(probe.getsockname()[0])


class _Party:
    """One call in progress."""

    def __init__(
        self, target: Address, number: str, caller: str, signals: _Wire, media: _Wire, codecs: tuple[int, ...],
        speech: Mapping[int, bytes],
    ) -> None:  # fmt: skip
        self.target, self.signals, self.media, self.codecs, self.speech = (
            target,
            signals,
            media,
            codecs,
            speech,
        )
        self.own = signals.own
        self.call = Call(number)
        self.identity = secrets.token_hex(12)
        self.branch = self._branch()
        self.uri = f"sip:{number}@{target[0]}:{target[1]}"
        self.local = f"<sip:{caller}@{self.own[0]}>;tag={secrets.token_hex(6)}"
        self.contact = f"<sip:{caller}@{self.own[0]}:{self.own[1]}>"
        self.description = sip.offer(self.own[0], media.own[1], codecs)
        self.began = time.monotonic()
        self.answer: sip.Message | None = None
        self.acknowledgement = b""
        self.speaking: asyncio.Task[None] | None = None
        self.over = False

    # ---- signalling

    async def talk(self, seconds: float) -> None:
        """Run the call from INVITE to its end."""
        invite = self._request("INVITE", 1, self.branch, body=self.description)
        self.began = time.monotonic()
        self._send(invite)
        wait, heard_of = T1, False
        deadline = self.began + NO_ANSWER_AT_ALL
        while not self.over:
            now = time.monotonic()
            if now >= deadline:
                if not heard_of:
                    raise CouldNotCall(
                        f"{self.target[0]}:{self.target[1]} 没有应答 / nothing answers at {self.target[0]}:{self.target[1]}"
                    )
                if self.call.ended_by:
                    break  # the farewell was not answered either
                self._hang_up()
                deadline = now + FAREWELL
                continue
            try:
                until = min(deadline - now, wait if not heard_of else 60)
                at, data, sender = await asyncio.wait_for(self.signals.inbox.get(), until)
            except TimeoutError:
                if not heard_of and time.monotonic() < deadline:
                    self._send(invite)
                    wait *= 2
                continue
            message = sip.parse(data)
            if message is None or message.first("call-id") != self.identity:
                continue
            if not heard_of:
                heard_of, deadline = True, self.began + seconds
            if message.method:
                self._asked(message, sender, at)
            else:
                self._told(message, at)
        self.call.ended = self.call.ended or time.monotonic() - self.began

    def _told(self, message: sip.Message, at: float) -> None:
        """A response of the other side."""
        method = message.sequence[1]
        if method == "BYE" and message.code >= 200:
            self.over = True
        if method != "INVITE":
            return
        since = at - self.began
        if message.code < 200:
            self.call.provisional.append((since, message.code))
            if message.code == 180 and self.call.ringing is None:
                self.call.ringing = since
            if message.body and self.call.progress is None:
                self.call.progress = since
        elif message.code < 300:
            self._answered(message, since)
        else:
            self._refused(message, since)
        if message.body and message.code < 300:
            self._start_speaking(message.body)

    def _answered(self, message: sip.Message, since: float) -> None:
        if self.answer is None:
            self.answer = message
            self.call.code, self.call.phrase, self.call.answered = message.code, message.phrase, since
            self.acknowledgement = self._request("ACK", 1, self._branch(), message)
        self._send(self.acknowledgement)
        if self.call.ended_by == "caller":  # our CANCEL crossed the answer
            self._hang_up()

    def _refused(self, message: sip.Message, since: float) -> None:
        self._send(self._request("ACK", 1, self.branch, refusal=message))
        self.call.code, self.call.phrase, self.call.cause = message.code, message.phrase, message.cause
        self.call.ended, self.over = since, True
        self.call.ended_by = self.call.ended_by or "far"

    def _asked(self, message: sip.Message, sender: Address, at: float) -> None:
        """A request of the other side within the call."""
        if message.method == "ACK":
            return
        body = self.description if message.method in ("INVITE", "UPDATE") and message.body else ""
        extra = [("Contact", self.contact), *([("Content-Type", "application/sdp")] if body else [])]
        self.signals.send(sip.reply(message, 200, "OK", extra, body), sender)
        if message.method == "BYE":
            self.call.cause = message.cause
            self.call.ended, self.call.ended_by, self.over = (
                at - self.began,
                self.call.ended_by or "far",
                True,
            )

    def _hang_up(self) -> None:
        """The caller ends the call: BYE if it was answered, else CANCEL."""
        self.call.ended_by = "caller"
        self.call.ended = self.call.ended or time.monotonic() - self.began
        if self.answer is not None:
            self._send(self._request("BYE", 2, self._branch(), self.answer))
        else:
            self._send(self._request("CANCEL", 1, self.branch))

    def _request(
        self, method: str, number: int, branch: str, answer: sip.Message | None = None, *,
        refusal: sip.Message | None = None, body: str = "",
    ) -> bytes:  # fmt: skip
        other = answer or refusal
        routes = [("Route", route) for route in reversed(answer.all("record-route"))] if answer else []
        to = other.first("to") if other else f"<{self.uri}>"
        headers = [
            ("Via", f"SIP/2.0/UDP {self.own[0]}:{self.own[1]};rport;branch={branch}"),
            ("Max-Forwards", "70"), *routes,
            ("From", self.local), ("To", to), ("Call-ID", self.identity), ("CSeq", f"{number} {method}"),
            ("Contact", self.contact), ("User-Agent", "hotline-dial"),
            ("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS"),
            *([("Content-Type", "application/sdp")] if body else []),
        ]  # fmt: skip
        uri = (answer.contact if answer else "") or self.uri
        return sip.write(f"{method} {uri} SIP/2.0", headers, body)

    def _send(self, data: bytes) -> None:
        self.signals.send(data, self.target)

    @staticmethod
    def _branch() -> str:
        return "z9hG4bK" + secrets.token_hex(8)

    # ---- sound

    async def listen(self) -> None:
        """Keep every RTP packet that comes."""
        while True:
            at, data, _ = await self.media.inbox.get()
            if len(data) < 12 or data[0] >> 6 != 2:
                continue
            kind, sequence, timestamp, source = data[1] & 0x7F, *struct.unpack("!HII", data[2:12])
            extension = data[0] & 0x10
            start = 12 + 4 * (data[0] & 15)
            if extension and len(data) >= start + 4:
                start += 4 + 4 * struct.unpack("!H", data[start + 2 : start + 4])[0]
            self.call.packets.append(Packet(at - self.began, source, sequence, timestamp, kind, data[start:]))

    def _start_speaking(self, description: str) -> None:
        audio = sip.audio_of(description, self.target[0])
        kind = next((kind for kind in audio[2] if kind in self.codecs), None) if audio else None
        if audio is not None and kind is not None and self.speaking is None:
            self.speaking = asyncio.create_task(self._speak(audio[:2], kind))

    async def _speak(self, there: Address, kind: int) -> None:
        """A packet every 20 ms: silence until the answer, then the speech, on absolute time so that it never drifts."""
        words = _frames(self.speech.get(kind, b""), kind)
        source, began = secrets.randbits(32), time.monotonic()
        for count in range(1 << 30):
            frame = next(words) if self.call.answered is not None else SILENCE[kind]
            header = struct.pack("!BBHII", 0x80, kind, count & 0xFFFF, count * 160 & 0xFFFFFFFF, source)
            self.media.send(header + frame, there)
            await asyncio.sleep(max(began + 0.02 * (count + 1) - time.monotonic(), 0))

    def stop_speaking(self) -> None:
        """Fall silent for good."""
        if self.speaking is not None:
            self.speaking.cancel()


def _frames(speech: bytes, kind: int) -> Iterator[bytes]:
    whole = [speech[i : i + 160] for i in range(0, len(speech) - 159, 160)]
    return chain.from_iterable(repeat(whole)) if whole else repeat(SILENCE[kind])


def timeline(call: Call) -> tuple[float, Samples]:
    """The sound as the caller heard it: seconds from the INVITE to its first sample, and the samples.

    Within one source packets lie where their sequence numbers say, so that lost ones are silence and neither a busy
    sender nor a busy receiver tears the sound apart; a pause of more than PAUSE is kept. A new source starts anew at
    the moment it arrives.
    """
    voice = call.voice
    if not voice:
        return 0.0, np.zeros(0, dtype=np.float32)
    origin = voice[0].at
    placed: list[tuple[int, Samples]] = []
    first, begins, paused = voice[0], 0, 0
    size = max(len(packet.payload) for packet in voice)  # the last one of a sound may be shorter
    for packet in voice:
        if packet.source != first.source:
            first, begins, paused = packet, round((packet.at - origin) * RATE), 0
        counted = _ahead(packet.sequence, first.sequence, 16) * size
        extra = _ahead(packet.timestamp, first.timestamp, 32) - counted
        if PAUSE * RATE < extra - paused < 3600 * RATE:
            paused = extra
        start = begins + counted + paused
        placed.append((max(start, 0), decode(packet.payload, TABLES[packet.kind])))
    samples = np.zeros(max(start + len(part) for start, part in placed), dtype=np.float32)
    for start, part in placed:
        samples[start : start + len(part)] = part
    return origin, samples


def _ahead(later: int, earlier: int, bits: int) -> int:
    """How far one wrapping counter is ahead of another; negative if it is behind."""
    half = 1 << (bits - 1)
    return (later - earlier + half) % (1 << bits) - half
