"""Which prompts and tones are in a piece of telephone sound?

Prompts are looked for by their fingerprints in pieces of half a second, so a prompt is also recognised when the call
began late or was cut off, and a sound that only begins like a prompt is reported as heard in part. Signal tones are
recognised by frequency and cadence (GB/T 3380), which no fingerprint is needed for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..prompts import Library
from ..prompts.fingerprint import FLOOR, HOP, Bands, Print, bands
from ..prompts.sound import RATE, Samples

SECOND = RATE // HOP  # rows of a fingerprint
PIECE = SECOND // 2
SLACK = 6  # rows a piece may lie off its place: 60 ms of jitter or lost packets
ALIKE = 0.7
"""Least likeness (cosine) of a piece. Measured: the same words through G.711 0.77–1.0, other words of the same voice ≤ 0.55."""
SHORTEST = SECOND
"""What is heard for less than a second identifies no prompt, except a whole one that is no longer, such as a number."""

TONE_HERTZ = 450
CADENCES: dict[str, tuple[tuple[float, float], ...]] = {
    # (on, off) seconds of one period, GB/T 3380
    "vacant": ((0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.4, 0.4)),
    "ringback": ((1.0, 4.0),),
    "busy": ((0.35, 0.35),),
    "congestion": ((0.7, 0.7),),
}


@dataclass(frozen=True)
class Heard:
    """One prompt in the sound. Seconds count from the first sound; ``complete`` is False for a part of the prompt.
    ``candidates`` has more than one key when the part that was heard is common to several prompts."""

    candidates: tuple[str, ...]
    start: float
    seconds: float
    complete: bool
    likeness: float

    @property
    def prompt(self) -> str | None:
        """The prompt's key, or None if the part heard does not tell which one it was."""
        return self.candidates[0] if len(self.candidates) == 1 else None


@dataclass(frozen=True)
class Tone:
    """A signal tone: ``name`` from CADENCES or ``unknown``."""

    name: str
    start: float
    seconds: float


@dataclass(frozen=True)
class _Run:
    key: str
    first: int  # row of the sound where the run begins
    last: int
    matched: int  # rows that matched
    whole: bool
    likeness: float


def prompts_in(samples: Samples, library: Library) -> list[Heard]:
    """The prompts of ``library`` that can be heard in ``samples``, in order."""
    if not library or len(samples) < SHORTEST * HOP:
        return []
    average = np.concatenate([_voiced(p.bands) for p in library.values()]).mean(axis=0)
    sound = _pieces(_shape(bands(samples), average))
    runs = [run for p in library.values() for run in _runs(p, _shape(p.bands, average), sound)]
    heard: list[Heard] = []
    while runs:
        best = max(runs, key=lambda run: (run.matched, run.whole, run.likeness))
        same = [
            r
            for r in runs
            if _overlap(r, best) > 0.8 and r.matched >= best.matched - PIECE and not best.whole
        ]
        keys = tuple(dict.fromkeys([best.key, *(run.key for run in same)]))
        span = (best.last - best.first) / SECOND
        heard.append(Heard(keys, best.first / SECOND, round(span, 2), best.whole, round(best.likeness, 3)))
        runs = [run for run in runs if _overlap(run, best) <= 0.3]
    # A word sounds like a piece of many sentences: beside one of them it tells nothing.
    sentences = [one for one in heard if len(library[one.candidates[0]].bands) >= SHORTEST]
    return sorted(sentences or heard, key=lambda one: one.start)


def _voiced(prompt: Bands) -> Bands:
    relative: Bands = prompt - prompt.mean(axis=1, keepdims=True)
    loud: NDArray[np.bool_] = prompt.max(axis=1) > FLOOR + 12
    chosen: Bands = relative[loud]
    return chosen


def _shape(decibels: Bands, average: NDArray[np.float32]) -> Bands:
    """The form of the spectrum without loudness and without what all speech has in common; silence is zero."""
    shape = decibels - decibels.mean(axis=1, keepdims=True) - average
    shape[decibels.max(axis=1) <= FLOOR + 12] = 0
    result: Bands = shape
    return result


