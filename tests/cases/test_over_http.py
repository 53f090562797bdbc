"""The routes as a browser and a machine use them, sign-in included; how many queries each costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from hotline.base.kernel.actor import system
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.work.cases import api
from hotline.work.cases.acts import ACTS
from tests.cases.office import dispatched, file, to_visit, unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
TESTS = system("tests")
BODY = {
    "type": "help",
    "matter": "路灯不亮",
    "content": "丰海路的路灯坏了一个星期。",
    "place": {"division": "350503", "address": "丰海路 12 号"},
    "contact": {"name": "李四", "phone": "13900001234"},
    "confidential": False,
}


class Browser:
    """Somebody signed in, with the CSRF header a real browser must send."""

    def __init__(self, role: str, key: str = "") -> None:
        staff, _ = people.open_account(
            TESTS, f"{role.replace('_', '-')}-{uuid4().hex[:8]}", role, must_change_password=False
        )
        post = organisations.organisation_by_key(key) if key else organisations.root()
        people.give_post(TESTS, staff.id, role, post.id)
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(staff)
        self.token = self.client.get("/api/v1/session").json()["csrf_token"]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return self.client.post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"X-CSRFToken": self.token, **headers},
        )


@pytest.fixture
def agent() -> Browser:
    return Browser("agent")


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement sent to the database, sign-in and session included, transaction control left out."""
    sent: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield sent


def test_a_case_is_filed_dispatched_and_handled_over_http(agent: Browser) -> None:
    filed = agent.post("/cases", BODY)
    assert filed.status_code == 201
    made = api.FiledCase.model_validate_json(filed.content)
    node = Browser("node_handler", "renshe-node")
    assert node.get(f"/cases/{made.id}").status_code == 404
    steps: list[tuple[Browser, str, dict[str, Any]]] = [
        (agent, "dispatch", {"unit": str(unit("renshe-node").id)}),
        (node, "sign_for", {}),
        (node, "reply", {"reply": "已修好"}),
        (Browser("dispatcher"), "check", {}),
        (Browser("visitor"), "record_visit", {"grade": "satisfied"}),
    ]
    for version, (who, act, fields) in enumerate(steps, 1):
        shown = who.get(f"/cases/{made.id}").json()
        assert act in {allowed["act"] for allowed in shown["acts_allowed"]}
        done = who.post(f"/cases/{made.id}/acts/{act}", {"version": version, **fields})
        assert done.status_code == 200, done.content.decode()
        assert done.json()["version"] == version + 1
    assert done.json()["state"] == "closed"


def test_what_is_shown_has_the_shape_that_is_promised(agent: Browser) -> None:
    id = to_visit()
    api.CaseDetail.model_validate_json(agent.get(f"/cases/{id}").content)
    api.CasePage.model_validate_json(agent.get("/cases", list="to_visit").content)
    api.CaseCounts.model_validate_json(agent.get("/cases/counts").content)
    table = api.ActTable.model_validate_json(agent.get("/acts").content)
    assert {row.act for row in table.acts} == set(ACTS)


def test_a_missing_act_says_why_in_both_languages(agent: Browser) -> None:
    shown = agent.get(f"/cases/{dispatched()}").json()
    missing = {row["act"]: row for row in shown["acts_missing"]}
    assert "已派单" in missing["dispatch"]["reason_zh"]
    assert "Dispatched" in missing["dispatch"]["reason_en"]
    assert "case.sign" in missing["sign_for"]["reason_zh"]


def test_an_unknown_act_a_wrong_field_and_an_old_version_are_told_apart(agent: Browser) -> None:
    id = file().id
    assert agent.post(f"/cases/{id}/acts/explode", {"version": 1}).status_code == 404
    bad = agent.post(f"/cases/{id}/acts/dispatch", {"version": 1, "unit": "x"})
    assert (bad.status_code, bad.json()["faults"][0]["where"]) == (422, "unit")
    old = agent.post(f"/cases/{id}/acts/hand_to_dispatch", {"version": 0})
    assert (old.status_code, old.json()["type"]) == (409, "case-version")
    assert agent.post(f"/cases/{id}/acts/sign_for", {"version": 1}).status_code == 403
    assert agent.post(f"/cases/{id}/acts/dispatch", {}).status_code == 422


