"""Identifiers: UUID version 7, so that new rows land at the end of an index."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new() -> UUID:
    """A new, time-ordered, globally unique id."""
    return uuid7()
