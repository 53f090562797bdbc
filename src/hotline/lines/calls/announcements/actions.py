"""Announcements are published and withdrawn by a shift leader; their sound is made by every call control for its switch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed, notify
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound, Problem
from hotline.base.people import queries as people
from hotline.lines.calls.announcements import queries, voice
from hotline.lines.calls.announcements.figures import AT_ONCE, LONGEST_HOURS
from hotline.lines.calls.announcements.models import Announcement
from hotline.lines.calls.announcements.words import KINDS
from hotline.lines.numbers import queries as numbers

CHANNEL = "callcontrol"
CALLCONTROL = system("callcontrol")
SHORTEST, LONGEST = 8, 300
"""Characters of a text: 300 are more than a minute."""


def publish(
    actor: Actor, *, kind: str, title: str, text: str, lines: Sequence[str] = (), areas: Sequence[str] = (),
    begins_at: datetime | None = None, ends_at: datetime | None = None,
) -> Announcement:  # fmt: skip
    """Publish a text; callers hear it within ten seconds of ``begins_at`` (now). Right announcement.write.

    Raises Invalid with every fault. Never in front of an emergency, never while a linked centre is being rung.
    """
    now = clock.now()
    begins, text, title = begins_at or now, " ".join(text.split()), title.strip()
    faults = [*_faults(kind, title, text, begins, ends_at, now), *_places(lines, areas)]
    with deed(actor, "announcement.publish", right="announcement.write") as d:
        if faults or ends_at is None:
            raise Invalid(faults)
        _not_too_many(lines, begins, ends_at)
        row = Announcement.objects.create(
            kind=kind, title=title, text=text, lines=[*lines], areas=[*areas], begins_at=begins, ends_at=ends_at,
            published_by=actor.label[:80], published_at=now,
        )  # fmt: skip
        d.about("announcement", row.id, kind_of=kind, text=text, lines=[*lines], areas=[*areas],
                begins_at=begins.isoformat(), ends_at=ends_at.isoformat())  # fmt: skip
        d.tell("announcement.published", row.id)
        notify(CHANNEL, json.dumps({"announcements": True}))
    return row


def _faults(
    kind: str, title: str, text: str, begins: datetime, ends: datetime | None, now: datetime
) -> list[Fault]:
    faults = []
    if kind not in KINDS:
        faults.append(
            Fault(
                "kind",
                f"没有“{kind}”这一类，可用：{'、'.join(KINDS)}",
                f"No kind “{kind}”; known: {', '.join(KINDS)}",
            )
        )
    if not 2 <= len(title) <= 60:
        faults.append(Fault("title", "标题 2–60 字", "2 to 60 characters"))
    if not SHORTEST <= len(text) <= LONGEST:
        zh, en = (
            f"播报内容 {SHORTEST}–{LONGEST} 字，现为 {len(text)} 字",
            f"{SHORTEST} to {LONGEST} characters; it has {len(text)}",
        )
        faults.append(Fault("text", zh, en))
    hours = LONGEST_HOURS(now)
    if ends is None:
        faults.append(Fault("ends_at", "请写明何时自动停播", "Say when it ends by itself"))
    elif ends <= max(begins, now):
        faults.append(Fault("ends_at", "结束须晚于开始和现在", "must be after its beginning, and after now"))
    elif ends - begins > timedelta(hours=hours):
        faults.append(
            Fault(
                "ends_at", f"最长 {hours} 小时，到时可再发布", f"{hours} hours at most; publish it again then"
            )
        )
    return faults


def _places(lines: Sequence[str], areas: Sequence[str]) -> list[Fault]:
    """Lines and areas nobody knows."""
    plans = numbers.plans()
    known = {plans.main, *(plan.number for plan in plans.numbers)}
    faults = [
        Fault("lines", f"没有号码“{line}”", f"There is no number “{line}”")
        for line in lines
        if line not in known
    ]
    for code in areas:
        try:
            people.division(code)
        except NotFound:
            faults.append(Fault("areas", f"没有区划代码“{code}”", f"There is no division “{code}”"))
    return faults


def _not_too_many(lines: Sequence[str], begins: datetime, ends: datetime) -> None:
    """Nobody should hear announcements for minutes: at most AT_ONCE at any moment on any line."""
    rows = Announcement.objects.filter(withdrawn_at=None, begins_at__lt=ends, ends_at__gt=begins)
    beside = [row for row in rows if not lines or not row.lines or {*lines} & {*row.lines}]
    if len(beside) >= AT_ONCE():
        titles = "、".join(row.title for row in beside)
        raise Conflict(
            f"同一时段已有 {len(beside)} 条公告（{titles}），请先撤回一条",
            f"There are {len(beside)} announcements at that time already ({titles}); withdraw one first",
        )


def withdraw(actor: Actor, id: UUID, why: str) -> Announcement:
    """Take an announcement off before its time. Right announcement.write. Raises NotFound, Conflict when it is over."""
    now = clock.now()
    with deed(actor, "announcement.withdraw", right="announcement.write") as d:
        row = Announcement.objects.select_for_update().filter(id=id).first()
        if row is None:
            raise NotFound("announcement", id)
        if row.withdrawn_at or row.ends_at <= now:
            raise Conflict("公告已经停播", "This announcement is over already")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = now, actor.label[:80], why[:200]
        row.save()
        d.about("announcement", row.id, why=why[:200])
        notify(CHANNEL, json.dumps({"announcements": True}))
    return row


def preview(actor: Actor, text: str) -> bytes:
    """How ``text`` will sound (WAV, 8 kHz). Raises Invalid, or Problem (503) where nothing can speak."""
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid(
            [Fault("text", f"播报内容 {SHORTEST}–{LONGEST} 字", f"{SHORTEST} to {LONGEST} characters")]
        )
    try:
        return voice.spoken(text)
    except voice.CannotSpeak as error:
        raise Problem(
            "cannot-speak", f"无法合成语音：{error}", f"It cannot be spoken: {error}", status=503
        ) from error


def make_sounds() -> int:
    """Make the sounds this machine's switch lacks, and remove those of announcements long over; returns how many were made.

    Called by every call control within seconds of a publication. What cannot be spoken is said in ``fault``, and nobody
    hears a call go silent for it.
    """
    now, made = clock.now(), 0
    due = Announcement.objects.filter(withdrawn_at=None, ends_at__gt=now)
    for row in due:
        if voice.ready(settings.HOTLINE.home, row.id):
            continue
        fault, seconds = "", None
        try:
            seconds = voice.make(settings.HOTLINE.home, row.id, said(row))
            made += 1
        except voice.CannotSpeak as error:
            fault = str(error)[:300]
        if row.made_at is None and (seconds or fault != row.fault):
            with deed(CALLCONTROL, "announcement.made") as d:
                d.about("announcement", row.id, seconds=seconds, fault=fault)
                Announcement.objects.filter(id=row.id).update(
                    made_at=clock.now() if seconds else None, seconds=seconds, fault=fault
                )
    voice.tidy(settings.HOTLINE.home, {row.id for row in due})
    queries.forget()
    return made


def said(row: Announcement) -> str:
    """The words callers hear: whom it concerns comes first."""
    if not row.areas:
        return row.text
    names = "、".join(people.division(code).name for code in row.areas)
    return f"{names}的市民请注意：{row.text}"
