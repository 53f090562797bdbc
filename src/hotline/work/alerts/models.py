"""Rows of this room: alerts, who wants them by text message, and what waits to be sent so."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hotline.base.kernel.models import CityRow


class Alert(CityRow):
    """One person was told of one thing that happened to a case. ``key`` names the news, so that what is heard twice is told
    once. Nobody's name and nothing of the matter stands in it: the case may leave his sight."""

    staff_id = models.UUIDField()
    key = models.TextField()
    kind = models.TextField()
    case_id = models.UUIDField()
    number = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "staff_id", "key"], name="alert_once")]
        indexes = [
            models.Index(F("staff_id"), F("at").desc(), F("id").desc(), name="alert_newest"),
            models.Index(fields=["staff_id", "case_id"], condition=Q(read_at=None), name="alert_unread"),
            models.Index(fields=["at"], name="alert_old"),
        ]


class Holder(models.TextChoices):
    """Whose mobile it is: a person's own, or the one on duty in a unit."""

    STAFF = "staff", "本人"
    UNIT = "unit", "单位值班"


class Wish(CityRow):
    """The mobile of a person, or the duty mobile of a unit, and the kinds of alert it wants by text message."""

    holder = models.TextField(choices=Holder.choices)
    holder_id = models.UUIDField()
    phone_sealed = models.BinaryField()
    phone_masked = models.TextField()
    kinds: models.JSONField[list[str], list[str]] = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "holder", "holder_id"], name="wish_once")]


class Waiting(CityRow):
    """An alert that is to go out by text message, together with whatever else waits for that mobile. ``sent_at``: when it did,
    or was found to be of no more use."""

    holder = models.TextField(choices=Holder.choices)
    holder_id = models.UUIDField()
    key = models.TextField()
    kind = models.TextField()
    number = models.TextField()
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "holder", "holder_id", "key"], name="waiting_once")
        ]
        indexes = [
            models.Index(fields=["holder", "holder_id"], condition=Q(sent_at=None), name="waiting_unsent"),
            models.Index(fields=["holder", "holder_id", "-sent_at"], name="waiting_last"),
            models.Index(fields=["at"], name="waiting_old"),
        ]
