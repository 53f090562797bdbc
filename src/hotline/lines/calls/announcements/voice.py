"""From a text to what Asterisk plays: the instance's own synthesiser, as for the city's prompts. No database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from django.conf import settings

from hotline.lines.calls.announcements.words import prompt_of
from hotline.lines.calls.prompts import path
from hotline.lines.calls.prompts.build import CannotSpeak, make_one
from hotline.lines.calls.prompts.catalogue import Prompt
from hotline.lines.calls.prompts.fingerprint import Print

__all__ = ["CannotSpeak", "make", "print_of", "ready", "spoken", "tidy"]

LANGUAGE, VOICE = "zh-CN", "cmn"
_ENCODINGS = (".wav", ".alaw", ".ulaw")


def prompt(id: object, text: str) -> Prompt:
    """An announcement as a prompt."""
    return Prompt(prompt_of(id), LANGUAGE, text, VOICE)


def make(home: Path, id: UUID, text: str) -> float:
    """Make the sound; how many seconds it lasts. Raises CannotSpeak."""
    return print_of(home, id, text).seconds


def print_of(home: Path, id: object, text: str) -> Print:
    """Make the sound below ``home``; its fingerprint, by which a call can prove that it was played. Raises CannotSpeak."""
    try:
        espeak, sox = settings.SPEECH()
    except Exception as error:
        raise CannotSpeak(str(error)) from error
    return make_one(home, prompt(id, text), espeak=espeak, sox=sox)


def spoken(text: str) -> bytes:
    """The sound of ``text`` as a WAV file. Raises CannotSpeak."""
    with tempfile.TemporaryDirectory() as folder:
        print_of(Path(folder), "preview", text)
        return _file(Path(folder), "preview", ".wav").read_bytes()


def ready(home: Path, id: object) -> bool:
    """Whether this machine's switch can play it."""
    return all(_file(home, id, encoding).is_file() for encoding in _ENCODINGS)


def tidy(home: Path, keep: set[UUID]) -> None:
    """Remove the sounds of all announcements but those to ``keep``. Who is hearing one hears it to its end."""
    folder, wanted = path(home, prompt_of("")).parent, {prompt_of(id) for id in keep}
    for file in folder.glob(prompt_of("*-*-*-*-*.*")):
        if file.name.partition(".")[0] not in wanted:
            file.unlink(missing_ok=True)


def _file(home: Path, id: object, encoding: str) -> Path:
    base = path(home, prompt_of(id), LANGUAGE)
    return base.with_name(base.name + encoding)
