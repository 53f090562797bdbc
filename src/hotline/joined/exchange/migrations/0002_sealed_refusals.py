"""What had to be refused may hold anything, a caller's number too: it is kept sealed."""

from typing import Any

from django.db import migrations, models

from hotline.base.kernel.sealing import seal


def _seal_all(apps: Any, schema_editor: Any) -> None:
    for row in apps.get_model("exchange", "RefusedRecord").objects.iterator():
        row.raw_sealed = seal(row.raw)
        row.save(update_fields=["raw_sealed"])


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [
        migrations.AddField("refusedrecord", "raw_sealed", models.BinaryField(default=b"")),
        migrations.RunPython(_seal_all, migrations.RunPython.noop),
        migrations.RemoveField("refusedrecord", "raw"),
    ]
