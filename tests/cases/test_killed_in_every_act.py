"""A process is killed before every statement of every act, before its commit and after it: all of the act is there, or nothing.

The act is done by the real ``perform`` in a process of its own on real transactions; the kill is SIGKILL. Everything in the rooms
an act may write to is compared, row by row, with what was there before.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.base.people.roles import ROLES
from hotline.work.cases import actions
from hotline.work.cases.acts import ACTS
from hotline.work.cases.fields import Field
from hotline.work.cases.models import Case
from tests.cases.office import caller, file, unit

pytestmark = pytest.mark.django_db(transaction=True)

THURSDAY = datetime(2025, 3, 6, 10, tzinfo=clock.zone())
SIGNED = ("dispatch", "sign_for")
REPLIED = (*SIGNED, "reply")
TO_VISIT = (*REPLIED, "check")
JUDGED = (*TO_VISIT, "record_visit")
BEFORE: dict[str, tuple[str, ...]] = {
    "sign_for": ("dispatch",), "grant_return": (*SIGNED, "ask_return"), "refuse_return": (*SIGNED, "ask_return"),
    "check": REPLIED, "send_back": REPLIED, "record_visit": TO_VISIT, "rate": TO_VISIT, "close": TO_VISIT, "redo": (*TO_VISIT, "close"),
    "take_back": (*SIGNED, "pass_down"), "pass_up": (*SIGNED, "pass_down", "sign_for", "reply"),
    "send_down": (*SIGNED, "pass_down", "sign_for", "reply"),
    "grant_extension": (*SIGNED, "ask_extension"), "refuse_extension": (*SIGNED, "ask_extension"),
    "resume": (*SIGNED, "pause"), "end_pause": (*SIGNED, "pause"), "grant_shelving": (*SIGNED, "ask_shelving"),
    "refuse_shelving": (*SIGNED, "ask_shelving"), "grant_termination": (*SIGNED, "ask_termination"),
    "refuse_termination": (*SIGNED, "ask_termination"), "record_outcome": ("hand_over",), "come_back": ("hand_over",),
    "split": ("merge",), "answered_with_lead": ("merge",), "closed_with_lead": ("merge",), "leave_event": ("join_event",),
    "archive": (*TO_VISIT, "close"), "end_aside": ("order_aside",), "report_assist": (*SIGNED, "ask_assist"),
    "answer_slip": (*SIGNED, "supervise"), "accept_slip": (*SIGNED, "supervise", "answer_slip"),
    "return_slip": (*SIGNED, "supervise", "answer_slip"), "duty_overdue": (*SIGNED, "supervise"), "attend": (*SIGNED, "confer"),
    "record_minutes": (*SIGNED, "confer"), "to_meeting": (*SIGNED, "escalate"), "decide_escalation": (*SIGNED, "escalate"),
    "answer_referral": (*SIGNED, "refer"), "ask_appeal": JUDGED, "grant_appeal": (*JUDGED, "ask_appeal"),
    "refuse_appeal": (*JUDGED, "ask_appeal"), "exclude_verdict": JUDGED, "include_verdict": (*JUDGED, "exclude_verdict"),
    **dict.fromkeys(("unshelve", "end_shelving", "shelve_longer"), (*SIGNED, "ask_shelving", "grant_shelving")),
    **dict.fromkeys(
        ("ask_return", "reply", "reassign", "pass_down", "ask_extension", "pause", "contact", "caller_urge", "urge",
         "ask_shelving", "ask_termination", "ask_assist", "supervise", "confer", "escalate", "refer"), SIGNED),
}  # fmt: skip
"""What was done on the case before each act; nothing where it is not named."""
GIVEN: dict[str, dict[str, Any]] = {"record_visit": {"grade": "dissatisfied", "reason": "没修好"}}
"""Fields that matter for what comes after; of the rest any right value."""
FEW = ("accept", "dispatch", "record_visit", "merge", "supervise", "grant_appeal", "check")
"""Tried at every run: a new case, a duty, a verdict, two cases, a slip, an exclusion, a lead with its follower."""
ROOMS = ("cases_", "kernel_auditrow", "kernel_outboxrow", "notices_", "parties_", "finding_", "interests_")
ALWAYS = {"cases_case", "cases_caseevent", "kernel_auditrow", "kernel_outboxrow"}


@pytest.fixture(autouse=True)
def _a_city(transactional_db: None) -> Iterator[None]:
    """The city again: a test with real transactions empties the tables."""
    from hotline.project.cli.load import load_city

    load_city()
    with clock.at(THURSDAY):
        yield


def rows() -> dict[str, set[str]]:
    """Every row an act may have written, in the words of the database."""
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name.startswith(ROOMS)]
        found = {}
        for name in names:
            cursor.execute(f"SELECT t::text FROM {name} AS t")  # noqa: S608 -- our own tables
            found[name] = {row for (row,) in cursor.fetchall()}
    return found


class Scene:
    """A case that stands where one act can be done next, and somebody who may do everything."""

    def __init__(self, name: str) -> None:
        self.name = name
        staff, _ = people.open_account(system("tests"), "everybody", "众人", must_change_password=False)
        other, _ = people.open_account(system("tests"), "other", "他人", must_change_password=False)
        for one in (staff, other):
            people.give_post(system("tests"), one.id, "agent", organisations.root().id)
        self.other = str(other.id)
        rights = frozenset(right for role in ROLES.values() for right in role.rights)
        self.everybody = Actor("person", str(staff.id), "众人", rights, ("/",), tuple(ROLES))
        self.below = people.add_organisation(
            system("hotline load"), unit("renshe").id, "renshe-east", "东街人社所", "node", accepts_cases=True
        )
        self.lead = file(phone="13900000001")
        self.id = file().id
        for before in BEFORE.get(name, ()):
            self.do(before)
        if name == "check":  # with whom waits for the same answer
            one = file(phone="13900000002")
            Case.objects.filter(id=one.id).update(state="merged", lead_id=self.id)

    def do(self, name: str) -> None:
        case = Case.objects.get(id=self.id)
        actions.perform(self.who(name, self.id), self.id, name, case.version, self.fields(name))

    def who(self, name: str, id: UUID) -> Actor:
        match ACTS[name].relation:
            case "caller":
                return caller(id)
            case "clock":
                return system("tests")
        return self.everybody

    def fields(self, name: str) -> dict[str, Any]:
        wanted = {field.name: self.value(name, field) for field in ACTS[name].fields if field.required}
        return wanted | GIVEN.get(name, {})

    def value(self, act: str, field: Field) -> Any:
        match field.kind:
            case "choice":
                return field.choices[0].value
            case "number":
                return field.least
            case "unit":
                if act == "pass_down":
                    return str(self.below.id)
                return str(unit("linked-12328" if field.accepts == "centre" else "renshe-node").id)
            case "units":
                return [str(unit("keji-node").id)]
            case "date":
                return (clock.today() + timedelta(days=40)).isoformat()
            case "moment":
                return (clock.now() + timedelta(days=3)).isoformat()
            case "staff":
                return self.other
            case _:
                return self.lead.number if field.name == "into" else "照章办理"

    def act(self) -> None:
        if self.name == "accept":
            file(self.everybody, phone="13900000003", key="once")
        else:
            self.do(self.name)


def killed(work: Callable[[], None], after: int) -> bool:
    """Do ``work`` in a process that is killed when it has sent ``after`` statements and would send the next, or commit; False:
    it came through its commit, and was killed then."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            raise AssertionError(f"the act broke off by itself: exit {os.WEXITSTATUS(status)}")
        assert os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGTERM)
        return os.WTERMSIG(status) == signal.SIGKILL
    try:
        connection.settings_dict["OPTIONS"]["pool"] = (
            False  # its threads and locks are not those of a forked process
        )
        sent = 0

        def count(execute: Callable[..., Any], *rest: Any) -> Any:
            nonlocal sent
            if sent == after:
                os.kill(os.getpid(), signal.SIGKILL)
            sent += 1
            return execute(*rest)

        commit = connection._commit

        def counted_commit() -> None:
            nonlocal sent
            if sent == after:
                os.kill(os.getpid(), signal.SIGKILL)
            sent += 1  # so that a second transaction of the same act would be cut off from the first
            commit()

        connection._commit = counted_commit
        with connection.execute_wrapper(count):
            work()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    os._exit(3)


