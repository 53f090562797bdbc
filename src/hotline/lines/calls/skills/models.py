"""Rows of this room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow


class AgentSkill(CityRow):
    """That somebody masters a skill at a level, from ``since`` to ``until`` (None: for good). Who said so stays with it.

    A change of level ends one row and begins another: what somebody could do on a day can be said for ever.
    """

    staff_id = models.UUIDField()
    skill = models.CharField(max_length=20)
    level = models.SmallIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    set_by = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="agentskill_level"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")),
                name="agentskill_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["staff_id", "skill"], condition=Q(until=None), name="agentskill_one_open"
            ),
        ]
        indexes = [models.Index(fields=["staff_id", "since"], name="agentskill_of_staff")]
