"""Somebody of every role, as the people's room has them."""

from tests.people.conftest import browser_of, staff_as

__all__ = ["browser_of", "staff_as"]
