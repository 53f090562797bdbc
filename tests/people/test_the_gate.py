"""The gate itself: nothing undeclared passes, and every no says what and where, in Chinese and English."""

from collections.abc import Callable

import ninja
import pytest
from django.test import Client, RequestFactory

from hotline.base.people import gate
from hotline.base.people.models import Staff
from hotline.base.people.roles import MACHINE_RIGHTS, ROLES
from hotline.project import settings as product


def test_a_route_without_a_right_cannot_be_declared() -> None:
    router = gate.Router()
    with pytest.raises(TypeError, match="right"):
        router.get("/anything")  # type: ignore[call-arg]


def test_a_route_that_went_round_the_gate_is_found_by_the_walk() -> None:
    api = ninja.NinjaAPI(urls_namespace="round-the-gate")
    stray, proper = ninja.Router(), gate.Router()
    stray.get("/stray")(lambda request: None)
    proper.get("/proper", right="org.read")(lambda request: None)
    api.add_router("", stray)
    api.add_router("", proper)
    found = {route.path: route.right for route in gate.routes(api)}
    assert found == {"/stray": None, "/proper": "org.read"}


@pytest.mark.django_db
def test_bad_input_names_each_place_in_both_languages(
    staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    browser = browser_of(staff_as("security_admin"))
    body = {"rights": "all", "organisation": "here"}
    response = browser.post("/api/v1/tokens", body, "application/json")
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    faults = {fault["where"]: fault for fault in response.json()["faults"]}
    assert set(faults) == {"name", "rights", "organisation"}
    assert faults["name"]["zh"] == "缺少此项"
    assert all(fault["en"] and fault["zh"] != fault["en"] for fault in faults.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/staff?size=100000", b"", 422),
        ("GET", "/staff?cursor=nonsense", b"", 422),
        ("POST", "/staff", b"{not json", 400),
        ("PATCH", "/staff/00000000-0000-7000-8000-000000000000", b"{}", 404),
        ("POST", "/staff", b'{"username": "..", "name": ""}', 422),
    ],
)
def test_every_no_is_a_problem_in_both_languages(
    staff_as: Callable[..., Staff],
    browser_of: Callable[[Staff], Client],
    method: str,
    path: str,
    body: bytes,
    status: int,
) -> None:
    browser = browser_of(staff_as("system_admin"))
    response = browser.generic(method, f"/api/v1{path}", body, content_type="application/json")
    assert response.status_code == status
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["title_en"]
    assert problem["title"] != problem["title_en"]


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("", "127.0.0.1"),
        ("198.51.100.7", "198.51.100.7"),
        ("10.9.9.9, 198.51.100.7", "198.51.100.7"),
        ("x", "127.0.0.1"),
    ],
)
def test_an_address_is_what_the_front_door_saw_not_what_the_client_claims(
    forwarded: str, address: str
) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert gate.address_of(request) == address


def test_passwords_are_hashed_with_argon2_in_the_product() -> None:
    assert product.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


@pytest.mark.django_db
def test_the_console_is_told_what_each_role_and_a_machine_may(
    staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    table = browser_of(staff_as("security_admin")).get("/api/v1/roles").json()
    told = {role["name"]: {right["name"] for right in role["rights"]} for role in table["items"]}
    assert told == {name: set(role.rights) for name, role in ROLES.items()}
    assert {right["name"] for right in table["machine_rights"]} == set(MACHINE_RIGHTS)
