"""Run data of linked hotlines: the history as it arrived, what now counts, and what had to be refused.

Three tables, each with one job. ``RunRecord`` is append-only and lies in one partition a day, so that an old day is
dropped whole. ``LinkedCall`` holds the latest state of each call, so that boards need not search the history.
``RefusedRecord`` keeps what could not be taken, word for word, with the reasons.
"""

from __future__ import annotations

from django.db import models

from hotline.base.kernel.models import CityRow, this_city


class RunBatch(CityRow):
    """One delivery of a source and what became of it."""

    source = models.TextField()
    received_at = models.DateTimeField()
    records = models.IntegerField()
    accepted = models.IntegerField()
    duplicates = models.IntegerField()
    refused = models.IntegerField()
    sender = models.TextField()
    """Label of the token that sent it."""

    class Meta:
        indexes = [models.Index(fields=["city_id", "source", "-received_at"], name="runbatch_newest")]


class CallFields(models.Model):
    """What a record says about one call of a linked hotline. All times UTC."""

    number = models.TextField()
    started_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField()
    agent = models.TextField(null=True)  # noqa: DJ001 - null: the source does not say
    transferred_to = models.TextField(null=True)  # noqa: DJ001
    satisfaction = models.SmallIntegerField(null=True)

    class Meta:
        abstract = True


class RunRecord(CallFields):
    """A record as it was sent. Never changed; a day's partition is dropped when its time is over.

    ``day`` is the city's date of ``started_at``: it is the partition key and therefore part of the database key, but
    not of a record's identity. ``LinkedCall.day`` sees to it that one call has one day only.
    """

    pk = models.CompositePrimaryKey("city_id", "source", "kind", "external_id", "sequence", "day")
    city_id = models.IntegerField(default=this_city)
    source = models.TextField()
    kind = models.TextField()
    external_id = models.TextField()
    sequence = models.IntegerField()
    day = models.DateField()
    digest = models.BigIntegerField()
    """Of the content: a repetition has the same, a contradiction another."""
    batch_id = models.UUIDField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["city_id", "source", "started_at"], name="runrecord_time")]


class LinkedCall(CallFields):
    """The state of a linked hotline's call that counts: its highest sequence so far."""

    pk = models.CompositePrimaryKey("city_id", "source", "external_id")
    city_id = models.IntegerField(default=this_city)
    source = models.TextField()
    external_id = models.TextField()
    sequence = models.IntegerField()
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["city_id", "day", "number"], name="linkedcall_day")]


class RefusedRecord(CityRow):
    """A record that could not be taken, exactly as it came, once per source and content.

    Sealed: what is no record may hold anything, a caller's number too. The digest is keyed for the same reason.
    """

    source = models.TextField()
    digest = models.BinaryField(max_length=16)
    raw_sealed = models.BinaryField(default=b"")
    faults = models.JSONField()
    first_batch_id = models.UUIDField()
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    times = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "source", "digest"], name="refused_once")]
        indexes = [models.Index(fields=["city_id", "-last_received_at", "-id"], name="refused_newest")]
