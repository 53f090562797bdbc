"""Cases (诉求件), their history, and the time limits that hold at a date."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow
from hotline.work.cases.terms import NORMAL

NUMBER_SEQUENCE = "cases_number_seq"
HANDLE = "handle"
"""The clock of the whole, beside those of the steps."""
OBJECTION = "objection"
"""How long after dispatch a unit may say that a case is not its duty (派单异议), where the city limits it."""


class Case(CityRow):
    """One 诉求件: what was asked, by whom, and a pointer to how it stands now.

    What was asked never changes. Everything under "now" repeats the newest ``CaseEvent`` so that lists need one table;
    ``version`` is that event's number and the optimistic lock. Personal data is sealed; masks are stored beside it, so
    that a list decrypts nothing. ``owner_path`` is "" while the case is the centre's. ``told_soon_at``, ``told_late_at``: when
    the sweep said of this deadline that it is near, that it is over. ``step_due_at``: by when what the state asks for must be
    done (states.py); ``step_told_at``: when the sweep said that it was not. ``contacted_at``: when this unit reached the
    caller. ``object_until``: until when the unit may object to having it. ``upper_*``: the unit that passed it down to its owner.
    ``lead_id``: the case this one is, or was, merged into. ``event_name``: the mass event it belongs to. ``reported_*``: the
    organisation a report is against, which must never come to know of it. ``item``: the row of the dispatch catalogue it was
    dispatched under, with the limits that row had then (items.py). ``arrived_on``: the day a letter or a visitor came. The
    values of ``type``, ``state`` and
    ``CaseEvent.act``, with their words, are the table's (acts.py).
    """

    class Channel(models.TextChoices):
        """How it came in."""

        PHONE = "phone", "电话"
        PORTAL = "portal", "网站"
        API = "api", "接口"
        DESK = "desk", "窗口登记"
        SMS = "sms", "短信"
        EMAIL = "email", "电子邮件"
        LETTER = "letter", "来信"
        VISIT = "visit", "来访"

    number = models.TextField()
    query_code = models.BinaryField(max_length=16)
    request_key = models.BinaryField(max_length=16, null=True)
    request_digest = models.BinaryField(max_length=16, null=True)

    type = models.TextField()
    matter = models.TextField()
    content = models.TextField()
    place_division = models.TextField(blank=True)
    place_name = models.TextField(blank=True)
    place_address = models.BinaryField(default=b"")
    confidential = models.BooleanField(default=False)

    party_id = models.UUIDField(null=True)
    contact_name = models.BinaryField(default=b"")
    contact_phone = models.BinaryField(default=b"")
    contact_name_masked = models.TextField(blank=True)
    contact_phone_masked = models.TextField(blank=True)
    contact_phone_index = models.BinaryField(max_length=16, null=True)
    contact_phone_last4 = models.TextField(blank=True)
    contact_mail = models.BinaryField(default=b"", db_default=b"")
    contact_mail_masked = models.TextField(blank=True, default="", db_default="")
    contact_mail_index = models.BinaryField(max_length=16, null=True)

    channel = models.TextField(choices=Channel.choices)
    call_id = models.UUIDField(null=True)
    arrived_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    demo = models.BooleanField(default=False)

    state = models.TextField()
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    owner_id = models.UUIDField(null=True)
    owner_name = models.TextField(blank=True)
    owner_path = models.TextField(blank=True)
    designated = models.BooleanField(default=False)
    deadline_at = models.DateTimeField(null=True)
    clock_running = models.BooleanField(default=False)
    clock_started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    told_soon_at = models.DateTimeField(null=True)
    told_late_at = models.DateTimeField(null=True)
    redo_count = models.IntegerField(default=0)
    urged = models.IntegerField(default=0)
    urgency = models.TextField(default=NORMAL)
    step_due_at = models.DateTimeField(null=True)
    step_told_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    object_until = models.DateTimeField(null=True)
    upper_id = models.UUIDField(null=True)
    upper_name = models.TextField(blank=True, default="", db_default="")
    upper_path = models.TextField(blank=True, default="", db_default="")
    lead_id = models.UUIDField(null=True)
    event_name = models.TextField(blank=True, default="", db_default="")
    reported_id = models.UUIDField(null=True)
    reported_path = models.TextField(blank=True, default="", db_default="")
    item: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "number"], name="case_number_once"),
            models.UniqueConstraint(
                fields=["city_id", "request_key"],
                condition=Q(request_key__isnull=False),
                name="case_request_once",
            ),
            models.CheckConstraint(
                condition=Q(clock_running=False) | Q(deadline_at__isnull=False),
                name="case_running_clock_ends",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None) | Q(clock_running=False), name="case_paused_clock_stands"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="case_state"),
            models.Index(
                fields=["owner_path", "-id"], name="case_owner", opclasses=["text_pattern_ops", "uuid_ops"]
            ),
            models.Index(fields=["deadline_at", "id"], condition=Q(clock_running=True), name="case_clock"),
            models.Index(
                fields=["deadline_at"],
                condition=Q(clock_running=True, told_soon_at=None),
                name="case_to_warn",
            ),
            models.Index(
                fields=["deadline_at"],
                condition=Q(clock_running=True, told_late_at=None),
                name="case_to_urge",
            ),
            models.Index(fields=["step_due_at"], condition=Q(step_due_at__isnull=False), name="case_step"),
            models.Index(
                fields=["step_due_at"],
                condition=Q(step_due_at__isnull=False, step_told_at=None),
                name="case_step_to_tell",
            ),
            models.Index(fields=["party_id", "-id"], condition=Q(party_id__isnull=False), name="case_party"),
            models.Index(fields=["call_id"], condition=Q(call_id__isnull=False), name="case_call"),
            models.Index(
                fields=["contact_phone_index"],
                condition=Q(contact_phone_index__isnull=False),
                name="case_phone",
            ),
            models.Index(
                fields=["contact_mail_index"],
                condition=Q(contact_mail_index__isnull=False),
                name="case_mail",
            ),
            models.Index(
                fields=["contact_phone_last4", "-id"], condition=~Q(contact_phone_last4=""), name="case_last4"
            ),
            models.Index(fields=["created_at"], name="case_created"),
            models.Index(
                fields=["state", "owner_path"],
                condition=~Q(state="closed"),
                opclasses=["text_ops", "text_pattern_ops"],
                name="case_open_of_unit",
            ),
            models.Index(
                fields=["owner_path", "deadline_at"],
                condition=Q(clock_running=True),
                opclasses=["text_pattern_ops", "timestamptz_ops"],
                name="case_clock_of_unit",
            ),
            models.Index(
                fields=["upper_path", "-id"],
                condition=~Q(upper_path=""),
                name="case_upper",
                opclasses=["text_pattern_ops", "uuid_ops"],
            ),
            models.Index(fields=["lead_id"], condition=Q(lead_id__isnull=False), name="case_lead"),
            models.Index(fields=["event_name", "-id"], condition=~Q(event_name=""), name="case_event_name"),
            models.Index(fields=["changed_at"], condition=Q(state="closed"), name="case_to_archive"),
        ]

    def __str__(self) -> str:
        return self.number


class CaseEvent(CityRow):
    """One act on a case and how the case stood after it. Never changed: the database refuses to (migration 0002).

    ``step``: what had to be done in the state it found and is done now (states.Step), "" if nothing; ``step_late``: late.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="events", db_constraint=False)
    version = models.IntegerField()
    act = models.TextField()
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    fields = models.JSONField(default=dict)
    state = models.TextField()
    owner_id = models.UUIDField(null=True)
    owner_name = models.TextField(blank=True)
    deadline_at = models.DateTimeField(null=True)
    clock_running = models.BooleanField(default=False)
    redone = models.BooleanField(default=False)
    step = models.TextField(blank=True)
    step_late = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "case", "version"], name="case_event_once")]


