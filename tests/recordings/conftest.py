"""Recordings as the real Asterisk writes them, calls as call control keeps them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hotline.base.kernel import clock, ids
from hotline.lines.calls.models import Call, CallEvent, Leg
from hotline.lines.calls.switch import modules
from hotline.lines.recordings import intake
from hotline.project.config import CHECKOUT
from hotline.project.runtime.switch import Tools, tools
from tests.people.conftest import browser_of, staff_as

__all__ = ["browser_of", "staff_as"]

SPEECH = (
    "您好，这里是一二三四五热线。我家门口的路灯坏了三天了，晚上很黑，老人出门不安全。好的，马上为您登记。"
)


@dataclass
class Recorder:
    """A small real Asterisk that records speech, as its format_wav writes it. ``record`` takes as long as the sound."""

    root: Path
    program: Path
    process: subprocess.Popen[bytes]

    def begin(self, name: str, seconds: int) -> Path:
        """Begin a recording of so many seconds; the file it grows in."""
        self.cli(f"dialplan set global LASTS {seconds}")
        self.cli(f"channel originate Local/go@speech extension {name}@record")
        return self.root / "spool/recording" / f"{name}.wav"

    def record(self, name: str, seconds: int) -> Path:
        """A recording of so many seconds, finished."""
        path = self.begin(name, seconds)
        deadline = time.monotonic() + seconds + 40
        while time.monotonic() < deadline:
            if path.is_file() and "0 active channels" in self.cli("core show channels"):
                return path
            time.sleep(0.1)
        raise AssertionError(f"no {path.name}: {(self.root / 'log/messages').read_text()[-2000:]}")

    def cli(self, command: str) -> str:
        done = subprocess.run(
            [self.program, "-C", self.root / "etc/asterisk.conf", "-rx", command],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout


def start_recorder(root: Path) -> Recorder:
    """Start one in ``root``, on no port at all."""
    toolbox = tools(CHECKOUT / "var" / "cache", print)
    for folder in ("etc", "run", "log", "spool/recording", "lib/keys"):
        (root / folder).mkdir(parents=True)
    _speech(root, toolbox)
    for name, text in _files(root, toolbox).items():
        (root / "etc" / name).write_text(text)
    with (root / "out").open("w") as output:
        process = subprocess.Popen(
            [toolbox.asterisk, "-C", root / "etc/asterisk.conf", "-f", "-n"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    recorder = Recorder(root, toolbox.asterisk, process)
    deadline = time.monotonic() + 40
    while "active channels" not in recorder.cli("core show channels"):
        assert time.monotonic() < deadline, (root / "out").read_text()[-2000:]
        time.sleep(0.1)
    return recorder


def _speech(root: Path, toolbox: Tools) -> None:
    subprocess.run(
        [toolbox.espeak, "-v", "cmn", "-w", root / "synthesised.wav", SPEECH], check=True, capture_output=True
    )
    subprocess.run(
        [toolbox.sox, root / "synthesised.wav", "-G", "-r", "8000", "-c", "1", "-b", "16", root / "said.wav"],
        check=True, capture_output=True,
    )  # fmt: skip


def _files(root: Path, toolbox: Tools) -> dict[str, str]:
    wanted = [
        name for name in modules.MODULES if not any(part in name for part in ("ari", "stasis", "cdr", "sip"))
    ]
    loaded = [*wanted, "app_record"]
    return {
        "asterisk.conf": f"[directories]\nastetcdir={root}/etc\nastmoddir={toolbox.modules}\nastvarlibdir={root}/lib\n"
        f"astdbdir={root}/lib\nastkeydir={root}/lib\nastdatadir={toolbox.data}\nastspooldir={root}/spool\n"
        f"astrundir={root}/run\nastlogdir={root}/log\n[options]\ntransmit_silence=yes\n",
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in loaded),
        "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
        "extensions.conf": f"[speech]\nexten => go,1,Answer()\n same => n(again),Playback({root}/said)\n same => n,Goto(again)\n"
        f"[record]\nexten => _r-.,1,Answer()\n same => n,Record({root}/spool/recording/${{EXTEN}}.wav,0,${{LASTS}},qk)\n"
        " same => n,Hangup()\n",
    }


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """One for the folder."""
    one = start_recorder(tmp_path_factory.mktemp("recorder"))
    yield one
    one.process.terminate()
    one.process.wait(20)


@pytest.fixture(scope="session")
def sounds(recorder: Recorder) -> dict[int, bytes]:
    """Finished recordings of Asterisk's, by their length in seconds."""
    return {seconds: recorder.record(f"r-{uuid4()}-1", seconds).read_bytes() for seconds in (4, 9)}


@pytest.fixture
def spool() -> Iterator[Path]:
    """The instance's own spool, empty."""
    folder = intake.spool()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@dataclass
class Past:
    """A call as call control leaves it behind: rows and events, and files in the spool."""

    spool: Path
    sounds: dict[int, bytes]
    id: UUID = field(default_factory=ids.new)
    agent: UUID = field(default_factory=uuid4)
    began: datetime = field(default_factory=lambda: clock.now() - timedelta(minutes=10))

    def at(self, seconds: float) -> datetime:
        """A moment of the call."""
        return self.began + timedelta(seconds=seconds)

    def talked(self, until: float | None, since: float = 0.0) -> Past:
        """The agent and the caller had each other from ``since`` to ``until`` (None: they still do)."""
        ended = {"state": "talking"} if until is None else {
            "state": "ended", "outcome": "answered", "ended_by": "caller", "ended_at": self.at(until)
        }  # fmt: skip
        Call.objects.create(
            id=self.id, channel=f"test-{self.id}", slot=1, number="12345", line="12345", behaviour="main",
            arrived_at=self.began, queued_at=self.began, answered_at=self.at(since), agent_id=self.agent, **ended,
        )  # fmt: skip
        Leg.objects.create(
            call_id=self.id, channel=f"l-{self.id}-1", role="agent", agent_id=self.agent, state="gone",
            planned_at=self.began, up_at=self.at(since),
        )  # fmt: skip
        if until is not None:
            intake.note_end("call.ended", str(self.id), {"at": self.at(until).isoformat()})
        return self

    def event(self, seconds: float, kind: str, **detail: object) -> Past:
        CallEvent.objects.create(call_id=self.id, at=self.at(seconds), kind=kind, detail=detail)
        return self

    def segment(self, n: int, start: float, stop: float | None) -> Past:
        """What call control wrote of a segment."""
        self.event(start, "recording_started", segment=n, bridge="main")
        return self if stop is None else self.event(stop, "recording_stopped", segment=n)

    def file(self, n: int, seconds: int, *, still_s: float = 60.0) -> Path:
        """A finished recording of Asterisk's in the spool, untouched for ``still_s``."""
        path = self.spool / f"r-{self.id}-{n}.wav"
        path.write_bytes(self.sounds[seconds])
        touched = time.time() - still_s
        os.utime(path, (touched, touched))
        return path


@pytest.fixture
def past(spool: Path, sounds: dict[int, bytes]) -> Callable[[], Past]:
    """Makes a call of ten minutes ago, with nothing in it yet."""
    return lambda: Past(spool, sounds)
