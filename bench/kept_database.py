"""A PostgreSQL that is kept between runs, for benches whose filling takes longer than their measuring.

It lies in ``BENCH_HOME`` (by default in the temporary folder), one folder for each size, with the key its data are sealed
with. Whoever changes a migration or the filling removes it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def home(name: str) -> Path:
    """Where the database ``name`` is kept."""
    return Path(os.environ.get("BENCH_HOME", Path(tempfile.gettempdir()) / "hotline-bench")) / name


@contextmanager
def kept_database(name: str) -> Iterator[Path]:
    """Started, migrated, the city loaded, and Django set up inside the block; yields its folder. One to a process."""
    folder = home(name)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for key in [key for key in os.environ if key.startswith("HOTLINE_")] + ["DATABASE_URL"]:
        os.environ.pop(key, None)
    os.environ["HOTLINE_HOME"] = str(folder)
    os.environ["HOTLINE_CACHE"] = str(Path(__file__).resolve().parents[1] / "var" / "cache")
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotline.project.settings"
    from hotline.project.config import config
    from hotline.project.runtime.postgres import Postgres

    server = Postgres(config().home, config().ports["postgres"], config().secrets["postgres"])
    server.start()
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from hotline.project.cli.load import load_city

        load_city()
        yield folder
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
