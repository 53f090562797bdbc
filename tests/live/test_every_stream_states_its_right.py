"""All routes of the live process × all roles, on the real process: the other half of the walk in tests/people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.routing import Route

from hotline.base.kernel.rights import declared
from hotline.base.people import gate
from hotline.base.people.models import Staff
from hotline.base.people.roles import ROLES
from hotline.faces.desk.live import RIGHTS, app

from .conftest import Listener, Live

pytestmark = pytest.mark.django_db(transaction=True)
STREAMS = {path: right for path, right in RIGHTS.items() if right != gate.PUBLIC}


def test_every_route_declares_a_right_that_exists() -> None:
    assert {route.path for route in app.routes if isinstance(route, Route)} == RIGHTS.keys()
    assert len(app.routes) == len(RIGHTS)
    assert set(RIGHTS.values()) <= {gate.PUBLIC, *declared()}


def test_a_stranger_gets_what_is_public_and_nothing_else(live: Live) -> None:
    for path, right in RIGHTS.items():
        assert live.get(path)[0] == (200 if right == gate.PUBLIC else 401), path


def test_a_role_is_refused_exactly_where_it_lacks_the_right(
    live: Live, signed_in: Callable[[str], tuple[Staff, str]], listen: Callable[[str, str], Listener]
) -> None:
    wrong = []
    for role in [name for name in ROLES if name != "citizen"]:
        session = signed_in(role)[1]
        for path, right in STREAMS.items():
            status = listen(path, session).answer.status
            if status != (200 if right in ROLES[role].rights else 403):
                wrong.append((role, path, status))
    assert not wrong
