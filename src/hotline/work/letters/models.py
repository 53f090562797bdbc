"""Letters that were issued, their numbers, and the templates a city brought, each from a date on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow


class Template(CityRow):
    """How one kind of letter looks from ``effective_from`` on. Without ``file_id`` it is the built-in one again. Never changed."""

    kind = models.TextField()
    file_id = models.UUIDField(null=True)
    effective_from = models.DateTimeField()
    note = models.TextField(blank=True)
    put_at = models.DateTimeField()
    put_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["city_id", "kind", "-effective_from"], name="letter_template")]


class Counter(CityRow):
    """The last number given to a kind of letter in a year; it goes back with a letter that was not issued."""

    kind = models.TextField()
    year = models.IntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "kind", "year"], name="letter_counter_once")
        ]


class Letter(CityRow):
    """A letter that was issued on a case. What it says is in the file, and never changes; a PDF is its print.

    ``clear``: the caller's name stands in it unmasked. ``unit_id``: the unit it is for, if it is for one.
    """

    number = models.TextField()
    kind = models.TextField()
    case_id = models.UUIDField()
    case_number = models.TextField()
    unit_id = models.UUIDField(null=True)
    clear = models.BooleanField(default=False)
    file_id = models.UUIDField()
    template_id = models.UUIDField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.TextField()
    staff_id = models.TextField()
    printed = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "number"], name="letter_number_once"),
            models.CheckConstraint(condition=Q(unit_id=None) | Q(clear=False), name="letter_to_unit_masked"),
        ]
        indexes = [models.Index(fields=["case_id", "-id"], name="letter_of_case")]
