from typing import Any

import django.contrib.postgres.fields
import hotline.base.kernel.ids
import hotline.base.kernel.models
from django.db import migrations, models

from hotline.base.kernel.keys import composite_key


def wrap_ups_keep_their_end(apps: Any, schema_editor: Any) -> None:
    """Until now a wrap-up's end stood in a timer of its own; now every timed seat state has it in its own row."""
    timers = apps.get_model("calls", "Timer").objects.filter(kind="wrap_up")
    for timer in timers:
        apps.get_model("calls", "AgentState").objects.filter(staff_id=timer.agent_id, mode="wrap_up").update(
            deadline_at=timer.deadline_at
        )
    timers.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0002_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeatSpan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hotline.base.kernel.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("city_id", models.IntegerField(default=hotline.base.kernel.models.this_city)),
                ("staff_id", models.UUIDField()),
                ("owner_id", models.UUIDField(null=True)),
                ("owner_path", models.CharField(blank=True, max_length=400)),
                (
                    "lines",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("mode", models.CharField(max_length=12)),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("call_id", models.UUIDField(null=True)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                ("ended_by", models.CharField(max_length=20)),
            ],
        ),
        migrations.AddField(
            model_name="agentstate",
            name="deadline_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="agentstate",
            name="forced_by",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="agentstate",
            name="note",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="agentstate",
            name="owner_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="agentstate",
            name="owner_path",
            field=models.CharField(blank=True, max_length=400),
        ),
        migrations.AddField(
            model_name="agentstate",
            name="requested_reason",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddIndex(
            model_name="agentstate",
            index=models.Index(
                condition=models.Q(("deadline_at__isnull", False)), fields=["deadline_at"], name="agent_due"
            ),
        ),
        migrations.AddIndex(
            model_name="seatspan",
            index=models.Index(fields=["ended_at"], name="seat_span_ended"),
        ),
        migrations.AddConstraint(
            model_name="seatspan",
            constraint=models.UniqueConstraint(
                fields=("city_id", "staff_id", "began_at"), name="seat_span_begins_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="seatspan",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at__gt", models.F("began_at"))), name="seat_span_has_length"
            ),
        ),
        migrations.RunPython(wrap_ups_keep_their_end, migrations.RunPython.noop),
        composite_key("calls_seatspan"),
    ]
