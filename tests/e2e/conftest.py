"""One whole hotline for the end-to-end tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness import Instance, running_instance


@pytest.fixture(scope="session")
def hotline() -> Iterator[Instance]:
    """A running instance with everything on: real database, switch, front door."""
    with running_instance() as instance:
        yield instance
