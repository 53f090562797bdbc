"""Asking ClamAV's daemon whether a file is clean: command INSTREAM of its published protocol (clamd(8)).

Where it listens stands in city.yaml, ``attachments: {clamd: "unix:/run/clamav/clamd.ctl"}`` or ``"host:port"``. Whatever goes
wrong is "no verdict" and never "clean".
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.conf import settings

TIMEOUT_S = 60.0
_PIECE = 64 * 1024
_ANSWER_MAX = 4096


@dataclass(frozen=True, slots=True)
class Verdict:
    """``clean``, ``found`` (``said``: what), or ``unknown`` (``said``: why there is no verdict)."""

    kind: Literal["clean", "found", "unknown"]
    said: str = ""


def where() -> str:
    """Where the city's scanner listens; "": it has none."""
    return str((settings.CITY.get("attachments") or {}).get("clamd") or "")


def scan(source: Iterable[bytes], place: str, timeout_s: float = TIMEOUT_S) -> Verdict:
    """The verdict of the daemon at ``place``. Never raises for what the daemon or the network do."""
    try:
        with _connected(place, timeout_s) as line:
            line.sendall(b"zINSTREAM\0")
            for part in source:
                for start in range(0, len(part), _PIECE):
                    piece = part[start : start + _PIECE]
                    line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            return _read(_answer(line))
    except (OSError, ValueError) as error:
        return Verdict("unknown", f"{type(error).__name__}: {error}"[:200])


def _connected(place: str, timeout_s: float) -> socket.socket:
    if place.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(timeout_s)
        try:
            line.connect(place.removeprefix("unix:"))
        except BaseException:
            line.close()
            raise
        return line
    host, _, port = place.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout_s)


def _answer(line: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"\0") and len(said) < _ANSWER_MAX:
        part = line.recv(_ANSWER_MAX)
        if not part:
            break
        said += part
    return said


def _read(answer: bytes) -> Verdict:
    text = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if text == "stream: OK" and answer.endswith(b"\0"):
        return Verdict("clean")
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return Verdict("found", text.removeprefix("stream: ").removesuffix(" FOUND")[:200])
    return Verdict("unknown", text[:200] or "no answer")
