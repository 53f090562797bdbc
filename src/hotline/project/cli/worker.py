"""后台进程 / the worker: news between rooms, work by the clock, jobs.

One process, two halves. A thread relays the outbox: claims what is due, hands it to the rooms that asked for it, and
sleeps a little when there is nothing. The main thread runs procrastinate: the jobs, and what rooms declare in their
``tasks.py``. The heartbeat is written by the first half and only while the second still turns, so that a worker of
which either half hangs counts as silent on /healthz. Killing it at any moment loses nothing: what was claimed and not
finished is claimed again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import suppress

import click
from django.db import connections
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from hotline.base.kernel import outbox
from hotline.base.kernel.models import OutboxRow, beat

NEEDS_DJANGO = True

log = logging.getLogger(__name__)

BATCH = 100
SHORTEST_S, LONGEST_S = 0.05, 0.5
"""How long the relay sleeps when it found nothing: doubling between these."""
BEAT_S = 5.0
HUNG_S = 10.0
DEAD_S = 20.0
"""A worker whose heartbeat is older than this is taken for dead, and its jobs are done again."""
STOP_S = 8.0
"""How long running jobs may take to finish when the worker is stopped; the supervisor kills it after 10 s."""


class Relay:
    """The outbox's half."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.jobs_seen_at = time.monotonic()

    def run(self) -> None:
        """Relay until stopped; a database that is away is waited for."""
        pause, last_beat = SHORTEST_S, float("-inf")
        while not self.stopping.is_set():
            try:
                taken = outbox.relay(BATCH)
                pause = SHORTEST_S if taken else min(pause * 2, LONGEST_S)
                if time.monotonic() - last_beat >= BEAT_S and time.monotonic() - self.jobs_seen_at < HUNG_S:
                    beat(
                        "worker",
                        {
                            "waiting": OutboxRow.objects.count(),
                            "failing": OutboxRow.objects.exclude(tries=0).count(),
                        },
                    )
                    last_beat = time.monotonic()
            except Exception as error:
                log.warning("the relay will try again: %s", error)
                connections.close_all()
                pause = 1.0
            if pause > SHORTEST_S:
                self.stopping.wait(pause)
        connections.close_all()


async def _work(relay: Relay) -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as jobs:
        async with jobs.open_async():
            besides = [asyncio.create_task(_turn(relay)), asyncio.create_task(_take_over(jobs))]
            try:
                await jobs.run_worker_async(
                    name="worker",
                    concurrency=2,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=STOP_S,
                    update_heartbeat_interval=BEAT_S,
                    stalled_worker_timeout=DEAD_S,
                )
            finally:
                for task in besides:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task


async def _turn(relay: Relay) -> None:
    while True:
        relay.jobs_seen_at = time.monotonic()
        await asyncio.sleep(1)


async def _take_over(jobs: App) -> None:
    """Have the jobs of a worker that was killed done by another: until then they would hold their locks for ever."""
    while True:
        try:
            for job in await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_S):
                log.warning(
                    "job %s (%s) was left by a worker that died; doing it again", job.id, job.task_name
                )
                try:
                    await jobs.job_manager.retry_job(job)
                except UniqueViolation:
                    # The same work already waits in the queue: one of the two is enough.
                    await jobs.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
        except ConnectorException as error:
            log.warning("looking for the jobs of dead workers again later: %s", error)
        await asyncio.sleep(BEAT_S)


@click.command()
def command() -> None:
    """运行后台进程，直到收到停止信号。

    Run the worker until told to stop (SIGTERM or Ctrl-C): the outbox, work by the clock, jobs.
    """
    relay = Relay()
    thread = threading.Thread(target=relay.run, name="outbox", daemon=True)
    thread.start()
    try:
        asyncio.run(_work(relay))
    finally:
        relay.stopping.set()
        thread.join(STOP_S)
