from django.db import migrations, models


class Migration(migrations.Migration):
    """When leaders were told that a callback is overdue."""

    dependencies = [("callbacks", "0002_keys")]

    operations = [migrations.AddField("callback", "overdue_told_at", models.DateTimeField(null=True))]
