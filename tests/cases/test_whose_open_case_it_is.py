"""A caller with an open case is rather put through to whoever took it down."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from hotline.base.kernel.actor import system
from hotline.base.parties import actions as parties
from hotline.lines.calls import waiting
from hotline.work.cases import actions, queries
from hotline.work.cases.models import Case
from tests.cases.office import AGENT, asking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def test_it_is_who_took_down_the_newest_open_case_and_nobody_once_it_is_closed() -> None:
    party = parties.find_or_create(system("tests"), "13812341234").id
    first, second = (replace(AGENT, id=str(uuid4())) for _ in range(2))
    filed = [actions.accept(who, asking()) for who in (first, second)]
    Case.objects.update(party_id=party)
    assert queries.agent_of_open_case(party) == UUID(second.id)
    Case.objects.filter(id=filed[1].id).update(state="closed")
    assert queries.agent_of_open_case(party) == UUID(first.id)
    Case.objects.filter(id=filed[0].id).update(state="closed")
    assert queries.agent_of_open_case(party) is None
    assert queries.agent_of_open_case(uuid4()) is None


def test_the_queue_asks_for_it() -> None:
    assert queries.agent_of_open_case in waiting._preferences
