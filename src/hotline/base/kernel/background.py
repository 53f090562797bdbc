"""Work that the worker does by the clock: declared in a room's ``tasks.py``, run by ``hotline worker`` (procrastinate)."""

from __future__ import annotations

from collections.abc import Callable

from procrastinate.contrib.django import app

Work = Callable[[], None]


def every(cron: str) -> Callable[[Work], Work]:
    """Have the worker call the function at the times of ``cron`` (minute, hour, day, month, weekday, and perhaps second;
    UTC).

    One at a time over all workers; a time at which it still runs or waits is passed over. It must bear being called
    twice: after a crash it is.
    """

    def declare(work: Work) -> Work:
        name = f"{work.__module__}.{work.__name__}"

        def run(timestamp: int) -> None:
            work()

        task = app.task(run, name=name, queue="upkeep", lock=name, queueing_lock=name)
        app.periodic(cron=cron)(task)
        return work

    return declare


def on_call(work: Work) -> Work:
    """Make ``work`` something the worker does: calling it asks for it, from the end of this transaction on.

    It must bear being done twice, and once for many calls.
    """
    return _asked_for(work, None)


def alone_on_call(work: Work) -> Work:
    """As ``on_call``, for what takes long: one at a time over all workers, so that the clocks' work keeps its place."""
    return _asked_for(work, f"{work.__module__}.{work.__name__}")


def _asked_for(work: Work, lock: str | None) -> Work:
    task = app.task(work, name=f"{work.__module__}.{work.__name__}", queue="upkeep", lock=lock)

    def ask() -> None:
        task.defer()

    return ask
