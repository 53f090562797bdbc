"""All routes of all rooms × all roles, on the real API: it grows by itself with every route added.

The other pages of the web process are here as well; the live process has its own walk (tests/live).
"""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from hotline.base.kernel.rights import declared
from hotline.base.people import gate
from hotline.base.people.models import Staff
from hotline.base.people.roles import MACHINE_RIGHTS, ROLES
from hotline.project.api import api

ROUTES = list(gate.routes(api))
PAGES = [page for page in gate.pages(get_resolver().url_patterns) if not page.path.startswith("api/v1/")]
DESCRIPTION = {"", "openapi.json"}
"""Ninja's own two pages: the API's description, which is in the repository, and where it lies."""
NOBODY = "00000000-0000-7000-8000-000000000000"


def call(client: Client, route: gate.Route) -> tuple[int, dict[str, object]]:
    """Call the route for a thing that does not exist, and take back whatever it did."""
    path = re.sub(r"{(\w+):\w+}", lambda m: NOBODY if m[1].startswith("uuid") else "1", route.path)
    path = re.sub(r"{\w+}", NOBODY, path)
    with transaction.atomic():
        response = client.generic(route.method, f"/api/v1{path}", b"{}", content_type="application/json")
        transaction.set_rollback(True)
    problem = response.headers.get("Content-Type") == "application/problem+json"
    return response.status_code, response.json() if problem else {}


def test_every_route_declares_a_right_that_exists() -> None:
    undeclared = [route for route in ROUTES if route.right not in {gate.PUBLIC, gate.SIGNED_IN, *declared()}]
    assert not undeclared
    assert len(ROUTES) > 25


def test_every_right_of_a_role_is_declared_and_every_declared_right_is_held_by_some_role() -> None:
    held = frozenset().union(*(role.rights for role in ROLES.values())) | MACHINE_RIGHTS
    assert held - declared().keys() == set()
    assert declared().keys() - held == set()


@pytest.mark.django_db
def test_no_route_answers_a_stranger_unless_it_is_public(client: Client) -> None:
    wrong = []
    for route in ROUTES:
        status, problem = call(client, route)
        if route.right == gate.PUBLIC:
            fits = status != 401 or problem["type"] == "sign-in-refused"
        else:
            fits = status == 401 and problem["type"] == "not-signed-in"
        if not fits:
            wrong.append((route, status, problem))
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("role", [name for name in ROLES if name != "citizen"])
def test_a_role_is_refused_exactly_where_it_lacks_the_right(
    role: str, staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    browser = browser_of(staff_as(role))
    browser.get("/api/v1/session")
    signed_in = browser.cookies.copy()
    wrong = []
    for route in ROUTES:
        browser.cookies = (
            signed_in.copy()
        )  # signing out is one of the routes; what it did to the session is taken back
        status, problem = call(browser, route)
        free = route.right in (gate.PUBLIC, gate.SIGNED_IN)
        refused = status == 403 and f"({route.right})" in str(problem.get("title_en"))
        allowed = free or route.right in ROLES[role].rights
        if refused is allowed or (allowed and status in (401, 500)):
            wrong.append((route, status, problem))
    assert not wrong


def test_no_page_of_the_process_is_left_out_of_the_walk() -> None:
    every = {page.path for page in gate.pages(get_resolver().url_patterns)}
    below_api = {path.removeprefix("api/v1/") for path in every if path.startswith("api/v1/")}
    walked = {re.sub(r"{((?:\w+:)?\w+)}", r"<\1>", route.path.strip("/")) for route in ROUTES}
    assert below_api == walked | DESCRIPTION
    assert {"healthz", "language", "", "follow/case"} <= {page.path for page in PAGES}


def test_a_page_outside_the_api_is_declared_open_to_all_and_is() -> None:
    assert [page for page in PAGES if page.right != gate.PUBLIC] == []


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path or "home")
def test_an_open_page_asks_nobody_to_sign_in(page: gate.Route, city: None, client: Client) -> None:
    answer = client.get("/" + page.path.replace("<slug:step>", "what"))
    ready_or_not = (200, 503) if page.path == "healthz" else (200, 302, 404, 405)
    assert answer.status_code in ready_or_not, answer.content
    assert not answer.cookies.keys() & {settings.SESSION_COOKIE_NAME}
