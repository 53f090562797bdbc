"""One-time codes: where only the telephone network joins two centres, six digits join their records."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Conflict, Invalid, Problem
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.joined.handover import actions, codes, figures, meeting, queries
from hotline.joined.handover.models import HandOver, OneTimeCode

from .conftest import body, machine, past_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def test_a_code_read_out_joins_the_call_with_the_far_centres_message(law: Actor, agent: Actor) -> None:
    actions.receive(law, body(code="246810"))
    call = past_call("12345")
    assert queries.context_of(call) is None
    codes.redeem(agent, "246810", call)
    assert (queries.context_of(call) or {})["case_no"] == "SF2026-77"


def test_a_code_keyed_in_does_the_same(law: Actor) -> None:
    actions.receive(law, body(code="246810"))
    call = past_call("12345")
    meeting.on_code_keyed("call.code_keyed", str(call), {"code": "111111"})
    assert queries.context_of(call) is None
    meeting.on_code_keyed("call.code_keyed", str(call), {"code": "246810"})
    assert queries.context_of(call) is not None


def test_a_code_is_good_once(law: Actor, agent: Actor) -> None:
    actions.receive(law, body(code="246810"))
    codes.redeem(agent, "246810", past_call())
    with pytest.raises(Invalid):
        codes.redeem(agent, "246810", past_call())


def test_a_code_holds_for_a_short_time(law: Actor, agent: Actor) -> None:
    actions.receive(law, body(code="246810"))
    call = past_call()
    with clock.at(clock.now() + timedelta(minutes=16)), pytest.raises(Invalid):
        codes.redeem(agent, "246810", call)
    assert queries.context_of(call) is None


def test_whoever_guesses_is_stopped_after_a_few_tries(law: Actor, agent: Actor) -> None:
    actions.receive(law, body(code="246810"))
    call = past_call()
    with clock.at(clock.now()):
        for guess in range(figures.CODE_TRIES()):
            with pytest.raises(Invalid):
                codes.redeem(agent, f"{guess:06}", call)
        with pytest.raises(Problem) as stopped:
            codes.redeem(agent, "246810", call)
        assert stopped.value.status == 429
        another = Actor("person", str(uuid4()), "li", agent.rights, agent.scope)
        with pytest.raises(Problem) as same_call:
            codes.redeem(another, "246810", call)
        assert same_call.value.status == 429, "the same call was guessed at from another desk"


def test_a_calls_code_stays_the_same_while_it_holds_and_is_sealed(agent: Actor) -> None:
    call = past_call()
    first, again = codes.code_for(agent, call), codes.code_for(agent, call)
    assert first == again
    assert len(first.code) == 6
    row = OneTimeCode.objects.get()
    assert first.code.encode() not in bytes(row.code_sealed) + bytes(row.code_index)
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert codes.code_for(agent, call).expires_at > first.expires_at


def test_our_own_code_joins_a_call_that_comes_back_with_the_one_before(agent: Actor) -> None:
    first, back = past_call(), past_call()
    HandOver.objects.create(
        direction="out", far="12348", message_id=uuid4(), correlation="c-1", kind="transfer", confidential=False,
        call_id=first, content_sealed=_sealed(), digest=b"", sent_at=clock.now(), kept_at=clock.now(),
    )  # fmt: skip
    code = codes.code_for(agent, first).code
    with pytest.raises(Conflict):
        codes.redeem(agent, code, first)
    codes.redeem(agent, code, back)
    context = queries.context_of(back)
    assert context is not None
    assert (context["direction"], context["from"], context["summary"]) == (
        "out",
        "12348",
        "咨询法律援助后转问低保",
    )


def _sealed() -> bytes:
    from hotline.base.kernel.sealing import seal

    return seal(body().decode())


def test_the_routes_are_for_agents_on_a_call(law: Actor) -> None:
    actions.receive(law, body(code="246810"))
    call = str(past_call())
    staff, _ = people.open_account(system("tests"), f"z-{uuid4().hex[:8]}", "z", must_change_password=False)
    people.give_post(system("tests"), staff.id, "agent", organisations.organisation_by_key("centre").id)
    client = Client()
    client.force_login(staff)
    made = client.post("/api/v1/hand-overs/codes", {"call_id": call}, "application/json")
    assert (made.status_code, len(made.json()["code"])) == (200, 6)
    joined = client.post("/api/v1/hand-overs/redeem", {"code": "246810", "call_id": call}, "application/json")
    assert joined.json()["context"]["from"] == "12348"
    listed = client.get(f"/api/v1/hand-overs?call_id={call}").json()["items"]
    assert [(row["direction"], row["state"]) for row in listed] == [("in", "received")]
    assert client.post("/api/v1/hand-overs", b"{}", "application/json").status_code == 403
    assert Client().post("/api/v1/hand-overs/codes", {"call_id": call}, "application/json").status_code == 401


def test_a_machine_makes_and_redeems_no_codes() -> None:
    sender = machine("linked-12348")
    with pytest.raises(Problem):
        codes.code_for(sender, past_call())
    with pytest.raises(Problem):
        codes.redeem(sender, "123456", past_call())
