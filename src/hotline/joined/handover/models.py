"""Rows of this room: far centres, what was handed over both ways, deliveries, one-time codes, and the state of the links.

What happened is append-only (``HandOverEvent``, ``LinkChange``); ``Delivery.state`` and ``Link.state`` say where it stands.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow


class FarCentre(CityRow):
    """A centre that is joined by the hand-over protocol, kept in the city's links.csv; its token is set by command.

    ``number``: the hotline (or emergency) number it stands for. ``carries_header`` no: only the telephone network joins
    the two, so a one-time code goes with every message.
    """

    number = models.CharField(max_length=15)
    base_url = models.CharField(max_length=300)
    authority = models.TextField(blank=True)
    carries_header = models.BooleanField(default=True)
    token_sealed = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "number"], name="far_centre_once")]


class HandOver(CityRow):
    """One message, ours to a far centre (``out``) or a far centre's to us (``in``), as it was sent, sealed.

    ``call_id`` of an incoming one is empty until its caller is on our line. ``reference`` is the number under which the
    other side keeps the matter.
    """

    direction = models.CharField(max_length=3)
    far = models.CharField(max_length=15)
    message_id = models.UUIDField()
    correlation = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    confidential = models.BooleanField()
    call_id = models.UUIDField(null=True)
    by_id = models.UUIDField(null=True)
    content_sealed = models.BinaryField()
    digest = models.BinaryField()
    sent_at = models.DateTimeField()
    kept_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    outcome_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "direction", "far", "message_id"], name="hand_over_once"
            ),
            models.CheckConstraint(condition=Q(direction__in=("in", "out")), name="hand_over_direction"),
        ]
        indexes = [
            models.Index(fields=["city_id", "correlation"], name="hand_over_correlation"),
            models.Index(fields=["city_id", "call_id"], name="hand_over_call", condition=~Q(call_id=None)),
            models.Index(fields=["city_id", "-kept_at", "-id"], name="hand_over_newest"),
        ]


class HandOverEvent(CityRow):
    """What happened to a hand-over, in order. Append-only."""

    hand_over = models.ForeignKey(HandOver, models.PROTECT, related_name="events", db_constraint=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["hand_over", "id"], name="hand_over_event")]


class CameOver(CityRow):
    """A call that bore a correlation id when it arrived on ``trunk``."""

    call_id = models.UUIDField()
    correlation = models.CharField(max_length=80)
    trunk = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "call_id"], name="came_over_once")]
        indexes = [models.Index(fields=["city_id", "correlation"], name="came_over_correlation")]


class Delivery(CityRow):
    """Something that has to reach a far centre once: a message, or the outcome of one of theirs.

    The very same bytes are sent at every try, so that the far side can tell a repetition. ``next_try_at`` None: it is over.
    """

    hand_over = models.ForeignKey(HandOver, models.PROTECT, related_name="deliveries", db_constraint=False)
    what = models.CharField(max_length=20)
    path = models.CharField(max_length=120)
    body_sealed = models.BinaryField()
    state = models.CharField(max_length=10)
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    said = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "hand_over", "what"], name="delivery_once")]
        indexes = [
            models.Index(fields=["next_try_at"], name="delivery_due", condition=~Q(next_try_at=None)),
        ]


class OneTimeCode(CityRow):
    """Six digits that join two records where no header can. Of our own call (``call_id``) or of a far centre's message."""

    code_sealed = models.BinaryField()
    code_index = models.BinaryField()
    call_id = models.UUIDField(null=True)
    hand_over = models.ForeignKey(
        HandOver, models.PROTECT, related_name="codes", null=True, db_constraint=False
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    live = models.BooleanField(default=True)
    redeemed_at = models.DateTimeField(null=True)
    redeemed_call_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "code_index"], condition=Q(live=True), name="code_live_once"
            ),
            models.CheckConstraint(
                condition=Q(call_id=None) ^ Q(hand_over=None), name="code_of_a_call_or_of_a_message"
            ),
        ]
        indexes = [models.Index(fields=["call_id"], name="code_of_call", condition=~Q(call_id=None))]


class Link(CityRow):
    """Where the link to a number's centre stands now, and when it was last looked at."""

    number = models.CharField(max_length=15)
    state = models.CharField(max_length=12)
    since = models.DateTimeField()
    telephone = models.CharField(max_length=8)
    messages = models.CharField(max_length=8)
    seats_free = models.IntegerField(null=True)
    waiting = models.IntegerField(null=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "number"], name="link_once")]


class LinkChange(CityRow):
    """A link that changed. Append-only."""

    number = models.CharField(max_length=15)
    at = models.DateTimeField()
    state = models.CharField(max_length=12)
    before = models.CharField(max_length=12, blank=True)
    telephone = models.CharField(max_length=8)
    messages = models.CharField(max_length=8)

    class Meta:
        indexes = [models.Index(fields=["city_id", "number", "-at"], name="link_history")]
