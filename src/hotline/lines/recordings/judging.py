"""Looking at every call that ended: was what should have been recorded recorded? What was not raises an alarm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.rows import insert
from hotline.lines.calls import prompts, recorded
from hotline.lines.recordings import intake
from hotline.lines.recordings.coverage import Found, KeptSegment, findings, lasted
from hotline.lines.recordings.figures import TOLERANCE_S
from hotline.lines.recordings.models import CallCheck, Finding, Segment
from hotline.lines.recordings.words import AMISS_WORDS, Amiss, SegmentState

ACTOR = system("recordings: check")
GRACE = timedelta(seconds=90)
"""How long after the call's end a segment may take to come in before it counts as missing."""
STARTS_WITHIN = timedelta(seconds=20)
BATCH = 500
_NAMES_RECORDING = ("录音", "record")


def look_at_running() -> None:
    """A recording the switch says it makes must grow: one that does not is known while the call can still be saved."""
    for call_id, n in recorded.running():
        call = recorded.of(call_id)
        began = next((one.started_at for one in call.segments if one.n == n), None) if call else None
        if began is None or clock.now() < began + STARTS_WITHIN:
            continue
        still_s = intake.still_s(call_id, n)
        if still_s is None or still_s > STARTS_WITHIN.total_seconds():
            cause = "no file" if still_s is None else "the file has stopped growing"
            amiss(call_id, [Found(Amiss.FAILED, n, {"cause": cause})])


def note_failure(topic: str, key: str, payload: dict[str, Any]) -> None:
    """News `call.recording_failed`: the switch cannot record a segment, and the call goes on. Idempotent."""
    amiss(UUID(key), [Found(Amiss.FAILED, int(payload["segment"]), {"cause": str(payload.get("cause", ""))})])


def judge() -> int:
    """Look at the calls that ended and were not looked at yet, or of which something came since. Returns how many."""
    due = [*CallCheck.objects.filter(judged_at=None).order_by("ended_at")[:BATCH]]
    return sum(_judge(check) for check in due)


def _judge(check: CallCheck) -> bool:
    call = recorded.of(check.call_id)
    rows = [*Segment.objects.filter(call_id=check.call_id).order_by("n")]
    if call is None:
        stray = Found(Amiss.STRAY, 0, {"seconds": round(sum(row.seconds for row in rows), 1)})
        # Neither call nor sound: it was a demonstration's, removed before anybody looked.
        _looked_at(check, [stray] if rows else [])
        return True
    if call.ended_at is None:
        return False
    missing = {one.n for one in call.segments} - {row.n for row in rows}
    if missing and clock.now() < call.ended_at + GRACE:
        return False
    kept = {row.n: KeptSegment(row.n, row.state, row.seconds, row.why) for row in rows}
    check.talked_s = sum(lasted(one, call.ended_at) for one in call.segments)
    check.recorded_s = sum(row.seconds for row in rows if row.state != SegmentState.FAILED)
    check.told = tells(call.heard) if call.segments else None
    # The row says that it never came; should it come after all, it is taken in and this is looked at again.
    for one in call.segments:
        if one.n in missing:
            ended_at = one.stopped_at or call.ended_at
            insert(
                Segment(
                    call_id=call.id,
                    n=one.n,
                    state=SegmentState.FAILED,
                    started_at=one.started_at,
                    ended_at=ended_at,
                )
            )
    _looked_at(check, [*findings(call, call.ended_at, kept, TOLERANCE_S())])
    return True


def _looked_at(check: CallCheck, found: list[Found]) -> None:
    """Put the call aside with what was found; what was found before and is no longer so is settled."""
    with deed(ACTOR, "recording.check") as d:
        amiss(check.call_id, found)
        still = {(one.kind, one.n) for one in found}
        before = Finding.objects.filter(call_id=check.call_id, settled_at=None)
        over = [row.id for row in before if (row.kind, row.n) not in still]
        if over:
            Finding.objects.filter(id__in=over).update(settled_at=clock.now())
        if over and not still:
            d.tell("call.recording_whole", check.call_id)
        check.judged_at = clock.now()
        check.save()
        d.about("call", check.call_id, amiss=[one.kind for one in found])


def amiss(call_id: UUID, found: Iterable[Found]) -> None:
    """Keep what is amiss with a call's recording; the leaders know, and who is in the call, once for each thing."""
    known = set(Finding.objects.filter(call_id=call_id).values_list("kind", "n"))
    new = [one for one in found if (one.kind, one.n) not in known]
    if not new:
        return
    with deed(ACTOR, "recording.amiss") as d:
        for one in new:
            insert(Finding(call_id=call_id, kind=one.kind, n=one.n, detail=one.detail, found_at=clock.now()))
        what = "；".join(" / ".join(AMISS_WORDS[one.kind]) for one in new)
        d.tell(
            "call.recording_amiss",
            call_id,
            call_id=str(call_id),
            number=recorded.number_of(call_id),
            what=what,
        )
        d.about("call", call_id, amiss=[one.kind for one in new])
        recorded.tell_desks(call_id)


def tells(heard: list[str]) -> bool:
    """Whether one of these prompts, heard to the end, says that the call is recorded."""
    return any(prompt in _telling() for prompt in heard)


@lru_cache(maxsize=1)
def _telling() -> frozenset[str]:
    rows = prompts.read(settings.HOTLINE.city_dir / "prompts.csv")
    return frozenset(row.id for row in rows if any(word in row.text for word in _NAMES_RECORDING))
