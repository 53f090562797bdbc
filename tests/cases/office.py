"""A small centre for tests: who works where, and one line for each common act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from hotline.base.kernel.actor import Actor
from hotline.base.people import queries as people
from hotline.base.people.roles import rights_of
from hotline.work.cases import actions, queries
from hotline.work.cases.intake import Asking


def staff(*roles: str, scope: str = "/", name: str = "测试员") -> Actor:
    """Somebody who holds ``roles`` in a subtree."""
    return Actor("person", f"{'+'.join(roles)}@{scope}", name, rights_of(roles), (scope,), roles)


AGENT = staff("agent", name="话务员甲")
DISPATCHER = staff("dispatcher", name="派单员乙")
VISITOR = staff("visitor", name="回访员丙")
SUPERVISOR = staff("supervisor", name="主管丁")


@contextmanager
def refused(kind: type[Exception], match: str | None = None) -> Iterator[pytest.ExceptionInfo[Any]]:
    """``pytest.raises`` inside a test's transaction: what is refused is rolled back, as it is outside of tests."""
    with pytest.raises(kind, match=match) as caught, transaction.atomic():
        yield caught


def unit(key: str = "renshe-node") -> Any:
    """A case node of the city."""
    return people.organisation_by_key(key)


def handler(key: str = "renshe-node") -> Actor:
    """The clerk of a node."""
    return staff("node_handler", scope=unit(key).path, name=f"{unit(key).name}经办")


def asking(**changes: Any) -> Asking:
    """A complaint with everything in it; ``changes`` over it."""
    given: dict[str, Any] = {
        "type": "complaint",
        "matter": "小区路灯不亮",
        "content": "东海街道丰海路的路灯坏了一个星期，晚上看不见路。",
        "channel": "desk",
        "address": "丰海路 12 号",
        "name": "张三丰",
        "phone": "13812341234",
    }
    return Asking(**(given | changes))


def file(actor: Actor = AGENT, **changes: Any) -> actions.Filed:
    """File a case."""
    return actions.accept(actor, asking(**changes))


def do(actor: Actor, id: UUID, act: str, **fields: Any) -> Any:
    """Do an act at the case's present version."""
    return actions.perform(actor, id, act, queries.one(AGENT, id).version, fields)


def dispatched(key: str = "renshe-node", **changes: Any) -> UUID:
    """A case in the hands of a node."""
    filed = file(**changes)
    do(DISPATCHER, filed.id, "dispatch", unit=str(unit(key).id))
    return filed.id


def to_visit(key: str = "renshe-node", **changes: Any) -> UUID:
    """A case that waits for its return visit."""
    id = dispatched(key, **changes)
    do(handler(key), id, "sign_for")
    do(handler(key), id, "reply", reply="路灯已修好，请查看。")
    do(DISPATCHER, id, "check")
    return id


def caller(id: UUID) -> Actor:
    """The one who asked, known by number and query code."""
    return Actor("citizen", str(id), "诉求人")
