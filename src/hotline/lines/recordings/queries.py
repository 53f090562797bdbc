"""Reading recordings: what there is of a call, who may hear it, what is amiss."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.rights import declared
from hotline.lines.calls import queries as calls
from hotline.lines.calls import recorded
from hotline.lines.recordings import restrictions, rights
from hotline.lines.recordings.models import CallCheck, Finding, Hold, Segment
from hotline.lines.recordings.words import (
    AMISS_WORDS,
    CLASS_WORDS,
    STATE_WORDS,
    Amiss,
    RetentionClass,
    SegmentState,
)


def lacking(actor: Actor, call_id: UUID) -> str | None:
    """The right ``actor`` lacks to hear this call; None when he may. At most two queries.

    An agent hears his own calls; whoever holds more, others'; a call whose case is confidential, or is a report, only who
    may hear these, even if it was his own.
    """
    if not actor.may(rights.LISTEN):
        return rights.LISTEN
    if (
        not actor.may(rights.LISTEN_CONFIDENTIAL)
        and restrictions.standing_of([call_id])[call_id].confidential
    ):
        return rights.LISTEN_CONFIDENTIAL
    if actor.may(rights.LISTEN_ALL) and actor.sees_all:
        return None
    mine = actor.kind == "person" and recorded.took_part(call_id, UUID(actor.id))
    return None if mine else rights.LISTEN_ALL


def fails(call_id: UUID, n: int) -> bool:
    """Whether segment ``n`` of a call that goes on is known not to be recorded. One query."""
    return Finding.objects.filter(call_id=call_id, n=n, kind=Amiss.FAILED, settled_at=None).exists()


def of_call(actor: Actor, call_id: UUID) -> dict[str, Any]:
    """Everything kept of a call, in order, with what is amiss. Nine queries at most. Raises NotFound."""
    shown = calls.one(actor, call_id)
    call = recorded.of(call_id)
    missing = lacking(actor, call_id)
    check = CallCheck.objects.filter(call_id=call_id).first()
    rows = [_segment(row) for row in Segment.objects.filter(call_id=call_id).order_by("n")]
    rows += _expected(call, {row["n"] for row in rows})
    return {
        "call_id": call_id,
        "answered_at": shown["answered_at"],
        "ended_at": shown["ended_at"],
        "told": check.told if check else None,
        "may_listen": missing is None,
        "refused": _right(missing) if missing else None,
        "may_download": missing is None and actor.may(rights.DOWNLOAD),
        "may_hold": actor.may(rights.HOLD),
        "segments": sorted(rows, key=lambda row: row["n"]),
        "pauses": [{"start": start, "end": end} for start, end in call.pauses] if call else [],
        "lanes": _lanes(call) if call and missing is None else [],
        "amiss": [_finding(row) for row in Finding.objects.filter(call_id=call_id).order_by("id")],
        "holds": _holds(call_id) if actor.may(rights.HOLD) else [],
    }


def _holds(call_id: UUID) -> list[dict[str, Any]]:
    """Why something is held may itself be a secret: for those who hold."""
    return [shown_hold(row) for row in Hold.objects.filter(call_id=call_id).order_by("id")]


def _segment(row: Segment) -> dict[str, Any]:
    zh, en = STATE_WORDS[SegmentState(row.state)]
    class_zh, class_en = CLASS_WORDS[RetentionClass(row.retention)]
    return {
        "id": row.id, "n": row.n, "state": row.state, "zh": zh, "en": en, "started_at": row.started_at,
        "ended_at": row.ended_at, "seconds": round(row.seconds, 2), "bytes": row.bytes, "why": row.why,
        "retention": row.retention, "retention_zh": class_zh, "retention_en": class_en, "expires_at": row.expires_at,
    }  # fmt: skip


def _expected(call: recorded.RecordedCall | None, known: set[int]) -> list[dict[str, Any]]:
    """What the switch began and has not come in yet."""
    told = [one for one in call.segments if one.n not in known] if call else []
    blank = Segment(state=SegmentState.EXPECTED)
    return [
        {**_segment(blank), "id": None, "n": one.n, "started_at": one.started_at, "ended_at": one.stopped_at}
        for one in told
    ]


def _lanes(call: recorded.RecordedCall) -> list[dict[str, Any]]:
    """Who spoke when, a lane for each leg, the caller's first; an agent's has his name."""
    names = recorded.names_of({spoken.agent_id for spoken in call.spoken if spoken.agent_id})
    lanes: dict[str, dict[str, Any]] = {}
    for spoken in sorted(call.spoken, key=lambda one: one.role != "caller"):
        name = names.get(spoken.agent_id, "")
        lane = lanes.setdefault(spoken.leg, {"role": spoken.role, "name": name, "spans": []})
        lane["spans"] += [{"start": start, "end": end} for start, end in spoken.spans]
    return [*lanes.values()]


def _right(name: str) -> dict[str, str]:
    right = declared()[name]
    return {"right": name, "zh": right.zh, "en": right.en}


def _finding(row: Finding) -> dict[str, Any]:
    zh, en = AMISS_WORDS[Amiss(row.kind)]
    return {
        "n": row.n, "kind": row.kind, "zh": zh, "en": en, "detail": row.detail, "found_at": row.found_at,
        "settled_at": row.settled_at,
    }  # fmt: skip


def shown_hold(row: Hold) -> dict[str, Any]:
    """A hold as the API gives it."""
    running = row.released_at is None and (row.until is None or row.until > clock.now())
    return {
        "id": row.id, "why": row.why, "until": row.until, "placed_at": row.placed_at, "placed_by": row.placed_by_name,
        "released_at": row.released_at, "released_by": row.released_by_name, "release_why": row.release_why,
        "in_force": running,
    }  # fmt: skip


def in_force(at: datetime) -> Q:
    """Holds that stand ``at`` a moment."""
    return Q(released_at=None) & (Q(until=None) | Q(until__gt=at))
