"""短信网关 / the gateway of text messages"""

from __future__ import annotations

import sys

import click
from django.conf import settings

from hotline.base.kernel.actor import system
from hotline.base.notices import actions, configured, queries, templates

NEEDS_DJANGO = True


@click.group()
def command() -> None:
    """短信网关：密钥、状态、须报备的模板。网关写在城市文件夹的 city.yaml（sms）。

    The gateway of text messages: its secrets, its state, the texts to have approved. Which one it is stands in city.yaml.
    """


@command.command()
@click.argument("name")
def secret(name: str) -> None:
    """从标准输入读取网关密钥 NAME，加密保存 / read the gateway's secret NAME from standard input and keep it sealed."""
    given = click.prompt(name, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    actions.set_secret(system("hotline sms secret"), name, given)
    click.echo(f"{name}: 已保存 / kept")


@command.command()
def status() -> None:
    """网关、缺少的密钥、回执地址、近 24 小时的短信 / the gateway, what it still needs, and the last 24 hours."""
    chosen = configured.sms()
    if chosen is None:
        click.echo("未配置短信网关，不发送任何短信 / no gateway is named in city.yaml (sms): nothing is sent")
        return
    missing = configured.missing_secrets(chosen.gateway)
    click.echo(f"网关 gateway: {chosen.gateway}, {chosen.settings}")
    click.echo(f"缺少的密钥 secrets missing: {', '.join(missing) or '–'}")
    door = f"{settings.HOTLINE.origin}/api/v1/sms/{chosen.gateway}/{configured.door_key(chosen.gateway)}"
    click.echo(f"回执与上行地址（勿公开）receipts and replies, keep it secret: {door}")
    found = queries.counts()
    click.echo(
        f"近 24 小时 last 24 hours: 待发 waiting {found['waiting']}, 已发 sent {found['sent']}, "
        f"送达 delivered {found['delivered']}, 失败 failed {found['failed']}"
    )


@command.command("texts")
def list_texts() -> None:
    """须向运营商报备的短信模板 / the texts to have approved by the operator, with where their fields go."""
    chosen = configured.sms()
    for name, one in sorted(templates.by_sms().items()):
        text = one.text
        for position, field in enumerate(one.fields, 1):
            text = text.replace("{" + field + "}", "{" + str(position) + "}")
        number = chosen.templates.get(name, "–") if chosen else "–"
        click.echo(f"{name}  [{number}]  {one.zh} / {one.en}\n    {text}")
