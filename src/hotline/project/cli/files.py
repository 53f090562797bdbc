"""加密文件 / encrypted files: a new master key, and whether everything can still be opened."""

from __future__ import annotations

import json
import secrets

import click
from django.conf import settings

from hotline.base.files import actions, keys
from hotline.base.kernel import private
from hotline.base.kernel.actor import system

NEEDS_DJANGO = True


@click.group()
def command() -> None:
    """录音等加密文件：换主密钥、核对能否打开。

    Encrypted files (recordings): change the master key, check that all can be opened.
    """


@command.command("new-key")
def new_key() -> None:
    """生成新的主密钥；重启后生效，旧文件不重写。

    Make a new master key. It wraps from the next start on; what older keys wrapped is wrapped anew by itself, no file is
    written again. Keep the old keys in secrets.json: backups need them.
    """
    path, name = settings.HOTLINE.home / "secrets.json", f"{keys.FIRST}_{keys.newest() + 1}"
    held = json.loads(path.read_text()) | {name: secrets.token_urlsafe(48)[:64]}
    private.write(path, json.dumps(held, indent=1, sort_keys=True) + "\n")
    click.echo(
        f"已生成 {name}，请重启（hotline down，hotline up） / {name} was made: restart (hotline down, hotline up)"
    )


@command.command()
def rewrap() -> None:
    """立即用最新主密钥重新包裹全部文件密钥。

    Wrap every file's key with the newest master key now; the worker does it every five minutes anyway.
    """
    done = 0
    while part := actions.rewrap(system("files: new key")):
        done += part
    click.echo(f"{done} 个文件密钥已换 / the keys of {done} files were wrapped anew")


@command.command()
def check() -> None:
    """逐个读出全部文件并核对摘要。

    Read every file through and compare its digest; the exit code is 1 when one cannot be opened or differs.
    """
    seen = damaged = 0
    for id, why in actions.examined():
        seen += 1
        if why:
            damaged += 1
            click.echo(f"{id}: {why}")
    click.echo(f"{seen} 个文件，{damaged} 个有问题 / {seen} files, {damaged} of them damaged")
    if damaged:
        raise click.exceptions.Exit(1)
