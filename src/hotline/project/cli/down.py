"""停止本实例 / stop this instance, also what a killed supervisor left behind"""

from __future__ import annotations

import click

from hotline.project.config import config
from hotline.project.runtime import lifecycle


@click.command()
def command() -> None:
    """停止 HOTLINE_HOME 所指实例的全部进程。

    Stop every process of the instance in HOTLINE_HOME; done when nothing of it is left.
    """
    ended = lifecycle.stop_everything(config().home)
    if ended:
        click.echo(f"已停止 {ended} 个进程 / stopped {ended} processes")
    else:
        click.echo("没有在运行 / nothing was running")
