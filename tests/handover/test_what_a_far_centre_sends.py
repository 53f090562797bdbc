"""The protocol as a far centre meets it: every answer it may get, in any order, late, twice, with a bad token."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Conflict, Invalid, Problem
from hotline.base.kernel.models import AuditRow
from hotline.base.kernel.sealing import unseal
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.joined.handover import actions, api, meeting, queries
from hotline.joined.handover.models import HandOver, HandOverEvent
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import TrunkPlan
from tests.cases.office import refused

from .conftest import body, machine, message, past_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
PATH = "/api/v1/hand-overs"


def token(*rights: str, organisation: str = "linked-12348") -> dict[str, str]:
    unit = organisations.organisation_by_key(organisation)
    _, key = people.issue_token(system("tests"), f"t-{uuid4().hex[:6]}", list(rights), unit.id)
    return {"Authorization": f"Bearer {key}"}


def post(path: str, content: bytes, headers: dict[str, str]) -> Any:
    return Client().post(path, content, content_type="application/json", headers=headers)


@pytest.fixture
def law_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """12348 has a trunk of its own called law."""
    plans = (
        *numbers.trunk_plans(),
        TrunkPlan("law", "linked", "127.0.0.1", 5070, "udp", ("12348",), (), ("alaw",), None, ()),
    )
    monkeypatch.setattr(numbers, "trunk_plans", lambda: plans)


def test_a_message_is_taken_once_and_its_repetition_is_known() -> None:
    headers, sent = token("handover.push"), body()
    first = post(PATH, sent, headers)
    again = post(PATH, sent, headers)
    assert (first.status_code, again.status_code) == (202, 200)
    receipt = api.ReceiptOut.model_validate(first.json())
    assert str(receipt.message_id) == json.loads(sent)["message_id"]
    assert HandOver.objects.filter(direction="in").count() == 1
    assert HandOverEvent.objects.filter(kind="received").count() == 1


def test_the_same_instant_spelt_in_another_zone_is_a_repetition() -> None:
    headers, given = token("handover.push"), message()
    post(PATH, json.dumps(given).encode(), headers)
    given["sent_at"] = clock.local(clock.now().fromisoformat(given["sent_at"])).isoformat()
    assert post(PATH, json.dumps(given).encode(), headers).status_code == 200


def test_the_same_id_with_other_content_is_refused_and_the_first_stays() -> None:
    headers, given = token("handover.push"), message()
    post(PATH, json.dumps(given).encode(), headers)
    answer = post(PATH, json.dumps(given | {"summary": "另一件事"}).encode(), headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "other-content")
    assert "低保" in unseal(HandOver.objects.get().content_sealed)


def test_what_was_taken_in_time_is_still_a_repetition_when_it_comes_again_late() -> None:
    headers, sent = token("handover.push"), body()
    post(PATH, sent, headers)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert post(PATH, sent, headers).status_code == 200


def test_a_late_message_is_refused() -> None:
    late = (clock.now() - timedelta(minutes=11)).isoformat()
    answer = post(PATH, body(sent_at=late), token("handover.push"))
    assert (answer.status_code, answer.json()["type"]) == (410, "too-late")
    assert not HandOver.objects.exists()


def test_a_bad_token_and_a_token_without_the_right_are_refused() -> None:
    assert post(PATH, body(), {}).status_code == 401
    assert post(PATH, body(), {"Authorization": "Bearer hl_wrong"}).status_code == 401
    assert post(PATH, body(), token("rundata.push")).status_code == 403


def test_nobody_speaks_for_another_centre() -> None:
    answer = post(PATH, body(), token("handover.push", organisation="linked-12315"))
    assert (answer.status_code, answer.json()["type"]) == (403, "not-your-number")
    root = machine("linked-12348").__class__("machine", "t", "t", frozenset({"handover.push"}), ("/",))
    with pytest.raises(Problem, match="12348"):
        actions.receive(root, body())


def test_every_fault_is_named_with_its_place_in_both_languages() -> None:
    given = message(kind="gift", correlation_id="Ä", caller={"phone": "x", "name": "张三"}, surprise=1)
    del given["consent"]
    answer = post(PATH, json.dumps(given).encode(), token("handover.push"))
    assert answer.status_code == 422
    faults = {fault["where"]: fault for fault in answer.json()["faults"]}
    assert set(faults) == {"kind", "correlation_id", "caller.phone", "caller.name", "surprise", "consent"}
    assert all(fault["zh"] and fault["en"] for fault in faults.values())


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"consent": False, "summary": ""}, "caller.phone"),
        ({"confidential": True}, "caller.phone"),
        ({"consent": False, "caller": {}}, "summary"),
        ({"to": "12315"}, "to"),
    ],
)
def test_what_may_not_be_said_is_refused(changes: dict[str, Any], where: str) -> None:
    answer = post(PATH, body(**changes), token("handover.push"))
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["faults"]] == [where]


def test_a_body_that_is_no_json_or_too_large_changes_nothing() -> None:
    headers = token("handover.push")
    assert post(PATH, b"{", headers).status_code == 400
    assert post(PATH, b"\xff", headers).status_code == 400
    assert post(PATH, b"[]", headers).status_code == 422
    assert post(PATH, b" " * 70_000, headers).status_code == 413
    assert not HandOver.objects.exists()


def test_what_was_told_is_sealed_in_the_database(law: Actor) -> None:
    actions.receive(law, body())
    row = HandOver.objects.get()
    assert b"13800001111" not in bytes(row.content_sealed)
    assert "低保".encode() not in bytes(row.content_sealed)


@pytest.mark.usefixtures("law_trunk")
class TestWhoComesFirst:
    """The caller and his message meet whichever comes first, on the sender's own trunk only."""

    def came(self, call: UUID, correlation: str, trunk: str = "law") -> None:
        meeting.on_came_over("call.came_over", str(call), {"correlation": correlation, "trunk": trunk})

    def test_the_message_before_the_call(self, law: Actor) -> None:
        call = past_call("12348")
        actions.receive(law, body(correlation_id="12348-abc"))
        assert queries.context_of(call) is None
        self.came(call, "12348-abc")
        context = queries.context_of(call)
        assert context is not None
        assert (context["from"], context["case_no"], context["language"]) == ("12348", "SF2026-77", "闽南语")
        assert context["caller_masked"] == "138****1111"
        assert "13800001111" not in json.dumps(context, default=str)

    def test_the_call_before_the_message(self, law: Actor) -> None:
        call = past_call("12348")
        self.came(call, "12348-abc")
        receipt = actions.receive(law, body(correlation_id="12348-abc"))
        assert receipt.met
        assert (queries.context_of(call) or {})["summary"] == "咨询法律援助后转问低保"
        self.came(call, "12348-abc")  # news may be told twice
        assert HandOverEvent.objects.filter(kind="met").count() == 1

    def test_another_centres_trunk_or_the_public_s_brings_no_context(self, law: Actor) -> None:
        call = past_call("12345")
        actions.receive(law, body(correlation_id="12348-abc"))
        self.came(call, "12348-abc", trunk="loopback")
        assert queries.context_of(call) is None
        later = past_call("12345")
        self.came(later, "12348-xyz", trunk="loopback")
        assert not actions.receive(law, body(correlation_id="12348-xyz")).met


