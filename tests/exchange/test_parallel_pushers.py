"""Two senders at once, on real connections with real commits: they wait for each other, and never deadlock."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.joined.exchange import actions, queries
from hotline.joined.exchange.models import LinkedCall, RunRecord
from hotline.project.cli.load import load_city

from .conftest import NOON, batch, record

CALLS, SEQUENCES, SENDERS, ROUNDS = 60, 5, 4, 12


@pytest.fixture
def committed(transactional_db: None) -> None:
    """The test database without a surrounding transaction; other such tests have emptied it of the city's data."""
    load_city()


def test_parallel_senders_of_the_same_records_store_each_once_and_do_not_deadlock(
    committed: None, caplog: pytest.LogCaptureFixture
) -> None:
    path = queries.sources()["12348"].path
    sender = Actor("machine", "t", "t", frozenset({"rundata.push"}), (path,))
    everything = [
        record(f"p-{call}", sequence, agent=f"{sequence}")
        for call in range(CALLS)
        for sequence in range(SEQUENCES)
    ]
    start = Barrier(SENDERS)

    def send(seed: int) -> int:
        shuffled = random.Random(seed)
        accepted = 0
        try:
            start.wait()
            for _ in range(ROUNDS):
                some = shuffled.sample(everything, k=len(everything) // 2)
                with clock.at(NOON):
                    receipt = actions.receive(sender, batch(*some))
                assert receipt.accepted + receipt.duplicates == len(some)
                accepted += receipt.accepted
        finally:
            connections.close_all()
        return accepted

    with ThreadPoolExecutor(SENDERS) as pool:
        accepted = sum(pool.map(send, range(SENDERS)))
    assert accepted == RunRecord.objects.count() == CALLS * SEQUENCES
    assert set(LinkedCall.objects.values_list("sequence", flat=True)) == {SEQUENCES - 1}
    assert not [line for line in caplog.messages if "try again" in line], (
        "the database had to break a deadlock"
    )
