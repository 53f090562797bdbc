"""来信、来访 and an address to write to: how a case came, on what day, its original, and who may read the address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Conflict, Invalid
from hotline.base.kernel.models import AuditRow
from hotline.work.attachments import actions as attachments
from hotline.work.attachments import queries as attached
from hotline.work.attachments.examining import Upload
from hotline.work.cases import actions, exporting, filters, queries
from hotline.work.cases.models import Case
from tests.attachments.samples import pdf
from tests.cases.office import AGENT, asking, dispatched, file, handler, refused, staff
from tests.cases.test_over_http import BODY, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
MAIL = "Zhang.San@Mail.example"


def today() -> date:
    return clock.local(clock.now()).date()


def wrong(**changes: Any) -> set[str]:
    with refused(Invalid) as caught:
        file(**changes)
    return {fault.where for fault in caught.value.faults}


@pytest.mark.parametrize("channel", ["letter", "visit"])
def test_a_letter_and_a_visit_are_filed_with_their_day_and_found_by_their_channel(channel: str) -> None:
    filed = file(channel=channel, arrived=today() - timedelta(days=2))
    file()
    rows = queries.page(AGENT, channel=channel)["items"]
    assert [(row["id"], row["channel"]) for row in rows] == [(filed.id, channel)]
    assert queries.detail(AGENT, queries.one(AGENT, filed.id))["arrived_on"] == today() - timedelta(days=2)
    ((cells,),) = exporting.batches(AGENT, filters.read({"channel": channel}))
    assert cells["channel"] == {"letter": "来信", "visit": "来访"}[channel]


def test_a_letter_without_its_day_or_of_tomorrow_is_refused_and_a_call_is_no_letter() -> None:
    assert wrong(channel="letter") == {"arrived"}
    assert wrong(channel="visit", arrived=today() + timedelta(days=1)) == {"arrived"}
    assert wrong(channel="phone", arrived=today()) == {"arrived"}
    assert wrong(channel="letter", arrived=today(), call_id=filed_call()) == {"channel"}


def filed_call() -> Any:
    from tests.calls.test_callbacks import a_call

    return a_call("answered").id


def test_the_letter_itself_is_kept_as_the_callers_paper_and_only_with_a_letter() -> None:
    filed = file(channel="letter", arrived=today())
    id = attachments.add(AGENT, filed.id, Upload("来信.pdf", pdf()), original=True)
    (row,) = attached.of_case(AGENT, filed.id)["items"]
    assert (row["id"], row["side"], row["channel"], row["act"]) == (id, "caller", "letter", "accept")
    with refused(Invalid):
        attachments.add(AGENT, file().id, Upload("来信.pdf", pdf()), original=True)


def test_a_clerk_files_a_letter_with_its_scan_over_http_and_a_machine_files_none() -> None:
    agent = Browser("agent")
    made = agent.post("/cases", BODY | {"channel": "letter", "arrived_on": str(today())})
    assert made.status_code == 201
    id = made.json()["id"]
    answer = agent.client.post(
        f"/api/v1/cases/{id}/attachments?original=true", {"file": SimpleUploadedFile("scan.pdf", pdf())},
        headers={"X-CSRFToken": agent.token},
    )  # fmt: skip
    assert answer.status_code == 201
    assert agent.get(f"/cases/{id}").json()["channel"] == "letter"
    assert agent.get(f"/cases/{id}/attachments").json()["items"][0]["act"] == "accept"
    assert agent.post("/cases", BODY | {"channel": "portal"}).status_code == 422


def test_an_address_is_sealed_masked_in_lists_and_read_one_by_one_and_logged() -> None:
    id = dispatched(mail=MAIL)
    row = Case.objects.values().get(id=id)
    plain = repr({name: value for name, value in row.items() if not isinstance(value, bytes)})
    assert "hang.san" not in plain.lower()
    shown = next(row for row in queries.page(AGENT)["items"] if row["id"] == id)
    assert shown["contact_mail_masked"] == "z***@mail.example"
    assert actions.reveal(handler(), id, "mail") == "zhang.san@mail.example"
    assert AuditRow.objects.get(act="case.reveal", object_id=str(id)).detail["field"] == "mail"


def test_a_confidential_callers_address_is_unknown_to_the_unit_and_finds_nothing_for_it() -> None:
    secret, known = dispatched(confidential=True, mail=MAIL), dispatched(mail=MAIL)
    node = handler()
    assert "mail.example" not in str(queries.detail(node, queries.one(node, secret)))
    assert {row["id"] for row in queries.page(node, q=MAIL)["items"]} == {known}
    assert {row["id"] for row in queries.page(AGENT, q=MAIL)["items"]} == {secret, known}
    looker = staff("government_office")
    assert {row["id"] for row in queries.page(looker, caller=MAIL)["items"]} == {known}


def test_what_is_no_address_is_refused() -> None:
    for text in ("张三", "a@b", "a b@mail.example", "a@mail.example, b@mail.example"):
        assert wrong(mail=text) == {"contact.mail"}


def test_an_export_shows_the_mask_and_in_plain_only_what_was_logged() -> None:
    file(mail=MAIL), file(mail=MAIL, confidential=True)
    masks = {cells["mail"] for rows in exporting.batches(AGENT, filters.read({})) for cells in rows}
    assert masks == {"z***@mail.example", "（保密）"}
    clear = {
        cells["mail"] for rows in exporting.batches(AGENT, filters.read({}), clear="E1") for cells in rows
    }
    assert clear == {"zhang.san@mail.example", "（保密）"}
    assert "mail" in AuditRow.objects.get(act="case.reveal").detail["field"]


def test_a_repetition_with_another_address_or_day_is_another_request() -> None:
    first = actions.accept(AGENT, asking(key="k", mail=MAIL))
    assert actions.accept(AGENT, asking(key="k", mail=MAIL)).id == first.id
    with refused(Conflict):
        actions.accept(AGENT, asking(key="k", mail="other@mail.example"))
