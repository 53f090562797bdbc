"""Rows of announcements. A text once published never changes: who corrects it withdraws it and publishes another."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hotline.base.kernel.models import CityRow


class Announcement(CityRow):
    """A text heard from ``begins_at`` until before ``ends_at``, or until it was withdrawn.

    ``lines``: numbers whose callers hear it, none: all; ``areas``: division codes it is about, none: the whole city.
    ``made_at``: when a call control first had its sound; until then nobody hears it. ``fault``: why it has none.
    """

    kind = models.CharField(max_length=12)
    title = models.CharField(max_length=60)
    text = models.CharField(max_length=400)
    lines = ArrayField(models.CharField(max_length=20), default=list)
    areas = ArrayField(models.CharField(max_length=12), default=list)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    published_by = models.CharField(max_length=80)
    published_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    fault = models.CharField(max_length=300, blank=True)
    withdrawn_by = models.CharField(max_length=80, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="announcement_has_length")
        ]
        indexes = [
            models.Index(fields=["ends_at"], name="announcement_on", condition=Q(withdrawn_at=None)),
            models.Index(fields=["city_id", "-published_at", "-id"], name="announcement_newest"),
        ]


class Hearing(CityRow):
    """That a call was to hear an announcement; what became of it, its call's outcome says. Append-only."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="hearings")
    call_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["announcement", "call_id"], name="hearing_of"),
            models.Index(fields=["call_id"], name="hearing_call"),
        ]