def test_without_the_csrf_header_nothing_is_filed(agent: Browser) -> None:
    assert agent.post("/cases", BODY, **{"X-CSRFToken": "wrong"}).status_code == 403


def test_a_machine_files_once_however_often_it_sends() -> None:
    _, key = people.issue_token(TESTS, "市民网", ["case.create"], organisations.root().id)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "order-7"}
    answers = [
        Client().post("/api/v1/cases", BODY, content_type="application/json", headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Client().get("/api/v1/cases", headers=headers).status_code == 403


def test_a_wrong_body_names_every_field(agent: Browser) -> None:
    answer = agent.post("/cases", BODY | {"type": "x", "matter": "", "contact": {"phone": "abc"}})
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["faults"]} == {"type", "matter", "contact.phone"}
    unknown = agent.post("/cases", BODY | {"place": {"division": "999999"}})
    assert unknown.status_code == 422
    assert unknown.json()["faults"][0]["where"] == "place.division"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_no_database_can_keep_is_a_fault_not_a_crash(agent: Browser, text: str) -> None:
    body = json.dumps(
        BODY | {"content": text, "place": {"address": text, "division": "1"}, "contact": {"name": text}}
    )
    answer = agent.client.post(
        "/api/v1/cases", body, content_type="application/json", headers={"X-CSRFToken": agent.token}
    )
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["faults"]} == {
        "content",
        "place.address",
        "contact.name",
    }


def test_a_case_of_an_unknown_call_is_refused(agent: Browser) -> None:
    answer = agent.post("/cases", BODY | {"contact": {}, "call_id": str(uuid4())})
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["where"] == "call_id"


def test_filing_takes_at_most_twelve_queries(agent: Browser) -> None:
    with counted() as sent:
        assert agent.post("/cases", BODY | {"contact": {"phone": "13612340001"}}).status_code == 201
    assert len(sent) <= 12, sent
    with counted() as again:  # the party is known now
        assert agent.post("/cases", BODY | {"contact": {"phone": "13612340001"}}).status_code == 201
    assert len(again) < len(sent)


@pytest.mark.parametrize(
    "query", [{}, {"list": "to_sign"}, {"list": "overdue"}, {"q": "路灯"}, {"state": "dispatched"}]
)
def test_a_list_costs_the_same_queries_at_any_size(agent: Browser, query: dict[str, str]) -> None:
    for _ in range(30):
        dispatched()
    with counted() as small:
        agent.get("/cases", size=2, **query)
    with counted() as large:
        rows = agent.get("/cases", size=100, **query).json()["items"]
    assert len(small) == len(large) <= 6, large
    assert len(rows) >= 30 or query == {"list": "overdue"}


def test_a_case_costs_the_same_queries_however_long_its_history(agent: Browser) -> None:
    short, long = file().id, to_visit()
    with counted() as few:
        agent.get(f"/cases/{short}")
    with counted() as many:
        agent.get(f"/cases/{long}")
    assert len(few) == len(many) <= 7, many


def test_counts_are_one_query_beside_the_session(agent: Browser) -> None:
    with counted() as sent:
        assert agent.get("/cases/counts").status_code == 200
    assert sum("cases_case" in sql for sql in sent) == 1


def test_only_who_may_list_lists(agent: Browser) -> None:
    assert Client().get("/api/v1/cases").status_code == 401
    assert Browser("knowledge_editor").get("/cases").status_code == 403
    assert agent.get("/cases").status_code == 200
    asked = {"field": "phone"}
    assert Browser("knowledge_editor").post(f"/cases/{file().id}/reveal", asked).status_code == 403
    assert agent.post(f"/cases/{file().id}/reveal", asked).json() == {"value": "13812341234"}
