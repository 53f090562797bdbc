"""Somebody of every role, and a browser for him."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from hotline.base.kernel.actor import system
from hotline.base.people import actions, queries
from hotline.base.people.models import Staff
from hotline.base.people.roles import ROLES

TESTS = system("tests")


def organisation_key(kind: str, *, under: str = "/") -> str:
    found = queries.organisations(kind=kind).filter(path__startswith=under).first()
    assert found is not None
    return found.key


@pytest.fixture
def staff_as(city: None, db: None) -> Callable[..., Staff]:
    """staff_as("agent") or staff_as("node_handler", "some-node"): an account with one post."""

    def make(role: str, organisation: str = "") -> Staff:
        staff, _ = actions.open_account(
            TESTS, f"{role.replace('_', '-')}-{uuid4().hex[:8]}", role, must_change_password=False
        )
        organisation = organisation or ("" if ROLES[role].whole_city else organisation_key("department"))
        unit = queries.organisation_by_key(organisation) if organisation else queries.root()
        actions.give_post(TESTS, staff.id, role, unit.id)
        return staff

    return make


@pytest.fixture
def browser_of() -> Callable[[Staff], Client]:
    """A browser in which somebody is signed in already (the password is what test_signing_in is for)."""

    def make(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff)
        return client

    return make
