"""`hotline user add` and `hotline token add` on a real database, and what they print."""

import json

import pytest
from click.testing import CliRunner
from django.test import Client

from hotline.base.kernel.errors import NotFound
from hotline.base.people import queries
from hotline.project.cli import hotline

from .conftest import organisation_key

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    result = CliRunner().invoke(hotline, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_added_user_signs_in_with_the_printed_password_and_has_his_post(
    city: None, client: Client
) -> None:
    made = json.loads(run("user", "add", "wang.fang", "--name", "王芳", "--role", "agent", "--json"))
    given = {"username": made["username"], "password": made["password"]}
    me = client.post("/api/v1/session", given, "application/json").json()
    assert (me["name"], me["roles"], me["must_change_password"]) == ("王芳", ["agent"], False)


def test_a_password_reset_on_the_server_must_be_changed_at_the_next_sign_in(
    city: None, client: Client
) -> None:
    run("user", "add", "wang.fang", "--role", "audit_admin")
    drawn = json.loads(run("user", "password", "wang.fang", "--json"))
    given = {"username": "wang.fang", "password": drawn["password"]}
    assert client.post("/api/v1/session", given, "application/json").json()["must_change_password"]


def test_an_added_token_works_over_its_organisation(city: None, client: Client) -> None:
    key = organisation_key("linked_centre")
    made = json.loads(run("token", "add", "a line", "--right", "org.read", "--organisation", key, "--json"))
    response = client.get("/api/v1/organisations", headers={"Authorization": f"Bearer {made['token']}"})
    assert response.status_code == 200
    actor = queries.actor_of_token(made["token"])
    assert actor is not None
    assert actor.scope == (queries.organisation_by_key(key).path,)


def test_wrong_use_is_refused_with_exit_code_two(city: None) -> None:
    for words in (
        ["user", "add", "x", "--role", "emperor"],
        ["token", "add", "x", "--right", "staff.manage"],
    ):
        assert CliRunner().invoke(hotline, words).exit_code == 2


def test_a_post_in_a_unit_needs_its_unit(city: None) -> None:
    refused = CliRunner().invoke(hotline, ["user", "add", "li.na", "--role", "node_handler"])
    assert refused.exit_code == 2
    assert "--organisation" in refused.output
    run("user", "add", "li.na", "--role", "node_handler", "--organisation", "renshe-node")


def test_an_organisation_that_is_not_there_is_named(city: None) -> None:
    with pytest.raises(NotFound, match="atlantis"):
        run("user", "add", "somebody", "--role", "agent", "--organisation", "atlantis")
