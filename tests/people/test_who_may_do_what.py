"""Rights follow posts, sight follows the tree, and the three administrators are three people."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid
from hotline.base.people import actions, queries
from hotline.base.people.models import Organisation, Post, Staff
from hotline.base.people.roles import ROLES, SEPARATED

from .conftest import TESTS, organisation_key

pytestmark = pytest.mark.django_db
ME = "/api/v1/session"


def acting(staff: Staff) -> Actor:
    standing = queries.standing_of(staff)
    roles = tuple(standing["roles"])
    return Actor(
        "person", str(staff.id), staff.name, queries.rights_of(roles), tuple(standing["scope"]), roles
    )


@pytest.mark.parametrize("first", sorted(SEPARATED))
@pytest.mark.parametrize("second", sorted(SEPARATED))
def test_two_administrators_posts_are_never_in_one_hand(
    staff_as: Callable[..., Staff], first: str, second: str
) -> None:
    staff = staff_as(first)
    if first != second:
        with pytest.raises(Conflict) as refused:
            actions.give_post(TESTS, staff.id, second, queries.root().id)
        assert refused.value.code == "separated-posts"


def test_the_database_itself_refuses_two_administrators_posts(staff_as: Callable[..., Staff]) -> None:
    staff = staff_as("audit_admin")
    post = Post(
        staff=staff,
        role="system_admin",
        organisation=queries.root(),
        starts_at=clock.now(),
        given_by="nobody",
    )
    with pytest.raises(IntegrityError, match="administrators"), transaction.atomic():
        post.save(force_insert=True)


def test_one_may_follow_the_other(staff_as: Callable[..., Staff]) -> None:
    staff = staff_as("audit_admin")
    actions.end_post(TESTS, staff.id, staff.posts.get().id)
    later = clock.now() + timedelta(seconds=1)
    actions.give_post(TESTS, staff.id, "system_admin", queries.root().id, starts_at=later)
    with clock.at(later):
        assert queries.standing_of(staff)["roles"] == ["system_admin"]


def test_nobody_gives_himself_a_post(staff_as: Callable[..., Staff]) -> None:
    staff = staff_as("security_admin")
    with pytest.raises(Conflict) as refused:
        actions.give_post(acting(staff), staff.id, "agent", queries.root().id)
    assert refused.value.code == "own-post"


def test_who_opens_accounts_gives_no_posts_and_the_other_way_round() -> None:
    holders = {
        right: {r.name for r in ROLES.values() if right in r.rights}
        for right in ("staff.manage", "role.manage")
    }
    assert not holders["staff.manage"] & holders["role.manage"]


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_no_administrator_takes_anothers_account_by_resetting_its_password(
    staff_as: Callable[..., Staff], role: str
) -> None:
    system_admin, other = staff_as("system_admin"), staff_as(role)
    with pytest.raises(Conflict), transaction.atomic():
        actions.reset_password(acting(system_admin), other.id)
    assert actions.reset_password(acting(system_admin), staff_as("agent").id)


def test_an_action_checks_the_right_itself(staff_as: Callable[..., Staff]) -> None:
    agent = staff_as("agent")
    with pytest.raises(Forbidden):
        actions.open_account(acting(agent), "somebody", "somebody")


def test_a_right_taken_back_is_gone_at_the_next_request(
    staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    staff = staff_as("agent")
    browser = browser_of(staff)
    assert browser.get("/api/v1/organisations").status_code == 200
    actions.end_post(TESTS, staff.id, staff.posts.get().id)
    assert browser.get("/api/v1/organisations").status_code == 403


def test_a_post_begins_and_ends_by_itself_at_its_time(
    staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    staff = staff_as("expert")
    start, end = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    actions.give_post(TESTS, staff.id, "agent", queries.root().id, starts_at=start, ends_at=end)
    browser = browser_of(staff)
    seen = []
    for moment in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end):
        with clock.at(moment):
            seen.append("agent" in browser.get(ME).json()["roles"])
    assert seen == [False, True, True, False]


def test_a_closed_account_is_out_at_once(
    staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    staff = staff_as("agent")
    browser = browser_of(staff)
    assert browser.get(ME).status_code == 200
    actions.change_account(TESTS, staff.id, active=False)
    assert browser.get(ME).status_code == 401


def test_asking_who_is_there_costs_two_queries(
    staff_as: Callable[..., Staff], browser_of: Callable[[Staff], Client]
) -> None:
    browser = browser_of(staff_as("agent"))
    url = "/api/v1/roles"  # 403 for an agent: nothing but the gate runs
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(url).status_code == 403
    assert len(captured) <= 2


def test_somebody_posted_to_a_department_sees_its_subtree_and_nothing_beside_it(
    staff_as: Callable[..., Staff],
) -> None:
    node = Organisation.objects.filter(kind="node", parent__kind="department").select_related("parent")[0]
    assert node.parent is not None
    leader = acting(staff_as("node_leader", node.parent.key))
    assert leader.scope == (node.parent.path,)
    seen = Organisation.objects.filter(queries.within(leader))
    assert set(seen) == set(Organisation.objects.filter(path__startswith=node.parent.path))
    assert node in seen
    assert queries.root() not in seen


def test_a_key_that_begins_like_another_is_not_inside_it(city: None) -> None:
    parent = queries.organisation_by_key(organisation_key("department"))
    neighbour = actions.add_organisation(TESTS, queries.root().id, f"{parent.key}-2", "另一家", "department")
    inside = Actor("person", "x", "x", frozenset(), (parent.path,))
    assert neighbour not in Organisation.objects.filter(queries.within(inside))


def test_somebody_without_a_post_sees_nothing(city: None) -> None:
    nobody = Actor("person", "x", "x")
    assert not Organisation.objects.filter(queries.within(nobody)).exists()


def test_staff_of_another_subtree_are_not_listed(staff_as: Callable[..., Staff]) -> None:
    one, other = Organisation.objects.filter(kind="department").order_by("path")[:2]
    here, there = staff_as("node_leader", one.key), staff_as("node_leader", other.key)
    viewer = Actor("person", "x", "x", frozenset({"staff.read"}), (one.path,))
    listed = set(queries.staff_list(viewer))
    assert here in listed
    assert there not in listed


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"role": "citizen"}, "role"),
        ({"role": "emperor"}, "role"),
        ({"ends_at": -1}, "ends_at"),
        ({"role": "node_handler"}, "organisation"),  # at the root he would see the whole city
    ],
)
def test_a_wrong_post_is_refused_with_the_place(
    staff_as: Callable[..., Staff], change: dict[str, object], where: str
) -> None:
    staff = staff_as("expert")
    ends = clock.now() - timedelta(days=1) if "ends_at" in change else None
    with pytest.raises(Invalid) as refused:
        actions.give_post(TESTS, staff.id, str(change.get("role", "agent")), queries.root().id, ends_at=ends)
    assert [fault.where for fault in refused.value.faults] == [where]


def test_the_first_accounts_are_one_of_each_staff_role_each_with_its_own_password(
    city: None, tmp_path: Path, client: Client
) -> None:
    import json

    assert actions.first_accounts(tmp_path) == len(ROLES) - 1
    file = tmp_path / "accounts.json"
    assert file.stat().st_mode & 0o777 == 0o600
    accounts = json.loads(file.read_text(encoding="utf-8"))
    roles = [account["role"] for account in accounts]
    assert sorted(roles) == sorted(set(ROLES) - {"citizen"})
    assert len({account["password"] for account in accounts}) == len(accounts)
    for account in accounts:
        given = {"username": account["username"], "password": account["password"]}
        me = client.post(ME, given, "application/json").json()
        assert me["roles"] == [account["role"]]
        assert not me["must_change_password"]
        client.delete(ME)
    handler = Post.objects.select_related("organisation__parent").get(role="node_handler")
    assert handler.organisation.accepts_cases
    assert handler.organisation.parent is not None
    assert handler.organisation.parent.kind == "department"
    assert actions.first_accounts(tmp_path / "again") == 0
    assert not (tmp_path / "again").exists()
