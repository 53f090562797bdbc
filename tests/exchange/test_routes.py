"""The routes of run data as a linked hotline and an office meet them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from hotline.base.kernel.actor import system
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.joined.exchange import api

from .conftest import batch, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
PATH = "/api/v1/run-data/batches"


def token(*rights: str, organisation: str = "linked-12348") -> dict[str, str]:
    unit = organisations.organisation_by_key(organisation)
    _, key = people.issue_token(system("tests"), f"t-{uuid4().hex[:6]}", list(rights), unit.id)
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def office() -> Client:
    """Somebody of the city's office, signed in."""
    staff, _ = people.open_account(system("tests"), f"o-{uuid4().hex[:8]}", "o", must_change_password=False)
    people.give_post(system("tests"), staff.id, "government_office", organisations.root().id)
    client = Client()
    client.force_login(staff)
    return client


def now_record(**changes: object) -> dict[str, object]:
    from hotline.base.kernel import clock

    bare = dict.fromkeys(("queued_at", "answered_at", "ended_at"))
    return record(started_at=clock.now().isoformat(), outcome="in_progress", **bare) | changes


def test_a_token_sends_and_the_office_reads_what_was_taken_and_what_was_refused(office: Client) -> None:
    sent = Client().post(
        PATH,
        batch(now_record(), now_record(external_id="b", outcome="?")),
        content_type="application/json",
        headers=token("rundata.push"),
    )
    assert sent.status_code == 200
    answer = api.ReceiptOut.model_validate(sent.json())
    assert (answer.accepted, answer.duplicates, [one.index for one in answer.refused]) == (1, 0, [1])
    taken = api.RecordPage.model_validate(office.get("/api/v1/run-data/records?number=12348").json())
    assert [row.external_id for row in taken.items] == ["a-1"]
    refused = api.RefusedPage.model_validate(office.get("/api/v1/run-data/refused").json())
    assert refused.items[0].faults[0].where == "outcome"


def test_without_a_token_or_its_right_nothing_is_taken() -> None:
    body = batch(now_record())
    for headers, status in (({}, 401), ({"Authorization": "Bearer wrong"}, 401), (token("board.read"), 403)):
        answer = Client().post(PATH, body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_problem_of_the_whole_batch_is_problem_json_in_both_languages() -> None:
    answer = Client().post(PATH, b"{", content_type="application/json", headers=token("rundata.push"))
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (400, "batch-unreadable")
    assert problem["title"]
    assert problem["title_en"]
    assert problem["faults"][0]["zh"]


def test_a_body_larger_than_django_reads_is_refused_with_the_limit() -> None:
    answer = Client().post(
        PATH, b" " * 20_000_000, content_type="application/json", headers=token("rundata.push")
    )
    assert (answer.status_code, answer.json()["type"]) == (413, "batch-too-large")
    assert "8388608" in answer.json()["title"]


def test_the_history_is_paged_without_loss_or_repetition(office: Client) -> None:
    headers = token("rundata.push")
    Client().post(
        PATH,
        batch(*[now_record(external_id=f"p-{n}") for n in range(25)]),
        content_type="application/json",
        headers=headers,
    )
    seen: list[str] = []
    cursor = ""
    while True:
        page = office.get(f"/api/v1/run-data/records?size=10&cursor={cursor}").json()
        seen += [row["external_id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert sorted(seen) == sorted(f"p-{n}" for n in range(25))


def test_a_hotlines_owner_reads_its_own_run_data_only(office: Client) -> None:
    Client().post(PATH, batch(now_record()), content_type="application/json", headers=token("rundata.push"))
    own = token("rundata.read")
    other = token("rundata.read", organisation="linked-12315")

    def read(headers: dict[str, str]) -> int:
        return len(Client().get("/api/v1/run-data/records", headers=headers).json()["items"])

    assert (read(own), read(other)) == (1, 0)
