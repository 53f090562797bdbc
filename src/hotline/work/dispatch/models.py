"""The dispatch catalogue's rows, its editions, and proposed catalogues."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hotline.base.kernel.models import CityRow


class CatalogueRow(CityRow):
    """One row of the catalogue (catalogue.Entry). Never changed: it is closed, once, and another one added.

    ``edition`` added it, ``closed_by`` (an edition too) set ``effective_to``. The database refuses anything else (migration 0001).
    """

    matter = models.CharField(max_length=6)
    name = models.TextField()
    aliases: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    department_work = models.BooleanField(default=False)
    place = models.CharField(max_length=12, blank=True)
    lead = models.TextField(blank=True)
    assisting: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    basis = models.TextField(blank=True)
    note = models.TextField(blank=True)
    source = models.TextField(blank=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    handle_limit = models.CharField(max_length=8, blank=True, default="", db_default="")
    sign_limit = models.CharField(max_length=8, blank=True, default="", db_default="")
    contact_limit = models.CharField(max_length=8, blank=True, default="", db_default="")
    edition = models.IntegerField()
    closed_by = models.IntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["matter", "id"], name="catalogue_matter")]
        constraints = [
            models.CheckConstraint(
                # Equal: closed before it began.
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="catalogue_row_ends_after_start",
            )
        ]


class Edition(CityRow):
    """One change of the catalogue: every row was added, or closed, by one. The newest number is the catalogue's version."""

    class Way(models.TextChoices):
        """How it came about."""

        LOAD = "load", "城市文件"
        ADOPT = "adopt", "导入"
        ADD = "add", "新增一行"
        CLOSE = "close", "停用一行"

    number = models.IntegerField()
    at = models.DateTimeField()
    by = models.TextField()
    way = models.CharField(max_length=10, choices=Way.choices)
    added = models.IntegerField()
    closed = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "number"], name="catalogue_edition_once")]


class Draft(CityRow):
    """A whole catalogue somebody proposes, until it is adopted as edition ``adopted``. ``base``: the edition he started from."""

    text = models.TextField()
    begins = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.TextField()
    base = models.IntegerField()
    adopted = models.IntegerField(null=True)
