"""The way from asyncio to Django's ORM: a few threads with a connection each, never the thread-sensitive one.

``sync_to_async``'s default puts every query of the process on one thread, so one slow query would stall every call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections

log = logging.getLogger(__name__)

THREADS = 7
"""Each waits for the disk at every commit, and commits that wait together are written together; the pool has 8 connections."""
AWAY = (OperationalError, InterfaceError)
"""The database cannot be reached or cannot commit now; later it may."""

P = ParamSpec("P")
R = TypeVar("R")


class Database:
    """Runs ORM code on its own threads. ``committing`` is False from a failure until the next success."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="calls-db")
        self.committing = True

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do ``work``, one transaction, on a thread. Raises what it raises; a broken connection is thrown away.

        A connection that died while the thread rested says nothing about the database: so it is tried once more.
        """

        def on_thread() -> R:
            try:
                return work(*args, **kwargs)
            except AWAY:
                connections.close_all()
            try:
                return work(*args, **kwargs)
            except DatabaseError:
                connections.close_all()
                raise

        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, on_thread)
        except AWAY:
            if self.committing:
                log.exception("the database cannot be used: no new call is claimed until it can")
            self.committing = False
            raise
        if not self.committing:
            log.warning("the database is back")
        self.committing = True
        return found

    async def insist(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do ``work`` however long the database is away: what happened to a call must be kept, in its order."""
        pause = 0.1
        while True:
            try:
                return await self.run(work, *args, **kwargs)
            except AWAY:
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    def close(self) -> None:
        """Give the threads up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
