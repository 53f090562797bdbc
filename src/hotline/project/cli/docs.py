"""生成参考页 / draw the reference pages from the tables the program runs on."""

from __future__ import annotations

from collections.abc import Callable

import click

from hotline.project.config import CHECKOUT

NEEDS_DJANGO = True
FOLDER = CHECKOUT / "docs" / "reference"


def pages() -> dict[str, Callable[[], str]]:
    """Every generated page by file name. A room adds its own here."""
    from hotline.base.people import reference as people
    from hotline.lines.calls import reference as calls
    from hotline.lines.roster import reference as roster
    from hotline.work.alerts import reference as alerts
    from hotline.work.cases import reference as cases

    return {
        "alerts.md": alerts.page,
        "call-states.md": calls.page,
        "case-states.md": cases.page,
        "roles.md": people.page,
        "roster-states.md": roster.page,
    }


def stale() -> list[str]:
    """Pages that are not what the tables say now."""
    return [
        name
        for name, draw in pages().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != draw()
    ]


@click.command()
@click.option("--check", is_flag=True, help="只检查，不写入 / only check; exit code 1 when a page is stale.")
def command(check: bool) -> None:
    """依状态表生成 docs/reference 下的页面 / write the pages of docs/reference from the program's own tables."""
    names = stale()
    if check:
        for name in names:
            click.echo(f"已过时，请运行 hotline docs：{name} / stale, run hotline docs: {name}", err=True)
        raise SystemExit(1 if names else 0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        (FOLDER / name).write_text(pages()[name](), encoding="utf-8")
        click.echo(f"{FOLDER / name}")
