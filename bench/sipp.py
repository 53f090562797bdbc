"""SIPp as callers and as agents' phones: their scenarios, their processes, and what they say of how it went."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

FIRST_PORT = int(os.environ.get("BENCH_PORT", "28000"))
HERE = "127.0.0.1"
ANSWERS_AFTER_MS = 300
"""How long an agent's phone rings."""
VOICE = (bytes([0x85]) * 10 + bytes([0x05]) * 10) * 400
"""A second of A-law: a buzz of 400 Hz. Loud enough that nothing takes it for silence."""


class PartMissing(Exception):
    """A part of a bench did not run as it must: there is no figure."""


def free_ports(count: int) -> list[int]:
    """So many free UDP ports of this machine, each with the four after it: what one SIPp takes."""
    found: list[int] = []
    port = FIRST_PORT
    while len(found) < count:
        if port > 65000:
            raise PartMissing("no free UDP ports")
        if all(_is_free(port + n) for n in range(5)):
            found.append(port)
        port += 5
    return found


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HERE, port))
        except OSError:
            return False
    return True


_INVITE = """<send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=ptime:20
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true" rtd="1"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
"""

_BYE_TAKEN = """<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""

CALLER_WHO_SPEAKS = _INVITE + '<nop><action><exec rtp_stream="VOICE,-1,8"/></action></nop>' + _BYE_TAKEN
"""Speaks from the answer on until the other side hangs up."""

CALLER_WHO_LISTENS = (
    _INVITE
    + """<pause/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
"""
)
"""Says nothing, hangs up after ``-d`` milliseconds."""

AGENT = """<recv request="INVITE">
<action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
<ereg regexp="sip:[^;>]*" search_in="hdr" header="Contact:" assign_to="contact"/>
</action>
</recv>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<pause milliseconds="RINGS"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=agent 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=ptime:20
]]></send>
<recv request="ACK"/>
<pause/>
<send retrans="500"><![CDATA[
BYE [$contact] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:agent@[local_ip]:[local_port]>;tag=[pid]a[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
""".replace("RINGS", str(ANSWERS_AFTER_MS))
"""Answers, gives back what it hears (``-rtp_echo``), hangs up ``-d`` milliseconds after the answer."""


class Sipp:
    """One SIPp. Used as a context it is ended when it is left."""

    def __init__(self, folder: Path, name: str, scenario: str, port: int, *args: object) -> None:
        if shutil.which("sipp") is None:
            raise PartMissing("没有 SIPp / SIPp is missing: apt-get install sip-tester")
        self.name, self.folder = name, folder
        voice = folder / "voice.alaw"
        voice.write_bytes(VOICE)
        script = folder / f"{name}.xml"
        script.write_text(
            '<?xml version="1.0" encoding="UTF-8" ?>\n'
            f'<scenario name="{name}">\n{scenario.replace("VOICE", str(voice))}</scenario>\n',
            encoding="utf-8",
        )
        self.counts = folder / f"{name}.csv"
        command = [
            "sipp", "-sf", script, "-i", HERE, "-p", port, "-cp", port + 1, "-mi", HERE, "-mp", port + 2, "-nostdin",
            "-trace_stat", "-stf", self.counts, "-fd", 1, "-trace_err", "-error_file", folder / f"{name}.err",
            *args,
        ]  # fmt: skip
        with (folder / f"{name}.out").open("wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
            )

    def __enter__(self) -> Sipp:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def finished(self, seconds: float) -> dict[str, int]:
        """Its counts when it has ended by itself. Raises PartMissing when it does not within so many seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise PartMissing(f"{self.name} was not over after {seconds:.0f} s: {self.count()}") from None
        return self.count()

    def count(self) -> dict[str, int]:
        """Calls made, well gone and failed so far."""
        with self.counts.open(encoding="utf-8", newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return {
            "made": int(last["TotalCallCreated"]),
            "well": int(last["SuccessfulCall(C)"]),
            "failed": int(last["FailedCall(C)"]),
        }

    def answer_times_ms(self) -> list[float]:
        """From INVITE to 200 OK, call by call; needs ``-trace_rtt``."""
        path = self.folder / f"{self.name}_{self.process.pid}_rtt.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return [float(row[1]) for row in list(csv.reader(file, delimiter=";"))[1:]]

    @property
    def errors(self) -> str:
        """The beginning of what it complained of."""
        path = self.folder / f"{self.name}.err"
        return path.read_text(errors="replace")[:1500] if path.is_file() else ""


def who_calls(folder: Path, callers: Iterable[str]) -> Path:
    """The file from which SIPp takes a caller's number for each call, in order."""
    path = folder / f"callers-{time.monotonic_ns()}.csv"
    path.write_text("SEQUENTIAL\n" + "".join(f"{caller}\n" for caller in callers), encoding="utf-8")
    return path
