"""Database keys of large tables: (city_id, id), so that they can be distributed by city later.

Django sees ``id`` alone as the key (ids are globally unique, UUID version 7); these migration operations make the real
key, and the real foreign keys, two columns wide.
"""

from __future__ import annotations

from django.db import migrations


def composite_key(table: str) -> migrations.RunSQL:
    """Replace ``table``'s primary key (id) by (city_id, id). Put it before any reference to the table."""
    return migrations.RunSQL(
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (city_id, id)',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (id)',
    )


def composite_foreign_key(table: str, column: str, target: str) -> migrations.RunSQL:
    """Have (city_id, ``column``) of ``table`` refer to (city_id, id) of ``target``; declare the field with db_constraint=False."""
    name = f"{table}_{column}_city_fk"
    return migrations.RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (city_id, "{column}") '
        f'REFERENCES "{target}" (city_id, id) DEFERRABLE INITIALLY DEFERRED',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )
