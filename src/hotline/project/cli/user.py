"""人员账号 / staff accounts."""

from __future__ import annotations

import json

import click
from django.db import transaction

from hotline.base.kernel.actor import system
from hotline.base.people import actions, queries
from hotline.base.people.roles import ROLES

NEEDS_DJANGO = True

STAFF_ROLES = [name for name in ROLES if name != "citizen"]


@click.group()
def command() -> None:
    """人员账号 / staff accounts."""


@command.command()
@click.argument("username")
@click.option("--name", default="", help="姓名，缺省同用户名 / the person's name; the user name by default.")
@click.option("--role", type=click.Choice(STAFF_ROLES), help="岗位 / the post's role.")
@click.option(
    "--organisation",
    default="",
    help="任职机构在 organisations.csv 中的 key；面向全市的岗位缺省为根机构，其余必填 / "
    "the organisation's key; the root by default for roles of the whole city, required for the others.",
)
@click.option(
    "--must-change",
    is_flag=True,
    help="首次登录须改密码 / the password must be changed at the first sign-in.",
)
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable.")
def add(
    username: str, name: str, role: str | None, organisation: str, must_change: bool, as_json: bool
) -> None:
    """开立账号，密码随机生成，只显示这一次。

    Open an account. Its password is drawn at random and shown this once.
    """
    if role and not organisation and not ROLES[role].whole_city:
        raise click.UsageError(
            f"{ROLES[role].zh}须用 --organisation 指明任职单位 / {role} needs --organisation, the unit of the post"
        )
    actor = system("hotline user add")
    with transaction.atomic():
        staff, drawn = actions.open_account(
            actor, username, name or username, must_change_password=must_change
        )
        if role:
            unit = queries.organisation_by_key(organisation) if organisation else queries.root()
            actions.give_post(actor, staff.id, role, unit.id)
    _show(staff.username, drawn, role, as_json)


@command.command()
@click.argument("username")
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable.")
def password(username: str, as_json: bool) -> None:
    """重置密码并解除锁定，新密码只显示这一次，首次登录须改。

    Draw a new password and lift a lock; shown this once, to be changed at the next sign-in.
    """
    staff = queries.staff_by_username(username)
    drawn = actions.reset_password(system("hotline user password"), staff.id)
    _show(staff.username, drawn, None, as_json)


def _show(username: str, drawn: str, role: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"role": role, "username": username, "password": drawn}))
        return
    click.echo(f"用户名 / user name: {username}")
    click.echo(f"密码 / password:    {drawn}")
