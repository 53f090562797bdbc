"""Writing rows without the ORM's compiler, where a write happens at every act.

Compiling an INSERT costs Django five times the CPU of sending it; here the statement for a sequence of models is built
once and kept. Rows of several models go in one statement: each round trip costs as much as the work in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model


def insert(*rows: Model, notices: Sequence[tuple[str, str]] = ()) -> None:
    """INSERT ``rows``, of one model or several, in one statement. Generated keys are the database's and not read back.

    Foreign keys between them hold at commit (kernel.keys makes them deferred), so their order does not matter. ``notices``:
    (channel, payload) pairs the database gives to listeners at commit.
    """
    if not rows and not notices:
        return
    models = tuple(type(row) for row in rows)
    values = [_prepared(field, getattr(row, field.attname)) for row in rows for field in _fields(type(row))]
    with connection.cursor() as cursor:
        cursor.execute(_statement(models, len(notices)), [*values, *chain.from_iterable(notices)])


def update(model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """UPDATE the rows of ``model`` whose columns equal ``where`` (no NULLs); how many there were. Keys are attribute names."""
    fields = {field.attname: field for field in _fields(model)}
    given = [_prepared(fields[name], value) for part in (values, where) for name, value in part.items()]
    with connection.cursor() as cursor:
        cursor.execute(_change(model, tuple(where), tuple(values)), given)
        return int(cursor.rowcount)


def save(row: Model) -> None:
    """UPDATE every column of a row that is there."""
    values = {
        field.attname: getattr(row, field.attname) for field in _fields(type(row)) if not field.primary_key
    }
    update(type(row), {"id": row.pk}, values)


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
def _statement(models: tuple[type[Model], ...], notices: int) -> str:
    statements = [_insert(model) for model in models]
    if notices:
        statements.append(f"SELECT {', '.join(['pg_notify(%s, %s)'] * notices)}")
    *first, last = statements
    if not first:
        return last
    named = ", ".join(f"w{n} AS ({statement})" for n, statement in enumerate(first))
    return f"WITH {named} {last}"


@lru_cache(maxsize=256)
def _change(model: type[Model], where: tuple[str, ...], values: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    column = {field.attname: quote(str(field.column)) for field in _fields(model)}
    changes = ", ".join(f"{column[name]} = %s" for name in values)
    which = " AND ".join(f"{column[name]} = %s" for name in where)
    return f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {which}"  # noqa: S608


def _insert(model: type[Model]) -> str:
    quote, fields = connection.ops.quote_name, _fields(model)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    # Only names of our own tables and columns stand in it; values are parameters.
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
