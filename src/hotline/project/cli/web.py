"""网页与接口进程 / the web process: loads everything once, then forks its workers (run by the supervisor)"""

from __future__ import annotations

import gc

import click

from hotline.project.config import config

WORKERS = 2
THREADS = 4


@click.command()
def command() -> None:
    """运行网页与接口进程。

    Django under Granian. The routes are loaded before the fork: it is twice as quick, and the workers share the memory.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # Nothing here is garbage until the server runs: collecting while loading would only cost time.
    gc.disable()
    import hotline.project.wsgi  # noqa: F401

    gc.freeze()
    gc.enable()
    Granian(
        "hotline.project.wsgi:application",
        address="127.0.0.1",
        port=config().ports["web"],
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    ).serve()
