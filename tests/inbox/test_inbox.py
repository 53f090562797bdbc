"""来信: whatever a citizen writes is kept until somebody has made something of it, and is made only once into anything."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from hotline.base.notices import actions as notices
from hotline.base.notices import queries as messages
from hotline.base.notices.gateways import Reply
from hotline.base.notices.models import Incoming
from hotline.base.people.roles import MACHINE_RIGHTS
from hotline.work.cases import queries as cases
from hotline.work.cases.intake import Asking
from hotline.work.cases.models import Case
from hotline.work.inbox import actions, queries
from hotline.work.inbox.rights import WORK
from tests.cases.office import AGENT, VISITOR, dispatched, do, file, handler, refused, to_visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
PHONE = "13812341234"


def written(text: str = "丰海路的路灯坏了，晚上看不见路", phone: str = PHONE) -> UUID:
    """A text message came in, and all rooms have heard of it."""
    notices.take_replies("tencent", [Reply(phone, text, clock.now())])
    while outbox.relay():
        pass
    return Incoming.objects.latest("received_at").id


def asked(**changes: Any) -> Asking:
    return Asking(**({"type": "help", "matter": "路灯不亮", "content": "", "channel": ""} | changes))


def waiting() -> list[UUID]:
    return [row["id"] for row in messages.incoming(waiting=True).items]


def test_what_came_in_waits_oldest_first_until_somebody_deals_with_it() -> None:
    now = clock.now()
    with clock.at(now):
        first = written("第一条")
    with clock.at(now + timedelta(minutes=1)):
        second = written("第二条")
    assert waiting() == [first, second]
    actions.dismiss(AGENT, first, "thanks")
    assert waiting() == [second]
    (done,) = messages.incoming(waiting=False).items
    assert (done["id"], done["taken_as"]) == (first, "thanks")


def test_it_is_read_with_its_words_and_a_masked_number() -> None:
    written()
    (row,) = messages.incoming(waiting=True).items
    assert (row["text"], row["from_masked"]) == ("丰海路的路灯坏了，晚上看不见路", "138****1234")


def test_it_becomes_a_case_with_its_own_words_its_number_and_its_channel() -> None:
    id = written()
    filed = actions.file(AGENT, id, asked(urgency="urgent"))
    case = cases.one(AGENT, filed.id)
    assert (case.content, case.channel, case.contact_phone_masked, case.urgency) == (
        "丰海路的路灯坏了，晚上看不见路", "sms", "138****1234", "urgent",
    )  # fmt: skip
    assert waiting() == []
    row = Incoming.objects.get(id=id)
    assert (row.taken_as, row.taken_id) == ("case", filed.id)


def test_its_original_stays_as_it_came() -> None:
    id = written("原文一字不改")
    actions.file(AGENT, id, asked())
    (row,) = messages.incoming(waiting=False).items
    assert row["text"] == "原文一字不改"


def test_it_is_added_to_the_senders_open_case_which_is_offered() -> None:
    theirs = dispatched()
    old = to_visit(phone="13900001111")
    id = written("又坏了一盏")
    (offered,) = queries.open_cases(AGENT, id)
    assert offered["id"] == theirs
    assert old not in {row["id"] for row in queries.open_cases(AGENT, id)}
    actions.add(AGENT, id, theirs)
    last = cases.history(cases.one(AGENT, theirs))[-1]
    assert (last.act, last.fields["text"]) == ("record_addition", "又坏了一盏")
    assert waiting() == []


def test_nothing_is_made_of_it_twice() -> None:
    id, case = written(), dispatched()
    actions.file(AGENT, id, asked())
    for again in (
        lambda: actions.file(AGENT, id, asked()),
        lambda: actions.add(AGENT, id, case),
        lambda: actions.dismiss(AGENT, id, "spam"),
    ):
        with refused(Conflict, match="已有人处理"):
            again()
    assert Case.objects.filter(channel="sms").count() == 1


def test_what_is_wrong_with_the_case_loses_nothing_of_the_message() -> None:
    id = written()
    with refused(Invalid) as caught:
        actions.file(AGENT, id, asked(type="", matter=""))
    assert {fault.where for fault in caught.value.faults} == {"type", "matter"}
    with refused(NotFound):
        actions.add(AGENT, id, UUID(int=7))
    with refused(Invalid, match="请选择原因"):
        actions.dismiss(AGENT, id, "boring")
    assert waiting() == [id]


def test_what_one_wrote_is_never_added_to_anothers_case() -> None:
    id, anothers = written(), dispatched(phone="13900001111")
    with refused(NotFound):
        actions.add(AGENT, id, anothers)
    assert waiting() == [id]


def test_no_machine_reads_what_citizens_write() -> None:
    assert WORK not in MACHINE_RIGHTS


def test_a_closed_case_is_added_nothing() -> None:
    id = written()
    closed = file()

    do(AGENT, closed.id, "decline", reason="请走诉讼")
    with refused(Problem):
        actions.add(AGENT, id, closed.id)
    assert waiting() == [id]


@pytest.mark.parametrize("who", [VISITOR])
def test_only_who_takes_requests_makes_something_of_it(who: Any) -> None:
    id = written()
    for act in (
        lambda: actions.file(who, id, asked()),
        lambda: actions.add(who, id, UUID(int=1)),
        lambda: actions.dismiss(who, id, "spam"),
    ):
        with refused(Forbidden):
            act()
    with refused(Forbidden):
        actions.dismiss(handler(), id, "spam")


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_make_one_case(city: None) -> None:
    from hotline.project.cli.load import load_city

    load_city()
    notices.take_replies("tencent", [Reply(PHONE, "两人同时点", clock.now())])
    id = Incoming.objects.get().id
    said: list[str] = []
    ready = threading.Barrier(2)

    def take() -> None:
        ready.wait()
        try:
            said.append(actions.file(AGENT, id, asked()).number)
        except Conflict as conflict:
            said.append(conflict.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(word == "incoming-taken" for word in said) == [False, True]
    assert Case.objects.filter(channel="sms").count() == 1
