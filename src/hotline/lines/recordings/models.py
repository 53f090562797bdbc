"""What is known of recordings. Their sound is in base/files; these rows outlive it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.lines.recordings.words import RetentionClass, SegmentState


class Segment(CityRow):
    """One recording of a call's bridge, the ``n``-th. ``seconds`` is how long it sounds, without what was paused.

    ``expires_at``: not before this is it erased; the class and a hold are asked again then.
    """

    call_id = models.UUIDField()
    n = models.IntegerField()
    state = models.CharField(max_length=10, default=SegmentState.EXPECTED)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0.0)
    bytes = models.BigIntegerField(default=0)
    file_id = models.UUIDField(null=True)
    peaks_id = models.UUIDField(null=True)
    why = models.CharField(max_length=200, blank=True)
    retention = models.CharField(max_length=20, default=RetentionClass.ORDINARY)
    kept_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "call_id", "n"], name="segment_once"),
            models.CheckConstraint(
                condition=~Q(state=SegmentState.KEPT)
                | Q(file_id__isnull=False, peaks_id__isnull=False, expires_at__isnull=False),
                name="segment_kept_has_file",
            ),
        ]
        indexes = [
            models.Index(fields=["call_id", "n"], name="segment_of_call"),
            models.Index(
                fields=["expires_at"],
                name="segment_to_expire",
                condition=~Q(state=SegmentState.EXPIRED) & Q(expires_at__isnull=False),
            ),
        ]


class CallCheck(CityRow):
    """That a call that ended is to be looked at, or was: what should have been recorded of it, what was (seconds), and
    whether the caller heard that it is recorded (个保法 17)."""

    call_id = models.UUIDField()
    ended_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    talked_s = models.FloatField(default=0.0)
    recorded_s = models.FloatField(default=0.0)
    told = models.BooleanField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "call_id"], name="check_once_a_call")]
        indexes = [models.Index(fields=["ended_at"], name="check_due", condition=Q(judged_at=None))]


class Finding(CityRow):
    """Something amiss with a call's recording. Leaders see to it in the room of alarms; ``settled_at``: what was missing came."""

    call_id = models.UUIDField()
    n = models.IntegerField(default=0)
    kind = models.CharField(max_length=20)
    detail = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "call_id", "kind", "n"], name="finding_once")
        ]
        indexes = [models.Index(fields=["call_id"], name="finding_of_call")]


class Hold(CityRow):
    """A call's recordings must not be erased: who asked for it, why, until when (None: until it is released)."""

    call_id = models.UUIDField()
    why = models.CharField(max_length=300)
    until = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    placed_by = models.UUIDField()
    placed_by_name = models.CharField(max_length=60)
    released_at = models.DateTimeField(null=True)
    released_by_name = models.CharField(max_length=60, blank=True)
    release_why = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["call_id"], name="hold_of_call")]
