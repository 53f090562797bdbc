"""Machines: a token does what it was made for, over the subtree it was made for, until it is revoked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Invalid
from hotline.base.people import actions, queries
from hotline.base.people.models import Token

from .conftest import TESTS, organisation_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(city: None, db: None) -> Callable[..., tuple[Token, str]]:
    def make(*rights: str, **more: object) -> tuple[Token, str]:
        unit = queries.organisation_by_key(organisation_key("linked_centre"))
        return actions.issue_token(TESTS, "a linked hotline", list(rights), unit.id, **more)  # type: ignore[arg-type]

    return make


def get(key: str, path: str) -> int:
    return Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_token_opens_what_its_rights_say_and_nothing_else(issue: Callable[..., tuple[Token, str]]) -> None:
    _, key = issue("org.read")
    assert get(key, "/organisations") == 200
    assert get(key, "/tokens") == 403
    assert get(key, "/audit") == 403


def test_a_tokens_scope_is_its_organisation(issue: Callable[..., tuple[Token, str]]) -> None:
    token, key = issue("org.read")
    actor = queries.actor_of_token(key)
    assert actor is not None
    assert (actor.kind, actor.scope) == ("machine", (token.organisation.path,))


def test_a_token_needs_no_csrf_token(issue: Callable[..., tuple[Token, str]]) -> None:
    _, key = issue("org.read")
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        "/api/v1/tokens", {}, "application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert response.json()["type"] == "forbidden"


def test_a_revoked_an_expired_and_an_invented_token_are_refused(
    issue: Callable[..., tuple[Token, str]],
) -> None:
    token, key = issue("org.read")
    actions.revoke_token(TESTS, token.id)
    assert get(key, "/organisations") == 401
    soon = clock.now() + timedelta(minutes=5)
    _, key = issue("org.read", expires_at=soon)
    assert get(key, "/organisations") == 200
    with clock.at(soon):
        assert get(key, "/organisations") == 401
    assert get("hl_invented", "/organisations") == 401


@pytest.mark.parametrize(
    "right", ["staff.manage", "party.reveal", "case.reveal", "audit.read", "no.such.right"]
)
def test_a_machine_may_never_administer_or_see_behind_a_mask(
    issue: Callable[..., tuple[Token, str]], right: str
) -> None:
    with pytest.raises(Invalid) as refused:
        issue("org.read", right)
    assert [fault.where for fault in refused.value.faults] == ["rights.1"]


def test_only_a_hash_of_the_key_is_stored(issue: Callable[..., tuple[Token, str]]) -> None:
    token, key = issue("org.read")
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_token::text FROM people_token WHERE id = %s", [token.id])
        (row,) = cursor.fetchone()
    assert key not in row
    assert key.encode().hex() not in row


def test_asking_which_machine_it_is_costs_one_query(issue: Callable[..., tuple[Token, str]]) -> None:
    _, key = issue("org.read")
    with CaptureQueriesContext(connection) as captured:
        assert get(key, "/tokens") == 403
    assert len(captured) == 1
