"""What a request said, beside its idempotency key: the key with other content is another request."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_keys_and_guards")]

    operations = [
        migrations.AddField("case", "request_digest", models.BinaryField(max_length=16, null=True)),
    ]
