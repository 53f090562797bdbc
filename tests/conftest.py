"""What every test may use: a real PostgreSQL for the session, and the city's data loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotline.project.config import config
from hotline.project.runtime.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's own embedded PostgreSQL, started when the first test asks for a database."""
    server = Postgres(config().home, config().ports["postgres"], config().secrets["postgres"], durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: Postgres) -> None:
    """pytest-django asks for this before it makes the test database: PostgreSQL must run by then."""


@pytest.fixture(scope="session")
def city(django_db_setup: None, django_db_blocker: Any) -> None:
    """The city's folder loaded into the test database, once for the session."""
    from hotline.project.cli.load import load_city

    with django_db_blocker.unblock():
        load_city()
