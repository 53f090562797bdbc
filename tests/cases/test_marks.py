"""Out of the way and back: shelving, ending, other centres, merging, mass events, passing down, reports, the archive, several at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.people import actions as people_actions
from hotline.work.cases import acting, actions, limits, merging, queries, sweep
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    SUPERVISOR,
    VISITOR,
    caller,
    dispatched,
    do,
    file,
    handler,
    refused,
    staff,
    unit,
)

THURSDAY = datetime(2025, 3, 6, 10, tzinfo=clock.zone())
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture(autouse=True)
def a_thursday_in_march() -> Iterator[None]:
    """The calendar of the year after is not known yet when a year ends."""
    with clock.at(THURSDAY):
        yield


def signed(**changes: Any) -> UUID:
    id = dispatched(**changes)
    do(handler(), id, "sign_for")
    return id


def number(id: UUID) -> str:
    return str(queries.one(AGENT, id).number)


def drain() -> None:
    while outbox.relay():
        pass


def a_month_on() -> str:
    return (clock.today() + timedelta(days=30)).isoformat()


def test_what_is_shelved_stands_still_and_is_late_when_nobody_looked_at_it_on_its_day() -> None:
    id = signed()
    do(handler(), id, "ask_shelving", review_on=a_month_on(), reason="待省里资金，先行应急照明")
    case = do(SUPERVISOR, id, "grant_shelving", review_on=a_month_on())
    assert (case.state, case.clock_running) == ("shelved", False)
    with clock.at(clock.now() + timedelta(days=29)):
        assert sweep.sweep().steps == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert sweep.sweep().steps == 1
        deadline = case.deadline_at
        after = do(handler(), id, "unshelve")
        assert after.clock_running
        assert after.deadline_at > deadline


def test_a_review_day_lies_ahead() -> None:
    id = signed()
    with refused(Invalid, "今天以后"):
        do(handler(), id, "ask_shelving", review_on=clock.today().isoformat(), reason="待资金")


def test_a_unit_cannot_end_a_case_without_the_centre() -> None:
    id = signed()
    do(handler(), id, "ask_termination", ground="repeated", reason="同一事项已答复三次")
    with refused(Forbidden):
        do(handler(), id, "grant_termination", answer="不再办理")
    assert do(SUPERVISOR, id, "grant_termination", answer="已依法答复，不再办理").state == "closed"
    steps = queries.citizen_view(caller(id)).steps
    assert steps[-1].text == "已依法答复，不再办理"


def test_what_another_centre_has_is_followed_until_its_result_is_there() -> None:
    id = file().id
    with refused(Invalid, "联动中心"):
        do(DISPATCHER, id, "hand_over", unit=str(unit().id))
    do(DISPATCHER, id, "hand_over", unit=str(unit("linked-12328").id))
    assert queries.counts(DISPATCHER)["handed_over"] == 1
    assert do(AGENT, id, "record_outcome", answer="12328 已退款").state == "closed"


class TestMerging:
    def test_every_caller_gets_the_answer_and_his_own_say(self) -> None:
        lead, other = dispatched(), file(phone="13900000001").id
        do(AGENT, other, "merge", into=number(lead))
        assert queries.one(handler(), other).state == "merged", "who has the lead reads what the others wrote"
        with refused(NotFound):
            queries.one(handler("keji-node"), other)
        do(handler(), lead, "sign_for")
        do(handler(), lead, "reply", reply="路灯已修好")
        do(DISPATCHER, lead, "check")
        case = queries.one(AGENT, other)
        assert (case.state, case.owner_id) == ("waiting_visit", unit().id)
        assert queries.citizen_view(caller(other)).steps[-1].text == "路灯已修好"
        again = actions.perform(
            caller(other), other, "rate", case.version, {"grade": "dissatisfied", "reason": "我家门口没修"}
        )
        assert (again.state, again.owner_id) == ("dispatched", unit().id)
        assert queries.one(AGENT, lead).state == "waiting_visit"

    def test_whoever_has_the_lead_reads_no_name_of_a_confidential_caller(self) -> None:
        lead, other = dispatched(), file(confidential=True, name="李四光").id
        do(AGENT, other, "merge", into=number(lead))
        (row,) = queries.detail(handler(), queries.one(handler(), lead))["merged"]
        assert row["contact_name_masked"] == "（保密）"
        (row,) = queries.detail(AGENT, queries.one(AGENT, lead))["merged"]
        assert row["contact_name_masked"] == "李**"

    def test_what_was_written_for_the_house_is_no_answer_to_anybody(self) -> None:
        lead, other = dispatched(), file().id
        do(AGENT, other, "merge", into=number(lead))
        do(handler(), lead, "sign_for")
        do(handler(), lead, "reply", reply="路灯已修好")
        do(SUPERVISOR, lead, "supervise", level="blue", ground="overdue", text="三日内到现场", days=2)
        do(handler(), lead, "answer_slip", text="已修")
        do(SUPERVISOR, lead, "return_slip", reason="照片是假的", days=1)
        do(DISPATCHER, lead, "check")
        assert queries.citizen_view(caller(other)).steps[-1].text == "路灯已修好"

    def test_a_report_is_merged_with_reports_only(self) -> None:
        lead, report = dispatched(), file(type="report").id
        with refused(Invalid, "举报"):
            do(AGENT, report, "merge", into=number(lead))

    def test_what_is_split_off_goes_its_own_way(self) -> None:
        lead, other = dispatched(), file().id
        do(AGENT, other, "merge", into=number(lead))
        do(AGENT, other, "split", reason="不是同一盏灯")
        assert queries.one(AGENT, other).state == "waiting_dispatch"
        do(DISPATCHER, other, "dispatch", unit=str(unit("keji-node").id))
        assert queries.one(AGENT, other).owner_name == unit("keji-node").name

    def test_who_withdraws_speaks_for_himself_only(self) -> None:
        lead, other = dispatched(type="help"), file().id
        do(AGENT, other, "merge", into=number(lead))
        actions.perform(caller(lead), lead, "withdraw", queries.one(AGENT, lead).version, {})
        assert queries.one(AGENT, other).state == "waiting_dispatch"

    def test_what_ends_ends_for_all(self) -> None:
        lead, other = file().id, file().id
        do(AGENT, other, "merge", into=number(lead))
        do(AGENT, lead, "answer_at_once", answer="今晚抢修")
        assert queries.one(AGENT, other).state == "closed"
        assert queries.citizen_view(caller(other)).steps[-1].text == "今晚抢修"

    def test_many_are_told_in_steps_and_what_breaks_off_is_taken_up_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(merging, "SOME_TOLD", 2)
        lead, others = dispatched(), [file().id for _ in range(5)]
        for other in others:
            do(AGENT, other, "merge", into=number(lead))
        do(handler(), lead, "sign_for")
        do(handler(), lead, "reply", reply="路灯已修好")
        drain()
        do(DISPATCHER, lead, "check")
        late = file().id

        def told() -> int:
            return sum(queries.one(AGENT, id).state == "waiting_visit" for id in others)

        assert told() == 0, "the lead waits for none of them"
        do_one, done = acting.perform, []

        def breaks_at_the_second(*given: Any) -> Any:
            done.append(do_one(*given))
            if len(done) == 2:
                raise SystemError("the worker dies here")

        with monkeypatch.context() as broken:
            broken.setattr(acting, "perform", breaks_at_the_second)
            outbox.relay(1)
        assert (len(done), told()) == (2, 0), "a step is whole"
        with clock.at(clock.now() + timedelta(hours=1)):
            # Done again meanwhile: what comes now waits for the next answer, who waited gets the one that was given.
            again = {"grade": "dissatisfied", "reason": "又坏了", "solved": "unsolved", "responded": "yes"}
            do(VISITOR, lead, "record_visit", **again)
            do(AGENT, late, "merge", into=number(lead))
            drain()
        assert told() == len(others)
        assert {queries.one(AGENT, id).owner_id for id in others} == {unit().id}
        assert queries.citizen_view(caller(others[-1])).steps[-1].text == "路灯已修好"
        assert queries.one(AGENT, late).state == "merged"

    @pytest.mark.parametrize("into", ["self", "nothing", "merged", "closed", "lead"])
    def test_there_are_no_chains_and_no_dead_ends(self, into: str) -> None:
        one, two, three = file().id, file().id, file().id
        do(AGENT, two, "merge", into=number(one))
        if into == "closed":
            do(AGENT, one, "answer_at_once", answer="好了")
        wanted = {"self": three, "merged": two, "closed": one, "lead": three}
        target = "20990101000000" if into == "nothing" else number(wanted[into])
        with refused(Invalid):
            do(AGENT, one if into == "lead" else three, "merge", into=target)


def test_a_mass_event_is_a_name_many_cases_carry() -> None:
    ids = [file().id for _ in range(3)]
    for id in ids:
        do(AGENT, id, "join_event", event="丰海路停电")
    do(AGENT, ids[0], "leave_event")
    assert [queries.one(AGENT, id).event_name for id in ids] == ["", "丰海路停电", "丰海路停电"]


def test_one_act_on_several_does_what_can_be_done_and_says_why_not_of_the_rest() -> None:
    good, stale, closed = file().id, file().id, file().id
    do(AGENT, closed, "answer_at_once", answer="好了")
    seen = [(good, 1), (stale, 9), (closed, 2)]
    done = actions.perform_each(DISPATCHER, "dispatch", seen, {"unit": str(unit().id)})
    rows = queries.done_rows(DISPATCHER, done)
    assert (rows["done"], rows["refused"]) == (1, 2)
    assert [row["code"] for row in rows["items"]] == ["", "case-version", "case-state"]
    assert [queries.one(AGENT, id).state for id in (good, stale, closed)] == [
        "dispatched",
        "accepted",
        "closed",
    ]
    with refused(Invalid):
        actions.perform_each(DISPATCHER, "dispatch", [], {})


class TestReports:
    """被举报单位不得经手举报件：信访工作条例 30、济南 32."""

    def test_the_reported_party_and_its_branch_never_get_the_report(self) -> None:
        for reported in ("renshe", "renshe-node"):
            id = file(type="report", reported=unit(reported).id).id
            with refused(Invalid, "被举报"):
                do(DISPATCHER, id, "dispatch", unit=str(unit().id))
            with refused(Invalid, "被举报"):
                do(
                    DISPATCHER,
                    id,
                    "dispatch",
                    unit=str(unit("keji-node").id),
                    assisting=[str(unit().id)],
                )
            do(DISPATCHER, id, "dispatch", unit=str(unit("keji-node").id))
            with refused(NotFound):
                queries.one(handler(), id)

    def test_a_report_is_not_merged_into_what_the_reported_party_reads(self) -> None:
        lead, report = dispatched(), file(type="report", reported=unit("renshe").id).id
        with refused(Invalid, "举报"):
            do(AGENT, report, "merge", into=number(lead))


class TestPassingDown:
    @pytest.fixture
    def below(self) -> Any:
        return people_actions.add_organisation(
            system("hotline load"), unit("renshe").id, "renshe-east", "东街人社所", "node", accepts_cases=True
        )

    def test_the_unit_above_checks_what_comes_from_below(self, below: Any) -> None:
        id, clerk = dispatched(), staff("node_handler", scope=below.path)
        before = do(handler(), id, "pass_down", unit=str(below.id))
        assert (before.state, before.owner_id, before.clock_running) == ("dispatched", below.id, True)
        do(clerk, id, "sign_for")
        with refused(Conflict):
            do(clerk, id, "pass_down", unit=str(unit().id))
        assert do(clerk, id, "reply", reply="已上门").state == "upper_check"
        with refused(NotFound):
            queries.one(handler("keji-node"), id)
        do(handler(), id, "send_down", reason="没有照片")
        do(clerk, id, "reply", reply="已上门，附照片")
        after = do(handler(), id, "pass_up")
        assert (after.state, after.clock_running) == ("replied", False)
        do(DISPATCHER, id, "check")
        assert queries.citizen_view(caller(id)).steps[-1].text == "已上门，附照片"

    def test_a_slip_stays_when_the_case_is_passed_down(self, below: Any) -> None:
        id = dispatched()
        do(SUPERVISOR, id, "supervise", level="red", ground="refusal", text="当日到现场", days=1)
        do(handler(), id, "pass_down", unit=str(below.id))
        do(handler(), id, "answer_slip", text="已派东街所")

    def test_it_can_be_taken_back_and_goes_only_down_its_own_branch(self, below: Any) -> None:
        id = dispatched()
        with refused(Invalid, "下级"):
            do(handler(), id, "pass_down", unit=str(unit("keji-node").id))
        do(handler(), id, "pass_down", unit=str(below.id))
        assert [row["id"] for row in queries.page(handler(), list="passed_down")["items"]] == [id]
        case = do(handler(), id, "take_back", reason="我们自己办")
        assert (case.owner_id, case.state) == (unit().id, "signed")


def test_an_objection_comes_in_its_window_or_not_at_all() -> None:
    limits.load_limits(
        system("hotline load"),
        [{"clock": "objection", "hours": 4, "effective_from": "2021-12-01T00:00:00+08:00"}],
    )
    id = dispatched()
    with clock.at(clock.now() + timedelta(hours=5)), refused(Conflict, "异议"):
        do(handler(), id, "ask_return", reason="不属本单位")
    do(handler(), id, "ask_return", reason="不属本单位")


def test_what_has_been_closed_for_long_is_archived_by_the_clock_and_can_still_be_reopened() -> None:
    id = file().id
    do(AGENT, id, "answer_at_once", answer="好了")
    with clock.at(clock.now() + timedelta(days=91)):
        assert sweep.sweep().archived == 1
        assert sweep.sweep().archived == 0
        assert queries.one(AGENT, id).state == "archived"
        assert do(VISITOR, id, "redo", reason="又坏了").state == "waiting_dispatch"
