"""Recordings: what there is of a call, its sound in ranges, its picture; holds and alarms."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Schema

from hotline.base.people.gate import Asked, Router
from hotline.lines.recordings import actions, queries
from hotline.lines.recordings.schemas import HoldOut, RecordingsOut, WaveformOut
from hotline.lines.recordings.wav import PEAKS_PER_S

router = Router(tags=["recordings"])
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class HoldAsked(Schema):
    """Why a call's recordings are held, and until when; without ``until``: until released."""

    why: str
    until: datetime | None = None


class ReleaseAsked(Schema):
    """Why a hold is let go."""

    why: str


@router.get("/calls/{uuid:id}/recordings", right="calls.read", response=RecordingsOut)
def recordings_of_call(request: Asked, id: UUID) -> dict[str, Any]:
    """The segments of a call with their states, who spoke when, what is amiss, what is held; whether you may hear them."""
    return queries.of_call(request.actor, id)


@router.get("/recordings/{uuid:id}/audio", right="recording.listen")
def audio(request: Asked, id: UUID, download: bool = False) -> HttpResponseBase:
    """The sound (audio/wav), whole or a range of it, decrypted on the way. Every request is an audit row."""
    size = actions.hearable(request.actor, id).bytes
    wanted = _range(request.headers.get("Range", ""), size)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, stop, partial = wanted
    parts = actions.listen(request.actor, id, start, stop, download=download)
    answer = StreamingHttpResponse(parts, content_type="audio/wav", status=206 if partial else 200)
    answer["Content-Length"] = str(stop - start)
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{id}.wav"'
    if partial:
        answer["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return answer


def _range(asked: str, size: int) -> tuple[int, int, bool] | None:
    """(start, stop, whether it is a part); None: nothing of it exists. What is no single range counts as none (RFC 9110)."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not (match[1] or match[2]):
        return 0, size, False
    if not match[1]:
        start, stop = max(0, size - int(match[2])), size
    else:
        start, stop = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    return (start, stop, True) if start < stop else None


@router.get("/recordings/{uuid:id}/waveform", right="recording.listen", response=WaveformOut)
def waveform(request: Asked, id: UUID) -> dict[str, Any]:
    """How loud it is, 20 values a second from 0 to 255, to be drawn."""
    return {"per_second": PEAKS_PER_S, "peaks": [*actions.peaks(request.actor, id)]}


@router.post("/calls/{uuid:id}/recordings/holds", right="recording.hold", response=HoldOut)
def place_hold(request: Asked, id: UUID, asked: HoldAsked) -> dict[str, Any]:
    """Keep a call's recordings from being erased."""
    return queries.shown_hold(actions.hold(request.actor, id, asked.why, asked.until))


@router.post("/recordings/holds/{uuid:id}/release", right="recording.hold", response=HoldOut)
def release_hold(request: Asked, id: UUID, asked: ReleaseAsked) -> dict[str, Any]:
    """Let a hold go."""
    return queries.shown_hold(actions.release(request.actor, id, asked.why))
