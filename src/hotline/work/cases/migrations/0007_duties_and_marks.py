"""Duties and verdicts; merging, passing down, mass events, reported parties."""

import django.db.models.deletion
import hotline.base.kernel.ids
import hotline.base.kernel.models
from django.db import migrations, models

from hotline.base.kernel.keys import composite_foreign_key, composite_key


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_words_of_their_own"),
    ]

    operations = [
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hotline.base.kernel.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("city_id", models.IntegerField(default=hotline.base.kernel.models.this_city)),
                ("kind", models.TextField()),
                ("unit_id", models.UUIDField()),
                ("unit_name", models.TextField()),
                ("unit_path", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("open", "待答复"),
                            ("answered", "已答复"),
                            ("closed", "已办结"),
                            ("lapsed", "已失效"),
                        ],
                        default="open",
                    ),
                ),
                ("level", models.TextField(blank=True, default="")),
                ("days", models.IntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("asked", models.IntegerField()),
                ("answered", models.IntegerField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("verdict_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hotline.base.kernel.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("city_id", models.IntegerField(default=hotline.base.kernel.models.this_city)),
                ("version", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("unit_id", models.UUIDField(null=True)),
                ("unit_name", models.TextField(blank=True)),
                ("unit_path", models.TextField(blank=True)),
                ("grade", models.TextField()),
                ("responded", models.TextField(blank=True)),
                ("solved", models.TextField(blank=True)),
                ("excluded_at", models.DateTimeField(null=True)),
                ("excluded_by", models.TextField(blank=True, default="")),
                ("excluded_why", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="event_name",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="case",
            name="lead_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="object_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="reported_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="reported_path",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="case",
            name="upper_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="upper_name",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="case",
            name="upper_path",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("upper_path", ""), _negated=True),
                fields=["upper_path", "-id"],
                name="case_upper",
                opclasses=["text_pattern_ops", "uuid_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("lead_id__isnull", False)), fields=["lead_id"], name="case_lead"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("event_name", ""), _negated=True),
                fields=["event_name", "-id"],
                name="case_event_name",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed")), fields=["changed_at"], name="case_to_archive"
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="duties",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="verdict",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="verdicts",
                to="cases.case",
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(fields=["case"], name="case_duty_of"),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["unit_path", "kind"],
                name="case_duty_unit",
                opclasses=["text_pattern_ops", "text_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                condition=models.Q(("state", "open"), ("told_at", None)),
                fields=["due_at"],
                name="case_duty_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("open", "answered"))),
                fields=("city_id", "case", "kind", "unit_id"),
                name="case_duty_once",
            ),
        ),
        migrations.AddIndex(
            model_name="verdict",
            index=models.Index(fields=["at"], name="case_verdict_at"),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.UniqueConstraint(
                fields=("city_id", "case", "version"), name="case_verdict_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("excluded_at", None),
                    models.Q(
                        models.Q(("excluded_by", ""), _negated=True),
                        models.Q(("excluded_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="case_excluded_by_somebody",
            ),
        ),
        composite_key("cases_duty"),
        composite_key("cases_verdict"),
        composite_foreign_key("cases_duty", "case_id", "cases_case"),
        composite_foreign_key("cases_verdict", "case_id", "cases_case"),
    ]
