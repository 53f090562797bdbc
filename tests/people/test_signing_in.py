"""Signing in: by password only, watched, and locked when guessed at."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.people import actions
from hotline.base.people.figures import FAILURES_BEFORE_LOCK, FAILURES_BEFORE_LOCK_FOR_ALL, LOCK_MINUTES
from hotline.base.people.models import SignIn, Staff

from .conftest import TESTS

pytestmark = pytest.mark.django_db
SESSION = "/api/v1/session"


@pytest.fixture
def account(city: None, db: None) -> tuple[str, str]:
    staff, password = actions.open_account(TESTS, "lin.wei", "林伟", must_change_password=False)
    return staff.username, password


def sign_in(client: Client, username: str, password: str) -> tuple[int, dict[str, object]]:
    response = client.post(SESSION, {"username": username, "password": password}, "application/json")
    return response.status_code, response.json()


def test_the_right_password_opens_a_session_and_me_says_who(client: Client, account: tuple[str, str]) -> None:
    status, me = sign_in(client, *account)
    assert (status, me["name"], me["username"]) == (200, "林伟", "lin.wei")
    assert me["csrf_token"]
    assert client.get(SESSION).json()["id"] == me["id"]


def test_signing_out_ends_the_session(client: Client, account: tuple[str, str]) -> None:
    sign_in(client, *account)
    assert client.delete(SESSION).status_code == 204
    assert client.get(SESSION).status_code == 401


def test_a_stranger_cannot_tell_an_unknown_name_from_a_wrong_password(
    client: Client, account: tuple[str, str]
) -> None:
    wrong = sign_in(client, account[0], "not the password")
    unknown = sign_in(client, "nobody.here", "not the password")
    assert wrong == unknown
    assert wrong[0] == 401


def test_a_closed_account_reads_like_a_wrong_password(client: Client, account: tuple[str, str]) -> None:
    actions.change_account(TESTS, Staff.objects.get(username=account[0]).id, active=False)
    assert sign_in(client, *account) == sign_in(client, "nobody.here", "x")


def test_who_guesses_locks_himself_out_and_nobody_else(account: tuple[str, str]) -> None:
    stranger = Client(REMOTE_ADDR="198.51.100.7")
    with clock.at(clock.now()):
        guesses = [sign_in(stranger, account[0], "guess")[0] for _ in range(FAILURES_BEFORE_LOCK() + 1)]
        assert guesses == [401] * FAILURES_BEFORE_LOCK() + [429]
        assert sign_in(Client(), *account)[0] == 200


def test_guessing_from_many_places_locks_the_name(account: tuple[str, str]) -> None:
    with clock.at(clock.now()):
        for n in range(FAILURES_BEFORE_LOCK_FOR_ALL()):
            assert sign_in(Client(REMOTE_ADDR=f"198.51.100.{n}"), account[0], "guess")[0] == 401
        assert sign_in(Client(), *account)[0] == 429


def test_an_unknown_name_locks_like_a_known_one(client: Client, account: tuple[str, str]) -> None:
    with clock.at(clock.now()):
        for name in ("nobody.here", account[0]):
            answers = [sign_in(client, name, "guess")[0] for _ in range(FAILURES_BEFORE_LOCK() + 1)]
            assert answers == [401] * FAILURES_BEFORE_LOCK() + [429]


def test_a_reset_password_lifts_every_lock(client: Client, account: tuple[str, str]) -> None:
    with clock.at(clock.now()):
        for _ in range(FAILURES_BEFORE_LOCK() + 1):
            sign_in(client, account[0], "guess")
        drawn = actions.reset_password(TESTS, Staff.objects.get(username=account[0]).id)
        assert sign_in(client, account[0], drawn)[0] == 200


def test_too_many_wrong_passwords_lock_the_account_for_a_while(
    client: Client, account: tuple[str, str]
) -> None:
    for _ in range(FAILURES_BEFORE_LOCK()):
        assert sign_in(client, account[0], "guess")[0] == 401
    status, problem = sign_in(client, *account)
    assert (status, problem["type"]) == (429, "locked")
    with clock.at(clock.now() + timedelta(minutes=LOCK_MINUTES(), seconds=1)):
        assert sign_in(client, *account)[0] == 200


def test_a_right_password_forgets_the_wrong_ones_before_it(client: Client, account: tuple[str, str]) -> None:
    for _ in range(3):
        for _ in range(FAILURES_BEFORE_LOCK() - 1):
            sign_in(client, account[0], "guess")
        assert sign_in(Client(), *account)[0] == 200


def test_every_attempt_is_recorded_with_its_outcome_and_address(
    client: Client, account: tuple[str, str]
) -> None:
    sign_in(client, "nobody.here", "x")
    sign_in(client, account[0], "x")
    sign_in(client, *account)
    rows = list(SignIn.objects.order_by("id").values_list("username", "outcome", "address"))
    assert rows == [
        ("nobody.here", "unknown", "127.0.0.1"),
        ("lin.wei", "wrong_password", "127.0.0.1"),
        ("lin.wei", "in", "127.0.0.1"),
    ]


def test_a_write_without_the_csrf_token_is_refused(account: tuple[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    _, me = sign_in(client, *account)
    assert client.delete(SESSION).json()["type"] == "csrf"
    assert client.get(SESSION).status_code == 200
    assert client.delete(SESSION, headers={"X-CSRFToken": str(me["csrf_token"])}).status_code == 204


def test_another_site_cannot_sign_a_visitor_in(account: tuple[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    body = {"username": account[0], "password": account[1]}
    response = client.post(SESSION, body, "application/json", headers={"Origin": "https://elsewhere.example"})
    assert response.json()["type"] == "cross-origin"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(account: tuple[str, str]) -> None:
    here, there = Client(), Client()
    sign_in(here, *account)
    sign_in(there, *account)
    change = {"old": account[1], "new": "Ritard-ando 77 molto"}
    assert here.post(f"{SESSION}/password", change, "application/json").status_code == 200
    assert here.get(SESSION).status_code == 200
    assert there.get(SESSION).status_code == 401
    assert sign_in(Client(), account[0], account[1])[0] == 401
    assert sign_in(Client(), account[0], change["new"])[0] == 200


@pytest.mark.parametrize("weak", ["short", "12345678901234", "password1234", "lin.wei.12"])
def test_a_weak_password_is_refused_in_both_languages(
    client: Client, account: tuple[str, str], weak: str
) -> None:
    sign_in(client, *account)
    response = client.post(f"{SESSION}/password", {"old": account[1], "new": weak}, "application/json")
    assert response.status_code == 422
    for fault in response.json()["faults"]:
        assert fault["where"] == "new"
        assert fault["zh"] != fault["en"]


def test_until_a_password_that_must_be_changed_is_changed_nothing_else_is_allowed(
    client: Client, staff_as: Callable[..., Staff]
) -> None:
    staff = staff_as("agent")
    password = actions.reset_password(TESTS, staff.id)
    _, me = sign_in(client, staff.username, password)
    assert (me["must_change_password"], me["rights"]) == (True, [])
    refused = client.get("/api/v1/organisations")
    assert (refused.status_code, refused.json()["type"]) == (403, "password-change-required")
    client.post(f"{SESSION}/password", {"old": password, "new": "Ritard-ando 77 molto"}, "application/json")
    assert client.get("/api/v1/organisations").status_code == 200


def test_no_password_is_stored_in_plain(account: tuple[str, str]) -> None:
    stored = Staff.objects.get(username=account[0]).password
    assert account[1] not in stored
    assert stored.startswith("argon2")
