"""机器令牌 / machines' tokens."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.people import actions, queries
from hotline.base.people.roles import MACHINE_RIGHTS

NEEDS_DJANGO = True


@click.group()
def command() -> None:
    """机器令牌 / machines' tokens."""


@command.command()
@click.argument("name")
@click.option(
    "--right",
    "rights",
    multiple=True,
    required=True,
    type=click.Choice(sorted(MACHINE_RIGHTS)),
    help="权限，可重复 / a right; may be repeated.",
)
@click.option(
    "--organisation",
    required=True,
    help="数据范围：机构在 organisations.csv 中的 key / whose data: the organisation's key.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    help="有效天数，缺省不限 / days until it expires; never by default.",
)
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable.")
def add(name: str, rights: tuple[str, ...], organisation: str, days: int | None, as_json: bool) -> None:
    """为一台机器签发令牌，只显示这一次。

    Issue a token for a machine; it is shown this once.
    """
    unit = queries.organisation_by_key(organisation)
    expires_at = clock.now() + timedelta(days=days) if days else None
    token, key = actions.issue_token(
        system("hotline token add"), name, list(rights), unit.id, expires_at=expires_at
    )
    if as_json:
        click.echo(json.dumps({"id": str(token.id), "name": token.name, "token": key}, ensure_ascii=False))
        return
    click.echo(f"令牌 / token: {key}")
