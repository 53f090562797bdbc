"""The `hotline` command: what it offers, and how it says what is wrong: a sentence in Chinese and English, and 1."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import click.testing

from hotline.project import cli


def test_without_a_database_a_command_says_what_to_do_first(tmp_path: Path) -> None:
    settings = {"HOTLINE_HOME": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "hotline.project.cli", "numbers"], env=kept | settings, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "hotline up" in done.stderr
    assert "数据库" in done.stderr
    assert "database" in done.stderr


def every_command(group: click.Group, name: str = "hotline") -> Iterator[tuple[str, click.Command]]:
    """Every command as it is typed, those no list shows among them."""
    context = click.Context(group)
    hidden = cli.PARTS if group is cli.hotline else frozenset()
    for noun in sorted({*group.list_commands(context), *hidden}):
        command = group.get_command(context, noun)
        assert command is not None, noun
        yield f"{name} {noun}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{name} {noun}")


def test_every_command_has_help_in_both_languages_and_says_its_exit_codes() -> None:
    found = dict(every_command(cli.hotline))
    assert {"hotline up", "hotline user add", "hotline demo calls", "hotline callcontrol"} <= found.keys()
    for typed, command in found.items():
        page = command.get_help(click.Context(command, info_name=typed))
        assert re.search("[一-鿿]{3}", command.help or ""), typed
        assert re.search("[A-Za-z']{3,} [a-z]{2,}", command.help or ""), typed
        assert re.search("Exit codes: 0 ", page), typed


def test_an_operators_list_shows_no_process_that_the_supervisor_runs() -> None:
    page = click.testing.CliRunner().invoke(cli.hotline, ["--help"]).output
    listed = re.findall(r"^  ([a-z]+) {2,}\S", page, re.M)
    assert {"up", "down", "status", "dial", "load", "numbers", "user", "token", "demo"} <= set(listed)
    assert not set(listed) & cli.PARTS
    managing, developing = page.split("开发 / developing")
    for name in listed:
        assert (f"\n  {name} " in developing) == (name in cli.DEVELOPERS), name
        assert (f"\n  {name} " in managing) != (name in cli.DEVELOPERS), name


def test_what_the_supervisor_runs_still_answers_when_typed() -> None:
    for name in cli.PARTS:
        done = click.testing.CliRunner().invoke(cli.hotline, [name, "--help"])
        assert done.exit_code == 0, name
        assert "Usage" in done.output, name
