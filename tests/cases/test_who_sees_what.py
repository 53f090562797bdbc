"""Scope, confidentiality, masks, search."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.models import AuditRow
from hotline.base.text.bigrams import asked_runs, pairs, pairs_query
from hotline.work.cases import actions, queries
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    SUPERVISOR,
    asking,
    dispatched,
    do,
    file,
    handler,
    refused,
    staff,
    to_visit,
    unit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def found(actor: Any, q: str) -> set[UUID]:
    return {row["id"] for row in queries.page(actor, q=q, size=200)["items"]}


def test_a_node_sees_only_what_is_its_own() -> None:
    ours, theirs, nobodys = dispatched("renshe-node"), dispatched("keji-node"), file().id
    seen = {row["id"] for row in queries.page(handler("renshe-node"), size=200)["items"]}
    assert ours in seen
    assert not {theirs, nobodys} & seen
    for id in (theirs, nobodys):
        with refused(NotFound):
            queries.one(handler("renshe-node"), id)
        with refused(NotFound):
            actions.reveal(handler("renshe-node"), id, "phone")


def test_a_department_sees_its_nodes_cases_and_an_actor_without_scope_nothing() -> None:
    ours = dispatched("renshe-node")
    assert queries.one(staff("node_leader", scope=unit("renshe").path), ours).id == ours
    with refused(NotFound):
        queries.one(staff("node_leader", scope="/nowhere/"), ours)


def test_a_path_that_only_begins_alike_is_another_unit() -> None:
    path = unit("renshe-node").path
    ours = dispatched("renshe-node")
    with refused(NotFound):
        queries.one(staff("node_handler", scope=path.rstrip("/")[:-1] + "x/"), ours)


def test_counts_are_of_what_one_sees() -> None:
    before = queries.counts(handler("wenlv-node"))["to_sign"]
    dispatched("wenlv-node"), dispatched("keji-node")
    assert queries.counts(handler("wenlv-node"))["to_sign"] == before + 1


def test_lists_show_masks_only() -> None:
    filed = file(name="张三丰", phone="13812341234")
    (row,) = [row for row in queries.page(AGENT, size=5)["items"] if row["id"] == filed.id]
    assert (row["contact_name_masked"], row["contact_phone_masked"]) == ("张**", "138****1234")


def test_who_asks_for_confidentiality_is_unknown_to_the_unit_everywhere() -> None:
    id = dispatched(confidential=True, name="欧阳菲菲", phone="13987654321")
    node = handler()
    case = queries.one(node, id)
    shown = str(queries.detail(node, case)) + str(queries.page(node, size=200))
    # The mask too: three digits alone may stand in any time or id.
    assert not any(text in shown for text in ("欧", "13987654321", "139*", "*4321"))
    detail = queries.detail(node, case)
    assert detail["party_id"] is None
    assert detail["call_id"] is None
    for field in ("phone", "name"):
        with refused(Problem, match="保密"):
            actions.reveal(node, id, field)
    assert actions.reveal(AGENT, id, "phone", "回访核实") == "13987654321"


def test_a_unit_cannot_find_a_confidential_caller_by_guessing_his_number() -> None:
    secret = dispatched(confidential=True, phone="13987654321")
    known = dispatched(phone="13987654321")
    assert found(handler(), "13987654321") == found(handler(), "4321") == {known}
    assert found(AGENT, "13987654321") >= {secret, known}


def test_a_report_is_confidential_without_being_asked() -> None:
    id = dispatched(type="report", confidential=False)
    assert queries.one(AGENT, id).confidential
    with refused(Problem, match="保密"):
        actions.reveal(handler(), id, "phone")


@pytest.mark.parametrize(
    "looker",
    [
        staff("government_office"),
        staff("efficiency_office"),
        Actor("machine", "t", "根令牌", frozenset({"case.list", "case.read"}), ("/",)),
    ],
    ids=lambda actor: actor.label + "".join(actor.roles),
)
def test_who_only_looks_learns_no_confidential_caller_and_finds_him_by_no_number(looker: Actor) -> None:
    id = dispatched(confidential=True, name="欧阳菲菲", phone="13987654321", address="泉秀街 5 号")
    detail = queries.detail(looker, queries.one(looker, id))
    shown = str(detail) + str(queries.page(looker, size=200))
    assert not any(text in shown for text in ("欧", "4321", "139****", "泉秀街"))
    assert detail["party_id"] is None
    assert found(looker, "13987654321") == found(looker, "4321") == set()


def test_a_unit_reads_a_confidential_cases_address_one_by_one_and_logged() -> None:
    id = dispatched(confidential=True, address="泉秀街 5 号")
    node = handler()
    assert queries.detail(node, queries.one(node, id))["place"]["address"] == "（保密）"
    with refused(Invalid, match="理由"):
        actions.reveal(node, id, "address", "  ")
    assert actions.reveal(node, id, "address", "上门查看") == "泉秀街 5 号"
    logged = AuditRow.objects.get(act="case.reveal", object_id=str(id)).detail
    assert (logged["field"], logged["reason"]) == ("address", "上门查看")


def test_every_look_behind_the_mask_is_logged() -> None:
    id = dispatched()
    assert actions.reveal(handler(), id, "phone") == "13812341234"
    row = AuditRow.objects.get(act="case.reveal", object_id=str(id))
    assert row.detail["field"] == "phone"
    with refused(Forbidden):
        actions.reveal(staff("government_office"), id, "phone")
    with refused(Invalid):
        actions.reveal(AGENT, id, "content")


@pytest.mark.parametrize(
    "q", ["路灯", "丰海路的路灯", "灯", "个星期", "星 路灯", "ＬＥＤ", "led-12", "LED灯"]
)
def test_any_part_of_a_sentence_is_found(q: str) -> None:
    filed = actions.accept(AGENT, asking(content="东海街道丰海路的路灯坏了一个星期，LED灯-12 号杆。"))
    assert filed.id in found(AGENT, q)


@pytest.mark.parametrize("q", ["路灯丰海", "星期LED", "海丰", "路灯 公积金"])
def test_what_does_not_stand_there_is_not_found(q: str) -> None:
    filed = actions.accept(
        AGENT, asking(matter="x1", content="东海街道丰海路的路灯坏了一个星期，LED灯-12 号杆。")
    )
    assert filed.id not in found(AGENT, q)


def test_a_case_is_found_by_its_number_and_its_phones_end() -> None:
    filed = file(phone="13700008642")
    assert filed.id in found(AGENT, filed.number)
    assert filed.id in found(AGENT, "8642")
    assert filed.id in found(AGENT, "+86 137-0000-8642")


@pytest.mark.parametrize("q", ["'; DROP TABLE x", "& | ! ( :*", "\\", "%", "a'b", "<->", "!!路灯"])
def test_a_search_cannot_be_made_to_mean_something_else(q: str) -> None:
    file(content="普通内容")
    asked = {row["id"] for row in queries.page(AGENT, q=f"{q} 绝无此词", size=200)["items"]}
    assert asked == set()


def test_pairs_and_phrases() -> None:
    assert pairs("路灯坏") == ["路灯", "灯坏", "坏"]
    assert pairs_query(("路灯坏", "灯")) == "路灯 & 灯坏 & 灯:*"
    assert asked_runs("路 ，路") == ("路",)
    assert asked_runs("，。") == ()


def test_pages_hold_every_case_once_whatever_is_filed_meanwhile() -> None:
    ids = [dispatched("yibao-node") for _ in range(7)]
    node, seen, cursor = handler("yibao-node"), [], None
    for _ in range(10):
        page = queries.page(node, list="to_sign", size=3, cursor=cursor)
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        do(AGENT, file().id, "hand_to_dispatch")
    assert sorted(seen) == sorted(ids)


def test_overdue_means_past_the_deadline_of_a_running_clock() -> None:
    from datetime import timedelta

    from hotline.base.kernel import clock

    id, done = dispatched(type="help"), to_visit(type="help")
    late = clock.now() + timedelta(days=60)
    assert id not in {row["id"] for row in queries.page(DISPATCHER, list="overdue", size=200)["items"]}
    with clock.at(late):
        overdue = {row["id"] for row in queries.page(DISPATCHER, list="overdue", size=200)["items"]}
    assert id in overdue
    assert done not in overdue


@pytest.mark.parametrize(
    "wrong", [{"list": "nonsense"}, {"state": "nonsense"}, {"cursor": "???"}, {"q": "，。"}]
)
def test_a_list_asked_for_wrongly_says_where(wrong: dict[str, str]) -> None:
    with refused(Invalid) as no:
        queries.page(AGENT, **wrong)  # type: ignore[arg-type]
    assert no.value.faults[0].where == next(iter(wrong))


def test_who_has_answered_and_has_no_more_to_do_with_a_case_sees_it_and_not_how_to_reach_its_caller() -> None:
    id = dispatched()
    helper = handler("keji-node")
    do(SUPERVISOR, id, "ask_assist", units=[str(unit("keji-node").id)], text="协助检测", days=3)
    assert actions.reveal(helper, id, "phone") == "13812341234"
    do(helper, id, "report_assist", text="已检测")
    assert queries.one(helper, id).id == id
    with refused(Problem, "不再|已不由"):
        actions.reveal(helper, id, "phone")
    assert actions.reveal(handler(), id, "phone") == "13812341234"
