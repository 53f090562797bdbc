"""What a caller may do himself with number and query code: add, have it hurried, withdraw."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.actor import citizen as a_citizen
from hotline.base.kernel.errors import Conflict
from hotline.base.kernel.models import OutboxRow
from hotline.work.cases import actions, queries
from hotline.work.cases.acts import ACTS
from hotline.work.cases.models import Case
from hotline.work.cases.states import State
from tests.cases.office import AGENT, DISPATCHER, dispatched, do, file, handler, refused, to_visit, unit
from tests.portal.pages import text
from tests.portal.test_following import opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"Accept-Language": "zh-CN"})


def case(id: UUID) -> Case:
    return queries.one(AGENT, id)


def offered(page: Client) -> set[str]:
    """The acts the case's page offers."""
    return set(re.findall(r'href="/follow/act/(\w+)"', page.get("/follow/case").content.decode()))


def test_the_page_offers_what_the_table_allows_and_nothing_else(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    assert offered(citizen) == {"add", "withdraw"}
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    assert offered(citizen) == {"add", "caller_urge", "withdraw"}
    citizen.post("/follow/act/withdraw")
    assert offered(citizen) == set()


def test_what_he_adds_is_seen_by_the_unit_and_by_himself_and_changes_nothing_he_said_before(
    citizen: Client,
) -> None:
    filed = file()
    opened(citizen, filed)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    before = case(filed.id)
    citizen.post("/follow/act/add", {"text": "今晚第三盏也灭了。"})
    after = case(filed.id)
    assert (after.state, after.deadline_at, after.content) == (
        before.state,
        before.deadline_at,
        before.content,
    )
    last = queries.detail(handler(), after)["timeline"][-1]
    assert (last["act"], last["fields"]) == ("add", {"text": "今晚第三盏也灭了。"})
    assert "今晚第三盏也灭了。" in text(citizen.get("/follow/case"))
    assert set(OutboxRow.objects.get(topic="case.add").payload["notice"]) == {"unit", "centre"}


def test_nothing_added_is_said_at_the_field_and_keeps_what_was_typed(citizen: Client) -> None:
    opened(citizen, file())
    answer = citizen.post("/follow/act/add", {"text": " "})
    assert answer.status_code == 422
    assert "请填写" in text(answer)
    long = citizen.post("/follow/act/add", {"text": "长" * 2001})
    assert long.status_code == 422
    assert "长" * 2001 in long.content.decode()


def test_what_he_adds_while_somebody_works_on_it_is_never_refused_for_that(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    citizen.get("/follow/act/add")
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    assert citizen.post("/follow/act/add", {"text": "补充"}).status_code == 302
    assert queries.history(case(filed.id))[-1].act == "add"


def test_an_agent_takes_down_what_is_added_by_telephone(citizen: Client) -> None:
    filed = file()
    do(AGENT, filed.id, "record_addition", text="来电补充：楼道也黑。")
    assert "来电补充：楼道也黑。" in opened(citizen, filed)


def test_he_may_have_it_hurried_once_a_day(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    with clock.at(clock.now()):
        assert citizen.post("/follow/act/caller_urge").status_code == 302
        again = citizen.post("/follow/act/caller_urge")
    assert (again.status_code, case(filed.id).urged) == (429, 1)
    assert "今天已经催办过" in text(again)
    with clock.at(clock.now() + timedelta(days=1)):
        actions.by_caller(a_citizen(str(filed.id)), "caller_urge", {})
    assert case(filed.id).urged == 2


def test_he_may_add_so_often_a_day_and_no_more(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    with clock.at(clock.now()):
        codes = [citizen.post("/follow/act/add", {"text": f"第{n}次"}).status_code for n in range(11)]
    assert codes == [302] * 10 + [429]


def test_what_he_withdraws_is_closed_its_clock_stands_and_the_unit_is_told(citizen: Client) -> None:
    filed = file()
    opened(citizen, filed)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit().id))
    assert "撤回后即办结" in text(citizen.get("/follow/act/withdraw"))
    citizen.post("/follow/act/withdraw", {"reason": "已经修好了"})
    gone = case(filed.id)
    assert (gone.state, gone.clock_running, gone.step_due_at) == (State.CLOSED, False, None)
    assert "unit" in OutboxRow.objects.get(topic="case.withdraw").payload["notice"]
    assert "您撤回了这件诉求" in text(citizen.get("/follow/case"))


def test_a_report_of_a_wrong_cannot_be_withdrawn(citizen: Client) -> None:
    filed = file(type="report")
    opened(citizen, filed)
    assert "withdraw" not in offered(citizen)
    with refused(Conflict, match="举报"):
        actions.by_caller(a_citizen(str(filed.id)), "withdraw", {})
    assert case(filed.id).state == State.ACCEPTED


def test_a_result_that_waits_for_his_verdict_is_not_withdrawn_but_rated(citizen: Client) -> None:
    id = to_visit()
    assert queries.citizen_view(a_citizen(str(id))).may == {"add", "rate"}


def test_nobody_acts_on_a_case_whose_code_he_does_not_have(citizen: Client) -> None:
    id = dispatched()
    for name in ("add", "caller_urge", "withdraw"):
        answer = citizen.post(f"/follow/act/{name}", {"text": "x"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/follow")
    assert case(id).version == queries.history(case(id))[-1].version == 2


@pytest.mark.parametrize("name", ["rate", "accept", "urge", "nothing"])
def test_no_other_act_goes_through_this_door(citizen: Client, name: str) -> None:
    filed = file()
    opened(citizen, filed)
    assert citizen.post(f"/follow/act/{name}").headers["Location"] == "/follow/case"
    assert case(filed.id).version == 1


def test_every_act_of_the_callers_own_is_on_a_page() -> None:
    from hotline.faces.portal.following import _PAGES

    assert {name for name, row in ACTS.items() if row.relation == "caller"} == {*_PAGES, "rate"}
