"""Who signs out of the console, or may work at the desk no more, keeps neither his seat nor his phone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from hotline.base.kernel import clock, outbox
from hotline.base.kernel.actor import Actor
from hotline.base.people import actions as people
from hotline.lines.calls import leaving, seats
from hotline.lines.calls.models import AgentState, PhoneCredential
from hotline.lines.calls.words import AgentMode
from tests.calls.test_what_is_kept import TESTS, an_agent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def a_phone_of(agent: Actor, *, mode: str = AgentMode.READY) -> PhoneCredential:
    """A phone and a seat, taken ten minutes ago."""
    past = clock.now() - timedelta(minutes=10)
    AgentState.objects.create(
        staff_id=UUID(agent.id), name="x", mode=mode, since=past, idle_since=past, lines=["12345"]
    )
    return PhoneCredential.objects.create(
        staff_id=UUID(agent.id), endpoint=f"agent-{agent.id}", kind="webrtc", password_sealed=b"", issued_at=past,
        expires_at=clock.now() + timedelta(hours=12),
    )  # fmt: skip


def mode_of(agent: Actor) -> str:
    return AgentState.objects.get(staff_id=UUID(agent.id)).mode


def relay() -> None:
    while outbox.relay():
        pass


def test_a_closed_account_leaves_its_seat_and_its_phone() -> None:
    agent = an_agent()
    phone = a_phone_of(agent)
    people.change_account(TESTS, UUID(agent.id), active=False)
    relay()
    relay()
    assert mode_of(agent) == AgentMode.SIGNED_OUT
    assert seats.expired_credentials() == [phone.endpoint]


def test_a_change_that_leaves_the_desk_to_him_changes_nothing() -> None:
    agent = an_agent()
    a_phone_of(agent)
    people.change_account(TESTS, UUID(agent.id), name="改名")
    relay()
    assert (mode_of(agent), seats.expired_credentials()) == (AgentMode.READY, [])


def test_a_sign_out_takes_the_phone_but_not_one_taken_after_it() -> None:
    agent = an_agent()
    phone = a_phone_of(agent)
    leaving.signed_out("", agent.id, {"at": (phone.issued_at - timedelta(seconds=1)).isoformat()})
    assert seats.expired_credentials() == []
    leaving.signed_out("", agent.id, {"at": clock.now().isoformat()})
    assert (mode_of(agent), seats.expired_credentials()) == (AgentMode.SIGNED_OUT, [phone.endpoint])


def test_a_phone_taken_while_its_forerunner_was_removed_is_pushed_again() -> None:
    phone = a_phone_of(an_agent())
    seats.pushed(phone)
    seats.forget([phone.endpoint])
    assert phone.endpoint in [row.endpoint for row in seats.credentials(unpushed=True)]


def test_a_call_that_is_on_is_finished_before_the_phone_is_taken() -> None:
    agent = an_agent()
    phone = a_phone_of(agent, mode=AgentMode.BUSY)
    leaving.signed_out("", agent.id, {"at": clock.now().isoformat()})
    assert (mode_of(agent), seats.expired_credentials()) == (AgentMode.BUSY, [])
    seats.happened(UUID(agent.id), "call_over")
    assert seats.expired_credentials() == [phone.endpoint]
