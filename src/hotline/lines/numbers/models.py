"""The register: numbers, the dated rows of how each is treated, trunks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.lines.numbers.files import LENGTHS
from hotline.lines.numbers.plan import EMERGENCY_NUMBERS, CarriedBy, Treatment


class HotlineNumber(CityRow):
    """One number of the plan of merger. How it is treated, and since when, stands in its ``TreatmentRow``s.

    ``name`` and ``text`` are the document's body, ``name_annex`` and ``text_annex`` the annex where it differs; the body
    governs. ``budget_moves``: whether 53号 三(三) moves its budget to the centre; ``budget_note`` says by which reading.
    """

    number = models.CharField(max_length=15)
    annex_row = models.PositiveSmallIntegerField(null=True)
    name = models.CharField(max_length=LENGTHS["name"])
    name_annex = models.CharField(max_length=LENGTHS["name_annex"], blank=True)
    name_en = models.CharField(max_length=LENGTHS["name_en"])
    department = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+")
    clause = models.CharField(max_length=LENGTHS["clause"])
    text = models.TextField(blank=True)
    text_annex = models.TextField(blank=True)
    answer_at_12345_if_unanswered = models.BooleanField(default=False)
    seats_hours = models.CharField(max_length=LENGTHS["seats_hours"], blank=True)
    notice_prompt = models.CharField(max_length=LENGTHS["notice_prompt"], blank=True)
    budget_moves = models.BooleanField(default=False)
    budget_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "number"], name="hotline_number_once"),
            # 53号 一(一): 110, 119, 120 and 122 stay outside, whoever writes to the table.
            models.CheckConstraint(
                condition=~Q(number__in=sorted(EMERGENCY_NUMBERS)), name="hotline_number_never_emergency"
            ),
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{3,15}$"), name="hotline_number_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class TreatmentRow(CityRow):
    """How a number is treated from ``effective_from`` on (null: since before anybody wrote it down). Append-only:
    ``sequence`` is the order of recording, and a later row replaces what was planned from its date on (plan.periods_of).
    """

    number = models.ForeignKey(HotlineNumber, models.PROTECT, related_name="treatments")
    sequence = models.PositiveIntegerField()
    treatment = models.CharField(max_length=20, choices=[(t.value, t.zh) for t in Treatment])
    carried_by = models.CharField(max_length=10, blank=True, choices=[(c.value, c.value) for c in CarriedBy])
    effective_from = models.DateTimeField(null=True)
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "sequence"], name="treatment_row_order"),
            models.CheckConstraint(
                condition=Q(treatment__in=[t.value for t in Treatment]), name="treatment_known"
            ),
        ]


class Trunk(CityRow):
    """A SIP trunk, kept in the city's trunks.csv; see plan.TrunkPlan for the meaning of the fields."""

    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(null=True)
    transport = models.CharField(max_length=4)
    serves = models.JSONField(default=list)
    strip = models.JSONField(default=list)
    codecs = models.JSONField(default=list)
    from_number = models.CharField(max_length=20, blank=True)
    duty = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "name"], name="trunk_name_once")]
