from django.db import migrations

from hotline.base.kernel.keys import composite_foreign_key, composite_key

LARGE = ("calls_call", "calls_leg", "calls_queueentry", "calls_offer", "calls_callevent")


class Migration(migrations.Migration):
    """Keys of large tables are (city_id, id)."""

    dependencies = [("calls", "0001_initial")]

    operations = [
        *(composite_key(table) for table in LARGE),
        *(composite_foreign_key(table, "call_id", "calls_call") for table in LARGE[1:]),
    ]
