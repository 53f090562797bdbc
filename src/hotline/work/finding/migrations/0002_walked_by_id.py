"""Ids are made in the order of time, and the key walks by them: an index by the moment is not needed beside it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finding", "0001_initial")]

    operations = [migrations.RemoveIndex("casetext", "casetext_newest")]
