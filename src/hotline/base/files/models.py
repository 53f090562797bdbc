"""What is known of a stored file. The bytes are in the store; without ``wrapped_key`` they mean nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow


class StoredFile(CityRow):
    """One file. ``size`` and ``digest`` (SHA-256) are those of the plain bytes. Erasing takes the key, then the
    bytes are removed from the store; the row stays."""

    kind = models.CharField(max_length=20)
    content_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    suite = models.CharField(max_length=20)
    chunk_bytes = models.IntegerField()
    key_version = models.IntegerField()
    wrapped_key = models.BinaryField(max_length=80)
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None) & ~Q(wrapped_key=b"")
                | Q(erased_at__isnull=False, wrapped_key=b""),
                name="file_erased_without_key",
            )
        ]
        indexes = [
            models.Index(fields=["key_version"], name="file_to_rewrap", condition=Q(erased_at=None)),
            models.Index(
                fields=["erased_at"],
                name="file_to_remove",
                condition=Q(erased_at__isnull=False, removed_at=None),
            ),
        ]
