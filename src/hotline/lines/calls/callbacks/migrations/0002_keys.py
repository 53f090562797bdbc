from django.db import migrations

from hotline.base.kernel.keys import composite_foreign_key, composite_key

LARGE = ("callbacks_callback", "callbacks_missedcall", "callbacks_attempt")


class Migration(migrations.Migration):
    """Keys of large tables are (city_id, id)."""

    dependencies = [("callbacks", "0001_initial"), ("calls", "0002_keys")]

    operations = [
        *(composite_key(table) for table in LARGE),
        composite_foreign_key("callbacks_callback", "entry_id", "calls_queueentry"),
        composite_foreign_key("callbacks_missedcall", "call_id", "calls_call"),
        composite_foreign_key("callbacks_missedcall", "callback_id", "callbacks_callback"),
        composite_foreign_key("callbacks_attempt", "entry_id", "calls_queueentry"),
        composite_foreign_key("callbacks_attempt", "callback_id", "callbacks_callback"),
    ]
