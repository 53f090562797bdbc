"""构建管理台与译文 / build the staff console and compile the translations; skipped when they are as their sources are"""

from __future__ import annotations

import click

from hotline.project.config import CHECKOUT
from hotline.project.runtime import console, messages


@click.command()
def command() -> None:
    """构建管理台和译文，需要 Node 20+。

    Build the console and the translations; needs Node 20 or later. `hotline up` does the same by itself.
    """
    done = console.build(CHECKOUT, click.echo)
    done = bool(messages.compile_all(CHECKOUT / "src")) or done
    click.echo("已构建 / built" if done else "已是最新 / up to date")
