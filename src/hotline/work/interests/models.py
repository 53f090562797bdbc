"""Who stands aside from what. Rows are ended, never deleted: who once stood aside stays known."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow


class Aside(CityRow):
    """``staff_id`` stands aside from one case (北京 8、35(四), 潍坊 7). ``ordered_by``: who told him to, "" when he said so himself."""

    case_id = models.UUIDField()
    staff_id = models.TextField()
    staff_name = models.TextField()
    reason = models.TextField()
    ordered_by = models.TextField(blank=True)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "staff_id", "case_id"], condition=Q(ended_at=None), name="aside_once"
            )
        ]
        indexes = [models.Index(fields=["case_id"], name="aside_of_case")]


class Tie(CityRow):
    """``staff_id`` has to do with an organisation (a spouse works there): he stands aside from what is reported of it.

    From ``starts_at`` until before ``ends_at``. ``path`` is the organisation's when it was declared; paths never change.
    """

    staff_id = models.TextField()
    staff_name = models.TextField()
    organisation_id = models.UUIDField()
    organisation_name = models.TextField()
    path = models.TextField()
    relation = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    declared_by = models.TextField()
    ended_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "staff_id", "path"], condition=Q(ends_at=None), name="tie_once"
            )
        ]
