"""Filters of the work lists, filters kept by name, chosen columns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Invalid
from hotline.work.cases import filters, queries
from tests.cases.office import AGENT, caller, dispatched, do, file, handler, unit
from tests.cases.test_over_http import Browser, counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def found(**wanted: str) -> set[Any]:
    return {row["id"] for row in queries.page(AGENT, size=200, **wanted)["items"]}


def test_each_condition_keeps_what_it_asks_for_and_leaves_out_the_rest() -> None:
    with clock.at(clock.now() - timedelta(days=40)):
        old = dispatched("renshe-node", type="complaint", address="丰海路 1 号")
    here = file(type="help", urgency="urgent", division="350503", confidential=True).id
    for_unit = dispatched("renshe-node", type="consult")
    today, before = clock.today(), clock.today() - timedelta(days=1)
    assert found(type="complaint,consult") >= {old, for_unit}
    assert here not in found(type="complaint,consult")
    assert found(urgency="urgent") == {here}
    assert here in found(division="3505")
    assert here not in found(division="3502")
    assert found(unit=str(unit("renshe-node").id)) == {old, for_unit}
    assert old in found(created_until=before.isoformat())
    assert {here, for_unit} & found(created_until=before.isoformat()) == set()
    assert old not in found(created_from=today.isoformat())
    assert found(late="yes") == {old}
    assert {here, for_unit} <= found(late="no")
    assert old in found(due_until=before.isoformat())
    assert found(confidential="yes") == {here}
    assert found(type="consult", list="to_sign", state="dispatched", unit=str(unit().id)) == {for_unit}
    assert found(redone="yes") == set()


def test_a_filter_that_is_wrong_is_refused_with_every_fault() -> None:
    with pytest.raises(Invalid) as refused:
        filters.read(
            {
                "type": "nonsense",
                "created_from": "yesterday",
                "unit": "x",
                "late": "perhaps",
                "shape": "round",
            }
        )
    assert {fault.where for fault in refused.value.faults} == {
        "type",
        "created_from",
        "unit",
        "late",
        "shape",
    }
    with pytest.raises(Invalid):
        filters.read({"created_from": "2026-03-02", "created_until": "2026-03-01"})


def test_a_filtered_list_costs_the_same_at_any_size() -> None:
    for _ in range(3):
        dispatched()
    agent = Browser("agent")
    wanted = {"list": "open", "type": "complaint", "unit": str(unit().id), "late": "no"}
    agent.get("/cases", size=1, **wanted)
    with counted() as few:
        agent.get("/cases", size=1, **wanted)
    with counted() as many:
        assert len(agent.get("/cases", size=200, **wanted).json()["items"]) >= 3
    assert len(few) == len(many) <= 5, many


def test_a_unit_filters_only_what_it_may_see() -> None:
    mine, others = dispatched("renshe-node"), dispatched("chengguan-node")
    seen = {row["id"] for row in queries.page(handler("renshe-node"), type="complaint")["items"]}
    assert mine in seen
    assert others not in seen


def test_a_redone_case_is_found_by_that() -> None:
    from tests.cases.office import to_visit

    id = to_visit()
    do(caller(id), id, "rate", grade="very_dissatisfied", reason="没有修好")
    assert id in found(redone="yes")


def test_saved_filters_are_ones_own_or_shared_with_the_unit() -> None:
    mine, colleague = Browser("node_handler", "renshe-node"), Browser("node_handler", "renshe-node")
    elsewhere = Browser("node_handler", "chengguan-node")
    kept = mine.post(
        "/case-views/filters",
        {"name": "催办过的投诉", "asks": {"type": "complaint", "q": ""}, "shared": True},
    )
    mine.post("/case-views/filters", {"name": "只给自己", "asks": {"late": "yes"}})
    assert kept.status_code == 201
    own = mine.get("/case-views").json()["filters"]
    assert {row["name"]: (row["asks"], row["mine"]) for row in own} == {
        "催办过的投诉": ({"type": "complaint"}, True), "只给自己": ({"late": "yes"}, True),
    }  # fmt: skip
    assert [row["name"] for row in colleague.get("/case-views").json()["filters"]] == ["催办过的投诉"]
    assert elsewhere.get("/case-views").json()["filters"] == []
    path = f"/api/v1/case-views/filters/{kept.json()['id']}"
    assert delete(colleague, path) == 404
    assert delete(mine, path) == 204
    assert colleague.get("/case-views").json()["filters"] == []


def delete(browser: Browser, path: str) -> int:
    return browser.client.delete(path, headers={"X-CSRFToken": browser.token}).status_code


def test_a_wrong_filter_is_not_kept_and_a_name_is_kept_once() -> None:
    agent = Browser("agent")
    assert agent.post("/case-views/filters", {"name": "甲", "asks": {"list": "nowhere"}}).status_code == 422
    assert agent.post("/case-views/filters", {"name": " ", "asks": {}}).status_code == 422
    for late in ("yes", "no"):
        assert agent.post("/case-views/filters", {"name": "甲", "asks": {"late": late}}).status_code == 201
    assert [row["asks"] for row in agent.get("/case-views").json()["filters"]] == [{"late": "no"}]


def test_columns_are_chosen_for_each_list_and_can_be_the_usual_ones_again() -> None:
    agent = Browser("agent")
    names = [column["name"] for column in agent.get("/cases/columns").json()["in_lists"]]
    assert "phone" not in names
    assert (
        agent.post("/case-views/columns", {"list": "to_sign", "columns": ["due", "number"]}).status_code
        == 200
    )
    assert agent.post("/case-views/columns", {"list": "", "columns": ["number"]}).status_code == 200
    assert agent.get("/case-views").json()["columns"] == {"to_sign": ["due", "number"], "": ["number"]}
    assert agent.post("/case-views/columns", {"list": "to_sign", "columns": []}).status_code == 200
    assert agent.get("/case-views").json()["columns"] == {"": ["number"]}
    for wrong in (["phone"], ["number", "number"], ["nonsense"]):
        assert agent.post("/case-views/columns", {"list": "", "columns": wrong}).status_code == 422


def test_nobody_without_the_list_keeps_a_view_of_it() -> None:
    assert Client().get("/api/v1/case-views").status_code == 401
    assert Browser("knowledge_editor").get("/case-views").status_code == 403
