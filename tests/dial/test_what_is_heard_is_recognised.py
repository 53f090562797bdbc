"""Recognition by fingerprint and cadence, on sound as a telephone line would carry it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotline.lines.calls import prompts
from hotline.lines.calls.probe.hearing import CADENCES, Heard, prompts_in, tones_in
from hotline.lines.calls.prompts.sound import ALAW, RATE, ULAW, Samples, decode, tone


@pytest.fixture(scope="module")
def library(spoken_home: Path) -> prompts.Library:
    return prompts.load(spoken_home)


def played(home: Path, key: str, codec: str = "alaw") -> Samples:
    """What Asterisk sends for a prompt, through G.711."""
    name = prompts.path(home, "x").with_name(f"{key}.{codec}")
    return decode(name.read_bytes(), ALAW if codec == "alaw" else ULAW)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def noise(seconds: float, level: float = 0.1) -> Samples:
    return np.random.default_rng(7).normal(0, level, int(seconds * RATE)).astype(np.float32)


def names(heard: list[Heard]) -> list[str | None]:
    return [one.prompt for one in heard]


A_SENTENCE_S = 1.2
"""The pieces numbers are told with (两, 两位) are shorter."""


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_every_prompt_is_recognised_as_itself_and_as_nothing_else(
    spoken_home: Path, library: prompts.Library, codec: str
) -> None:
    words = [one for one in library.values() if not one.music]
    for shift, one in enumerate(words if codec == "alaw" else words[::5]):
        line = np.concatenate([silence(0.3 + shift / 997), played(spoken_home, one.key, codec), silence(0.4)])
        heard = prompts_in(line, library)
        if one.seconds < A_SENTENCE_S:  # a word or two may identify nothing; they are never taken for another
            assert {h.prompt for h in heard} <= {None, one.key}, one.key
            continue
        assert [(h.prompt, h.complete) for h in heard] == [(one.key, True)], one.key
        assert heard[0].start == pytest.approx(0.3 + shift / 997 + one.starts, abs=0.15)


def test_a_number_beside_a_sentence_is_not_told_for_it_may_be_a_piece_of_one(
    spoken_home: Path, library: prompts.Library
) -> None:
    line = np.concatenate([played(spoken_home, key) for key in ("fallback-none", "number-10")])
    assert names(prompts_in(line, library)) == ["fallback-none"]


def test_noise_and_silence_are_nothing(library: prompts.Library) -> None:
    for line in (silence(10), noise(10), noise(10, 0.01), silence(0), silence(0.01)):
        assert prompts_in(line, library) == []
        assert tones_in(line) == []


def test_a_prompt_cut_short_is_a_part(spoken_home: Path, library: prompts.Library) -> None:
    heard = prompts_in(played(spoken_home, "notice-12333")[: 4 * RATE], library)
    assert names(heard) == ["notice-12333"]
    assert not heard[0].complete


def test_a_part_that_several_prompts_share_is_no_ones(spoken_home: Path, library: prompts.Library) -> None:
    beginning = played(spoken_home, "notice-12316")[: int(1.5 * RATE)]
    heard = prompts_in(beginning, library)
    assert names(heard) == [None]
    assert {"notice-12316", "notice-12317"} <= set(heard[0].candidates)


def test_one_digit_of_difference_is_a_different_prompt(spoken_home: Path, library: prompts.Library) -> None:
    other, own = played(spoken_home, "notice-12317"), played(spoken_home, "notice-12316")
    spliced = np.concatenate([other[: int(1.8 * RATE)], own[int(1.8 * RATE) :]])
    assert not [one for one in prompts_in(spliced, library) if one.complete]


def test_a_quiet_noisy_line_with_lost_packets_still_tells(
    spoken_home: Path, library: prompts.Library
) -> None:
    line = played(spoken_home, "queue-wait") * 0.5
    line[8000:8160] = line[20000:20160] = 0
    heard = prompts_in(line + noise(len(line) / RATE, 0.002)[: len(line)], library)
    assert names(heard) == ["queue-wait"]
    assert heard[0].complete


def test_prompts_one_after_the_other_are_told_in_order(spoken_home: Path, library: prompts.Library) -> None:
    keys = ["notice-12385", "queue-wait", "queue-still"]
    heard = prompts_in(np.concatenate([played(spoken_home, key) for key in keys]), library)
    assert names(heard) == keys
    assert all(one.complete for one in heard)


@pytest.mark.parametrize("name", list(CADENCES))
def test_signal_tones_are_told_by_their_cadence(name: str) -> None:
    period = [
        (450 if on else 0, round(seconds * 1000))
        for pair in CADENCES[name]
        for on, seconds in zip((1, 0), pair, strict=True)
    ]
    heard = tones_in(np.concatenate([silence(0.21), tone(period * 3), noise(0.3, 0.001)]))
    assert [one.name for one in heard] == [name]
    assert heard[0].start == pytest.approx(0.21, abs=0.02)


def test_a_tone_of_another_frequency_is_no_signal_tone() -> None:
    assert tones_in(tone([(350, 100), (0, 100), (700, 400), (0, 400)] * 3)) == []


def test_speech_is_no_tone(spoken_home: Path, library: prompts.Library) -> None:
    for one in library.values():
        if not one.starts and not one.music:
            assert tones_in(played(spoken_home, one.key)) == [], one.key
