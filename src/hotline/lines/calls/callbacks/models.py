"""Rows of this room: who is to be called back, for which missed calls, and every attempt."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.lines.calls.callbacks.words import CallbackState
from hotline.lines.calls.models import Call, QueueEntry


class Callback(CityRow):
    """One caller to be called back. He keeps his place in the queue: ``entry`` is the one he waited in, with its time.

    One open callback a caller, however often he rang in vain; each of those calls is a MissedCall of it.
    """

    entry = models.OneToOneField(QueueEntry, models.PROTECT, related_name="callback", db_constraint=False)
    why = models.CharField(max_length=10)
    state = models.CharField(max_length=8, default=CallbackState.WAITING)
    priority = models.SmallIntegerField(default=0)
    number = models.CharField(max_length=20)
    line = models.CharField(max_length=20)
    caller_sealed = models.BinaryField()
    caller_index = models.BinaryField()
    caller_masked = models.CharField(max_length=40)
    party_id = models.UUIDField(null=True)
    entered_at = models.DateTimeField()
    missed_at = models.DateTimeField()
    missed = models.SmallIntegerField(default=1)
    due_at = models.DateTimeField()
    overdue_told_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    taken = models.SmallIntegerField(default=0)
    tried = models.SmallIntegerField(default=0)
    agent_id = models.UUIDField(null=True)
    agent_name = models.CharField(max_length=60, blank=True)
    hold_until = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "caller_index"],
                condition=~Q(state=CallbackState.CLOSED) & ~Q(caller_index=b""),
                name="callback_one_open_per_caller",
            ),
            models.UniqueConstraint(
                fields=["agent_id"], condition=Q(state=CallbackState.TAKEN), name="callback_one_per_agent"
            ),
            models.CheckConstraint(
                condition=Q(state=CallbackState.CLOSED, closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=CallbackState.CLOSED) & Q(closed_at__isnull=True, outcome=""),
                name="callback_closed_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state=CallbackState.TAKEN, agent_id__isnull=False)
                | ~Q(state=CallbackState.TAKEN) & Q(hold_until__isnull=True),
                name="callback_taken_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["overdue_told_at"], name="callback_told", condition=~Q(overdue_told_at=None)
            ),
            models.Index(
                fields=["priority", "entered_at", "id"], name="callback_open", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["city_id", "-closed_at", "-id"],
                name="callback_closed",
                condition=~Q(closed_at=None),
            ),
        ]


class MissedCall(CityRow):
    """A call nobody answered, and the callback that makes it good. Every such call is here, once."""

    call = models.OneToOneField(Call, models.PROTECT, related_name="+", db_constraint=False)
    callback = models.ForeignKey(Callback, models.PROTECT, related_name="missed_calls", db_constraint=False)
    at = models.DateTimeField()


class Attempt(CityRow):
    """One time an agent had a callback in hand. ``given``: it came to him in its turn, he had not picked it himself."""

    entry = models.ForeignKey(QueueEntry, models.PROTECT, related_name="+", db_constraint=False)
    callback = models.ForeignKey(Callback, models.PROTECT, related_name="attempts", db_constraint=False)
    number = models.SmallIntegerField()
    agent_id = models.UUIDField()
    agent_name = models.CharField(max_length=60)
    given = models.BooleanField(default=False)
    begun_at = models.DateTimeField()
    call_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "entry", "number"], name="attempt_once"),
        ]
        indexes = [
            models.Index(fields=["callback", "number"], name="attempt_of_callback"),
            models.Index(fields=["call_id"], name="attempt_of_call", condition=~Q(call_id=None)),
        ]
