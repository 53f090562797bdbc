"""呼叫控制 / call control of one slot (run by the supervisor)"""

from __future__ import annotations

import asyncio
import logging
import signal

import click

from hotline.project.runtime.process import CALLS, go_first

NEEDS_DJANGO = True


@click.command()
@click.argument("slot", type=click.IntRange(1, 99))
def command(slot: int) -> None:
    """承担 SLOT 号席位的呼叫，直到收到停止信号。

    Answer for the calls of SLOT until told to stop.

    Exit codes: 0 told to stop, 1 failed, 2 wrong usage, 3 another process has this slot.
    """
    go_first(CALLS)
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    raise SystemExit(asyncio.run(_until_told(slot)))


async def _until_told(slot: int) -> int:
    from hotline.lines.calls.switch.upkeep import run

    work = asyncio.ensure_future(run(slot))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return 0
