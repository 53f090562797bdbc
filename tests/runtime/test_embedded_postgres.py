"""The embedded PostgreSQL: as the design asks, and an external one is told what it lacks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from hotline.project.config import ConfigurationError, config
from hotline.project.runtime import database, lifecycle, supervision
from hotline.project.runtime.postgres import Postgres
from hotline.project.runtime.process import Process
from tests.harness import CHECKOUT, free_port


def test_the_application_is_no_superuser_and_the_text_is_utf8(postgres: Postgres) -> None:
    with psycopg.connect(postgres.dsn) as connection:
        row = connection.execute(
            "SELECT rolsuper, datctype, pg_encoding_to_char(encoding), current_setting('data_checksums'),"
            " current_setting('listen_addresses') FROM pg_roles, pg_database"
            " WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
    assert row == (False, "C.UTF-8", "UTF8", "on", "127.0.0.1")


def test_a_wrong_password_does_not_get_in(postgres: Postgres) -> None:
    wrong = replace(postgres, password="wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong.dsn)


def test_it_never_runs_as_root(postgres: Postgres) -> None:
    psycopg.connect(postgres.dsn).close()
    server = int((postgres.data / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{server}").stat().st_uid != 0


def test_our_own_database_is_fit(postgres: Postgres) -> None:
    database.refuse_unfit(replace(config(), database_url=postgres.dsn))


def test_an_unfit_database_is_told_everything_it_lacks(postgres: Postgres) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS unfit")
        connection.execute(
            "CREATE DATABASE unfit TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    try:
        external = urlsplit(postgres.dsn)._replace(path="/unfit").geturl()
        with pytest.raises(ConfigurationError) as refused:
            database.refuse_unfit(replace(config(), database_url=external), ("no_such_extension", "pg_trgm"))
        for word in ("SQL_ASCII", "LC_CTYPE", "no_such_extension"):
            assert word in refused.value.zh
            assert word in refused.value.en
        assert "pg_trgm" not in refused.value.en  # not installed, but the role may do it itself
    finally:
        with psycopg.connect(postgres.dsn, autocommit=True) as connection:
            connection.execute("DROP DATABASE unfit WITH (FORCE)")


def test_a_database_nobody_answers_for_is_an_error_that_says_so() -> None:
    with pytest.raises(ConfigurationError, match="cannot be reached"):
        database.refuse_unfit(replace(config(), database_url="postgresql://nobody@127.0.0.1:1/nothing"))


@pytest.mark.instance
def test_the_database_of_a_preparation_that_was_killed_is_found_and_stopped() -> None:
    home = Path(tempfile.mkdtemp(prefix="hotline-"))
    home.chmod(0o755)
    record = supervision.part_record(home, "postgres")
    record.parent.mkdir(parents=True)
    script = (
        "import os, signal, sys; from pathlib import Path; from hotline.project.runtime.postgres import Postgres;"
        "Postgres(Path(sys.argv[1]), int(sys.argv[2]), 'secret', durable=False).start(record=Path(sys.argv[3]));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    try:
        killed = subprocess.run(
            [sys.executable, "-c", script, home, str(free_port()), record],
            check=False, env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src")}, start_new_session=True,
        )  # fmt: skip
        assert killed.returncode == -signal.SIGKILL
        left = Process.read(record)
        assert left is not None
        assert left.alive
        assert lifecycle.stop_everything(home) == 1
        assert not left.alive
        assert not (home / "postgres/postmaster.pid").exists()  # a clean shutdown, not a kill
    finally:
        lifecycle.stop_everything(home)
        shutil.rmtree(home)
