"""`hotline demo` and `hotline demo clear`: a month that can be told from the real one, and taken away without a trace."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Conflict
from hotline.base.kernel.models import AuditRow
from hotline.base.parties import actions as parties
from hotline.joined.exchange import actions as exchange
from hotline.joined.exchange import queries as sources
from hotline.joined.metrics import queries as metrics
from hotline.lines.numbers import queries as numbers
from hotline.project.demonstration import history
from hotline.work.cases import actions as cases
from hotline.work.cases.intake import Asking
from hotline.work.cases.models import Case
from hotline.work.cases.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

# What an act leaves for ever, or for the worker to deliver, whoever did it.
KEPT = {"kernel_auditrow", "kernel_outboxrow", "kernel_trycount"}


def tables() -> dict[str, list[Any]]:
    """Every row of every table of the platform, as text."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            if model.__module__.startswith("hotline.") and table not in KEPT:
                cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')  # noqa: S608
                found[table] = cursor.fetchall()
    return found


def quiet(_: str) -> None:
    pass


def delivered(external_id: str) -> exchange.Receipt:
    """One call of 12348, sent by its own centre just now."""
    sender = Actor("machine", "t", "t", frozenset({"rundata.push"}), (sources.sources()["12348"].path,))
    record = {"kind": "call", "external_id": external_id, "sequence": 0, "number": "12348",
              "started_at": clock.now().isoformat(), "outcome": "in_progress"}  # fmt: skip
    return exchange.receive(sender, json.dumps({"source": "12348", "records": [record]}).encode())


def a_real_case_and_a_real_delivery() -> None:
    someone = system("real")
    cases.accept(
        someone, Asking(type="help", matter="真实", content="真实", channel="phone", phone="13800000000")
    )
    parties.find_or_create(someone, "13900000000")
    assert delivered("r").accepted == 1


def test_a_month_is_filled_shown_and_removed_and_the_tables_are_as_before() -> None:
    a_real_case_and_a_real_delivery()
    before = tables()
    filled = history.fill(15, 25, quiet)
    assert filled.calls > 200
    assert filled.run_data > 300
    seldom = {
        State.SHELVING_ASKED, State.SHELVED, State.TERMINATION_ASKED, State.UPPER_CHECK, State.MERGED, State.HANDED_OVER, State.ARCHIVED,
    }  # fmt: skip
    assert set(filled.states) == set(State) - seldom, "cases stand at every state that a usual month has"
    yesterday = clock.day_bounds(clock.today())[0] - timedelta(minutes=1)
    with clock.at(yesterday):
        board = metrics.board()
    shown = {row["number"]: row["calls"] for row in board["by_number"]}
    assert shown["12345"] > 0
    assert shown["12315"] > 0
    assert 0.8 < board["totals"]["answer_rate"] <= 1
    assert Case.objects.filter(demo=True).count() == filled.cases
    assert not Case.objects.filter(created_at__gt=clock.now()).exists()
    history.clear()
    assert tables() == before
    assert AuditRow.objects.filter(act="case.clear_demo").exists(), (
        "the log says that there was a demonstration"
    )


def test_it_is_filled_once_until_it_is_removed() -> None:
    history.fill(2, 5, quiet)
    with pytest.raises(Conflict, match="demo clear"):
        history.fill(2, 5, quiet)
    history.clear()
    assert history.fill(2, 5, quiet).calls > 0


def test_it_refuses_beside_a_trunk_that_leads_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline.lines.numbers.models import Trunk

    Trunk.objects.filter(name="loopback").update(host="sip.example.net")
    assert numbers.reaches_real_people()
    before = tables()
    with pytest.raises(Conflict, match=r"trunks\.csv"):
        history.fill(2, 5, quiet)
    assert tables() == before


def test_a_linked_hotline_cannot_send_what_looks_like_demonstration_data() -> None:
    assert [fault.where for fault in delivered("demo:1").refused[0].faults] == ["external_id"]
