"""联动中心 / far centres joined by the hand-over protocol"""

from __future__ import annotations

import sys

import click

from hotline.base.kernel.actor import system
from hotline.joined.handover import far_centres, queries

NEEDS_DJANGO = True


@click.group()
def command() -> None:
    """联动中心：状态与令牌；地址在城市文件夹的 links.csv。

    Far centres: their state and their tokens. Where they are stands in the city's links.csv.
    """


@command.command()
@click.argument("number")
def token(number: str) -> None:
    """从标准输入读取 NUMBER 的中心给我方的令牌，加密保存。

    Read from standard input the token that the centre of NUMBER gave us, and keep it sealed.
    """
    given = click.prompt("令牌 / token", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not given.strip():
        raise click.ClickException("标准输入里没有令牌 / there is no token on standard input")
    far_centres.set_token(system("hotline link token"), number, given)
    click.echo(f"{number}: 已保存 / kept")


@command.command("list")
def list_links() -> None:
    """列出全部联动热线与分中心及其状态 / list all linked hotlines and sub-centres with their state."""
    for one in queries.links():
        since = one["since"].isoformat(timespec="seconds") if one["since"] else "–"
        click.echo(
            f"{one['number']}  {one['state_zh']} {one['state_en']}  {since}  "
            f"电话 telephone {one['telephone']}，消息 messages {one['messages']}  {one['name']}"
        )
