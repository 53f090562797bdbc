"""What is asked of units beside a case's own way: 协办、督办、会商、提级、移送、评价申诉."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.work.cases import actions, escalating, queries, sweep, verdicts
from hotline.work.cases.models import CaseEvent, Duty
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
    to_visit,
    unit,
)

THURSDAY = datetime(2025, 3, 6, 10, tzinfo=clock.zone())
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
GOVERNMENT, EFFICIENCY = staff("government_office"), staff("efficiency_office")
SLIP = {"level": "blue", "ground": "overdue", "text": "三日内到现场", "days": 2}


@pytest.fixture(autouse=True)
def a_thursday_in_march() -> Iterator[None]:
    """The calendar of the year after is not known yet when a year ends."""
    with clock.at(THURSDAY):
        yield


def listed(actor: Any, name: str) -> list[UUID]:
    return [row["id"] for row in queries.page(actor, list=name)["items"]]


def duties_of(id: UUID, kind: str) -> list[Duty]:
    return [*Duty.objects.filter(case_id=id, kind=kind).order_by("opened_at")]


def later(days: int) -> Any:
    return clock.at(clock.now() + timedelta(days=days))


class TestAssisting:
    def test_units_named_at_dispatch_assist_and_see_the_case_but_do_not_own_it(self) -> None:
        filed = file()
        case = do(
            DISPATCHER, filed.id, "dispatch", unit=str(unit().id), assisting=[str(unit("keji-node").id)]
        )
        assert [duty.due_at for duty in duties_of(filed.id, "assist")] == [case.deadline_at]
        helper = handler("keji-node")
        assert queries.one(helper, filed.id).owner_id == unit().id
        assert listed(helper, "asked_of_us") == [filed.id]
        assert listed(helper, "open") == []
        assert queries.counts(helper)["asked_of_us"] == 1
        with refused(Conflict):
            do(helper, filed.id, "answer_slip", text="不是我的")
        do(helper, filed.id, "report_assist", text="已提供检测数据")
        assert listed(helper, "asked_of_us") == []
        assert queries.one(helper, filed.id).id == filed.id, "it goes on seeing what it helped with"
        with refused(Conflict):
            do(helper, filed.id, "report_assist", text="再报一次")

    def test_a_stranger_never_sees_it(self) -> None:
        filed = file()
        do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id), assisting=[str(unit("keji-node").id)])
        with refused(NotFound):
            queries.one(handler("shuiwu-node"), filed.id)

    def test_the_lead_and_whoever_was_asked_already_cannot_be_asked(self) -> None:
        id = dispatched()
        asked = {"text": "请提供意见", "days": 3}
        with refused(Invalid, "主办单位"):
            do(DISPATCHER, id, "ask_assist", units=[str(unit().id)], **asked)
        do(DISPATCHER, id, "ask_assist", units=[str(unit("keji-node").id)], **asked)
        with refused(Invalid, "已请"):
            do(
                DISPATCHER,
                id,
                "ask_assist",
                units=[str(unit("keji-node").id), str(unit("shuiwu-node").id)],
                **asked,
            )

    def test_what_was_asked_lapses_when_another_unit_gets_the_case(self) -> None:
        id = dispatched()
        do(
            DISPATCHER,
            id,
            "ask_assist",
            units=[str(unit("keji-node").id)],
            text="请提供意见",
            days=3,
        )
        do(SUPERVISOR, id, "supervise", **SLIP)
        do(DISPATCHER, id, "reassign", unit=str(unit("chengguan-node").id), reason="职责在城管")
        assert {duty.state for duty in Duty.objects.filter(case_id=id)} == {"lapsed"}
        with refused(NotFound):
            queries.one(handler("keji-node"), id)

    def test_who_assists_may_assist_the_next_unit_too(self) -> None:
        filed, helper = file(), [str(unit("keji-node").id)]
        do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id), assisting=helper)
        with refused(Invalid, "已请"):
            do(DISPATCHER, filed.id, "reassign", unit=str(unit().id), assisting=helper, reason="补充")
        next_unit = str(unit("chengguan-node").id)
        do(DISPATCHER, filed.id, "reassign", unit=next_unit, assisting=helper, reason="职责在城管")
        assert [duty.state for duty in duties_of(filed.id, "assist")] == ["lapsed", "open"]


class TestSlips:
    def test_a_slip_is_answered_and_accepted_or_given_back(self) -> None:
        id = dispatched()
        do(SUPERVISOR, id, "supervise", **SLIP)
        with refused(Conflict):
            do(SUPERVISOR, id, "supervise", **SLIP)
        with refused(Conflict):
            do(SUPERVISOR, id, "accept_slip")
        do(handler(), id, "answer_slip", text="明天到现场")
        do(SUPERVISOR, id, "return_slip", reason="没有完成时间", days=1)
        do(handler(), id, "answer_slip", text="明天上午十点前修好")
        do(SUPERVISOR, id, "accept_slip")
        assert [duty.state for duty in duties_of(id, "slip")] == ["closed"]

    def test_only_who_may_supervise_does(self) -> None:
        id = dispatched()
        for actor in (AGENT, VISITOR, handler()):
            with refused(Forbidden):
                do(actor, id, "supervise", **SLIP)

    def test_blue_becomes_orange_and_red_when_nobody_answers_and_red_is_said_once(self) -> None:
        id = dispatched()
        do(SUPERVISOR, id, "supervise", **SLIP)
        colours = []
        for days in (6, 12, 18, 24):
            with later(days):
                assert sweep.sweep().duties <= 1
                colours.append(duties_of(id, "slip")[0].level)
        assert colours == ["orange", "red", "red", "red"]
        acts = CaseEvent.objects.filter(case_id=id, act="duty_overdue").order_by("version")
        assert [event.fields["level"] for event in acts] == ["orange", "red", "red"]

    def test_a_slip_still_stands_when_the_result_waits_for_its_visit(self) -> None:
        id = dispatched()
        do(SUPERVISOR, id, "supervise", **SLIP)
        do(handler(), id, "sign_for")
        do(handler(), id, "reply", reply="办好了")
        do(DISPATCHER, id, "check")
        do(handler(), id, "answer_slip", text="已办结")
        do(SUPERVISOR, id, "accept_slip")

    def test_an_answered_slip_does_not_rise(self) -> None:
        id = dispatched()
        do(SUPERVISOR, id, "supervise", **SLIP)
        do(handler(), id, "answer_slip", text="明天上午十点前修好")
        with later(10):
            assert sweep.sweep().duties == 0

    def test_a_slip_is_void_when_the_case_is_over(self) -> None:
        id = dispatched(type="help")
        do(SUPERVISOR, id, "supervise", **SLIP)
        actions.perform(caller(id), id, "withdraw", queries.one(AGENT, id).version, {})
        assert [duty.state for duty in duties_of(id, "slip")] == ["lapsed"]


class TestMeetings:
    def test_units_say_who_attends_and_the_minutes_end_it(self) -> None:
        id = dispatched()
        at = (clock.now() + timedelta(days=1)).isoformat()
        keys = ("keji-node", "renshe-node")
        do(
            SUPERVISOR,
            id,
            "confer",
            units=[str(unit(key).id) for key in keys],
            at=at,
            place="线上",
            text="职责划分",
        )
        do(handler("keji-node"), id, "attend", text="李科长")
        do(SUPERVISOR, id, "record_minutes", minutes="人社局主办，科技局配合，五日内办结")
        assert {duty.state for duty in duties_of(id, "confer")} == {"closed"}
        with refused(Conflict):
            do(handler(), id, "attend", text="张科长")


class TestEscalation:
    def test_the_office_decides_or_brings_it_before_the_meeting(self) -> None:
        id = dispatched()
        do(SUPERVISOR, id, "escalate", ground="across", text="两家都不认", days=5)
        assert listed(GOVERNMENT, "escalated") == [id]
        with refused(Forbidden):
            do(SUPERVISOR, id, "decide_escalation", text="我来定")
        do(GOVERNMENT, id, "to_meeting", text="请常务会议明确", days=10)
        assert [duty.level for duty in duties_of(id, "escalation")] == ["executive_meeting"]
        do(GOVERNMENT, id, "decide_escalation", text="由人社局主办，不得再退")
        assert listed(GOVERNMENT, "escalated") == []

    def test_what_three_units_did_not_want_is_escalated_by_itself_and_once(self) -> None:
        id = file().id
        for key in ("renshe-node", "chengguan-node", "keji-node"):
            do(DISPATCHER, id, "dispatch", unit=str(unit(key).id))
            do(handler(key), id, "ask_return", reason="不属本单位")
            do(DISPATCHER, id, "grant_return")
            for _ in range(2):  # the relay may tell twice
                escalating.acted("case.grant_return", str(id), {"redone": False})
            assert len(duties_of(id, "escalation")) == (key == "keji-node")

    def test_what_is_done_again_for_the_third_time_is_escalated(self) -> None:
        id = dispatched()
        do(handler(), id, "sign_for")
        for n in range(1, 4):
            do(handler(), id, "reply", reply="办好了")
            do(DISPATCHER, id, "send_back", reason="没办")
            escalating.acted("case.send_back", str(id), {"redone": True})
            assert len(duties_of(id, "escalation")) == (n == 3)

    def test_the_efficiency_office_answers_what_is_referred_also_after_the_end(self) -> None:
        id = to_visit()
        do(VISITOR, id, "record_visit", grade="satisfied")
        do(SUPERVISOR, id, "refer", text="三次催办不理", days=10)
        do(EFFICIENCY, id, "answer_referral", outcome="talk", text="已约谈分管负责人")
        assert [duty.state for duty in duties_of(id, "referral")] == ["closed"]


class TestVerdicts:
    def judged(self, grade: str = "dissatisfied") -> UUID:
        id = to_visit()
        do(VISITOR, id, "record_visit", grade=grade, responded="yes", solved="unsolved", reason="没修好")
        return id

    def rates(self, actor: Any = SUPERVISOR) -> Any:
        now = clock.now()
        return verdicts.rates(actor, now - timedelta(days=1), now + timedelta(days=1))["items"]

    def test_the_three_rates_are_of_those_who_answered(self) -> None:
        self.judged()
        id = to_visit()
        do(VISITOR, id, "record_visit", grade="satisfied", responded="no")
        (row,) = self.rates()
        assert (row["responded"], row["solved"], row["satisfied"]) == (50.0, 0.0, 50.0)
        assert self.rates(handler("keji-node")) == []

    def test_a_granted_appeal_leaves_the_verdict_out_and_both_rates_are_said(self) -> None:
        id = self.judged()
        do(handler(), id, "ask_appeal", ground="solved", text="路灯当晚已亮，附照片")
        with refused(Forbidden):
            do(handler(), id, "grant_appeal", reason="自己批")
        do(SUPERVISOR, id, "grant_appeal", reason="现场照片属实")
        (row,) = self.rates()
        assert (row["verdicts"], row["counted"], row["satisfied"], row["satisfied_all"]) == (1, 0, None, 0.0)
        (left_out,) = verdicts.excluded(SUPERVISOR, None, 10)["items"]
        assert (left_out["excluded_by"], left_out["excluded_why"]) == (SUPERVISOR.label, "现场照片属实")
        do(SUPERVISOR, id, "include_verdict", reason="照片是旧的")
        assert self.rates()[0]["counted"] == 1

    def test_a_verdict_is_appealed_once_by_whom_it_is_on_and_in_time(self) -> None:
        id = self.judged()
        appeal = {"ground": "solved", "text": "已修好"}
        with refused(NotFound):
            do(handler("keji-node"), id, "ask_appeal", **appeal)
        with later(20), refused(Conflict, "工作日"):
            do(handler(), id, "ask_appeal", **appeal)
        do(handler(), id, "ask_appeal", **appeal)
        do(SUPERVISOR, id, "refuse_appeal", reason="照片看不出")
        with refused(Conflict, "申诉过"):
            do(handler(), id, "ask_appeal", **appeal)

    def test_a_granted_appeal_leaves_out_the_verdict_it_is_against_and_not_a_later_one(self) -> None:
        id = self.judged()
        do(handler(), id, "ask_appeal", ground="solved", text="路灯当晚已亮")
        do(handler(), id, "sign_for")
        do(handler(), id, "reply", reply="又修了一次")
        do(DISPATCHER, id, "check")
        do(VISITOR, id, "record_visit", grade="satisfied")
        do(SUPERVISOR, id, "grant_appeal", reason="现场照片属实")
        (row,) = self.rates()
        assert (row["verdicts"], row["counted"], row["satisfied"]) == (2, 1, 100.0)

    def test_a_unit_that_has_lost_the_case_still_appeals_what_it_was_judged_for(self) -> None:
        id = self.judged()
        do(DISPATCHER, id, "reassign", unit=str(unit("keji-node").id), reason="职责调整")
        assert "ask_appeal" in {
            row["act"] for row in queries.detail(handler(), queries.one(handler(), id))["acts_allowed"]
        }
        with refused(Conflict, "不是本单位"):
            do(handler("keji-node"), id, "ask_appeal", ground="solved", text="与我无关")
        do(handler(), id, "ask_appeal", ground="solved", text="路灯当晚已亮")
        (duty,) = Duty.objects.filter(case_id=id, kind="appeal")
        assert duty.unit_id == unit().id
        do(SUPERVISOR, id, "grant_appeal", reason="现场照片属实")
        assert self.rates()[0]["counted"] == 0

    def test_nobody_appeals_praise(self) -> None:
        id = to_visit()
        do(VISITOR, id, "record_visit", grade="satisfied")
        with refused(Conflict):
            do(handler(), id, "ask_appeal", ground="solved", text="谢谢")
