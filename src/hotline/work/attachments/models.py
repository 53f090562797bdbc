"""Rows of this room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.work.attachments.states import State


class Attachment(CityRow):
    """One file about one thing: a case, a draft of the portal, a message that came in.

    ``side``: whose it is ("caller", "centre", "unit"); ``act``: the act it came with. ``original``: what tells the same file
    sent twice. ``file_id``: the stored bytes, None for what was refused. ``next_scan_at``: when the scanner is (or, while it
    is at it, may again be) asked. ``scanned_at`` None on a clean one: nobody scanned it. ``released_at``: when units were let
    see it, of a confidential case.
    """

    about_kind = models.TextField()
    about_id = models.UUIDField()
    file_id = models.UUIDField(null=True)
    original = models.BinaryField(max_length=16)
    name_sealed = models.BinaryField()
    kind = models.TextField(blank=True)
    size = models.BigIntegerField(default=0)
    side = models.TextField()
    channel = models.TextField()
    act = models.TextField(blank=True)
    added_at = models.DateTimeField()
    added_kind = models.TextField()
    added_id = models.TextField(blank=True)
    added_by = models.TextField()
    state = models.TextField()
    doubt = models.TextField(blank=True)
    said = models.TextField(blank=True)
    scans = models.IntegerField(default=0)
    next_scan_at = models.DateTimeField(null=True)
    scanned_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=(State.RECEIVED, State.SCANNING), next_scan_at__isnull=False)
                | ~Q(state__in=(State.RECEIVED, State.SCANNING)) & Q(next_scan_at__isnull=True),
                name="attachment_scanned_until_settled",
            ),
            models.CheckConstraint(
                condition=Q(state=State.REFUSED, file_id__isnull=True)
                | ~Q(state=State.REFUSED) & Q(file_id__isnull=False),
                name="attachment_has_bytes",
            ),
        ]
        indexes = [
            models.Index(fields=["about_kind", "about_id", "id"], name="attachment_about"),
            models.Index(fields=["next_scan_at"], name="attachment_due", condition=~Q(next_scan_at=None)),
            models.Index(fields=["added_at"], name="attachment_of_draft", condition=Q(about_kind="draft")),
            models.Index(fields=["-id"], name="attachment_held", condition=Q(state=State.QUARANTINED)),
        ]
