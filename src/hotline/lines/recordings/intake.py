"""From the switch's spool into the encrypted store: every finished file, once, and never a plain one left behind.

For each file: encrypt, read back, compare, write the rows — one transaction — and only then remove the plain file. Killed
anywhere, the plain file is still there or the row is; the next round goes on from either.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.files.folder import sync_folder
from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.lines.calls import recorded
from hotline.lines.recordings import restrictions, retention
from hotline.lines.recordings.models import CallCheck, Segment
from hotline.lines.recordings.wav import NotSound, Sound
from hotline.lines.recordings.words import RetentionClass, SegmentState

log = logging.getLogger(__name__)

ACTOR = system("recordings: intake")
STILL_S = 2.0
"""A file nothing was written to for so long is finished, once call control says so."""
STRAY_S = 3600.0
"""A file of no call, or of one that never ends, is taken in after so long: plain it must not stay."""
_NAME = re.compile(r"r-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,6})\.wav")


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the spool."""

    path: Path
    call_id: UUID
    n: int
    still_s: float


def spool() -> Path:
    """Where this machine's switch writes recordings."""
    folder: Path = settings.HOTLINE.home / "asterisk" / "spool" / "recording"
    return folder


def take_in() -> int:
    """Take in every finished file; returns how many. One that cannot be now is left, logged, for the next round."""
    found, taken = [*_found()], 0
    ended = recorded.has_ended([file.call_id for file in found])
    for file in found:
        try:
            if _finished(file, ended):
                _take(file)
                taken += 1
        except Exception:  # one bad file must not keep the others plain
            log.exception("%s stays in the spool and is tried again", file.path.name)
    return taken


def _found() -> Iterator[Found]:
    for path in sorted(spool().glob("r-*.wav")):
        if match := _NAME.fullmatch(path.name):
            try:
                still = time.time() - path.stat().st_mtime
            except FileNotFoundError:
                continue
            yield Found(path, UUID(match[1]), int(match[2]), still)


def still_s(call_id: UUID, n: int) -> float | None:
    """For how many seconds nothing was written to a segment's file; None when there is none."""
    try:
        return time.time() - (spool() / f"r-{call_id}-{n}.wav").stat().st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None


def _finished(file: Found, ended: dict[UUID, datetime | None]) -> bool:
    """Whether the switch has closed the file: the call is over, or call control wrote that this segment was stopped."""
    if file.still_s < STILL_S:
        return False
    if file.still_s > STRAY_S or ended.get(file.call_id):
        return True
    call = recorded.of(file.call_id)
    return call is not None and any(one.n == file.n and one.stopped_at for one in call.segments)


def _take(file: Found) -> None:
    row = Segment.objects.filter(call_id=file.call_id, n=file.n).first()
    try:
        sound = Sound(file.path)
    except NotSound as error:
        _keep_unreadable(file, row, str(error))
    else:
        if row is None or row.file_id is None or not _is_kept(row.file_id, sound):
            _keep(file, row, sound)
    _remove_plain(file.path)


def _is_kept(file_id: UUID, sound: Sound) -> bool:
    """Whether this very sound is in the store: a crash came between the rows and the removal of the plain file."""
    return stored.digest_of(file_id) == files.digest(sound.whole())


def _keep(file: Found, row: Segment | None, sound: Sound) -> None:
    row, stray = _described(file, row, sound.seconds)
    row.state, row.why, row.bytes = SegmentState.KEPT, "stray" if stray else "", sound.size
    with deed(ACTOR, "recording.keep") as d:
        files.erase(ACTOR, [id for id in (row.file_id, row.peaks_id) if id], "replaced by another take")
        row.file_id = files.keep(ACTOR, sound.whole(), kind="recording", content_type="audio/wav").id
        row.peaks_id = files.keep(
            ACTOR, [sound.peaks()], kind="peaks", content_type="application/octet-stream"
        ).id
        row.save()
        _judge_again(file.call_id, stray)
        d.about("call", file.call_id, segment=file.n, seconds=round(sound.seconds, 1))


def _keep_unreadable(file: Found, row: Segment | None, why: str) -> None:
    """What is no sound is kept as it is, as evidence; a segment that can be heard is not replaced by it."""
    if row is None or row.state != SegmentState.KEPT:
        row, stray = _described(file, row, 0.0)
        row.state, row.why, row.bytes = SegmentState.FAILED, why, file.path.stat().st_size
        with deed(ACTOR, "recording.unreadable") as d:
            files.erase(ACTOR, [row.file_id] if row.file_id else [], "replaced by another take")
            content = (file.path.read_bytes(),)
            row.file_id = files.keep(
                ACTOR, content, kind="recording", content_type="application/octet-stream"
            ).id
            row.save()
            _judge_again(file.call_id, stray)
            d.about("call", file.call_id, segment=file.n, why=why)


def _described(file: Found, row: Segment | None, seconds: float) -> tuple[Segment, bool]:
    """The segment's row with what is known of it, and whether it is a stray: no call knows it."""
    call = recorded.of(file.call_id)
    told = next((one for one in call.segments if one.n == file.n), None) if call else None
    row = row or Segment(call_id=file.call_id, n=file.n)
    row.seconds, row.kept_at = seconds, clock.now()
    row.ended_at = (told and told.stopped_at) or (call and call.ended_at) or clock.now()
    row.started_at = told.started_at if told else row.ended_at - timedelta(seconds=seconds)
    row.retention = restrictions.standing_of([file.call_id])[file.call_id].retention
    row.expires_at = retention.expires(RetentionClass(row.retention), row.started_at)
    return row, told is None


def _judge_again(call_id: UUID, stray: bool) -> None:
    """What was missing has come, or what came is another: a call that was looked at is looked at once more."""
    if not CallCheck.objects.filter(call_id=call_id).update(judged_at=None) and stray:
        CallCheck.objects.create(call_id=call_id, ended_at=clock.now())


def _remove_plain(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def note_end(topic: str, key: str, payload: dict[str, Any]) -> None:
    """News `call.ended`: the call is to be looked at (judging.py). Idempotent; an entry of a list of work, no act."""
    ended_at = datetime.fromisoformat(payload["at"])
    CallCheck.objects.get_or_create(call_id=UUID(key), defaults={"ended_at": ended_at})
