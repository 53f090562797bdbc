"""市民邮箱 / the city's mailbox"""

from __future__ import annotations

import sys

import click

from hotline.base.kernel.actor import system
from hotline.base.notices import actions, queries
from hotline.base.notices.mail import configured

NEEDS_DJANGO = True


@click.group()
def command() -> None:
    """市民邮箱：密码和状态。邮箱写在城市文件夹的 city.yaml（mail）。

    The city's mailbox: its password and how it stands. Which one it is stands in city.yaml.
    """


@command.command()
@click.argument("name", default="password")
def secret(name: str) -> None:
    """从标准输入读取邮箱密码，加密保存 / read the mailbox's password from standard input and keep it sealed."""
    given = click.prompt(name, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    actions.set_mail_secret(system("hotline mail secret"), name, given)
    click.echo(f"{name}: 已保存 / kept")


@command.command()
def status() -> None:
    """邮箱、缺少的密码、上次收信 / the mailbox, what it still needs, and when it was read last."""
    chosen = configured.mail()
    if chosen is None:
        click.echo(
            "未配置邮箱，不收也不发邮件 / no mailbox is named in city.yaml (mail): no mail is read or sent"
        )
        return
    shown = {name: value for name, value in chosen.settings.items() if name != "authority"}
    click.echo(f"邮箱 mailbox: {chosen.address}, {shown}")
    click.echo(f"缺少的密码 secrets missing: {', '.join(configured.missing_secrets(chosen)) or '–'}")
    stands = queries.mail_standing()
    if stands is None or (stands["looked_at"] is None and stands["failing_since"] is None):
        click.echo("尚未收过信 / not read yet")
    elif stands["failing_since"] is not None:
        click.echo(
            f"收不进信，自 / cannot be read, since {stands['failing_since']:%Y-%m-%d %H:%M}: {stands['said']}"
        )
    else:
        click.echo(f"上次收信 / last read: {stands['looked_at']:%Y-%m-%d %H:%M}")
