"""Whether the database can carry the platform: an external one (DATABASE_URL) is checked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from hotline.project.config import Config, ConfigurationError

OLDEST = 15
EXTENSIONS: tuple[str, ...] = ()
"""What migrations create: none so far. Each must be installed, or installable by the role of DATABASE_URL."""


def refuse_unfit(config: Config, extensions: Sequence[str] = EXTENSIONS) -> None:
    """Raise ConfigurationError with everything that is missing: version, encoding, character type, extensions, rights."""
    try:
        with psycopg.connect(config.dsn, connect_timeout=10, client_encoding="utf8") as connection:
            faults = _faults(connection, extensions)
    except psycopg.OperationalError as error:
        raise ConfigurationError(
            f"连不上数据库:{error}", f"The database cannot be reached: {error}"
        ) from error
    if faults:
        zh = "".join(f"\n  - {fault}" for fault, _ in faults)
        en = "".join(f"\n  - {fault}" for _, fault in faults)
        raise ConfigurationError(
            f"DATABASE_URL 的数据库不合要求:{zh}", f"The database of DATABASE_URL is not fit:{en}"
        )


def is_empty() -> bool:
    """Whether no city has been loaded yet (Django must be set up)."""
    from hotline.lines.numbers import queries

    return not queries.listing()


def _faults(connection: psycopg.Connection, extensions: Sequence[str]) -> list[tuple[str, str]]:
    """(Chinese, English) for each thing that is wrong."""
    found = []
    row = connection.execute(
        "SELECT current_setting('server_version_num')::int / 10000, pg_encoding_to_char(encoding), datctype,"
        " has_database_privilege(datname, 'CREATE'), has_schema_privilege('public', 'CREATE')"
        " FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    version, encoding, character_type, may_create, may_create_tables = row
    if version < OLDEST:
        found.append(
            (f"版本为 {version},需要 {OLDEST} 或更高", f"version {version}, {OLDEST} or later is needed")
        )
    if encoding != "UTF8":
        found.append((f"编码为 {encoding},需要 UTF8", f"encoding {encoding}, UTF8 is needed"))
    if character_type in ("C", "POSIX"):
        found.append(
            (f"LC_CTYPE 为 {character_type},中文检索会失效,需要 C.UTF-8 或任一 UTF-8 区域",
             f"LC_CTYPE {character_type}: Chinese search would find nothing; C.UTF-8 or any UTF-8 locale is needed")
        )  # fmt: skip
    if not may_create_tables:
        found.append(("该用户不能在 public 模式中建表", "the role may not create tables in schema public"))
    known: dict[str, str | None] = dict(
        connection.execute("SELECT name, installed_version FROM pg_available_extensions").fetchall()
    )
    trusted = {
        name for (name,) in connection.execute(
            "SELECT name FROM pg_available_extension_versions WHERE trusted OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        )
    }  # fmt: skip
    for name in extensions:
        if name not in known:
            found.append((f"服务器上没有扩展 {name}", f"extension {name} is not available on the server"))
        elif known[name] is None and not (name in trusted and may_create):
            found.append(
                (f"扩展 {name} 未安装,请由管理员执行 CREATE EXTENSION {name}",
                 f"extension {name} is not installed: have an administrator run CREATE EXTENSION {name}")
            )  # fmt: skip
    return found
