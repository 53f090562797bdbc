"""Each write route of these rooms, done for real, leaves its row (tests.audited holds the same in every room's tests)."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.models import AuditRow
from hotline.base.kernel.rights import declared
from hotline.base.parties import actions as parties
from hotline.base.parties.api import router as party_routes
from hotline.base.people import actions, queries
from hotline.base.people.api import router as people_routes
from hotline.base.people.models import Staff

from .conftest import TESTS

pytestmark = pytest.mark.django_db


class World:
    """What the examples act on."""

    def __init__(self) -> None:
        self.me, self.password = actions.open_account(TESTS, "tester", "T", must_change_password=False)
        self.root = queries.root()
        actions.give_post(TESTS, self.me.id, "agent", self.root.id)
        self.other, _ = actions.open_account(TESTS, "other", "O")
        self.post = actions.give_post(TESTS, self.other.id, "agent", self.root.id)
        self.token, _ = actions.issue_token(TESTS, "t", ["org.read"], self.root.id)
        self.unit = actions.add_organisation(TESTS, self.root.id, "a-new-one", "新机构", "department")
        self.third, _ = actions.open_account(TESTS, "third", "D")
        actions.give_post(TESTS, self.third.id, "shift_leader", self.root.id)
        self.asked = actions.name_deputy(self._as(self.other), self.third.id, *self.days(), "年休假")
        self.holding = actions.name_deputy(
            self._as(self.third), self.me.id, *self.days(after=3), "年休假", self.other.id
        )
        self.party = parties.find_or_create(TESTS, "13812341234", name="某人")

    @staticmethod
    def days(after: int = 0) -> tuple[datetime, datetime]:
        begins = clock.now() + timedelta(days=after)
        return begins, begins + timedelta(days=1)

    @staticmethod
    def _as(staff: Staff) -> Actor:
        actor = queries.actor_of_staff(staff.id)
        assert actor is not None
        return actor


def examples(world: World) -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
    """For each write route of both rooms: the path and a body that succeeds."""
    root = str(world.root.id)
    staff, other = "/staff/{uuidstr:staff_id}", f"/staff/{world.other.id}"
    party, one = "/parties/{uuidstr:party_id}", f"/parties/{world.party.id}"
    return {
        ("POST", "/session"): ("/session", {"username": "tester", "password": world.password}),
        ("DELETE", "/session"): ("/session", {}),
        ("POST", "/session/password"): (
            "/session/password",
            {"old": world.password, "new": "Ritard-ando 77 molto"},
        ),
        ("POST", "/session/acting"): ("/session/acting", {"deputy": None}),
        ("POST", "/deputies"): (
            "/deputies",
            {"deputy": str(world.other.id), "reason": "年休假"}
            | {
                name: at.isoformat()
                for name, at in zip(("starts_at", "ends_at"), world.days(after=9), strict=True)
            },
        ),
        ("POST", "/deputies/{uuidstr:id}/decision"): (
            f"/deputies/{world.asked.id}/decision",
            {"approve": True},
        ),
        ("DELETE", "/deputies/{uuidstr:id}"): (f"/deputies/{world.holding.id}", {}),
        ("POST", "/organisations"): (
            "/organisations",
            {"parent": root, "code": "another", "name": "又一家", "kind": "department"},
        ),
        ("DELETE", "/organisations/{uuidstr:organisation_id}"): (f"/organisations/{world.unit.id}", {}),
        ("POST", "/staff"): ("/staff", {"username": "new.one", "name": "新人"}),
        ("PATCH", staff): (other, {"name": "改名", "is_active": False}),
        ("POST", f"{staff}/password"): (f"{other}/password", {}),
        ("POST", f"{staff}/posts"): (f"{other}/posts", {"role": "visitor", "organisation": root}),
        ("DELETE", staff + "/posts/{uuidstr:post_id}"): (f"{other}/posts/{world.post.id}", {}),
        ("POST", "/tokens"): ("/tokens", {"name": "x", "rights": ["org.read"], "organisation": root}),
        ("DELETE", "/tokens/{uuidstr:token_id}"): (f"/tokens/{world.token.id}", {}),
        ("POST", "/parties/search"): ("/parties/search", {"phone": "13812341234"}),
        ("PATCH", party): (one, {"needs": ["deaf"]}),
        ("POST", f"{party}/reveal"): (f"{one}/reveal", {"field": "phone", "reason": "回电"}),
    }


WRITES = [
    (method, path)
    for router in (people_routes, party_routes)
    for path, view in router.path_operations.items()
    for operation in view.operations
    for method in operation.methods
    if method != "GET"
]


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_a_write_leaves_an_audit_row(
    city: None, db: None, route: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    path, body = examples(world)[route]
    # One account for all examples; in life these rights are never in one hand.
    monkeypatch.setattr(queries, "rights_of", lambda _: frozenset(declared()))
    client = Client()
    client.force_login(world.me)
    before = AuditRow.objects.count()
    response = client.generic(
        route[0], f"/api/v1{path}", json.dumps(body).encode(), content_type="application/json"
    )
    assert response.status_code < 300, response.content
    assert AuditRow.objects.count() > before
