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

PARTS = frozenset({"announce", "asterisk", "callcontrol", "web", "worker"})
"""What the supervisor runs, a process each: they work when typed, but nobody needs to, so no list shows them."""
DEVELOPERS = frozenset({"build", "docs", "openapi"})
"""For whoever changes the program; listed after what an operator needs."""

EXIT_CODES = (
    "退出码：0 完成；1 被拒绝或失败，原因已说明；2 用法有误。 "
    "Exit codes: 0 done, 1 refused or failed (the reason is printed), 2 wrong usage."
)


class Nouns(click.Group):
    """`hotline <noun>` is `cli/<noun>.py`; nothing is imported before it is needed, so every command starts fast.

    A module that says NEEDS_DJANGO = True gets Django set up before its command runs (not for `--help`'s list).
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = {
            module.name.replace("_", "-")
            for module in pkgutil.iter_modules(__path__)
            if not module.name.startswith("_")
        }
        return sorted(names - PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = f"{__name__}.{cmd_name.replace('-', '_')}"
        if find_spec(name) is None:
            return None
        if needs_django(name):
            set_up_django()
        command: click.Command = import_module(name).command
        _say_exit_codes(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lists with each module's first line, read from the source: listing must not start Django."""
        names = self.list_commands(ctx)
        for title, belongs in (
            ("运行与管理 / running and managing", lambda name: name not in DEVELOPERS),
            ("开发 / developing", DEVELOPERS.__contains__),
        ):
            rows = [(n, _first_line(f"{__name__}.{n.replace('-', '_')}")) for n in names if belongs(n)]
            with formatter.section(title):
                formatter.write_dl(rows)


def _say_exit_codes(command: click.Command) -> None:
    """Let the help of ``command`` and of everything below it end with the exit codes, unless it has codes of its own."""
    if "Exit code" not in (command.help or ""):
        command.epilog = EXIT_CODES
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _say_exit_codes(below)


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


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
def hotline() -> None:
    """一号通:政务服务便民热线平台 / the one-number government hotline."""


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
