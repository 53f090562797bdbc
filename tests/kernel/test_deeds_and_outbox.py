"""Every write leaves an audit row and its news, or nothing at all."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from hotline.base.kernel import audit, outbox
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.base.kernel.models import AuditRow, OutboxRow

WORKER = system("test")


@pytest.mark.django_db
def test_a_deed_without_the_right_does_nothing() -> None:
    nobody = Actor(kind="person", id="1", label="nobody")
    with pytest.raises(Forbidden), deed(nobody, "thing.change", right="case.dispatch"):
        pytest.fail("the block must not run")
    assert not AuditRow.objects.filter(act="thing.change").exists()


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_leaves_no_audit_row_is_refused_and_rolled_back() -> None:
    def forgetful() -> None:
        with deed(WORKER, "thing.change") as d:
            d.tell("thing.changed", 1)
            OutboxRow.objects.create(topic="x", key="1", at="2026-01-01T00:00Z")

    with pytest.raises(RuntimeError, match="audit"):
        forgetful()
    assert not OutboxRow.objects.filter(topic__in=["thing.changed", "x"]).exists()


@pytest.mark.django_db
def test_audit_rows_are_neither_changed_nor_deleted() -> None:
    with deed(WORKER, "thing.change") as d:
        d.about("thing", 1)
    for forbidden in ("UPDATE kernel_auditrow SET act = 'other'", "DELETE FROM kernel_auditrow"):
        with pytest.raises(DatabaseError, match="never"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(forbidden)


@pytest.mark.django_db(transaction=True)
def test_the_audit_chain_says_where_a_row_was_altered() -> None:
    for number in range(3):
        with deed(WORKER, "thing.change") as d:
            d.about("thing", number)
        audit.seal_batch()
    assert audit.verify() == audit.Verdict(seals=3, rows=3, broken_at=None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_auditrow DISABLE TRIGGER kernel_audit_guard")
        cursor.execute("UPDATE kernel_auditrow SET act = 'other' WHERE seal = 2")
        cursor.execute("ALTER TABLE kernel_auditrow ENABLE TRIGGER kernel_audit_guard")
    assert audit.verify().broken_at == 2


@pytest.mark.django_db(transaction=True)
def test_news_of_a_transaction_that_commits_late_is_not_lost() -> None:
    taken: list[str] = []

    def note(topic: str, key: str, payload: dict[str, Any]) -> None:
        taken.append(key)

    outbox.on("late.news", note)
    holding, release = threading.Event(), threading.Event()

    def slow() -> None:
        with deed(WORKER, "slow") as d:
            d.about("thing", "slow")
            d.tell("late.news", "slow")
            OutboxRow.objects.bulk_create(d._news)  # takes its id now, commits later
            d._news.clear()
            holding.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    holding.wait(10)
    with deed(WORKER, "quick") as d:
        d.about("thing", "quick")
        d.tell("late.news", "quick")
    outbox.relay()
    assert taken == ["quick"]
    release.set()
    thread.join()
    outbox.relay()
    assert taken == ["quick", "slow"]


@pytest.mark.django_db(transaction=True)
def test_a_consumer_that_fails_keeps_its_row_and_stops_nobody_else() -> None:
    def refuse(topic: str, key: str, payload: dict[str, Any]) -> None:
        raise ValueError("not today")

    taken: list[str] = []
    outbox.on("bad.news", refuse)
    outbox.on("good.news", lambda topic, key, payload: taken.append(key))
    with deed(WORKER, "both") as d:
        d.about("thing", 1)
        d.tell("bad.news", "b")
        d.tell("good.news", "g")
    outbox.relay()
    assert taken == ["g"]
    (kept,) = OutboxRow.objects.all()
    assert (kept.topic, kept.tries) == ("bad.news", 1)
    assert "not today" in kept.last_error
