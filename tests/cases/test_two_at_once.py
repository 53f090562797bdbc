"""Two people at one case, two copies of one request, a process that dies in the middle: real transactions, real threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from hotline.base.kernel.deeds import Deed
from hotline.base.kernel.errors import Conflict
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.work.cases import actions
from hotline.work.cases.models import Case, CaseEvent
from tests.cases.office import DISPATCHER, file, unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _a_city(transactional_db: None) -> None:
    """The city again: a test with real transactions empties the tables."""
    from hotline.project.cli.load import load_city

    load_city()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each in its own thread and connection, all starting together; results or exceptions."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(n: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[n] = work()
        except Exception as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_dispatches_at_once_exactly_one_happens() -> None:
    units = [str(unit(key).id) for key in ("renshe-node", "keji-node")]
    for _ in range(10):
        filed = file()

        def dispatch_to(u: str, id: UUID = filed.id) -> Case:
            return actions.perform(DISPATCHER, id, "dispatch", 1, {"unit": u})

        outcome = at_once(*[partial(dispatch_to, u) for u in units])
        assert Counter(type(result) for result in outcome) == Counter([Case, Conflict])
        events = CaseEvent.objects.filter(case_id=filed.id)
        assert events.filter(act="dispatch").count() == 1
        winner = next(result for result in outcome if isinstance(result, Case))
        assert Case.objects.get(id=filed.id).owner_id == winner.owner_id
        assert OutboxRow.objects.filter(topic="case.dispatch", key=str(filed.id)).count() == 1


def test_two_copies_of_one_request_at_once_are_one_case() -> None:
    for n in range(5):
        outcome = at_once(*[partial(file, key=f"request-{n}")] * 3)
        assert len({(filed.id, filed.number, filed.query_code) for filed in outcome}) == 1
    assert Case.objects.count() == 5


def test_many_filing_at_once_get_different_numbers() -> None:
    outcome = at_once(*[file] * 8)
    assert len({filed.number for filed in outcome}) == 8


@pytest.mark.parametrize("fails_at", ["about", "tell", "_write"])
def test_an_act_that_breaks_off_in_the_middle_leaves_nothing(
    fails_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = file()
    before = (CaseEvent.objects.count(), AuditRow.objects.count(), OutboxRow.objects.count())

    def die(*_: Any, **__: Any) -> None:
        raise SystemError("the process dies here")

    with monkeypatch.context() as broken:
        broken.setattr(Deed, fails_at, die)
        with pytest.raises(SystemError):
            actions.perform(DISPATCHER, filed.id, "dispatch", 1, {"unit": str(unit().id)})
    assert (CaseEvent.objects.count(), AuditRow.objects.count(), OutboxRow.objects.count()) == before
    case = Case.objects.get(id=filed.id)
    assert (case.state, case.version, case.owner_id) == ("accepted", 1, None)
    actions.perform(DISPATCHER, filed.id, "dispatch", 1, {"unit": str(unit().id)})


def test_a_backend_killed_before_its_commit_leaves_whole_acts_only() -> None:
    filed = file()

    def dispatch_and_be_killed() -> None:
        from django.db import transaction

        with transaction.atomic():
            actions.perform(DISPATCHER, filed.id, "dispatch", 1, {"unit": str(unit().id)})
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            acted.set()
            killed.wait(10)

    pids: list[int] = []
    acted, killed = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: at_once(dispatch_and_be_killed))
    thread.start()
    assert acted.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", pids)
    killed.set()
    thread.join()
    assert Case.objects.get(id=filed.id).state == "accepted"
    assert CaseEvent.objects.filter(case_id=filed.id).count() == 1
    assert OutboxRow.objects.filter(key=str(filed.id)).count() == 1
