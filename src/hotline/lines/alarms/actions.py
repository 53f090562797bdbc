"""An alarm is raised by news, seen by a leader, answered by a leader or by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed, notify
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.lines.alarms import kinds
from hotline.lines.alarms.kinds import ACTS, AlarmState, Kind
from hotline.lines.alarms.models import Alarm
from hotline.lines.calls import seats
from hotline.lines.calls.words import CRIES
from hotline.lines.roster import queries as roster

ALARMS = system("alarms")
CHANNEL = "alarms"
"""The PostgreSQL channel on which the live streams hear of every change."""

AGAIN_AFTER = timedelta(hours=1)
"""A seen alarm that is raised again after so long sounds again: whoever saw it then may be gone."""


def raised(kind: Kind, about_id: str, payload: Mapping[str, Any]) -> None:
    """What ``kind`` speaks of has happened; a second time, while nobody has answered the first, only counts."""
    now = clock.now()
    with deed(ALARMS, "alarm.raise") as d:
        d.about("alarm", about_id, sort=kind.code)
        same = Alarm.objects.select_for_update().filter(kind=kind.code, about_id=about_id)
        alarm = (same if kind.once else same.exclude(state=AlarmState.ANSWERED)).first()
        if alarm is None:
            leader = roster.in_charge()
            alarm = Alarm(
                kind=kind.code, about_kind=kind.about, about_id=about_id, raised_at=now,
                leader=leader.name if leader else "", times=0,
            )  # fmt: skip
        elif alarm.state == AlarmState.SEEN and (kind.insists or now - alarm.last_at > AGAIN_AFTER):
            alarm.state, alarm.seen_by, alarm.seen_at = AlarmState.OPEN, "", None
        alarm.times, alarm.last_at, alarm.detail = alarm.times + 1, now, kinds.detail(payload)
        alarm.save()
        _told(alarm)


def _told(alarm: Alarm) -> None:
    """The live streams look again; an agent sees at his desk what became of his cry."""
    notify(CHANNEL, json.dumps({"alarm": str(alarm.id)}))
    if alarm.kind in CRIES:
        seats.announce(UUID(alarm.about_id))


def over(kind: Kind, about_id: str) -> None:
    """What was wrong is right again: the alarm is answered by itself."""
    now = clock.now()
    with deed(ALARMS, "alarm.over") as d:
        d.about("alarm", about_id, sort=kind.code)
        Alarm.objects.filter(kind=kind.code, about_id=about_id).exclude(state=AlarmState.ANSWERED).update(
            state=AlarmState.ANSWERED, answered_at=now, answered_by=ALARMS.label
        )
        notify(CHANNEL, json.dumps({"over": about_id}))


def act(actor: Actor, alarm_id: UUID, name: str, note: str = "") -> Alarm:
    """``seen`` or ``answered``, by the table ACTS. Right desk.supervise. Raises NotFound, Conflict, Invalid.

    To say twice that one has seen it is no mistake: two leaders may look at once.
    """
    if len(note) > 200:
        raise Invalid([Fault("note", "最多 200 字", "200 characters at most")])
    now = clock.now()
    with deed(actor, f"alarm.{name}", right="desk.supervise") as d:
        alarm = Alarm.objects.select_for_update().filter(id=alarm_id).first()
        if alarm is None:
            raise NotFound("alarm", alarm_id)
        d.about("alarm", alarm.id, sort=alarm.kind, thing=alarm.about_id)
        if name == "seen" and alarm.state != AlarmState.OPEN:
            return alarm
        after = ACTS.get((AlarmState(alarm.state), name))
        if after is None:
            raise Conflict(
                f"告警已由{alarm.answered_by}处理", f"{alarm.answered_by} has already answered this alarm"
            )
        alarm.state = after
        if not alarm.seen_at:
            alarm.seen_by, alarm.seen_at = actor.label[:80], now
        if after is AlarmState.ANSWERED:
            alarm.answered_by, alarm.answered_at, alarm.note = actor.label[:80], now, note
        alarm.save()
        _told(alarm)
        return alarm
