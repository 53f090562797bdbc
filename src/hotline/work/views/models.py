"""Saved filters and chosen columns: each somebody's own. They hold no case and no data of a citizen's but typed words."""

from __future__ import annotations

from django.db import models

from hotline.base.kernel.models import CityRow


class SavedFilter(CityRow):
    """A filter somebody keeps by name. ``asks``: cases.filters.Filter.kept. ``unit_id``: whose people see it too, if shared."""

    staff_id = models.UUIDField()
    staff_name = models.TextField()
    name = models.TextField()
    asks = models.JSONField(default=dict)
    unit_id = models.UUIDField(null=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "staff_id", "name"], name="saved_filter_name_once")
        ]
        indexes = [models.Index(fields=["unit_id"], condition=models.Q(unit_id__isnull=False), name="saved_filter_unit")]  # fmt: skip


class ChosenColumns(CityRow):
    """The columns, in their order, somebody chose for a list."""

    staff_id = models.UUIDField()
    work_list = models.TextField()
    columns = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "staff_id", "work_list"], name="chosen_columns_once")
        ]
