"""From Asterisk's spool into the store: everything, once, never plain in the end, whatever dies when."""

from __future__ import annotations

import contextlib
import os
import pkgutil
import shutil
import signal
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.files.models import StoredFile
from hotline.base.kernel.models import AuditRow
from hotline.lines.recordings import intake, judging
from hotline.lines.recordings.models import CallCheck, Finding, Segment
from hotline.lines.recordings.wav import PEAKS_PER_S, Sound

from .conftest import Past, start_recorder

pytestmark = [pytest.mark.django_db, pytest.mark.telephony]


def content(row: Segment) -> bytes:
    assert row.file_id
    return b"".join(stored.opened(row.file_id).read())


def test_a_finished_recording_is_taken_in_whole_and_the_plain_file_is_gone(past: Callable[[], Past]) -> None:
    call = past().talked(9.2).segment(1, 0.1, 9.1)
    path = call.file(1, 9)
    assert intake.take_in() == 1
    row = Segment.objects.get(call_id=call.id)
    assert (row.state, row.n) == ("kept", 1)
    assert row.seconds == pytest.approx((len(call.sounds[9]) - 44) / 16_000, abs=0.02)
    assert not path.exists()
    assert content(row) == call.sounds[9]  # what Asterisk wrote, byte for byte
    assert row.bytes == len(call.sounds[9])
    assert row.peaks_id
    peaks = b"".join(stored.opened(row.peaks_id).read())
    assert len(peaks) == pytest.approx(row.seconds * PEAKS_PER_S, abs=1)
    assert max(peaks) > 60, "speech is seen in the picture"
    assert intake.take_in() == 0


def test_a_recording_that_still_grows_is_left_alone(past: Callable[[], Past]) -> None:
    talking = past().talked(None).segment(1, 0, None)
    kept_open = talking.file(1, 4)
    fresh = past().talked(4.0).segment(1, 0, 4).file(1, 4, still_s=0.0)
    assert intake.take_in() == 0
    assert kept_open.exists()
    assert fresh.exists()


def test_a_segment_call_control_has_stopped_is_taken_in_while_the_call_goes_on(
    past: Callable[[], Past],
) -> None:
    call = past().talked(None).segment(1, 0, 4).segment(2, 5, None)
    first, second = call.file(1, 4), call.file(2, 4)
    assert intake.take_in() == 1
    assert (first.exists(), second.exists()) == (False, True)


def test_a_recording_of_no_call_is_taken_in_and_raises_an_alarm(past: Callable[[], Past]) -> None:
    call = past()
    path = call.file(1, 4, still_s=2 * intake.STRAY_S)
    assert intake.take_in() == 1
    assert not path.exists()
    judging.judge()
    assert [alarm.kind for alarm in Finding.objects.filter(call_id=call.id)] == ["stray"]


STEPS = [
    ("hotline.base.files.folder.Folder", "write"),
    ("hotline.base.files.folder", "sync_folder"),
    ("hotline.base.files.keys", "wrap"),
    ("hotline.base.files.actions", "insert"),
    ("hotline.lines.recordings.intake", "_judge_again"),
    ("hotline.base.kernel.deeds.Deed", "_write"),
    ("hotline.lines.recordings.intake", "_remove_plain"),
]


def killed_at(module: str, step: str, *, after: bool) -> None:
    """Take in, in a process of its own that is killed (-9) when it comes to ``step``, before or after its work."""
    connection.close()
    connection.close_pool()  # a child must not share our socket to the database
    child = os.fork()
    if child == 0:
        owner: Any = pkgutil.resolve_name(module)
        real = getattr(owner, step)

        def last(*args: object, **options: object) -> None:
            if after:
                real(*args, **options)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, step, last)
        for _ in range(5):  # on a busy machine the database may not answer at once
            with contextlib.suppress(Exception):
                intake.take_in()
        os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it never came to {step}: {status}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("module", "step"), STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_step_it_loses_nothing_and_the_next_round_finishes(
    past: Callable[[], Past], module: str, step: str, after: bool
) -> None:
    call = past().talked(4.2).segment(1, 0.1, 4.1)
    path = call.file(1, 4)
    killed_at(module, step, after=after)
    assert path.exists() or content(Segment.objects.get(call_id=call.id)) == call.sounds[4]
    intake.take_in()
    row = Segment.objects.get(call_id=call.id)
    assert content(row) == call.sounds[4]
    assert not path.exists()
    files.remove_orphans(older_than_s=-1)
    assert content(row) == call.sounds[4]
    assert StoredFile.objects.filter(erased_at=None).count() == 2, "the sound and its picture, once"
    assert AuditRow.objects.filter(act="recording.keep").count() == 1


def test_a_longer_take_under_the_same_name_replaces_the_shorter_one(past: Callable[[], Past]) -> None:
    call = past().talked(9.2).segment(1, 0.1, 9.1)
    call.file(1, 4)
    intake.take_in()
    call.file(1, 9)
    assert intake.take_in() == 1
    row = Segment.objects.get(call_id=call.id)
    assert content(row) == call.sounds[9]
    assert StoredFile.objects.filter(erased_at=None).count() == 2


def test_what_is_no_sound_is_kept_as_evidence_and_raises_an_alarm(past: Callable[[], Past]) -> None:
    call = past().talked(9.0).segment(1, 0, 9)
    path = call.file(1, 4)
    path.write_bytes(b"no sound at all")
    os.utime(path, (1, 1))
    intake.take_in()
    judging.judge()
    row = Segment.objects.get(call_id=call.id)
    assert row.state == "failed"
    assert content(row) == b"no sound at all"
    assert not path.exists()
    kinds = {alarm.kind for alarm in Finding.objects.filter(call_id=call.id)}
    assert kinds == {"segment_missing", "unreadable"}


def test_what_a_killed_asterisk_had_written_can_be_heard(past: Callable[[], Past], tmp_path: Path) -> None:
    recorder = start_recorder(tmp_path / "asterisk")
    try:
        growing = recorder.begin(f"r-{uuid4()}-1", 60)
        deadline = time.monotonic() + 60
        while not growing.is_file() or growing.stat().st_size < 3 * 16_000:
            assert time.monotonic() < deadline, "Asterisk wrote nothing"
            time.sleep(0.1)
    finally:
        recorder.process.send_signal(signal.SIGKILL)
        recorder.process.wait()
    call = past().talked(60.0).segment(1, 0, 60)
    path = call.spool / f"r-{call.id}-1.wav"
    shutil.copy(growing, path)
    os.utime(path, (1, 1))
    assert intake.take_in() == 1
    row = Segment.objects.get(call_id=call.id)
    assert row.seconds >= 2.9
    whole = content(row)
    assert struct.unpack("<I", whole[40:44])[0] == len(whole) - 44, "the header tells the truth again"
    judging.judge()
    alarm = Finding.objects.get(call_id=call.id)
    assert alarm.kind == "hole"
    assert alarm.detail["missing_s"] > 50


def test_the_sound_of_a_file_is_counted_by_what_it_holds(sounds: dict[int, bytes], tmp_path: Path) -> None:
    path = tmp_path / "r.wav"
    path.write_bytes(sounds[4][:4] + bytes(4) + sounds[4][8:40] + bytes(4) + sounds[4][44:])
    assert Sound(path).seconds == pytest.approx(4, abs=0.5)
    assert b"".join(Sound(path).whole()) == sounds[4]
    assert CallCheck.objects.count() == 0
