"""A telephone with its own voice: one PJSUA2 process, driven over stdin, telling over stdout. Knows nothing of hotline.

    party.py call  sip:12345@127.0.0.1:5060 --tone 700
    party.py phone --registrar sip:127.0.0.1:5060 --user agent-x --password … --tone 440 --answer-after 0.3

Commands, one a line: answer, hangup, dtmf DIGITS, hear, quit. News, one JSON object a line, `t` in monotonic seconds.
On quit it says what it heard: per half second of received audio, the frequencies that stand out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pjsua2 as pj


def tell(event: str, **detail: object) -> None:
    print(json.dumps({"event": event, "t": time.monotonic(), **detail}), flush=True)


def heard(path: Path) -> list[list[int]]:
    """For every half second of the recording, the frequencies (Hz) that stand out; [] for silence.

    PJSUA2 writes the header's lengths only at an orderly end, so the samples are read past it as they are.
    """
    rate = 8000
    raw = path.read_bytes()[44:] if path.is_file() else b""
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype=np.int16).astype(float)
    size = rate // 2
    out: list[list[int]] = []
    for start in range(0, len(samples) - size + 1, size):
        piece = samples[start : start + size]
        if np.sqrt(np.mean(piece**2)) < 120:
            out.append([])
            continue
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(size)))
        floor = spectrum.max() * 0.25
        peaks = [
            k for k in range(2, len(spectrum) - 2)
            if spectrum[k] >= floor and spectrum[k] == spectrum[k - 2 : k + 3].max()
        ]  # fmt: skip
        out.append([round(k * rate / size) for k in peaks])
    return out


class Voice:
    """The tone this party speaks and the recorder of what it hears."""

    def __init__(self, hertz: int, path: Path) -> None:
        self.path = path
        self.tone = pj.ToneGenerator()
        self.tone.createToneGenerator(8000, 1)
        desc = pj.ToneDesc()
        desc.freq1, desc.freq2, desc.on_msec, desc.off_msec, desc.volume = hertz, 0, 1000, 0, 9000
        digits = pj.ToneDescVector()
        digits.append(desc)
        if hertz:
            self.tone.play(digits, True)
        self.recorder = pj.AudioMediaRecorder()
        self.recorder.createRecorder(str(path))

    def join(self, media: pj.AudioMedia) -> None:
        self.tone.startTransmit(media)
        media.startTransmit(self.recorder)


class Call(pj.Call):
    def __init__(self, account: pj.Account, party: Party, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.party = party
        self.cause = 0

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        info = self.getInfo()
        message = ""
        try:
            message = prm.e.body.tsxState.src.rdata.wholeMsg
        except Exception:
            message = ""
        reason = next((line for line in message.splitlines() if line.lower().startswith("reason:")), "")
        tell("state", state=info.stateText, code=info.lastStatusCode, reason=reason)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.party.call_ended(self)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        info = self.getInfo()
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self.party.voice.join(self.getAudioMedia(index))
                tell("media", codec=self.getStreamInfo(index).codecName)


class Account(pj.Account):
    def __init__(self, party: Party) -> None:
        super().__init__()
        self.party = party

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        tell("registered" if prm.code == 200 else "register_failed", code=prm.code)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        tell("incoming", message=prm.rdata.wholeMsg)
        self.party.incoming(Call(self, self.party, prm.callId))


class Party:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.ended = False
        self.told = 0
        self.call: Call | None = None
        self.at: list[tuple[float, str]] = []
        self.commands: queue.Queue[str] = queue.Queue()
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.logConfig.level = config.logConfig.consoleLevel = args.log
        config.medConfig.noVad = True
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.ecTailLen = 0
        self.endpoint.libInit(config)
        self.endpoint.audDevManager().setNullDev()
        transport = pj.TransportConfig()
        transport.port = args.port
        transport.boundAddress = transport.publicAddress = "127.0.0.1"
        kind = pj.PJSIP_TRANSPORT_TCP if args.tcp else pj.PJSIP_TRANSPORT_UDP
        self.endpoint.transportCreate(kind, transport)
        self.endpoint.libStart()
        for codec in self.endpoint.codecEnum2():
            wanted = codec.codecId.upper().startswith(args.codec.upper())
            self.endpoint.codecSetPriority(codec.codecId, 255 if wanted else 0)
        descriptor, name = tempfile.mkstemp(suffix=".wav")
        os.close(descriptor)
        self.voice = Voice(args.tone, Path(name))
        self.account = Account(self)
        self.account.create(self._account_config())
        tell("up")

    def _account_config(self) -> pj.AccountConfig:
        config = pj.AccountConfig()
        config.idUri = f"sip:{self.args.user}@127.0.0.1"
        config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
        if self.args.what == "phone" and self.args.registrar:
            config.regConfig.registrarUri = self.args.registrar
            config.regConfig.timeoutSec = 300
            config.sipConfig.authCreds.append(
                pj.AuthCredInfo("digest", "*", self.args.user, 0, self.args.password)
            )
        return config

    def incoming(self, call: Call) -> None:
        answer = pj.CallOpParam()
        if self.call is not None and not self.ended and self.call.isActive():
            answer.statusCode = 486
            call.answer(answer)
            return
        self.call, self.ended = call, False
        answer.statusCode = self.args.refuse or 180
        call.answer(answer)
        if self.args.answer_after >= 0 and not self.args.refuse:
            self.at.append((time.monotonic() + self.args.answer_after, "answer"))

    def call_ended(self, call: Call) -> None:
        if call is self.call:
            self.ended = True

    def obey(self, line: str) -> bool:
        word, _, rest = line.partition(" ")
        param = pj.CallOpParam(True)
        if word == "quit":
            return False
        if word == "hear":
            tones = heard(self.voice.path)
            tell("heard_so_far", tones=tones[self.told :])
            self.told = len(tones)
            return True
        if self.call is None or not self.call.isActive():
            return True
        if word == "answer":
            if self.call.getInfo().state in (pj.PJSIP_INV_STATE_INCOMING, pj.PJSIP_INV_STATE_EARLY):
                param.statusCode = 200
                self.call.answer(param)
        elif word == "hangup":
            param.statusCode = int(rest or 0)
            self.call.hangup(param)
        elif word == "dtmf":
            self.call.dialDtmf(rest)
        return True

    def place(self) -> None:
        self.call = Call(self.account, self)
        param = pj.CallOpParam(True)
        for header in self.args.header:
            name, _, value = header.partition(":")
            extra = pj.SipHeader()
            extra.hName, extra.hValue = name.strip(), value.strip()
            param.txOption.headers.append(extra)
        tell("invite", to=self.args.uri)
        self.call.makeCall(self.args.uri, param)

    def run(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()
        end = time.monotonic() + self.args.max_seconds
        if self.args.what == "call":
            self.place()
            if self.args.hangup_after >= 0:
                self.at.append((time.monotonic() + self.args.hangup_after, "hangup"))
        running = True
        while running and time.monotonic() < end:
            self.endpoint.libHandleEvents(20)
            while running and not self.commands.empty():
                running = self.obey(self.commands.get())
            due = [item for item in self.at if item[0] <= time.monotonic()]
            self.at = [item for item in self.at if item not in due]
            for _, command in due:
                self.obey(command)
            if self.args.what == "call" and self.ended and self.args.end_with_call:
                running = False
        self.finish()

    def _read(self) -> None:
        for line in sys.stdin:
            self.commands.put(line.strip())
        self.commands.put("quit")

    def finish(self) -> None:
        if self.call is not None and self.call.isActive():
            self.obey("hangup")
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            self.endpoint.libHandleEvents(5)
        tell("heard", tones=heard(self.voice.path))
        self.voice.path.unlink(missing_ok=True)
        sys.stdout.flush()
        # PJSUA2's own teardown may abort the process on a call that is still going down; all has been said.
        os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["call", "phone"])
    parser.add_argument("uri", nargs="?", default="")
    parser.add_argument("--registrar", default="")
    parser.add_argument("--user", default="13812341234")
    parser.add_argument("--password", default="")
    parser.add_argument("--tone", type=int, default=0)
    parser.add_argument("--codec", default="PCMA")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tcp", action="store_true")
    parser.add_argument("--answer-after", type=float, default=-1)
    parser.add_argument("--hangup-after", type=float, default=-1)
    parser.add_argument("--refuse", type=int, default=0)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--end-with-call", action="store_true")
    parser.add_argument("--max-seconds", type=float, default=120)
    parser.add_argument("--log", type=int, default=0)
    # A telephone has a processor of its own; here it shares one with browsers.
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    Party(parser.parse_args()).run()


if __name__ == "__main__":
    main()
