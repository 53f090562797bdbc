"""Sixteen clients file, act, merge in opposite directions and act on several at once: no deadlock, no lost act, and whoever
comes second is told so. Real transactions, real threads, over the routes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.db import connection

from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.project.runtime.postgres import Postgres
from hotline.work.cases import actions
from hotline.work.cases.models import Case, CaseEvent
from tests.cases.office import AGENT, DISPATCHER, caller, dispatched, do, file, handler, unit
from tests.cases.test_over_http import BODY, Browser
from tests.cases.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 16
DEEDS = 25
DEADLOCK = b"deadlock detected"


@pytest.fixture(autouse=True)
def _a_city(transactional_db: None) -> None:
    """The city again: a test with real transactions empties the tables."""
    from hotline.project.cli.load import load_city

    load_city()


@pytest.fixture(autouse=True)
def _a_connection_each() -> Iterator[None]:
    """Sixteen clients are several web processes, each with a pool of its own; here they share one."""
    connection.ensure_connection()
    connection.pool.resize(1, CLIENTS + 4)  # type: ignore[attr-defined]
    yield
    connection.pool.resize(1, 8)  # type: ignore[attr-defined]


@pytest.fixture
def said(postgres: Postgres) -> Any:
    """What the database wrote into its log since the test began."""
    log = postgres.where / "postgres.log"
    before = log.stat().st_size
    return lambda: log.read_bytes()[before:]


def replied(**changes: Any) -> UUID:
    id = dispatched(**changes)
    do(handler(), id, "sign_for")
    do(handler(), id, "reply", reply="路灯已修好")
    return id


def number(id: UUID) -> str:
    return str(Case.objects.get(id=id).number)


def test_two_merges_in_opposite_directions_at_once_are_one_merge_and_one_refusal(said: Any) -> None:
    for _ in range(10):
        one, two = file(), file()
        merge = partial(actions.perform, AGENT, name="merge", version=1)
        outcome = at_once(
            partial(merge, case_id=one.id, fields={"into": two.number}),
            partial(merge, case_id=two.id, fields={"into": one.number}),
        )
        assert Counter(type(result).__name__ for result in outcome) == Counter(["Case", "Invalid"])
        assert Case.objects.filter(id__in=[one.id, two.id], state="merged").count() == 1
    assert DEADLOCK not in said()


def test_a_follower_that_moves_in_the_same_moment_does_not_keep_the_lead_from_its_check(said: Any) -> None:
    for _ in range(5):
        lead, others = dispatched(), [file().id for _ in range(6)]
        for other in others:
            do(AGENT, other, "merge", into=number(lead))
        do(handler(), lead, "sign_for")
        do(handler(), lead, "reply", reply="路灯已修好")
        version = Case.objects.get(id=lead).version
        leaves = partial(actions.perform, AGENT, name="split", version=2, fields={"reason": "不是同一盏灯"})
        outcome = at_once(
            partial(actions.perform, DISPATCHER, lead, "check", version, {}),
            *[partial(leaves, case_id=other) for other in others[::2]],
        )
        assert isinstance(outcome[0], Case), outcome[0]
        left = {id for id, result in zip(others[::2], outcome[1:], strict=True) if isinstance(result, Case)}
        states = dict(Case.objects.filter(id__in=others).values_list("id", "state"))
        assert states == {id: "waiting_dispatch" if id in left else "waiting_visit" for id in others}
    assert DEADLOCK not in said()


def test_who_merges_while_the_lead_is_checked_is_told_its_answer_or_refused(said: Any) -> None:
    for _ in range(5):
        lead, others = replied(), [file().id for _ in range(6)]
        at, version = number(lead), Case.objects.get(id=lead).version
        comes = partial(actions.perform, AGENT, name="merge", version=1, fields={"into": at})
        outcome = at_once(
            partial(actions.perform, DISPATCHER, lead, "check", version, {}),
            *[partial(comes, case_id=other) for other in others],
        )
        assert isinstance(outcome[0], Case), outcome[0]
        joined = {id for id, result in zip(others, outcome[1:], strict=True) if isinstance(result, Case)}
        states = dict(Case.objects.filter(id__in=others).values_list("id", "state"))
        assert states == {id: "waiting_visit" if id in joined else "accepted" for id in others}
    assert DEADLOCK not in said()


class Told(NamedTuple):
    """What a client was answered: for which case, which act, and at which version it stood afterwards."""

    status: int
    id: str
    act: str
    version: int | None
    body: str


class Client:
    """One of the sixteen: it does whatever comes to its mind on the cases all of them share."""

    def __init__(self, n: int, shared: list[str]) -> None:
        self.chance, self.shared = random.Random(n), shared
        self.agent, self.dispatcher = Browser("agent"), Browser("dispatcher")
        self.node, self.visitor = Browser("node_handler", "renshe-node"), Browser("visitor")
        self.unit = str(unit().id)
        self.told: list[Told] = []

    def work(self) -> list[Told]:
        for _ in range(DEEDS):
            self.chance.choice(
                [self.files, self.acts, self.acts, self.merges, self.merges, self.several, self.urges]
            )()
        return self.told

    def files(self) -> None:
        answer = self.agent.post("/cases", BODY)
        made = answer.json()
        self.told.append(Told(answer.status_code, made.get("id", ""), "accept", 1, answer.content.decode()))
        if answer.status_code == 201:
            self.shared.append(made["id"])

    def acts(self) -> None:
        ways = [
            (self.dispatcher, "dispatch", {"unit": self.unit}), (self.node, "sign_for", {}), (self.node, "reply", {"reply": "已修好"}),
            (self.dispatcher, "check", {}), (self.visitor, "record_visit", {"grade": "satisfied"}),
            (self.agent, "answer_at_once", {"answer": "今晚抢修"}), (self.agent, "split", {"reason": "不是同一盏灯"}),
        ]  # fmt: skip
        who, act, fields = self.chance.choice(ways)
        self._do(who, self._one(), act, fields)

    def merges(self) -> None:
        this, other = self._one(), self._one()
        shown = self.agent.get(f"/cases/{other}")
        assert shown.status_code == 200, shown.content.decode()
        self._do(self.agent, this, "merge", {"into": shown.json()["number"]})

    def urges(self) -> None:
        id = self._one()
        case = Case.objects.get(id=id)
        try:
            done = actions.by_caller(caller(UUID(id)), "caller_urge", {})
        except actions.Problem as problem:
            self.told.append(Told(problem.status, id, "caller_urge", None, str(problem)))
        else:
            assert done.version > case.version - 1
            self.told.append(Told(200, id, "caller_urge", done.version, ""))

    def several(self) -> None:
        some = {self._one() for _ in range(6)}
        seen = [{"id": id, "version": self._version(id)} for id in some]
        asked = {"act": "join_event", "cases": seen, "fields": {"event": "丰海路停电"}}
        answer = self.agent.post("/cases/acts", asked)
        rows = answer.json().get("items", []) if answer.status_code == 200 else []
        self.told.append(Told(answer.status_code, "", "", None, answer.content.decode()))
        self.told += [Told(200, row["id"], "join_event", row["version"], "") for row in rows if row["done"]]

    def _one(self) -> str:
        return self.chance.choice(self.shared)

    def _version(self, id: str) -> int:
        return int(Case.objects.values_list("version", flat=True).get(id=id))

    def _do(self, who: Browser, id: str, act: str, fields: dict[str, Any]) -> None:
        answer = who.post(f"/cases/{id}/acts/{act}", {"version": self._version(id), **fields})
        version = answer.json().get("version") if answer.status_code == 200 else None
        self.told.append(Told(answer.status_code, id, act, version, answer.content.decode()))


def test_sixteen_clients_at_once_lose_no_act_and_meet_no_deadlock(said: Any) -> None:
    shared = [str(file().id) for _ in range(12)]
    clients = [Client(n, shared) for n in range(CLIENTS)]
    outcome = at_once(*[client.work for client in clients])
    assert [one for one in outcome if not isinstance(one, list)] == []
    told = [one for some in outcome for one in some]
    assert {one.status for one in told} <= {200, 201, 403, 404, 409, 422, 429}, [
        one for one in told if one.status >= 500
    ]
    done = [one for one in told if one.version is not None and one.status in (200, 201)]
    assert {"accept", "merge", "dispatch", "join_event", "caller_urge"} <= {one.act for one in done}, (
        "a quiet day proves nothing"
    )
    events = {
        (str(id), version): act
        for id, version, act in CaseEvent.objects.values_list("case_id", "version", "act")
    }
    for one in done:
        assert events[one.id, one.version] == one.act
    assert len({(one.id, one.version) for one in done}) == len(done), (
        "two were told that the same version is theirs"
    )
    for case in Case.objects.all():
        versions = [version for id, version in events if id == str(case.id)]
        assert sorted(versions) == [*range(1, case.version + 1)]
    assert AuditRow.objects.filter(object_kind="case", act__startswith="case.").count() >= len(events)
    assert OutboxRow.objects.filter(topic__startswith="case.").count() == len(events)
    for follower in Case.objects.filter(state="merged"):
        lead = Case.objects.get(id=follower.lead_id)
        assert lead.state not in ("merged", "waiting_visit", "closed", "archived"), (
            "a follower of what is over waits for ever"
        )
    assert DEADLOCK not in said()
