"""Whoever is recorded is told so first (个人信息保护法 17), on every way that leads to an agent but an emergency's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.base.kernel import ids
from hotline.lines.calls.routing import Arrival, route
from hotline.lines.calls.words import CallState
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Behaviour
from hotline.lines.recordings import judging

pytestmark = pytest.mark.django_db

TO_AGENTS = [
    Behaviour.NOTICE_THEN_QUEUE.value,
    Behaviour.OWN_SEATS.value,
    Behaviour.LINKED.value,
    Behaviour.NOT_MERGED.value,
    "queue",
]


def heard(arrival: Arrival, *, seats_open: bool) -> list[str]:
    """The prompts a caller hears before or while he waits for an agent of ours."""
    call = route(ids.new(), arrival, numbers.plans(), seats_open=seats_open).call
    return [*call.prompts] or [call.prompt] if call.state is not CallState.LINKING else []


@pytest.mark.parametrize("behaviour", TO_AGENTS)
@pytest.mark.parametrize("seats_open", [True, False])
def test_every_way_to_an_agent_says_that_the_call_is_recorded(
    city: None, behaviour: str, seats_open: bool
) -> None:
    plans = numbers.plans()
    untold = []
    for number in [plan.number for plan in plans.numbers] + [plans.main]:
        came = Arrival("c", number, number, "operator", behaviour, "13800001111", True, "", False)
        for arrival in (came, replace(came, notice=False), replace(came, returned=True)):
            prompts = heard(arrival, seats_open=seats_open)
            if not judging.tells(prompts):
                untold.append((number, behaviour, prompts))
    assert untold == []


def test_an_emergency_is_not_held_up_for_it_and_is_kept_as_not_told(city: None) -> None:
    came = Arrival("c", "110", "110", "operator", "emergency", "13800001111", True, "", False)
    assert heard(came, seats_open=True) == ["emergency-front"]
    assert not judging.tells(["emergency-front"])