def walked(name: str) -> None:
    """Kill ``name`` everywhere."""
    scene = Scene(name)
    if name == "duty_overdue":
        with clock.at(clock.now() + timedelta(days=10)):
            _walked(scene)
    else:
        _walked(scene)


def _walked(scene: Scene) -> None:
    before, times = rows(), 0
    while killed(scene.act, times):
        assert rows() == before, f"{scene.name}: half an act stays when it is killed after {times} statements"
        times += 1
        assert times < 200
    assert times >= 2, "it was killed nowhere"
    after, act = rows(), ACTS[scene.name]
    changed = {table for table in after if after[table] != before[table]}
    wanted = ALWAYS | ({"cases_duty"} if act.duty and act.duty.verb != "open" else set())
    wanted |= {"cases_verdict"} if act.judges or act.excludes is not None else set()
    wanted |= {"finding_casetext"} if scene.name == "accept" else set()
    if act.duty and act.duty.verb == "open" and any(f.required and f.kind == "units" for f in act.fields):
        wanted |= {"cases_duty"}
    assert wanted <= changed, f"{scene.name}: {wanted - changed} untouched when it came through"
    new = {table: len(after[table] - before[table]) for table in after}
    acts = new["cases_caseevent"]
    assert acts == new["kernel_outboxrow"] == (2 if scene.name == "check" else 1)
    assert not before["cases_caseevent"] - after["cases_caseevent"], "what happened stays as it was"


@pytest.mark.parametrize("name", FEW)
def test_an_act_that_is_killed_anywhere_is_whole_or_nothing(name: str) -> None:
    walked(name)


@pytest.mark.chaos
@pytest.mark.parametrize("name", [name for name in ACTS if name not in FEW])
def test_every_other_act_that_is_killed_anywhere_is_whole_or_nothing(name: str) -> None:
    walked(name)
