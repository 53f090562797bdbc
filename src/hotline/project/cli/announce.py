"""等到就绪后打印各地址 / wait until the instance is ready and print its addresses (run by the supervisor)"""

from __future__ import annotations

import time

import click

from hotline.project.config import config
from hotline.project.runtime import lifecycle, part


@click.command()
def command() -> None:
    """就绪后打印各地址；在此之前每 20 秒说明还缺什么。

    Print the addresses when /healthz says 200; every 20 s until then, which parts are not ready yet.
    """
    started = reported = time.monotonic()
    # The front door logs every request it cannot pass on; do not make it.
    part.wait_for(config().ports["web"])
    while True:
        found = lifecycle.health(config())
        if found and found["status"] == "ok":
            break
        if time.monotonic() - reported > 20:
            reported = time.monotonic()
            late = ", ".join(part["name"] for part in found["parts"] if not part["ok"]) if found else "web"
            click.echo(f"尚未就绪 / not ready yet: {late}(日志 / logs: {config().home / 'log'})")
        time.sleep(0.2)
    click.echo(lifecycle.addresses(config(), found))
    click.echo(
        f"就绪,用时 {time.monotonic() - started:.1f} 秒。Ctrl-C 停止。/ Ready. Ctrl-C stops everything."
    )