class Duty(CityRow):
    """Something asked of a unit beside the case's own way (duty_kinds.KINDS), and whether it was answered.

    What was asked and answered stands in the events ``asked`` and ``answered`` (their versions), which never change; this row says
    how it stands. ``days``: working days it was given, to be given again when its colour rises; ``verdict_id``: what an appeal is
    against.
    """

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", "待答复"
        ANSWERED = "answered", "已答复"
        CLOSED = "closed", "已办结"
        LAPSED = "lapsed", "已失效"

    case = models.ForeignKey(Case, models.CASCADE, related_name="duties", db_constraint=False)
    kind = models.TextField()
    unit_id = models.UUIDField()
    unit_name = models.TextField()
    unit_path = models.TextField()
    state = models.TextField(choices=State.choices, default=State.OPEN)
    level = models.TextField(blank=True, default="")
    days = models.IntegerField(default=0)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    asked = models.IntegerField()
    answered = models.IntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    verdict_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "case", "kind", "unit_id"],
                condition=Q(state__in=("open", "answered")),
                name="case_duty_once",
            )
        ]
        indexes = [
            models.Index(fields=["case"], name="case_duty_of"),
            models.Index(
                fields=["unit_path", "kind"],
                condition=Q(state="open"),
                name="case_duty_unit",
                opclasses=["text_pattern_ops", "text_ops"],
            ),
            models.Index(fields=["due_at"], condition=Q(state="open", told_at=None), name="case_duty_due"),
        ]


class Verdict(CityRow):
    """What a case's caller said of a unit's result, once for each result. ``excluded_*``: it does not count in the rates, why and
    by whom: an exclusion is never without both, and the verdict itself never changes."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="verdicts", db_constraint=False)
    version = models.IntegerField()
    at = models.DateTimeField()
    unit_id = models.UUIDField(null=True)
    unit_name = models.TextField(blank=True)
    unit_path = models.TextField(blank=True)
    grade = models.TextField()
    responded = models.TextField(blank=True)
    solved = models.TextField(blank=True)
    excluded_at = models.DateTimeField(null=True)
    excluded_by = models.TextField(blank=True, default="")
    excluded_why = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "case", "version"], name="case_verdict_once"),
            models.CheckConstraint(
                condition=Q(excluded_at=None) | ~Q(excluded_by="") & ~Q(excluded_why=""),
                name="case_excluded_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="case_verdict_at")]


class Limit(CityRow):
    """How long something may take, from a moment on. Appended, never edited: an old case keeps its limit.

    ``clock``: "handle" (the whole, from dispatch to reply) or a step (states.Step). ``type`` and ``urgency``: for which cases,
    "" for all; the closer one counts, and of two equally close the urgency's.
    """

    class Unit(models.TextChoices):
        """Working days count on the State Council's calendar, hours on the wall clock (2 h / 24 h classes)."""

        WORKING_DAYS = "working_days", "个工作日"
        HOURS = "hours", "小时"

    clock = models.TextField(default=HANDLE)
    type = models.TextField(blank=True)
    urgency = models.TextField(blank=True)
    amount = models.IntegerField()
    unit = models.TextField(choices=Unit.choices)
    effective_from = models.DateTimeField()
    source = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["city_id", "clock", "type", "urgency", "effective_from"], name="case_limit_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="case_limit_positive"),
        ]
