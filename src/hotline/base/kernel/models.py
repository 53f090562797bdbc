"""Rows the kernel keeps: the audit log, the outbox, counters, the sandbox's clock."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from hotline.base.kernel import ids


def this_city() -> int:
    """The city (division code) this instance serves; part of every large table's key."""
    return int(settings.CITY_ID)


IS_READ = models.Q(act__regex=r"\.(reveal|listen|download|export)$")
"""Audit rows of clear readings of personal data. An act that is one ends in one of these words, wherever it is done: what
audits are asked most is who looked, and two indexes hold only these rows."""


class CityRow(models.Model):
    """Base of every row that belongs to a city. In the database the key of large tables is (city_id, id)."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    city_id = models.IntegerField(default=this_city)

    class Meta:
        abstract = True


class AuditRow(CityRow):
    """Who did what to which thing, when. Never changed, never deleted; sealed into a hash chain in batches (audit.py)."""

    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    address = models.TextField(blank=True)
    act = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    detail = models.JSONField(default=dict)
    seal = models.BigIntegerField(null=True)
    """Number of the AuditSeal this row is in; the only column that may ever change, once, from null."""

    class Meta:
        indexes = [
            models.Index(fields=["city_id", "-at", "-id"], name="audit_newest"),
            models.Index(fields=["id"], name="audit_unsealed", condition=models.Q(seal=None)),
            models.Index(fields=["seal"], name="audit_by_seal"),
            models.Index(fields=["city_id", "object_kind", "object_id"], name="audit_object"),
            models.Index(fields=["city_id", "-at", "-id"], name="audit_reads", condition=IS_READ),
            models.Index(
                fields=["city_id", "actor_id", "-at", "-id"], name="audit_reads_of", condition=IS_READ
            ),
        ]


class AuditSeal(models.Model):
    """One link of the audit chain: a batch of rows, hashed with the link before. Written by the worker alone."""

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    rows = models.IntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()


class OutboxRow(models.Model):
    """News for other rooms, written with the change itself; removed when every consumer has taken it."""

    id = models.BigAutoField(primary_key=True)
    city_id = models.IntegerField(default=this_city)
    topic = models.TextField()
    key = models.TextField()
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)


class TryCount(models.Model):
    """How often something was tried in a window of time (rates.py)."""

    key = models.TextField()
    window_start = models.BigIntegerField()
    tries = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="trycount_window")]


class SandboxClock(models.Model):
    """How far a sandbox's business time is from real time (clock.py)."""

    id = models.IntegerField(primary_key=True)
    offset_seconds = models.FloatField(default=0.0)


class Heartbeat(models.Model):
    """That a process is alive and doing its work: written by it, read by /healthz."""

    process = models.TextField(primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)


def beat(process: str, detail: dict[str, Any] | None = None) -> None:
    """Say that ``process`` is alive now."""
    from hotline.base.kernel import clock

    Heartbeat.objects.update_or_create(process=process, defaults={"at": clock.now(), "detail": detail or {}})
