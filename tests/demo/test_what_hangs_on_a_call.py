"""`hotline demo clear` after calls were really placed: every room has kept something of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps

from hotline.base.kernel import clock
from hotline.base.parties import demonstration as nobodies
from hotline.joined.handover.models import CameOver, Delivery, HandOver, HandOverEvent, OneTimeCode
from hotline.lines.alarms.models import Alarm
from hotline.lines.calls import store
from hotline.lines.calls.announcements.models import Announcement, Hearing
from hotline.lines.calls.callbacks import missed
from hotline.lines.calls.callbacks.models import Attempt, Callback
from hotline.lines.calls.models import Call, CallCommand, CallEvent, Leg, Offer, QueueEntry, SeatSpan, Timer
from hotline.lines.calls.restrictions.models import Restriction, RestrictionAct
from hotline.lines.recordings.models import CallCheck, Finding, Hold, Segment
from hotline.project.demonstration import history
from tests.demo.test_demo import tables

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

ELSEWHERE = {"cases_case", "calls_agentstate"}
"""A case has a mark of its own; a seat is no call's."""
STAYS = {"announcements_announcement", "calls_seatspan"}
"""The text that was heard, and the time of the agent who was in the call."""


def placed(phone: str) -> Call:
    """A call of ``phone`` whom nobody answered, and a row of everything the rooms keep of calls."""
    now, who = clock.now(), uuid4()
    call = Call.objects.create(
        channel=phone, slot=1, state="ended", number="12345", line="12345", behaviour="queue", arrived_at=now, ended_at=now,
        outcome="abandoned_in_queue", ended_by="caller", **store.caller_fields(phone),
    )  # fmt: skip
    about: dict[str, Any] = {"call_id": call.id}
    in_queue(call)
    Leg.objects.create(channel=phone, role="caller", planned_at=now, **about)
    Offer.objects.create(agent_id=who, leg_channel=phone, made_at=now, **about)
    CallEvent.objects.create(at=now, kind="noted", **about)
    Timer.objects.create(kind="ring", deadline_at=now, **about)
    CallCommand.objects.create(staff_id=who, command="hangup", asked_at=now, deadline_at=now, **about)
    SeatSpan.objects.create(
        staff_id=who, mode="busy", began_at=now - timedelta(minutes=1), ended_at=now, ended_by="left", **about
    )
    restricted(call)
    recorded(call)
    handed_over(call)
    return call


def in_queue(call: Call) -> None:
    now = clock.now()
    QueueEntry.objects.create(call=call, skills=["12345"], entered_at=now, waiting=False)
    missed.call_ended("call.ended", str(call.id), {})
    owed = Callback.objects.get(missed_calls__call=call)
    Attempt.objects.create(
        callback=owed,
        entry=owed.entry,
        number=1,
        agent_id=uuid4(),
        agent_name="甲",
        begun_at=now,
        call_id=call.id,
    )
    said = Announcement.objects.create(
        kind="other", title="台风", text="台风", begins_at=now, ends_at=now + timedelta(hours=1), published_by="甲",
        published_at=now,
    )  # fmt: skip
    Hearing.objects.create(announcement=said, call_id=call.id, at=now)


def restricted(call: Call) -> None:
    now = clock.now()
    row = Restriction.objects.create(
        call_id=call.id, caller_index=call.caller_index, caller_masked="1", reason="abuse", note="", days=1,
        proposed_at=now, proposed_by=uuid4(), proposed_name="甲",
    )  # fmt: skip
    RestrictionAct.objects.create(restriction=row, act="propose", at=now, by=uuid4(), name="甲", note="")
    for kind, about, detail in (
        ("call", str(call.id), {}),
        ("agent", str(uuid4()), {"call_id": str(call.id)}),
    ):
        Alarm.objects.create(
            kind="distress", about_kind=kind, about_id=about, detail=detail, raised_at=now, last_at=now
        )


def recorded(call: Call) -> None:
    now = clock.now()
    Segment.objects.create(call_id=call.id, n=1)
    CallCheck.objects.create(call_id=call.id, ended_at=now)
    Finding.objects.create(call_id=call.id, kind="missing", found_at=now)
    Hold.objects.create(call_id=call.id, why="x", placed_at=now, placed_by=uuid4(), placed_by_name="甲")


def handed_over(call: Call) -> None:
    now, index = clock.now(), str(call.id).encode()[-16:]
    sent = HandOver.objects.create(
        call_id=call.id, direction="out", far="12348", message_id=uuid4(), correlation="c", kind="transfer",
        confidential=False, content_sealed=b"", digest=b"", sent_at=now, kept_at=now,
    )  # fmt: skip
    HandOverEvent.objects.create(hand_over=sent, at=now, kind="sent")
    Delivery.objects.create(
        hand_over=sent, what="message", path="/", body_sealed=b"", state="waiting", deadline_at=now
    )
    OneTimeCode.objects.create(
        call_id=call.id, code_sealed=b"", code_index=index, made_at=now, expires_at=now
    )
    CameOver.objects.create(call_id=call.id, correlation="c", trunk="t", at=now)


def naming(call: Call) -> set[str]:
    """The tables with a row that names the call."""
    return {table for table, rows in tables().items() if any(str(call.id) in row[0] for row in rows)}


def test_what_rooms_keep_of_a_demonstration_call_goes_with_it_and_of_a_real_one_stays() -> None:
    real = placed("13800000000")
    before = tables()
    demo = placed(nobodies.phone(7))
    about_calls = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("hotline.")
        and {"call_id", "call"} & {field.name for field in model._meta.get_fields()}
    }
    assert about_calls - ELSEWHERE <= naming(demo), "a room keeps something of calls and is not in this test"
    history.clear()
    after = tables()
    assert naming(demo) == set()
    assert {table for table in after if after[table] != before[table]} <= STAYS
    assert about_calls - ELSEWHERE <= naming(real)
