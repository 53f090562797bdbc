"""Exports: what was asked for, by whom and why, and what became of it. The rows stay; the files are erased."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.work.exports.states import GOING_ON, State

NUMBER_SEQUENCE = "exports_number_seq"


class Export(CityRow):
    """One export. ``asks``: cases.filters.Filter.kept; ``columns``: names of cases.columns; ``clear``: unmasked data in it.

    ``attempt`` counts the times a worker began; ``beat_at``: when it last said that it lives. ``rows_expected``: how many there
    were when it was asked for; ``rows``: how many are written.
    """

    number = models.TextField()
    staff_id = models.UUIDField()
    staff_name = models.TextField()
    asks = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    clear = models.BooleanField(default=False)
    why = models.TextField()
    asked_at = models.DateTimeField()
    address = models.TextField(blank=True)
    state = models.TextField(default=State.ASKED)
    attempt = models.IntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)
    rows_expected = models.IntegerField(default=0)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    file_id = models.UUIDField(null=True)
    size = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    downloads = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "number"], name="export_number_once"),
            models.CheckConstraint(
                condition=Q(state=State.READY, file_id__isnull=False, expires_at__isnull=False) | ~Q(state=State.READY),
                name="export_ready_has_file",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["staff_id", "-id"], name="export_mine"),
            models.Index(
                fields=["id"], condition=Q(state__in=[str(one) for one in GOING_ON]), name="export_going_on"
            ),
            models.Index(fields=["expires_at"], condition=Q(state=State.READY), name="export_to_expire"),
        ]
