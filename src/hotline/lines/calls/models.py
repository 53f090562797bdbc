"""Rows of this room. The machines (machines.py) say how they may change; store.py is the only writer of call rows.

Ids of channels, bridges and playbacks in Asterisk are chosen by us and committed before Asterisk is asked for them, so
that after a crash every one of them has a row that explains it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hotline.base.kernel.models import CityRow
from hotline.lines.calls.words import AgentMode, CallState, LegState, OfferState, Place


class Call(CityRow):
    """One caller's call, from the INVITE to its one outcome.

    ``number`` is the number first dialled, ``dialled`` how the trunk spelt it, ``line`` the skill it asks for.
    ``slot`` is the call control that owns it; 0: the dialplan ended it alone (journal.py). In an outbound call the
    "caller" is the citizen who is called, ``number`` the one he sees, ``case_id`` the case it is about.
    """

    direction = models.CharField(max_length=3, default="in")

    channel = models.CharField(max_length=80)
    slot = models.SmallIntegerField()
    state = models.CharField(max_length=12)
    number = models.CharField(max_length=20)
    dialled = models.CharField(max_length=40, blank=True)
    trunk = models.CharField(max_length=60, blank=True)
    line = models.CharField(max_length=20)
    behaviour = models.CharField(max_length=20)
    treatment = models.CharField(max_length=20, blank=True)
    notice_prompt = models.CharField(max_length=60, blank=True)
    linked_trunk = models.CharField(max_length=60, blank=True)
    returned = models.BooleanField(default=False)
    marks = ArrayField(models.CharField(max_length=40), default=list)
    priority = models.SmallIntegerField(default=0)
    caller_sealed = models.BinaryField(default=b"")
    caller_index = models.BinaryField(default=b"")
    caller_masked = models.CharField(max_length=40, blank=True)
    party_id = models.UUIDField(null=True)
    caller_up = models.BooleanField(default=False)
    agent_id = models.UUIDField(null=True)
    prompts = ArrayField(models.CharField(max_length=60), default=list)
    playing = models.CharField(max_length=60, blank=True)
    saying = models.CharField(max_length=200, blank=True)
    talked = models.BooleanField(default=False)
    segment = models.SmallIntegerField(default=0)
    recording = models.CharField(max_length=60, blank=True)
    paused = models.BooleanField(default=False)
    rating = models.SmallIntegerField(null=True)
    arrived_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    ended_by = models.CharField(max_length=10, blank=True)
    cause = models.SmallIntegerField(null=True)
    wrap_up_code = models.CharField(max_length=20, blank=True)
    case_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "channel"], name="call_channel_once"),
            # A call ends in exactly one outcome, and only an ended one has any.
            models.CheckConstraint(
                condition=Q(state=CallState.ENDED, ended_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=CallState.ENDED) & Q(outcome="", ended_at__isnull=True),
                name="call_one_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["city_id", "-arrived_at", "-id"], name="call_newest"),
            models.Index(fields=["city_id", "number", "-arrived_at"], name="call_number"),
            models.Index(fields=["city_id", "caller_index", "-arrived_at"], name="call_caller"),
            models.Index(fields=["party_id", "-arrived_at"], name="call_party", condition=~Q(party_id=None)),
            models.Index(fields=["case_id", "-arrived_at"], name="call_case", condition=~Q(case_id=None)),
            models.Index(fields=["slot"], name="call_open", condition=~Q(state=CallState.ENDED)),
        ]


class Leg(CityRow):
    """One channel of a call: the caller's, an agent's, a third party's, a leader's, the switch's ear (call.py, LegNow)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="legs", db_constraint=False)
    channel = models.CharField(max_length=80)
    role = models.CharField(max_length=10)
    agent_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, default=LegState.PLANNED)
    place = models.CharField(max_length=6, default=Place.MAIN, blank=True)
    endpoint = models.CharField(max_length=120, blank=True)
    target = models.CharField(max_length=60, blank=True)
    offer_id = models.UUIDField(null=True)
    browser = models.BooleanField(default=False)
    mode = models.CharField(max_length=10, blank=True)
    planned_at = models.DateTimeField()
    rang_at = models.DateTimeField(null=True)
    up_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    cause = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "channel"], name="leg_channel_once")]
        indexes = [models.Index(fields=["call"], name="leg_of_call")]


