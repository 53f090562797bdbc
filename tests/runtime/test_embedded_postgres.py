"""The embedded PostgreSQL: as the design asks, and an external one is told what it lacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from hotline.project.config import ConfigurationError, config
from hotline.project.runtime import database
from hotline.project.runtime.postgres import Postgres


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
