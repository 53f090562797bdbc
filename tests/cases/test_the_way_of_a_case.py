"""What the acts do, one rule a test."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.work.cases import actions, queries
from hotline.work.cases.models import Case, CaseEvent
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    SUPERVISOR,
    VISITOR,
    asking,
    caller,
    dispatched,
    do,
    file,
    handler,
    refused,
    staff,
    to_visit,
    unit,
)  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def test_a_case_goes_from_accepted_to_closed() -> None:
    id = to_visit()
    do(VISITOR, id, "record_visit", grade="satisfied")
    case = queries.one(AGENT, id)
    assert (case.state, case.clock_running, case.redo_count) == ("closed", False, 0)
    acts = [event.act for event in queries.history(case)]
    assert acts == ["accept", "dispatch", "sign_for", "reply", "check", "record_visit"]


def test_an_answer_given_at_once_closes_the_case() -> None:
    filed = file(answer="社保卡可在任一合作银行补办。", type="consult")
    assert filed.state == "closed"
    assert [e.act for e in CaseEvent.objects.filter(case_id=filed.id).order_by("version")] == [
        "accept",
        "answer_at_once",
    ]


def test_a_dissatisfied_caller_has_it_redone_by_the_same_unit_with_a_new_deadline() -> None:
    id = to_visit()
    before = queries.one(AGENT, id)
    with refused(Invalid) as no:
        do(VISITOR, id, "record_visit", grade="dissatisfied")
    assert [fault.where for fault in no.value.faults] == ["reason"]
    do(VISITOR, id, "record_visit", grade="dissatisfied", reason="还是不亮")
    case = queries.one(AGENT, id)
    assert (case.state, case.redo_count, case.owner_id, case.clock_running) == (
        "dispatched",
        1,
        before.owner_id,
        True,
    )


def test_the_caller_rates_his_own_case_and_no_other() -> None:
    id, other = to_visit(), to_visit()
    with refused(NotFound):
        actions.perform(caller(other), id, "rate", 5, {"grade": "satisfied"})
    case = actions.perform(caller(id), id, "rate", 5, {"grade": "very_dissatisfied", "reason": "没有人来"})
    assert (case.state, case.redo_count) == ("dispatched", 1)


def test_staff_cannot_rate_in_the_callers_name() -> None:
    id = to_visit()
    with refused(Problem, match="诉求人本人"):
        do(SUPERVISOR, id, "rate", grade="satisfied")


def test_a_checker_sends_back_and_the_clock_runs_on_to_the_same_deadline() -> None:
    id = dispatched()
    do(handler(), id, "sign_for")
    promised = queries.one(AGENT, id).deadline_at
    do(handler(), id, "reply", reply="已转街道。")
    assert not queries.one(AGENT, id).clock_running
    do(DISPATCHER, id, "send_back", reason="没有回答问题")
    case = queries.one(AGENT, id)
    assert (case.state, case.clock_running, case.deadline_at, case.redo_count) == (
        "signed",
        True,
        promised,
        1,
    )


def test_a_unit_may_ask_to_return_and_the_centre_decides() -> None:
    id = dispatched()
    do(handler(), id, "ask_return", reason="路灯由城管局负责")
    do(DISPATCHER, id, "grant_return")
    case = queries.one(AGENT, id)
    assert (case.state, case.owner_id, case.owner_path, case.clock_running) == (
        "waiting_dispatch",
        None,
        "",
        False,
    )
    with refused(NotFound):  # it is no longer theirs to see
        queries.one(handler(), id)


def test_a_refused_return_comes_back_with_the_deadline_unchanged() -> None:
    id = dispatched()
    promised = queries.one(AGENT, id).deadline_at
    do(handler(), id, "ask_return", reason="不归我们")
    do(DISPATCHER, id, "refuse_return", reason="三定方案写明", designated=True)
    case = queries.one(AGENT, id)
    assert (case.state, case.deadline_at, case.clock_running, case.designated) == (
        "dispatched",
        promised,
        True,
        True,
    )


def test_a_designated_unit_may_not_return_a_case() -> None:
    filed = file()
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id), designated=True)
    with refused(Conflict, match="指定办理"):
        do(handler(), filed.id, "ask_return", reason="不归我们")


def test_a_case_goes_only_to_a_unit_that_takes_cases() -> None:
    filed = file()
    with refused(Invalid, match="办理节点"):
        do(DISPATCHER, filed.id, "dispatch", unit=str(unit("renshe").id))
    with refused(NotFound):
        do(DISPATCHER, filed.id, "dispatch", unit="0190a7c0-0000-7000-8000-000000000000")
    assert queries.one(AGENT, filed.id).version == 1


def test_declining_needs_a_reason_and_tells_it_to_the_caller() -> None:
    filed = file()
    with refused(Invalid):
        do(AGENT, filed.id, "decline", reason="  ")
    do(AGENT, filed.id, "decline", reason="已在法院诉讼中，请依诉讼程序主张。")
    view = queries.citizen_view(caller(filed.id))
    assert view.steps[-1].text == "已在法院诉讼中，请依诉讼程序主张。"


def test_a_closed_case_can_be_reopened_by_the_centre_only() -> None:
    id = to_visit()
    do(VISITOR, id, "record_visit", grade="fair")
    with refused(Forbidden):
        do(AGENT, id, "redo", reason="又坏了")
    do(VISITOR, id, "redo", reason="又坏了")
    assert queries.one(AGENT, id).state == "waiting_dispatch"


def test_an_act_at_an_old_version_is_a_clear_conflict_and_changes_nothing() -> None:
    id = dispatched()
    with refused(Conflict, match="第 1 版"):
        actions.perform(DISPATCHER, id, "dispatch", 1, {"unit": str(unit("keji-node").id)})
    assert queries.one(AGENT, id).version == 2


def test_a_field_nobody_asked_for_is_refused() -> None:
    filed = file()
    with refused(Invalid) as no:
        do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id), deadline="2030-01-01")
    assert [fault.where for fault in no.value.faults] == ["deadline"]


def test_every_fault_of_a_request_is_named_at_once() -> None:
    with refused(Invalid) as no:
        actions.accept(AGENT, asking(type="xyz", matter=" ", content="x" * 5001, phone="不知道"))
    assert {fault.where for fault in no.value.faults} == {"type", "matter", "content", "contact.phone"}
    assert all(fault.zh and fault.en for fault in no.value.faults)


def test_every_act_leaves_one_event_one_audit_row_and_one_news() -> None:
    AuditRow.objects.all()
    id = to_visit()
    events = CaseEvent.objects.filter(case_id=id).count()
    assert AuditRow.objects.filter(object_kind="case", object_id=str(id)).count() == events == 5
    news = OutboxRow.objects.filter(key=str(id)).order_by("id")
    assert [row.topic for row in news] == [
        "case.accept",
        "case.dispatch",
        "case.sign_for",
        "case.reply",
        "case.check",
    ]


def test_audit_and_news_hold_no_personal_data() -> None:
    id = to_visit(name="欧阳菲菲", phone="13987654321")
    written = str(
        [
            *AuditRow.objects.values_list("detail", flat=True),
            *OutboxRow.objects.values_list("payload", flat=True),
        ]
    )
    assert "欧阳" not in written
    assert "13987654321" not in written
    assert str(id)


def test_history_cannot_be_changed_even_in_the_database() -> None:
    id = dispatched()
    with refused(ProgrammingError, match="不可修改"):
        CaseEvent.objects.filter(case_id=id).update(actor_label="别人")


def test_name_phone_and_address_are_stored_only_sealed() -> None:
    filed = file(name="欧阳菲菲", phone="13987654321", address="泉秀街 5 号 302 室")
    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM cases_case c WHERE id = %s", [filed.id])
        (row,) = cursor.fetchone()
    assert not any(text in row for text in ("欧阳菲菲", "13987654321", "泉秀街", "302 室"))


def test_a_number_is_the_day_and_six_digits_and_never_repeats() -> None:
    numbers = [file().number for _ in range(30)]
    assert len(set(numbers)) == 30
    assert all(re.fullmatch(r"20\d{12}", number) for number in numbers)


def test_a_query_code_is_stored_nowhere_and_opens_only_its_own_case() -> None:
    filed, other = file(), file()
    assert re.fullmatch(r"[2-9A-Z]{6}", filed.query_code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, '') FROM cases_case c")
        assert filed.query_code not in cursor.fetchone()[0]
    assert actions.follow(filed.number, f" {filed.query_code.lower()} ", "192.0.2.1") == filed.id
    for number, code in ((filed.number, other.query_code), ("20990101000001", filed.query_code), ("", "")):
        with refused(Problem) as no:
            actions.follow(number, code, "192.0.2.1")
        assert no.value.status == 404


def test_trying_query_codes_is_stopped_per_case_and_per_address() -> None:
    filed = file()

    def tries(address: str, number: str = filed.number, code: str = "AAAAAA") -> int:
        with pytest.raises(Problem) as no:  # the counters stand although the try is refused
            actions.follow(number, code, address)
        return no.value.status

    with clock.at(clock.now()):  # so that no window of the counters ends on the way
        assert [tries("198.51.100.1") for _ in range(11)] == [404] * 10 + [429]
        assert tries("198.51.100.1", code=filed.query_code) == 429  # not even the right code, from there
        assert (
            actions.follow(filed.number, filed.query_code, "203.0.113.9") == filed.id
        )  # but the caller's own
        assert [tries(f"192.0.2.{n}") for n in range(90)] == [404] * 89 + [429]  # from many places at once
        assert [tries("203.0.113.7", f"2026010100{n:04d}") for n in range(31)] == [404] * 30 + [429]


def test_a_repeated_request_files_nothing_and_answers_the_same() -> None:
    first, again = file(key="abc-123"), file(key="abc-123")
    assert first == again
    other = actions.accept(staff("agent", scope="/", name="另一人"), asking(key="abc-124"))
    assert other.id != first.id
    assert actions.follow(first.number, again.query_code, "192.0.2.1") == first.id


def test_a_key_used_again_with_other_content_is_refused_and_says_where_the_first_is() -> None:
    first = file(key="abc-125")
    with refused(Conflict, match=first.number):
        file(key="abc-125", content="另外一件事：井盖丢失。")
    assert Case.objects.get(id=first.id).content.startswith("东海街道")


def test_an_answer_that_comes_with_the_repetition_is_given_and_given_once() -> None:
    first = file(key="abc-126", type="consult")
    for _ in range(2):
        assert file(key="abc-126", type="consult", answer="可在任一网点补办。").state == "closed"
    assert [e.act for e in queries.history(queries.one(AGENT, first.id))] == ["accept", "answer_at_once"]
    with refused(Conflict, match="答复未能记入"):
        file(key="abc-126", type="consult", answer="请到市民中心。")


def test_the_same_phone_is_one_party() -> None:
    one, two = file(phone="138 1234 5678"), file(phone="+86 13812345678")
    parties = Case.objects.filter(id__in=[one.id, two.id]).values_list("party_id", flat=True)
    assert len(set(parties)) == 1


def test_demonstration_cases_are_cleared_and_real_ones_kept() -> None:
    from hotline.base.kernel.actor import system

    real, demo = file(), file(demo=True)
    assert actions.clear_demo(system("test")) == 1
    assert [*Case.objects.filter(id__in=[real.id, demo.id]).values_list("id", flat=True)] == [real.id]
