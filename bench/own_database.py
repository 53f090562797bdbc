"""A PostgreSQL of a bench's own in its temporary home, migrated, with the product's settings; gone with the process's home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.settings import HOME

from hotline.project.config import config
from hotline.project.runtime.postgres import Postgres


@contextmanager
def own_database() -> Iterator[None]:
    """Started, migrated and Django set up inside the block."""
    import django

    # The tests' settings have put this process into a temporary home on free ports; what is measured are the product's own.
    assert config().home == HOME
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotline.project.settings"
    server = Postgres(config().home, config().ports["postgres"], config().secrets["postgres"])
    print("starting a database of its own …", flush=True)
    server.start()
    try:
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
