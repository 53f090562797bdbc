"""Rows of this room: messages out, what was reported of them, messages in, how far mailboxes were read, and the links that
messages carry."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.base.notices.words import MessageState


class Message(CityRow):
    """One message to one telephone or one mail address (``means``). How it may change: words.NEXT; what happened to it:
    ``MessageEvent``.

    ``key`` names the occasion, so that news heard twice is sent once. ``content_sealed``: its fields as a JSON list, in
    the template's order, wiped after some months, and at once where a code or a link is among them. ``serial``: the
    gateway's own number for it.
    """

    means = models.TextField(default="sms", db_default="sms")
    template = models.TextField()
    key = models.TextField(blank=True)
    about_kind = models.TextField()
    about_id = models.UUIDField()
    to_sealed = models.BinaryField()
    to_index = models.BinaryField(max_length=16)
    to_masked = models.TextField()
    content_sealed = models.BinaryField(default=b"")
    state = models.TextField(default=MessageState.WAITING)
    queued_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    gateway = models.TextField(blank=True)
    serial = models.TextField(blank=True)
    parts = models.IntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    code = models.TextField(blank=True)
    said = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "key"], condition=~Q(key=""), name="message_once"),
            models.CheckConstraint(
                condition=Q(state__in=(MessageState.WAITING, MessageState.SENDING), next_try_at__isnull=False)
                | ~Q(state__in=(MessageState.WAITING, MessageState.SENDING)) & Q(next_try_at__isnull=True),
                name="message_tried_while_unsent",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="message_due", condition=~Q(next_try_at=None)),
            models.Index(fields=["gateway", "serial"], name="message_serial", condition=~Q(serial="")),
            models.Index(fields=["about_kind", "about_id"], name="message_about"),
            models.Index(fields=["to_index", "-queued_at"], name="message_to"),
            models.Index(fields=["city_id", "-queued_at", "-id"], name="message_newest"),
        ]


class MessageEvent(CityRow):
    """What happened to a message, in order. Append-only."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="events", db_constraint=False)
    at = models.DateTimeField()
    state = models.TextField()
    code = models.TextField(blank=True)
    said = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["message", "id"], name="message_event")]


class StrayReceipt(CityRow):
    """A receipt for a message we do not know (yet): a gateway may report before it has answered. Kept some days."""

    gateway = models.TextField()
    serial = models.TextField()
    delivered = models.BooleanField()
    code = models.TextField(blank=True)
    said = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "gateway", "serial"], name="stray_receipt_once")
        ]


class Incoming(CityRow):
    """A text message or a mail that came in, as it came. ``digest`` tells a repetition; ``taken_as``: what was made of it.

    Of a mail ``original_id`` is the file with its bytes (base/files), and ``text_sealed`` what a person reads in them.
    ``flaw``: why that may not be all (words.FLAWS). ``answers_*``: what the message of ours was about that it answers.
    """

    digest = models.BinaryField(max_length=16)
    gateway = models.TextField()
    from_sealed = models.BinaryField()
    from_index = models.BinaryField(max_length=16)
    from_masked = models.TextField()
    text_sealed = models.BinaryField()
    channel = models.TextField(default="sms", db_default="sms")
    subject_sealed = models.BinaryField(default=b"", db_default=b"")
    original_id = models.UUIDField(null=True)
    size = models.BigIntegerField(null=True)
    flaw = models.TextField(blank=True, default="", db_default="")
    answers_kind = models.TextField(blank=True, default="", db_default="")
    answers_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    taken_as = models.TextField(blank=True)
    taken_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "digest"], name="incoming_once")]
        indexes = [
            models.Index(fields=["city_id", "-received_at", "-id"], name="incoming_newest"),
            models.Index(fields=["received_at", "id"], name="incoming_waiting", condition=Q(taken_as="")),
            models.Index(fields=["taken_id"], name="incoming_taken", condition=Q(taken_id__isnull=False)),
        ]


class MailboxState(CityRow):
    """How far a mailbox was read, and how it stands. ``name``: what tells it; ``failing_since``: since when nobody could look;
    ``told``: the alarm was raised."""

    name = models.TextField()
    validity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    said = models.TextField(blank=True)
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "name"], name="mailbox_once")]


class Ticket(CityRow):
    """The link a message carries: whoever has it may open one case, or rate one call, for some days. Only its digest is kept.
    ``used_at``: when it was answered by text message instead."""

    digest = models.BinaryField(max_length=16)
    purpose = models.TextField()
    about_id = models.UUIDField()
    holder_index = models.BinaryField(max_length=16)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "digest"], name="ticket_once")]
        indexes = [models.Index(fields=["holder_index", "-issued_at"], name="ticket_of_holder")]


class GatewaySecret(CityRow):
    """What a gateway knows us by, set by command, sealed."""

    gateway = models.TextField()
    name = models.TextField()
    value_sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "gateway", "name"], name="gateway_secret_once")
        ]
