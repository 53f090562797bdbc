"""The words of cases, in a table of their own."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import hotline.base.kernel.ids
import hotline.base.kernel.models
from django.db import migrations, models

from hotline.base.kernel.keys import composite_key


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CaseText",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hotline.base.kernel.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("city_id", models.IntegerField(default=hotline.base.kernel.models.this_city)),
                ("at", models.DateTimeField()),
                ("plain", models.TextField()),
                ("pairs", django.contrib.postgres.search.SearchVectorField()),
                ("address", django.contrib.postgres.search.SearchVectorField(null=True)),
                ("name", models.BinaryField(max_length=16, null=True)),
                ("number_back", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["city_id", "-at", "-id"], name="casetext_newest"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["pairs"], gin_pending_list_limit=512, name="casetext_pairs"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("address__isnull", False)),
                        fields=["address"],
                        gin_pending_list_limit=256,
                        name="casetext_address",
                    ),
                    models.Index(
                        condition=models.Q(("name__isnull", False)), fields=["name"], name="casetext_name"
                    ),
                    models.Index(fields=["number_back"], name="casetext_number"),
                ],
            },
        ),
        composite_key("finding_casetext"),
    ]
