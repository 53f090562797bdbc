"""Keyset paging: the next page starts after the last row seen, so page 1,000 costs what page 1 does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from django.db.models import Q, QuerySet

from hotline.base.kernel.errors import Fault, Invalid

MAX_SIZE = 200
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page. ``next_cursor`` is None on the last."""

    items: list[Row]
    next_cursor: str | None


def page_size(asked: int) -> int:
    """How many rows a page has when ``asked`` for so many."""
    return max(1, min(asked, MAX_SIZE))


def keyset(
    rows: QuerySet[Any, Row],
    order: Sequence[str],
    cursor: str | None,
    size: int,
    *,
    key: Sequence[str] | None = None,
) -> Page[Row]:
    """Page ``rows`` in ``order`` (``"-created_at", "-id"``: one direction for all, the last field unique).

    ``rows`` may yield model instances or, after ``.values()``, dicts. ``key`` names where the order's values stand in
    a row if not under the field's own name. Raises Invalid for a cursor that is not ours.
    """
    size = page_size(size)
    descending = order[0].startswith("-")
    fields = [field.lstrip("-") for field in order]
    if any(field.startswith("-") is not descending for field in order):
        raise ValueError("keyset paging needs one direction for all fields")
    if cursor:
        rows = rows.filter(_after(fields, _decode(cursor, len(fields)), "lt" if descending else "gt"))
    found = list(rows.order_by(*order)[: size + 1])
    items = found[:size]
    more = len(found) > size
    return Page(items, cursor_of(_values(items[-1], key or fields)) if more else None)


def _after(fields: Sequence[str], values: Sequence[Any], compare: str) -> Q:
    """(a, b) < (x, y), spelt so that the database can use an index on (a, b)."""
    condition = Q()
    for depth in range(len(fields)):
        equal = {fields[i]: values[i] for i in range(depth)}
        condition |= Q(**equal, **{f"{fields[depth]}__{compare}": values[depth]})
    # The plain bound on the first field is implied, and is what lets PostgreSQL start in the middle of the index.
    return Q(**{f"{fields[0]}__{compare}e": values[0]}) & condition


def _values(row: Any, fields: Sequence[str]) -> list[Any]:
    return [row[field] if isinstance(row, dict) else getattr(row, field) for field in fields]


def cursor_of(values: list[Any]) -> str:
    """The cursor that says where a page ended: at a row with these ``values``."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def after_of(cursor: str, kinds: tuple[type, ...]) -> list[Any]:
    """What ``cursor_of`` was given, of these ``kinds``. Raises Invalid for a cursor that is not ours."""
    try:
        return [
            msgspec.convert(value, kind)
            for value, kind in zip(_decode(cursor, len(kinds)), kinds, strict=True)
        ]
    except msgspec.ValidationError as error:
        raise _bad_cursor() from error


def _decode(cursor: str, length: int) -> list[Any]:
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _bad_cursor() from error
    if not isinstance(values, list) or len(values) != length:
        raise _bad_cursor()
    return values


def _bad_cursor() -> Invalid:
    return Invalid(
        [
            Fault(
                "cursor",
                "翻页标记无效，请从第一页重新查询",
                "The page cursor is not valid; start again from the first page",
            )
        ]
    )
