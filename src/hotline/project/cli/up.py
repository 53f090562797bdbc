"""准备并启动全部进程 / prepare whatever is missing and run every process in the foreground"""

from __future__ import annotations

import os
import sys
import time

import click

from hotline.project.config import config
from hotline.project.runtime import lifecycle


@click.command()
@click.option("--prepare-only", is_flag=True, help="只准备,不启动 / prepare, do not start.")
def command(prepare_only: bool) -> None:
    """准备(各步完成后下次跳过)并在前台运行,Ctrl-C 停止全部进程。

    Prepare and run in the foreground; Ctrl-C stops everything. Settings: HOTLINE_HOME, HOTLINE_PORT, HOTLINE_SIP_PORT,
    HOTLINE_CITY, HOTLINE_HOST, DATABASE_URL and others (docs/operations.md).
    """
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:5.1f} s] {text}")
        sys.stdout.flush()

    arguments = lifecycle.prepare(config(), say)
    if not prepare_only:
        os.execv(arguments[0], arguments)  # noqa: S606 - supervisord takes this process over: one pid, one Ctrl-C
