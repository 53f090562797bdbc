"""A list endpoint's query count does not depend on how much it shows (design.md, rule 5), and is pinned."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.parties import actions as parties
from hotline.base.people import actions, queries
from hotline.base.people.models import Staff

from .conftest import TESTS, organisation_key

pytestmark = pytest.mark.django_db

MANY = 25
PINNED = {
    ("security_admin", "/staff"): 5,
    ("security_admin", "/tokens"): 3,
    ("audit_admin", "/audit"): 3,
    ("audit_admin", "/sign-ins"): 3,
    ("agent", "/organisations"): 3,
    ("agent", "/divisions"): 5,
}
"""Whom asks what, and the queries it may cost, the session's two among them."""


@pytest.fixture
def much(city: None, staff_as: Callable[..., Staff]) -> None:
    """Much of everything that is listed."""
    unit = queries.organisation_by_key(organisation_key("linked_centre"))
    for number in range(MANY):
        staff_as("agent")
        actions.issue_token(TESTS, f"machine {number}", ["rundata.push"], unit.id)
        Client().post("/api/v1/session", {"username": f"nobody{number}", "password": "x"}, "application/json")


def cost(browser: Client, path: str, size: int) -> tuple[int, int]:
    """How many rows were shown and how many queries that took."""
    with CaptureQueriesContext(connection) as spent:
        answer = browser.get(f"/api/v1{path}", {"size": size, "limit": size, "q": ""})
    assert answer.status_code == 200, answer.content
    return len(answer.json()["items"]), len(spent)


@pytest.mark.parametrize(("role", "path"), PINNED)
@pytest.mark.usefixtures("much")
def test_a_long_page_costs_no_more_queries_than_a_short_one(
    role: str, path: str, staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    browser = browser_of(staff_as(role))
    browser.get("/api/v1/session")
    few, cost_of_few = cost(browser, path, 2)
    many, cost_of_many = cost(browser, path, MANY)
    assert many >= MANY
    assert few == 2 or path == "/tokens"  # the one list without pages
    assert cost_of_few == cost_of_many == PINNED[role, path]


def test_the_list_of_tokens_costs_the_same_however_many_there_are(
    city: None, staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    browser = browser_of(staff_as("security_admin"))
    browser.get("/api/v1/session")
    unit = queries.organisation_by_key(organisation_key("linked_centre"))
    actions.issue_token(TESTS, "the first", ["rundata.push"], unit.id)
    few, cost_of_few = cost(browser, "/tokens", 1)
    for number in range(MANY):
        actions.issue_token(TESTS, f"machine {number}", ["rundata.push"], unit.id)
    many, cost_of_many = cost(browser, "/tokens", 1)
    assert (few, many) == (1, 1 + MANY)
    assert cost_of_few == cost_of_many == PINNED["security_admin", "/tokens"]


def test_a_search_for_parties_costs_the_same_however_many_are_found(
    city: None, staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    browser = browser_of(staff_as("agent"))
    browser.get("/api/v1/session")

    def search() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as spent:
            answer = browser.post("/api/v1/parties/search", {"phone": "0007"}, "application/json")
        assert answer.status_code == 200, answer.content
        return len(answer.json()["items"]), len(spent)

    parties.find_or_create(TESTS, "13800000007")
    few, cost_of_few = search()
    for number in range(1, 11):
        parties.find_or_create(TESTS, f"138{number:04d}0007")
    many, cost_of_many = search()
    assert (few, many) == (1, 11)
    assert cost_of_few == cost_of_many <= 8
