"""Rows of this room. machines.py says how they may change; nothing is ever deleted."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hotline.base.kernel.models import CityRow
from hotline.lines.roster.machines import LeaveState, ShiftState, SwapState


class Shift(CityRow):
    """One shift of one person: ``kind`` on ``day``, on ``line``, as agent, leader or substitute (``duty``).

    The hours are those the kind had when it was planned. ``owner_*``: the organisation he belongs to (53号 二(二)2).
    ``instead_of``: the shift of another it came from, in a swap.
    """

    staff_id = models.UUIDField()
    name = models.CharField(max_length=60)
    owner_id = models.UUIDField(null=True)
    owner_path = models.CharField(max_length=400, blank=True)
    day = models.DateField()
    kind = models.CharField(max_length=20)
    line = models.CharField(max_length=20)
    duty = models.CharField(max_length=12)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=12, default=ShiftState.PLANNED)
    instead_of = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    planned_by = models.CharField(max_length=80)
    planned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "staff_id", "starts_at"],
                condition=Q(state=ShiftState.PLANNED),
                name="shift_one_at_a_time",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_has_length"),
        ]
        indexes = [
            models.Index(fields=["city_id", "day"], name="shift_day"),
            models.Index(fields=["staff_id", "starts_at"], name="shift_of_staff"),
            models.Index(fields=["ends_at"], name="shift_now", condition=Q(state=ShiftState.PLANNED)),
        ]


class Swap(CityRow):
    """``asker`` would give ``mine`` to ``other`` and take ``theirs`` for it; without ``theirs`` he gives it away."""

    asker_id = models.UUIDField()
    asker_name = models.CharField(max_length=60)
    other_id = models.UUIDField()
    other_name = models.CharField(max_length=60)
    mine = models.ForeignKey(Shift, models.PROTECT, related_name="+")
    theirs = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default=SwapState.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mine"],
                condition=Q(state__in=[SwapState.ASKED, SwapState.ACCEPTED]),
                name="swap_one_open_per_shift",
            )
        ]
        indexes = [models.Index(fields=["city_id", "-asked_at"], name="swap_newest")]


class Leave(CityRow):
    """Leave from ``starts_at`` until before ``ends_at``. ``freed``: the shifts it took him out of when it was approved."""

    staff_id = models.UUIDField()
    name = models.CharField(max_length=60)
    owner_path = models.CharField(max_length=400, blank=True)
    kind = models.CharField(max_length=20)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default=LeaveState.ASKED)
    freed = ArrayField(models.UUIDField(), default=list)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="leave_has_length")
        ]
        indexes = [models.Index(fields=["staff_id", "starts_at"], name="leave_of_staff")]
