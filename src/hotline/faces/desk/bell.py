"""How many alerts somebody has not read, live: one query every few seconds for everybody who has the console open.

Polled, for the reason the board is (live.py): alerts are written many at once, and a notice in each would cost more than a
look of one indexed query. What did not change is sent to nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from hotline.base.kernel.errors import Problem

log = logging.getLogger(__name__)

EVERY_S = 2.0
Ask = Callable[[list[str]], Awaitable[dict[str, int]]]


class BellFeed:
    """The figures of those who listen; ``ask`` counts for many people at once."""

    def __init__(self, ask: Ask, who: Callable[[], Iterable[str]], wake: Callable[[str], None]) -> None:
        self._ask, self._who, self._wake = ask, who, wake
        self.figures: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin looking if nobody listened until now."""
        if self._task is None or self._task.done():
            self.figures = {}
            self._task = asyncio.create_task(self._run(), name="bell")

    async def _run(self) -> None:
        while listening := [*self._who()]:
            try:
                await self._look(listening)
            except Problem:  # the database is away: what was last known stands
                pass
            except Exception:  # whatever it was, those who listen must not be left with a dead bell
                log.exception("unread alerts could not be counted; trying again")
            await asyncio.sleep(EVERY_S)

    async def _look(self, listening: list[str]) -> None:
        found = await self._ask(listening)
        changed = [id for id, number in found.items() if self.figures.get(id) != number]
        self.figures = found
        for id in changed:
            self._wake(id)