def sent_to(far: str, call: UUID) -> HandOver:
    return HandOver.objects.create(
        direction="out", far=far, message_id=uuid4(), correlation="c-1", kind="transfer", confidential=False,
        call_id=call, content_sealed=b"", digest=b"", sent_at=clock.now(), kept_at=clock.now(),
    )  # fmt: skip


def outcome(row: HandOver, headers: dict[str, str], **said: Any) -> Any:
    content = json.dumps({"at": clock.now().isoformat()} | said).encode()
    return post(f"{PATH}/{row.message_id}/outcome", content, headers)


def test_a_far_centre_says_what_became_of_our_caller() -> None:
    row, headers = sent_to("12348", past_call()), token("handover.push")
    assert outcome(row, headers, outcome="answered").json() == {"outcome": "answered"}
    assert outcome(row, headers, outcome="finished", reference="FL-9").json() == {"outcome": "finished"}
    assert outcome(row, headers, outcome="answered").json() == {"outcome": "finished"}, (
        "late news undid later"
    )
    assert outcome(row, headers, outcome="refused").status_code == 409
    row.refresh_from_db()
    assert (row.outcome, row.reference) == ("finished", "FL-9")


def test_an_outcome_of_another_centres_message_is_not_found() -> None:
    row = sent_to("12348", past_call())
    others = token("handover.push", organisation="linked-12315")
    assert outcome(row, others, outcome="answered").status_code == 404
    assert outcome(row, token("handover.push"), outcome="vanished").status_code == 422


def test_our_status_is_told_to_those_with_a_token() -> None:
    answer = Client().get("/api/v1/status", headers=token("handover.push"))
    assert answer.status_code == 200
    assert api.StatusOut.model_validate(answer.json()).state == "closed"  # nobody is signed in
    assert Client().get("/api/v1/status").status_code == 401


def test_a_code_in_use_is_refused_so_that_it_never_means_two_callers(law: Actor) -> None:
    actions.receive(law, body(code="123456"))
    with pytest.raises(Invalid) as refused:
        actions.receive(machine("linked-12315"), body(**{"from": "12315"}, code="123456"))
    assert refused.value.faults[0].where == "code"


def test_other_content_is_a_conflict_for_whoever_calls_the_action(law: Actor) -> None:
    given = message()
    actions.receive(law, json.dumps(given).encode())
    with pytest.raises(Conflict):
        actions.receive(law, json.dumps(given | {"language": "English"}).encode())


def test_the_number_in_clear_is_read_with_a_reason_and_every_look_is_logged(law: Actor) -> None:
    actions.receive(law, body())
    row = HandOver.objects.get()
    leader = Actor("person", str(uuid4()), "li", frozenset({"party.reveal"}), ("/",))
    with refused(Invalid):
        actions.reveal_phone(leader, row.id, " ")
    assert actions.reveal_phone(leader, row.id, "回拨") == "13800001111"
    logged = AuditRow.objects.get(act="handover.reveal")
    assert (logged.detail["field"], logged.detail["reason"]) == ("phone", "回拨")
    with refused(Problem):
        actions.reveal_phone(law, row.id, "回拨")


def test_what_was_told_is_forgotten_when_its_time_is_over_but_not_that_it_was(law: Actor) -> None:
    actions.receive(law, body())
    assert actions.forget_contents(system("hand-over")) == 0
    with clock.at(clock.now() + timedelta(days=366)):
        assert actions.forget_contents(system("hand-over")) == 1
    row = HandOver.objects.get()
    assert bytes(row.content_sealed) == b""
    call = past_call()
    HandOver.objects.update(call_id=call)
    assert queries.context_of(call) is None
    assert [one["state"] for one in queries.of_call(call)] == ["received"]
