"""Telephone sound as numbers: 8000 samples a second, one channel, floats from -1 to 1."""

from __future__ import annotations

import re
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Samples = NDArray[np.float32]

SPEECH_LEVEL = 10 ** (-19 / 20)
"""Loudness (root mean square while somebody speaks) of every prompt: -19 dB of full scale, about -16 dBm0."""
PEAK = 10 ** (-1.5 / 20)
TONE_LEVEL = 10 ** (-13 / 20)
"""Amplitude of tones: -10 dBm0 ± 3 as GB/T 3380 asks of signal tones."""

_A4, _NOTES = 440.0, ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]


def _alaw_table() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    level = np.where(
        exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0)
    )
    return (np.where(code & 0x80, level, -level) / 32768).astype(np.float32)


def _ulaw_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    level = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return (np.where(code & 0x80, -level, level) / 32768).astype(np.float32)


ALAW, ULAW = _alaw_table(), _ulaw_table()


def decode(payload: bytes, table: Samples) -> Samples:
    """G.711 octets as samples; ``table`` is ALAW or ULAW."""
    decoded: Samples = table[np.frombuffer(payload, dtype=np.uint8)]
    return decoded


def read_wav(path: Path) -> Samples:
    """A 16-bit 8 kHz mono file as samples. Raises ValueError if it is anything else."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            raise ValueError(f"{path}: not 8 kHz mono 16 bit")
        raw = file.readframes(file.getnframes())
    samples: Samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / np.float32(32768)
    return samples


def write_wav(path: Path, samples: Samples) -> None:
    """Write ``samples`` as a 16-bit 8 kHz mono file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def level(samples: Samples) -> Samples:
    """The same speech at SPEECH_LEVEL, or as near as its peaks allow; silence stays silence."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(axis=1) if len(frames) else np.zeros(1)
    loud = power > power.max(initial=0) * 0.01
    if not loud.any() or not power.max():
        return samples
    gain = SPEECH_LEVEL / float(np.sqrt(power[loud].mean()))
    return (samples * min(gain, PEAK / float(np.abs(samples).max()))).astype(np.float32)


def trim(samples: Samples, keep: float = 0.05) -> Samples:
    """Without the silence at both ends, but for ``keep`` seconds of it."""
    heard = np.flatnonzero(np.abs(samples) > 0.01)
    if not len(heard):
        return samples
    pad = int(keep * RATE)
    return samples[max(heard[0] - pad, 0) : heard[-1] + pad]


def tone(cadence: Iterable[tuple[int, int]]) -> Samples:
    """A signal tone: (hertz, milliseconds) pairs, 0 hertz is silence."""
    parts = [
        np.sin(2 * np.pi * hertz * np.arange(length * RATE // 1000) / RATE) * TONE_LEVEL
        for hertz, length in cadence
    ]
    return np.concatenate([np.zeros(0), *parts]).astype(np.float32)


def music(notes: str) -> Samples:
    """Plucked notes from text: ``C4/400 -/200 E4/800`` (pitch, octave, milliseconds; ``-`` is a rest)."""
    parts = [np.zeros(0)]
    for word in notes.split():
        match = re.fullmatch(r"(-|([A-G]#?)(\d))/(\d+)", word)
        if match is None:
            raise ValueError(f"not a note: {word}")
        at = np.arange(int(match[4]) * RATE // 1000) / RATE
        if match[1] == "-":
            parts.append(np.zeros(len(at)))
            continue
        hertz = _A4 * 2 ** ((_NOTES.index(match[2]) - 9) / 12 + int(match[3]) - 4)
        partials = sum(np.sin(2 * np.pi * hertz * k * at) / k**2 for k in (1, 2, 3))
        parts.append(np.minimum(at / 0.01, 1) * np.exp(-2.5 * at) * partials * 0.35)
    return np.concatenate(parts).astype(np.float32)
