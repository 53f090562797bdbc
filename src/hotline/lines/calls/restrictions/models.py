"""Rows of this room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.lines.calls.restrictions.words import OPEN, Restricted


class Restriction(CityRow):
    """One caller who waits behind the others until ``until``; the call that was the reason, who proposed, who decided."""

    state = models.CharField(max_length=10, default=Restricted.PROPOSED)
    caller_sealed = models.BinaryField()
    caller_index = models.BinaryField()
    caller_masked = models.CharField(max_length=40)
    call_id = models.UUIDField()
    reason = models.CharField(max_length=10)
    note = models.CharField(max_length=500)
    days = models.SmallIntegerField()
    proposed_at = models.DateTimeField()
    proposed_by = models.UUIDField()
    proposed_name = models.CharField(max_length=60)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=60, blank=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "caller_index"],
                condition=Q(state__in=OPEN),
                name="restriction_one_open_per_caller",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")),
                name="restriction_two_people",
            ),
        ]
        indexes = [models.Index(fields=["city_id", "-proposed_at", "-id"], name="restriction_newest")]


class RestrictionAct(CityRow):
    """What was done about a restriction, by whom and in which words. Append-only."""

    restriction = models.ForeignKey(Restriction, models.PROTECT, related_name="acts", db_constraint=False)
    act = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.UUIDField()
    name = models.CharField(max_length=60)
    note = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["restriction", "id"], name="restriction_act_of")]
