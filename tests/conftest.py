"""What every test may use: a real PostgreSQL with the city's data, and one whole hotline, each made once when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings as properties

from hotline.project.config import config
from hotline.project.runtime.postgres import Postgres
from hotline.project.runtime.switch import Tools, tools
from tests import kept, units
from tests.harness import CHECKOUT, Instance, running_instance

properties.register_profile("quick", max_examples=25, deadline=None)
properties.register_profile("thorough", max_examples=2000, deadline=None)
properties.load_profile("quick")
"""How many examples of a property are tried: few at every run, many in `make chaos-walks`."""

MARKS = {
    "hotline": "instance",
    "live": "instance",
    "workers": "instance",
    "switchboard": "telephony",
    "toolbox": "telephony",
}
"""What a test that uses a fixture needs, so that no such test gets into `make test-fast` for want of a word."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests by what they use."""
    for name in MARKS.keys() & {*getattr(item, "fixturenames", [])}:
        item.add_marker(MARKS[name])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is one unit of work comes together, the longest first."""
    items.sort(key=lambda item: units.rank(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> units.Units:
    """Several workers share the tests by units."""
    return units.Units(config, log)


@pytest.fixture(scope="session")
def toolbox() -> Tools:
    """Asterisk, espeak-ng and sox; where they cannot be had the test fails and says why."""
    return tools(CHECKOUT / "var" / "cache", print)


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
def city(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> None:
    """The city's folder loaded into the test database, for all tests that take back what they write."""
    from hotline.project.cli.load import load_city

    with django_db_blocker.unblock():
        load_city()
        kept.keep()

    def load() -> None:
        with django_db_blocker.unblock():
            kept.put_back()

    request.session.stash[CITY] = load


CITY = pytest.StashKey[Callable[[], None]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that commits leaves the database empty: the city is loaded again for those after it that do not."""
    try:
        yield
    finally:
        load = item.session.stash.get(CITY, None)
        if load is not None and nextitem is not None and _commits(item) and not _commits(nextitem):
            load()


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return "transactional_db" in getattr(item, "fixturenames", ()) or bool(
        mark and mark.kwargs.get("transaction")
    )


@pytest.fixture(scope="session")
def hotline() -> Iterator[Instance]:
    """One whole hotline with everything on, shared by all tests that leave it running.

    It has a past: a test counts from what it finds, and brings its own callers and cases.
    """
    with running_instance() as instance:
        yield instance
