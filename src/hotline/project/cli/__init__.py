"""The `hotline` command. Each noun is a module here with a click command named `command`, loaded when it is asked for."""

from __future__ import annotations

import logging
import os
import pkgutil
import sys
from importlib import import_module
from importlib.util import find_spec

import click

from hotline.project.config import ConfigurationError


class Nouns(click.Group):
    """`hotline <noun>` is `cli/<noun>.py`; nothing is imported before it is needed, so every command starts fast.

    A module that says NEEDS_DJANGO = True gets Django set up before its command runs (not for `--help`'s list).
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = f"{__name__}.{cmd_name.replace('-', '_')}"
        if find_spec(name) is None:
            return None
        if needs_django(name):
            set_up_django()
        command: click.Command = import_module(name).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list with each module's first line, read from the source: listing must not start Django."""
        rows = [
            (name, _first_line(f"{__name__}.{name.replace('-', '_')}")) for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def needs_django(module: str) -> bool:
    """Whether the module states NEEDS_DJANGO = True, read from its source: it cannot be imported before Django is."""
    return "\nNEEDS_DJANGO = True" in _source(module)


def set_up_django() -> None:
    """Make models usable in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotline.project.settings")
    import django

    django.setup()


def _source(module: str) -> str:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    with open(spec.origin, encoding="utf-8") as file:
        return file.read()


def _first_line(module: str) -> str:
    text = _source(module).lstrip()
    return text.removeprefix('"""').splitlines()[0].removesuffix('"""') if text.startswith('"""') else ""


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
def hotline() -> None:
    """一号通:政务服务便民热线平台 / the one-number government hotline.

    Exit codes: 0 done, 1 refused or failed (the reason is printed), 2 wrong usage.
    """


DATABASE_AWAY = (
    "数据库连不上：请先运行 hotline up（已运行时用 hotline status 查看）。"
    " / The database cannot be reached: run hotline up first (if it runs, see hotline status)."
)


def main() -> None:
    """Entry point. A Problem, a wrong setting or a database that is down is said in Chinese and English, without a
    traceback; exit code 1."""
    # A pipe or a C locale must not turn Chinese into an exception.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    # Its every attempt is a warning; whether a connection came is what the caller of it is told.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    from hotline.base.kernel.errors import Problem

    try:
        hotline(prog_name="hotline")
    except (ConfigurationError, Problem) as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from error
    except Exception as error:
        if not _database_away(error):
            raise
        detail = next(iter(str(error).splitlines()), "")
        click.echo(f"{DATABASE_AWAY} ({detail})", err=True)
        raise SystemExit(1) from error


def _database_away(error: Exception) -> bool:
    """Whether the database could not be reached. Django is asked only where a command has loaded it."""
    database = sys.modules.get("django.db")
    return database is not None and isinstance(error, (database.OperationalError, database.InterfaceError))
