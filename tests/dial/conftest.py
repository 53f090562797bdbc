"""A small real Asterisk of our own that plays prompts on request, and prompts made by the real synthesiser."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hotline.lines.calls import prompts
from hotline.lines.calls.switch import modules
from hotline.project.config import CHECKOUT
from hotline.project.runtime.switch import Tools
from tests.harness import free_port

MODULES = [
    *(
        name
        for name in modules.MODULES
        if "ari" not in name.split("_") and "stasis" not in name and "cdr" not in name
    ),
    "res_pjsip_endpoint_identifier_anonymous",
    "app_echo",
]


@dataclass(frozen=True)
class Exchange:
    """A running Asterisk: ``12300`` and up behave as its dialplan says, see ``DIALPLAN``."""

    home: Path
    port: int

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)


def dialplan(sounds: Path) -> str:
    """What the numbers of this Asterisk do."""
    play = f"{sounds}/"
    return "\n".join(
        [
            "[general]\nstatic=yes\n[public]",
            f"exten => 12396,1,Progress()\n same => n,Playback({play}vacant,noanswer)\n same => n,Hangup(1)",
            f"exten => 12333,1,Answer()\n same => n,Playback({play}notice-12333)\n same => n,Playback({play}queue-wait)"
            "\n same => n,Wait(30)",
            f"exten => 12316,1,Answer()\n same => n,Playback({play}notice-12316)\n same => n,Hangup(16)",
            "exten => 12345,1,Ringing()\n same => n,Wait(1)\n same => n,Answer()\n same => n,Wait(30)",
            "exten => 12320,1,Answer()\n same => n,Echo()",
            "exten => 12315,1,Progress()\n same => n,Playtones(450/1000,0/4000)\n same => n,Wait(30)",
            "exten => 12328,1,Wait(30)",
            "exten => _X.,1,Hangup(1)\n",
        ]
    )


@pytest.fixture(scope="session")
def catalogue() -> list[prompts.Prompt]:
    return prompts.read(CHECKOUT / "cities" / "quanzhou" / "prompts.csv")


@pytest.fixture(scope="session")
def spoken_home(
    tmp_path_factory: pytest.TempPathFactory, toolbox: Tools, catalogue: list[prompts.Prompt]
) -> Path:
    """A home with every prompt of the city made, never changed by a test."""
    home = tmp_path_factory.mktemp("dial")
    kept = CHECKOUT / "var" / "cache" / "prompts"
    prompts.build(home, catalogue, espeak=toolbox.espeak, sox=toolbox.sox, kept=kept)
    return home


@contextmanager
def exchange_playing(home: Path, toolbox: Tools) -> Iterator[Exchange]:
    """The small Asterisk, playing the prompts of ``home``."""
    port = free_port()
    root = Path(tempfile.mkdtemp(prefix="small-", dir=home))
    for folder in ("etc", "run", "log", "spool", "lib/keys"):
        (root / folder).mkdir(parents=True)
    for name, text in _files(root, home, port, toolbox).items():
        (root / "etc" / name).write_text(text)
    with (root / "out").open("w") as output:
        process = subprocess.Popen(
            [toolbox.asterisk, "-C", root / "etc/asterisk.conf", "-f", "-n"], stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_until_it_answers(port, process, root / "log/messages")
        yield Exchange(home, port)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def exchange(spoken_home: Path, toolbox: Tools) -> Iterator[Exchange]:
    """The small Asterisk with every prompt as it should be."""
    with exchange_playing(spoken_home, toolbox) as running:
        yield running


@pytest.fixture(scope="module")
def spoilt_exchange(
    spoken_home: Path, toolbox: Tools, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exchange]:
    """One where two notices are swapped on disk and the vacant announcement is damaged in its middle."""
    home = Path(shutil.copytree(spoken_home, tmp_path_factory.mktemp("spoilt") / "h", ignore=_not_running))
    one, other, damaged = (prompts.path(home, name) for name in ("notice-12333", "notice-12316", "vacant"))
    for extension in ("alaw", "ulaw", "wav"):
        first, second = one.with_suffix(f".{extension}"), other.with_suffix(f".{extension}")
        kept = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(kept)
        file = damaged.with_suffix(f".{extension}")
        content = bytearray(file.read_bytes())
        middle, size = len(content) // 2, len(content) // 5
        content[middle : middle + size] = bytes(reversed(content[middle : middle + size]))
        file.write_bytes(content)
    with exchange_playing(home, toolbox) as running:
        yield running


def _not_running(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("small-")]


def _files(root: Path, home: Path, port: int, toolbox: Tools) -> dict[str, str]:
    rtp = free_port()
    return {
        "asterisk.conf": f"[directories]\nastetcdir={root}/etc\nastmoddir={toolbox.modules}\nastvarlibdir={root}/lib\n"
        f"astdbdir={root}/lib\nastkeydir={root}/lib\nastdatadir={toolbox.data}\nastspooldir={root}/spool\n"
        f"astrundir={root}/run\nastlogdir={root}/log\n[options]\ntransmit_silence=yes\n",
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES),
        "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
        "indications.conf": "[general]\ncountry=cn\n[cn]\nringcadence=1000,4000\nring=450/1000,0/4000\n",
        "rtp.conf": f"[general]\nrtpstart={rtp}\nrtpend={rtp + 200}\n",
        "pjsip.conf": f"[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{port}\n"
        "[anonymous]\ntype=endpoint\ncontext=public\ndisallow=all\nallow=alaw,ulaw\ndirect_media=no\nrtp_symmetric=yes\n",
        "extensions.conf": dialplan(home / "asterisk/sounds/prompts"),
    }


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    options = (
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{0};rport;branch=z9hG4bKup\r\nMax-Forwards: 70\r\n"
        "From: <sip:up@127.0.0.1>;tag=up\r\nTo: <sip:127.0.0.1>\r\nCall-ID: up\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    deadline = time.monotonic() + 20
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(0.3)
        while time.monotonic() < deadline and process.poll() is None:
            probe.sendto(options.format(probe.getsockname()[1]).encode(), ("127.0.0.1", port))
            try:
                probe.recv(4096)
            except (TimeoutError, ConnectionError):
                continue
            return
    raise RuntimeError(f"Asterisk did not come up: {log.read_text()[-2000:]}")
