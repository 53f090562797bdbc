"""`hotline worker` as a real process on a real database: killed and started again, it loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.models import AuditRow, Heartbeat, OutboxRow

pytestmark = pytest.mark.django_db(transaction=True)

# The real command with one more consumer: it leaves a trace outside the database, then works for as long as it is told.
PROGRAM = """
import os, sys, time
from hotline.project.cli import set_up_django
set_up_django()
from hotline.base.kernel import outbox
def consume(topic, key, payload):
    with open(os.environ["TRACE"], "a") as trace:
        trace.write(f"{key}\\n")
    open(os.environ["TRACE"] + f".{os.getpid()}", "w").close()
    time.sleep(float(os.environ["TAKES_S"]))
outbox.on("test.news", consume)
from hotline.project.cli.worker import command
command()
"""


class Workers:
    """Starts workers on the test database."""

    def __init__(self, home: Path) -> None:
        self.trace = home / "trace"
        self.log = home / "log"
        self._home = home
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, takes_s: float = 0.0) -> subprocess.Popen[bytes]:
        """A worker whose test consumer takes ``takes_s`` seconds a row."""
        db = settings.DATABASES["default"]
        dsn = f"postgresql://{db['USER']}:{quote(db['PASSWORD'], safe='')}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
        environment = os.environ | {
            "HOTLINE_HOME": str(self._home),
            "DATABASE_URL": dsn,
            "TRACE": str(self.trace),
            "TAKES_S": str(takes_s),
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "DJANGO_SETTINGS_MODULE": "hotline.project.settings",
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM], env=environment, stdout=log, stderr=log
            )
        self._started.append(process)
        return process

    def traces(self) -> list[str]:
        """Keys in the order the consumer was called."""
        return self.trace.read_text().split() if self.trace.exists() else []

    def stop(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    with (
        connection.cursor() as cursor
    ):  # procrastinate's tables are not Django's: emptying the database leaves them
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE"
        )
    made = Workers(tmp_path)
    yield made
    made.stop()


def until(true: Callable[[], bool], log: Path, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, log.read_text()[-4000:]
        time.sleep(0.05)


def tell(key: str) -> None:
    with deed(system("test"), "test") as d:
        d.about("test", key)
        d.tell("test.news", key)


def test_news_claimed_by_a_worker_that_is_killed_is_delivered_by_the_next(workers: Workers) -> None:
    tell("a")
    doomed = workers.start(takes_s=60)
    until(lambda: workers.traces() == ["a"], workers.log)
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    assert OutboxRow.objects.filter(topic="test.news").count() == 1
    workers.start()
    until(lambda: not OutboxRow.objects.exists(), workers.log)
    assert workers.traces() == ["a", "a"]


def test_two_workers_share_the_news_and_a_stop_ends_them_in_time(workers: Workers) -> None:
    both = [workers.start(takes_s=0.02), workers.start(takes_s=0.02)]
    told = 0

    def both_have_taken_some() -> bool:
        nonlocal told
        tell(str(told))
        told += 1
        return all(workers.trace.with_name(f"trace.{process.pid}").exists() for process in both)

    until(both_have_taken_some, workers.log, seconds=60)
    until(lambda: not OutboxRow.objects.exists(), workers.log)
    assert sorted(workers.traces(), key=int) == [str(number) for number in range(told)]
    for process in both:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=10) for process in both] == [0, 0]


def test_a_worker_says_that_it_is_alive(workers: Workers) -> None:
    workers.start()
    until(lambda: Heartbeat.objects.filter(process="worker").exists(), workers.log)
    first = Heartbeat.objects.get(process="worker").at
    until(lambda: Heartbeat.objects.get(process="worker").at > first, workers.log)


def test_the_audit_chain_is_sealed_by_the_clock_without_anybody_asking(workers: Workers) -> None:
    with deed(system("test"), "test") as d:
        d.about("test", "sealed")
    workers.start()
    until(lambda: AuditRow.objects.get(object_id="sealed").seal is not None, workers.log, seconds=100)


def test_a_job_left_by_a_killed_worker_is_done_by_the_next_and_holds_no_lock_for_ever(
    workers: Workers,
) -> None:
    with deed(system("test"), "test") as d:
        d.about("test", "left")
    # As a worker leaves it that is killed in the middle: claimed, by nobody who still lives, its lock held.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, args)"
            " VALUES ('upkeep', %(name)s, %(name)s, %(name)s, 'doing', '{\"timestamp\": 0}'),"
            "        ('upkeep', %(name)s, %(name)s, %(name)s, 'todo', '{\"timestamp\": 0}')",
            {"name": "hotline.base.kernel.tasks.seal_audit_rows"},
        )
    workers.start()
    until(lambda: AuditRow.objects.get(object_id="left").seal is not None, workers.log, seconds=40)
