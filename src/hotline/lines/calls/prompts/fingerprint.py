"""What a prompt sounds like, kept apart from the sound files, so that a swapped or damaged file is found out.

A fingerprint is the loudness of 18 frequency bands every 10 ms, in steps of 1 dB. It is written once, when the text is
synthesised, to ``home/prompts/fingerprints.json``; nothing ever computes it from the files Asterisk plays.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .sound import RATE, Samples

HOP = 80  # samples: 10 ms
WINDOW = 256
BANDS = 18
FLOOR = -55.0  # dB of full scale a band: below it there is nothing to hear, only the noise of G.711

Bands = NDArray[np.float32]


@dataclass(frozen=True)
class Print:
    """One prompt's fingerprint. ``starts`` is how many seconds of tone come before the words."""

    key: str
    text: str
    digest: str
    starts: float
    seconds: float
    music: bool
    bands: Bands


Library = dict[str, Print]


def _filters() -> Bands:
    """Triangular bands, evenly spaced on the mel scale from 200 to 3600 Hz."""
    mel = np.linspace(1127 * np.log1p(200 / 700), 1127 * np.log1p(3600 / 700), BANDS + 2)
    edges = 700 * np.expm1(mel / 1127)
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters: Bands = np.clip(np.minimum(rise, fall), 0, None).astype(np.float32)
    return filters


_FILTERS = _filters()
_WINDOW = np.hanning(WINDOW).astype(np.float32)


def bands(samples: Samples) -> Bands:
    """Decibels of each band every 10 ms (rows: time), never below FLOOR."""
    padded = np.concatenate([samples, np.zeros(WINDOW, dtype=np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: max(len(samples), 1) : HOP]
    power = np.abs(np.fft.rfft(frames * _WINDOW)) ** 2 / (WINDOW / 4) ** 2
    decibels = 10 * np.log10(power @ _FILTERS.T + 1e-12)
    floored: Bands = np.maximum(decibels, FLOOR).astype(np.float32)
    return floored


def save(path: Path, library: Library) -> None:
    """Write all fingerprints, whole or not at all, whoever else writes them at the same time."""
    document = {
        p.key: {
            "text": p.text, "digest": p.digest, "starts": p.starts, "seconds": p.seconds, "music": p.music,
            "bands": base64.b85encode(np.round(p.bands).astype(np.int8).tobytes()).decode(),
        }
        for p in library.values()
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def load(home: Path) -> Library:
    """The fingerprints of this instance; empty if its prompts were never built."""
    return read(location(home))


def read(path: Path) -> Library:
    """The fingerprints in a file; empty if there is none."""
    if not path.is_file():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {
        key: Print(
            key, row["text"], row["digest"], row["starts"], row["seconds"], row["music"],
            np.frombuffer(base64.b85decode(row["bands"]), dtype=np.int8).reshape(-1, BANDS).astype(np.float32),
        )
        for key, row in document.items()
    }  # fmt: skip


def location(home: Path) -> Path:
    """Where an instance keeps its fingerprints."""
    return home / "prompts" / "fingerprints.json"
