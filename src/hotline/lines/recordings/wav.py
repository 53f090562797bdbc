"""The switch's sound files: 8 kHz, 16 bits, one channel. A file whose writer was killed counts as far as it goes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

RATE = 8000
FRAME_BYTES = 2
HEADER_BYTES = 44
PEAKS_PER_S = 20
_PIECE = 1 << 18


class NotSound(Exception):
    """The file is not one the switch writes."""


class Sound:
    """A WAV file as Asterisk's format_wav leaves it; ``seconds`` is what it really holds, whatever its header says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data, self._bytes = _place(path)

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return self._bytes / (RATE * FRAME_BYTES)

    @property
    def size(self) -> int:
        """Bytes of ``whole``."""
        return HEADER_BYTES + self._bytes

    def whole(self) -> Iterator[bytes]:
        """A WAV file with a right header and the same sound. The same file always gives the same bytes."""
        yield header(self._bytes)
        yield from self.samples()

    def samples(self) -> Iterator[bytes]:
        """The sound alone, in pieces of whole frames."""
        left = self._bytes
        with self.path.open("rb") as file:
            file.seek(self._data)
            while left:
                piece = file.read(min(_PIECE, left))
                if not piece:
                    raise NotSound("it became shorter while it was read")
                left -= len(piece)
                yield piece

    def peaks(self) -> bytes:
        """The loudest sample of each 1/20 s, as one byte: 0 silence, 255 full scale (square root, so that speech shows)."""
        span = RATE // PEAKS_PER_S
        found: list[bytes] = []
        rest = np.zeros(0, dtype="<i2")
        for piece in self.samples():
            samples = np.concatenate([rest, np.frombuffer(piece, dtype="<i2")])
            whole = len(samples) // span * span
            found.append(_loudest(samples[:whole].reshape(-1, span)))
            rest = samples[whole:]
        if len(rest):
            found.append(_loudest(rest.reshape(1, -1)))
        return b"".join(found)


def header(data_bytes: int) -> bytes:
    """The 44 bytes before ``data_bytes`` of sound."""
    rate = RATE * FRAME_BYTES
    return b"RIFF" + struct.pack("<I", data_bytes + HEADER_BYTES - 8) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, RATE, rate, FRAME_BYTES, 8 * FRAME_BYTES
    ) + b"data" + struct.pack("<I", data_bytes)  # fmt: skip


def _loudest(spans: np.ndarray) -> bytes:
    loud = np.abs(spans.astype(np.int32)).max(axis=1) if spans.size else np.zeros(0)
    return bytes(np.minimum(255, np.sqrt(loud / 32768) * 255).astype(np.uint8))


def _place(path: Path) -> tuple[int, int]:
    """Where the sound begins and how many bytes it has: the file's, for a killed writer's header counts none."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise NotSound("no RIFF/WAVE header")
    at, kind = 12, None
    while at + 8 <= len(head):
        name, length = head[at : at + 4], struct.unpack("<I", head[at + 4 : at + 8])[0]
        if name == b"fmt ":
            kind = struct.unpack("<HHIIHH", head[at + 8 : at + 24])
        elif name == b"data":
            if kind != (1, 1, RATE, RATE * FRAME_BYTES, FRAME_BYTES, 8 * FRAME_BYTES):
                raise NotSound(f"not 8 kHz, 16 bits, one channel: {kind}")
            return at + 8, (size - at - 8) // FRAME_BYTES * FRAME_BYTES
        at += 8 + length + length % 2
    raise NotSound("no sound in it")