def _pieces(shape: Bands) -> Bands:
    """Every stretch of PIECE rows as one vector of length 1 (or 0 where it is mostly silent), every second row kept."""
    padded = np.concatenate([shape, np.zeros((PIECE, shape.shape[1]), dtype=np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded[::2], PIECE // 2, axis=0)
    interleaved = np.empty((len(shape), windows.shape[1], PIECE // 2), dtype=np.float32)
    odd = np.lib.stride_tricks.sliding_window_view(padded[1::2], PIECE // 2, axis=0)
    interleaved[0::2], interleaved[1::2] = windows[: (len(shape) + 1) // 2], odd[: len(shape) // 2]
    flat = interleaved.reshape(len(shape), -1)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: Bands = np.divide(flat, length, out=np.zeros_like(flat), where=length > 1e-6)
    return unit


def _runs(prompt: Print, shape: Bands, sound: Bands) -> Iterator[_Run]:
    """Every place where consecutive pieces of ``prompt`` follow each other in the sound, as long as it identifies it."""
    starts = np.arange(0, max(len(shape) - PIECE // 2, 1), PIECE)
    loud = np.array([np.abs(shape[s : s + PIECE]).max(axis=1).astype(bool).mean() > 0.3 for s in starts])
    starts = starts[loud]
    if not len(starts):
        return
    needed = min(SHORTEST, len(starts) * PIECE)
    likeness = _pieces(shape)[starts] @ sound.T  # piece × row of the sound
    before = int(starts[-1])
    places = np.full(
        (len(starts), before + sound.shape[0]), -1.0, dtype=np.float32
    )  # column: start of the prompt
    for index, start in enumerate(starts):
        best = _widened(likeness[index])
        places[index, before - start : before - start + len(best)] = best
    while True:
        column, start, end, score = _longest(places)
        count = end - start + 1
        if count * PIECE < needed:
            return
        whole = count == len(starts)
        first = 0 if whole else int(starts[start])
        last = len(shape) if whole else min(int(starts[end]) + PIECE, len(shape))
        begins, ends = max(column - before + first, 0), min(column - before + last, sound.shape[0])
        yield _Run(prompt.key, begins, ends, count * PIECE, whole, score / count)
        near = count * PIECE // 2
        places[start : end + 1, max(column - near, 0) : column + near] = -1


def _longest(places: NDArray[np.float32]) -> tuple[int, int, int, float]:
    """The best run of fitting pieces in one column: (column, first piece, last piece, sum of likeness)."""
    run, score = np.zeros(places.shape[1], dtype=np.int32), np.zeros(places.shape[1], dtype=np.float32)
    found = (0, 0, -1, 0.0)
    for index, row in enumerate(places):
        fits = row >= ALIKE
        run = np.where(fits, run + 1, 0)
        score = np.where(fits, score + row, 0)
        column = int(score.argmax())
        if score[column] > found[3]:
            found = (column, index - int(run[column]) + 1, index, float(score[column]))
    return found


def _widened(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best value within SLACK rows on either side."""
    padded = np.pad(row, SLACK, constant_values=-1)
    best: NDArray[np.float32] = np.lib.stride_tricks.sliding_window_view(padded, 2 * SLACK + 1).max(axis=1)
    return best


def _overlap(one: _Run, other: _Run) -> float:
    """How much of the shorter run lies within the other."""
    common = min(one.last, other.last) - max(one.first, other.first)
    return max(common, 0) / max(min(one.last - one.first, other.last - other.first), 1)


def tones_in(samples: Samples) -> list[Tone]:
    """The signal tones (450 ± 25 Hz) in ``samples``, each named by its cadence."""
    bursts = [(start, length) for start, length in _bursts(samples) if length >= 0.06]
    tones: list[Tone] = []
    group: list[tuple[float, float]] = []
    for burst in [*bursts, (float("inf"), 0.0)]:
        if group and burst[0] - sum(group[-1]) > 4.5:
            tones.append(Tone(_cadence(group), group[0][0], round(sum(group[-1]) - group[0][0], 2)))
            group = []
        group.append(burst)
    return [tone for tone in tones if tone.name != "unknown" or tone.seconds >= 0.3]


def _bursts(samples: Samples) -> Iterator[tuple[float, float]]:
    """(start, seconds) of every stretch that is nothing but a tone of 450 Hz."""
    width, step = 160, 40
    if len(samples) < width:
        return
    frames = np.lib.stride_tricks.sliding_window_view(samples, width)[::step] * np.hanning(width)
    power = np.abs(np.fft.rfft(frames, 640)) ** 2
    bin_width = RATE / 640
    low, high = round((TONE_HERTZ - 75) / bin_width), round((TONE_HERTZ + 75) / bin_width)
    total = power.sum(axis=1) + 1e-9
    pure = (power[:, low : high + 1].sum(axis=1) / total > 0.95) & (total > 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], pure.astype(np.int8), [0]])))
    for rise, fall in zip(edges[::2], edges[1::2], strict=True):
        yield float(rise * step + width // 4) / RATE, float((fall - rise) * step) / RATE


def _cadence(group: Sequence[tuple[float, float]]) -> str:
    """The name whose period repeats in ``group``, starting anywhere in it; a period must be heard once in full."""
    on = [length for _, length in group]
    off = [later - (start + length) for (start, length), (later, _) in pairwise(group)]
    for name, period in CADENCES.items():
        for shift in range(len(period)):
            pairs = [period[(shift + i) % len(period)] for i in range(len(on))]
            fits_on = all(abs(a - b[0]) <= 0.045 + 0.1 * b[0] for a, b in zip(on, pairs, strict=True))
            fits_off = all(abs(a - b[1]) <= 0.045 + 0.1 * b[1] for a, b in zip(off, pairs, strict=False))
            if fits_on and fits_off and (len(on) >= max(len(period), 2) or name == "ringback"):
                return name
    return "unknown"
