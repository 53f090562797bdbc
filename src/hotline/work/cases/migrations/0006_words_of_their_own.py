"""A case's words move into a table of their own; lists of a unit and of a day have indexes."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from hotline.base.kernel.sealing import unseal
from hotline.work.finding.entry import text_of

BATCH = 1000


def fill(apps: Any, _: Any) -> None:
    """The words of every case there is, from what it says, not from the old index, which had lost their order."""
    cases, texts = apps.get_model("cases", "Case"), apps.get_model("finding", "CaseText")
    known = (
        "id",
        "city_id",
        "created_at",
        "number",
        "matter",
        "content",
        "place_name",
        "place_address",
        "contact_name",
    )
    rows = []
    for row in cases.objects.values(*known).iterator(BATCH):
        said = (row["matter"], row["content"], row["place_name"])
        made = text_of(
            row["id"], row["created_at"], row["number"], said,
            address=unseal(row["place_address"]), name=unseal(row["contact_name"]),
        )  # fmt: skip
        rows.append(
            texts(
                id=made.id, city_id=row["city_id"], at=made.at, plain=made.plain, pairs=made.pairs,
                address=made.address, name=made.name, number_back=made.number_back,
            )
        )  # fmt: skip
        if len(rows) == BATCH:
            texts.objects.bulk_create(rows)
            rows = []
    texts.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_steps_and_urgency"),
        ("finding", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex(
            model_name="case",
            name="case_search",
        ),
        migrations.RemoveField(
            model_name="case",
            name="search",
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["created_at"], name="case_created"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["state", "owner_path"],
                name="case_open_of_unit",
                opclasses=["text_ops", "text_pattern_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("clock_running", True)),
                fields=["owner_path", "deadline_at"],
                name="case_clock_of_unit",
                opclasses=["text_pattern_ops", "timestamptz_ops"],
            ),
        ),
    ]
