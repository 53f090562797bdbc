"""A unit's clock may be paused and given more time, its case urged; the sweep keeps what it has said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_request_digest"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="clock_started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="paused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="told_late_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="told_soon_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="urged",
            field=models.IntegerField(default=0),
        ),
        migrations.RunSQL(
            "UPDATE cases_case AS c SET clock_started_at = (SELECT min(e.at) FROM cases_caseevent AS e"
            " WHERE e.case_id = c.id AND e.deadline_at = c.deadline_at) WHERE deadline_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("clock_running", True), ("told_soon_at", None)),
                fields=["deadline_at"],
                name="case_to_warn",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("clock_running", True), ("told_late_at", None)),
                fields=["deadline_at"],
                name="case_to_urge",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("paused_at", None), ("clock_running", False), _connector="OR"),
                name="case_paused_clock_stands",
            ),
        ),
    ]
