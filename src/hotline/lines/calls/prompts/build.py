"""Make the sound files of a city's prompts, and their fingerprints."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import fingerprint, sound
from .catalogue import MUSIC, Prompt, spoken
from .counting import spelt_out

RECIPE = "3"
"""Goes up when the way sounds are made changes, so that every instance makes its sounds again."""

VACANT_LIMIT = 6.0
"""Seconds of tone and words a caller of a vacant number may hear before the line is released."""

_ENCODINGS = (("alaw", "a-law", "al"), ("ulaw", "mu-law", "ul"))


class CannotSpeak(Exception):
    """The synthesiser or the converter failed, or a prompt came out too long; the text says which and why."""


def path(home: Path, prompt_id: str, language: str = "zh-CN") -> Path:
    """The sound of a prompt as Asterisk's Playback wants it: absolute, without extension."""
    return home / "asterisk" / "sounds" / "prompts" / Prompt(prompt_id, language, "", "").key


def music_folder(home: Path) -> Path:
    """The directory of the music-on-hold class: every prompt whose voice is ``music``."""
    return home / "asterisk" / "moh"


def build(
    home: Path, prompts: Iterable[Prompt], *, espeak: Path, sox: Path,
    recorded: Path | None = None, kept: Path | None = None, say: Callable[[str], None] = lambda text: None,
) -> int:  # fmt: skip
    """Make every sound whose text, voice, tone or recording changed since it was last made; returns how many were.

    ``recorded``: a folder of ``<id>.wav`` (``<id>.en.wav``) that replace the synthesised speech, any rate and width.
    ``kept``: a folder shared by homes, in which what was once spoken is found again instead of being spoken anew.
    Raises CannotSpeak; what was made before stays usable.
    """
    known = fingerprint.load(home)
    wanted = {prompt.key: prompt for prompt in spelt_out(prompts)}
    library: fingerprint.Library = {}
    made = 0
    for prompt in wanted.values():
        recording = _recording(recorded, prompt)
        digest = _digest(prompt, recording)
        old = known.get(prompt.key)
        if old is not None and old.digest == digest and _complete(_target(home, prompt)):
            library[prompt.key] = old
            continue
        library[prompt.key] = _found(home, prompt, kept, digest) or _make(
            home, prompt, recording, digest, espeak, sox
        )
        _keep(home, prompt, kept, library[prompt.key])
        made += 1
        if made % 10 == 0:
            say(f"提示语 / prompts {made}")
    if made or known.keys() != library.keys():
        fingerprint.save(fingerprint.location(home), library)
        say(f"提示语已生成 {made} 条，共 {len(library)} 条 / {made} prompts made, {len(library)} in all")
    return made


def _found(home: Path, prompt: Prompt, kept: Path | None, digest: str) -> fingerprint.Print | None:
    """The same words in the same voice, spoken for another home; copied, so that no home can spoil another's."""
    source = kept / digest if kept else None
    known = fingerprint.read(source / "fingerprint.json").get("kept") if source else None
    if source is None or known is None or not _complete(source / "sound"):
        return None
    _place(_target(home, prompt), source, "sound")
    return replace(known, key=prompt.key, text=prompt.text)


def _keep(home: Path, prompt: Prompt, kept: Path | None, spoken_as: fingerprint.Print) -> None:
    if kept is None or (kept / spoken_as.digest / "fingerprint.json").is_file():
        return
    made, folder = _target(home, prompt), kept / spoken_as.digest
    _place(folder / "sound", made.parent, made.name)
    fingerprint.save(folder / "fingerprint.json", {"kept": replace(spoken_as, key="kept")})


def make_one(home: Path, prompt: Prompt, *, espeak: Path, sox: Path) -> fingerprint.Print:
    """Make the sound of a prompt that stands in no city's list; its fingerprint. Raises CannotSpeak."""
    return _make(home, prompt, None, _digest(prompt, None), espeak, sox)


def _make(
    home: Path, prompt: Prompt, recording: Path | None, digest: str, espeak: Path, sox: Path
) -> fingerprint.Print:
    tone = sound.tone(prompt.tone)
    gap = np.zeros(sound.RATE * 15 // 100 if len(tone) else 0, dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        words = _words(prompt, recording, Path(folder), espeak, sox)
        whole = np.concatenate([tone, gap, words])
        seconds = len(whole) / sound.RATE
        if prompt.tone and seconds > VACANT_LIMIT:
            raise CannotSpeak(
                f"提示语“{prompt.key}”长 {seconds:.1f} 秒，超过 {VACANT_LIMIT:.0f} 秒，请缩短 / "
                f"prompt {prompt.key} takes {seconds:.1f} s, more than {VACANT_LIMIT:.0f} s: shorten it"
            )
        _write(_target(home, prompt), whole, Path(folder), sox)
    return fingerprint.Print(
        prompt.key, prompt.text, digest, starts=(len(tone) + len(gap)) / sound.RATE, seconds=round(seconds, 3),
        music=prompt.voice == MUSIC, bands=fingerprint.bands(words),
    )  # fmt: skip


def _words(prompt: Prompt, recording: Path | None, folder: Path, espeak: Path, sox: Path) -> sound.Samples:
    """The speech itself, at telephone rate and the common loudness."""
    if recording is None and prompt.voice == MUSIC:
        return sound.music(prompt.text)
    source = recording
    if source is None:
        source = folder / "spoken.wav"
        _run([espeak, "-v", prompt.voice, "-s", "175", "-w", source, "--", spoken(prompt)])
    _run([sox, "-V1", source, "-b", "16", "-c", "1", folder / "narrow.wav", "rate", "-h", str(sound.RATE)])
    words = sound.trim(sound.level(sound.read_wav(folder / "narrow.wav")))
    if not len(words):
        raise CannotSpeak(f"提示语“{prompt.key}”没有声音 / prompt {prompt.key} came out silent")
    return words


def _write(target: Path, samples: sound.Samples, folder: Path, sox: Path) -> None:
    """The file in every encoding Asterisk may need, so that it never transcodes a prompt."""
    sound.write_wav(folder / "whole.wav", samples)
    for extension, encoding, kind in _ENCODINGS:
        _run([sox, "-V1", folder / "whole.wav", "-e", encoding, "-t", kind, folder / f"whole.{extension}"])
    _place(target, folder, "whole")


def _place(target: Path, folder: Path, name: str) -> None:
    """Copy a sound in all its encodings, each whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for extension in ("wav", "alaw", "ulaw"):
        made = target.with_name(f"{target.name}.{extension}")
        partial = made.with_name(f".{made.name}.{os.getpid()}.partial")
        partial.write_bytes((folder / f"{name}.{extension}").read_bytes())
        partial.replace(made)


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotSpeak(f"{command[0]}: {done.stderr.strip() or done.returncode}")


def _target(home: Path, prompt: Prompt) -> Path:
    if prompt.voice == MUSIC:
        return music_folder(home) / prompt.id
    return path(home, prompt.id, prompt.language)


def _complete(target: Path) -> bool:
    return all(
        target.with_name(f"{target.name}.{extension}").is_file() for extension in ("wav", "alaw", "ulaw")
    )


def _recording(folder: Path | None, prompt: Prompt) -> Path | None:
    file = folder / f"{prompt.key}.wav" if folder else None
    return file if file and file.is_file() else None


def _digest(prompt: Prompt, recording: Path | None) -> str:
    parts = [RECIPE, spoken(prompt), prompt.voice, repr(prompt.tone)]
    content = recording.read_bytes() if recording else b""
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + content).hexdigest()
