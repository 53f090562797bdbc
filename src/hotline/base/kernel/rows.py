"""Writing rows without the ORM's compiler, where a write happens at every act.

Compiling an INSERT costs Django five times the CPU of sending it; here the statement for a sequence of models is built
once and kept. Rows of several models go in one statement: each round trip costs as much as the work in it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model


def insert(*rows: Model) -> None:
    """INSERT ``rows``, of one model or several, in one statement. Generated keys are the database's and not read back.

    Foreign keys between them hold at commit (kernel.keys makes them deferred), so their order does not matter.
    """
    if not rows:
        return
    models = tuple(type(row) for row in rows)
    values = [_prepared(field, getattr(row, field.attname)) for row in rows for field in _fields(type(row))]
    with connection.cursor() as cursor:
        cursor.execute(_statement(models), values)


_SENT_AS_IT_IS = frozenset({str, int, bool, float, bytes, datetime, UUID, type(None)})


def _prepared(field: Field[Any, Any], value: Any) -> Any:
    """``value`` as the driver takes it: most are; documents, enumerations and the like go through their field."""
    if type(value) in _SENT_AS_IT_IS and not isinstance(field, JSONField):
        return value
    return field.get_db_prep_save(value, connection)


@lru_cache(maxsize=64)
def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]


@lru_cache(maxsize=256)
def _statement(models: tuple[type[Model], ...]) -> str:
    *first, last = [_insert(model) for model in models]
    if not first:
        return last
    named = ", ".join(f"w{n} AS ({statement})" for n, statement in enumerate(first))
    return f"WITH {named} {last}"


def _insert(model: type[Model]) -> str:
    quote, fields = connection.ops.quote_name, _fields(model)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    # Only names of our own tables and columns stand in it; values are parameters.
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
