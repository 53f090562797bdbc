"""各进程与健康状态 / the processes and the health of this instance"""

from __future__ import annotations

import json

import click

from hotline.project.config import config
from hotline.project.runtime import lifecycle


@click.command()
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable.")
def command(as_json: bool) -> None:
    """列出进程与 /healthz。

    List the processes and what /healthz says.

    Exit codes: 0 全部就绪 / all is ready, 1 尚未就绪 / not ready, 2 用法有误 / wrong usage.
    """
    found = lifecycle.status(config())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    elif not found["running"]:
        click.echo("没有在运行 / not running")
    else:
        for process in found["processes"]:
            click.echo(
                f"{process['name']:<16} {process['state']:<10} pid {process['pid'] or '-':<8} {process['since']}"
            )
        click.echo(f"telephony: {found['telephony']} {found['telephony_reason']}".rstrip())
        for part in found["parts"]:
            click.echo(f"{'ok ' if part['ok'] else 'NOT'} {part['name']:<14} {part['detail']}")
    raise SystemExit(0 if found["ready"] else 1)