class QueueEntry(CityRow):
    """A place in the queue. It is kept when a caller is called back: his place is his first one.

    ``steps``: whom he may have as he ages (waiting.py); ``point_seconds``: what a point of priority is worth, as the rules
    were when he came. ``told_ahead``, ``told_until``: what he was told, never to be told worse; ``say_at``,
    ``overflow_at``: deadlines, while he waits.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="+", db_constraint=False)
    skills = ArrayField(models.CharField(max_length=20))
    priority = models.SmallIntegerField(default=0)
    entered_at = models.DateTimeField()
    steps = models.JSONField(default=list)
    point_seconds = models.SmallIntegerField(default=60)
    told_ahead = models.SmallIntegerField(null=True)
    told_until = models.DateTimeField(null=True)
    say_at = models.DateTimeField(null=True)
    overflow_at = models.DateTimeField(null=True)
    overflow_to = ArrayField(models.CharField(max_length=60), default=list)
    waiting = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True)
    left_as = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "call"], name="queue_one_place_per_call")]
        indexes = [
            models.Index(fields=["priority", "entered_at"], name="queue_waiting", condition=Q(waiting=True))
        ]


class Offer(CityRow):
    """A call offered to an agent. At most one is open per agent and one per call: the database holds it."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="offers", db_constraint=False)
    agent_id = models.UUIDField()
    leg_channel = models.CharField(max_length=80)
    state = models.CharField(max_length=14, default=OfferState.OPEN)
    made_at = models.DateTimeField()
    rang_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent_id"], condition=Q(state=OfferState.OPEN), name="offer_one_open_per_agent"
            ),
            models.UniqueConstraint(
                fields=["city_id", "call"], condition=Q(state=OfferState.OPEN), name="offer_one_open_per_call"
            ),
        ]
        indexes = [models.Index(fields=["call"], name="offer_of_call")]


class AgentState(CityRow):
    """What an agent is doing, what he asked to do next, and whether his phone is there.

    ``since`` is when the present span began: its mode, reason, call, lines and owner are those of this row (SeatSpan).
    ``deadline_at``: when a timed mode ends by itself (seats.deadlines_passed). ``owner_path``: the organisation he belongs
    to, which need not be the one that manages him (53号 二(二)2: 12329's seats). ``note``, ``forced_by``: what a leader said.
    """

    staff_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=60)
    mode = models.CharField(max_length=12, default=AgentMode.SIGNED_OUT)
    requested = models.CharField(max_length=12, blank=True)
    requested_reason = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)
    forced_by = models.CharField(max_length=60, blank=True)
    deadline_at = models.DateTimeField(null=True)
    owner_id = models.UUIDField(null=True)
    owner_path = models.CharField(max_length=400, blank=True)
    version = models.IntegerField(default=1)
    since = models.DateTimeField()
    idle_since = models.DateTimeField()
    lines = ArrayField(models.CharField(max_length=20), default=list)
    call_id = models.UUIDField(null=True)
    endpoint = models.CharField(max_length=60, blank=True)
    phone_registered = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["idle_since"], name="agent_ready", condition=Q(mode=AgentMode.READY)),
            models.Index(fields=["deadline_at"], name="agent_due", condition=Q(deadline_at__isnull=False)),
        ]


class SeatSpan(CityRow):
    """A stretch of an agent's time in one state, from ``began_at`` until before ``ended_at``. Append-only.

    Written when the state ends; what he does now is his AgentState. So every second of every seat is in exactly one
    span, and counts for the organisation he belonged to then (53号 二(二)2: cost stays with the owner). ``ended_by``
    is the event that ended it.
    """

    staff_id = models.UUIDField()
    owner_id = models.UUIDField(null=True)
    owner_path = models.CharField(max_length=400, blank=True)
    lines = ArrayField(models.CharField(max_length=20), default=list)
    mode = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True)
    call_id = models.UUIDField(null=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    ended_by = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "staff_id", "began_at"], name="seat_span_begins_once"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="seat_span_has_length"),
        ]
        indexes = [models.Index(fields=["ended_at"], name="seat_span_ended")]


class PhoneCredential(CityRow):
    """What an agent's phone signs in with: short-lived, pushed into every node's memory (ADR 0006)."""

    staff_id = models.UUIDField(unique=True)
    endpoint = models.CharField(max_length=60)
    kind = models.CharField(max_length=8)
    password_sealed = models.BinaryField()
    version = models.IntegerField(default=1)
    pushed_version = models.IntegerField(default=0)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class CallCommand(CityRow):
    """What an agent asked for at his desk, and what became of it."""

    staff_id = models.UUIDField()
    command = models.CharField(max_length=20)
    call_id = models.UUIDField(null=True)
    args = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    error = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["staff_id", "id"], name="command_of_agent"),
            models.Index(fields=["asked_at"], name="command_open", condition=Q(done_at=None)),
        ]


class CallEvent(CityRow):
    """What happened in a call, in order. Append-only."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="events", db_constraint=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["call", "id"], name="event_of_call")]


class Timer(CityRow):
    """Something that happens unless something else happens first; a row, so that a restart forgets none."""

    kind = models.CharField(max_length=20)
    call_id = models.UUIDField(null=True)
    agent_id = models.UUIDField(null=True)
    about = models.CharField(max_length=80, blank=True)
    deadline_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["deadline_at"], name="timer_due", condition=Q(fired_at=None))]
