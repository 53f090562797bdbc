"""Rows of this room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.lines.alarms.kinds import AlarmState


class Alarm(CityRow):
    """Something a leader must know: ``kind`` (kinds.py) of the thing ``about_id``, ``times`` since it was last answered.

    ``leader``: who was in charge when it was raised. A kind that ``once`` holds is never raised again for its thing.
    """

    kind = models.CharField(max_length=20)
    about_kind = models.CharField(max_length=20)
    about_id = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)
    leader = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, default=AlarmState.OPEN)
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    seen_by = models.CharField(max_length=80, blank=True)
    seen_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "kind", "about_id"],
                condition=~Q(state=AlarmState.ANSWERED),
                name="alarm_one_open_per_thing",
            )
        ]
        indexes = [
            models.Index(fields=["raised_at"], name="alarms_open", condition=~Q(state=AlarmState.ANSWERED)),
            models.Index(fields=["city_id", "-raised_at", "-id"], name="alarms_newest"),
            models.Index(fields=["kind", "about_id"], name="alarms_about"),
        ]
