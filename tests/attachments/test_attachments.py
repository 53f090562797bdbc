"""附件 of a case: who may add, see and open them; what a scanner says of them; nothing doubtful is opened by anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from hotline.base.files import actions as files
from hotline.base.files.folder import store
from hotline.base.files.models import StoredFile
from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, citizen
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow
from hotline.work.attachments import actions, queries
from hotline.work.attachments.examining import Upload
from hotline.work.attachments.models import Attachment
from hotline.work.attachments.states import State
from tests.attachments import samples
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    SUPERVISOR,
    VISITOR,
    dispatched,
    file,
    handler,
    refused,
    staff,
)
from tests.cases.test_over_http import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def upload(data: bytes | None = None, name: str = "现场.jpg") -> Upload:
    return Upload(name, samples.picture() if data is None else data)


def sent(case: UUID, data: bytes | None = None) -> UUID:
    """What its caller sent with a case."""
    return actions.add_from_caller(citizen(), ("case", case), [upload(data)], channel="portal")[0]


def rows(actor: Actor, case: UUID) -> list[queries.AttachmentRow]:
    return queries.of_case(actor, case)["items"]


def opened(actor: Actor, id: UUID) -> bytes:
    return b"".join(actions.read(actor, id).parts)


@pytest.fixture
def scanned(settings: Any, clamd: str) -> None:
    settings.CITY = settings.CITY | {"attachments": {"clamd": clamd}}


def test_who_has_the_case_adds_to_it_and_everybody_who_sees_it_opens_what_is_there() -> None:
    case = dispatched()
    for who in (AGENT, handler()):
        actions.add(who, case, upload(samples.picture(size=(30, 30 + len(who.label)))))
    assert [row["side"] for row in rows(VISITOR, case)] == ["centre", "unit"]
    assert opened(VISITOR, rows(VISITOR, case)[0]["id"]).startswith(b"\xff\xd8\xff")
    with refused(NotFound):
        actions.add(handler("chengguan-node"), case, upload())
    with refused(Forbidden):
        actions.add(VISITOR, case, upload())


def test_every_opening_is_an_audit_row_and_no_name_stands_in_it() -> None:
    id = sent(dispatched())
    opened(handler(), id)
    row = AuditRow.objects.get(act="attachment.read")
    assert (row.object_id, "现场" in str(row.detail)) == (str(id), False)


def test_who_does_not_see_the_case_does_not_open_its_files() -> None:
    id = sent(dispatched())
    with refused(NotFound):
        opened(handler("chengguan-node"), id)
    with refused(Forbidden):
        opened(staff("government_office"), id)


def test_the_same_file_twice_is_kept_once() -> None:
    case = dispatched()
    assert actions.add(AGENT, case, upload()) == actions.add(AGENT, case, upload())
    assert len(rows(AGENT, case)) == 1


def test_a_file_that_is_refused_leaves_nothing_and_is_named_with_the_reason() -> None:
    case = dispatched()
    with refused(Invalid) as caught:
        actions.add_from_caller(
            citizen(), ("case", case), [upload(), upload(b"MZ" + bytes(99), "工具.exe")], channel="portal"
        )
    (fault,) = caught.value.faults
    assert "工具.exe" in fault.zh
    assert rows(AGENT, case) == []


def test_no_more_than_the_city_allows_come_with_one_request(settings: Any) -> None:
    many = [upload(samples.picture(size=(20, 20 + number))) for number in range(7)]
    with refused(Invalid, match="最多 6 个"):
        actions.add_from_caller(citizen(), ("draft", uuid4()), many, channel="portal")


def test_of_a_confidential_case_the_unit_sees_only_what_was_released_to_it() -> None:
    case = dispatched(confidential=True)
    id = sent(case)
    (hidden,) = rows(handler(), case)
    assert (hidden["name"], hidden["may_open"], hidden["kept_back"]) == (queries.KEPT_BACK, False, True)
    with refused(NotFound):
        opened(handler(), id)
    with refused(Forbidden):
        actions.release(AGENT, id)
    with refused(Forbidden):
        actions.release(handler(), id)
    actions.release(DISPATCHER, id)
    assert opened(handler(), id)
    assert AuditRow.objects.filter(act="attachment.release", object_id=str(id)).exists()
    mine = actions.add(handler(), case, upload(samples.picture("PNG")))
    assert opened(handler(), mine)


def test_what_is_doubtful_is_opened_by_nobody_but_who_deals_with_it() -> None:
    case = dispatched()
    id = sent(case, samples.pdf(samples.EICAR))
    for who in (AGENT, DISPATCHER, handler()):
        (row,) = rows(who, case)
        assert (row["state"], row["may_open"]) == (State.QUARANTINED, False)
        with refused(Forbidden):
            opened(who, id)
        with refused(Forbidden):
            actions.settle(who, id, "clean", "没问题")
    assert b"EICAR" in opened(SUPERVISOR, id)
    assert [row["id"] for row in queries.quarantine().items] == [id]


def test_out_of_quarantine_it_is_let_or_erased_with_a_reason() -> None:
    case = dispatched()
    first, second = (
        sent(case, samples.docx("word/vbaProject.bin")),
        sent(case, samples.pdf(b"/Encrypt 1 0 R")),
    )
    with refused(Invalid):
        actions.settle(SUPERVISOR, first, "clean", " ")
    actions.settle(SUPERVISOR, first, "clean", "已核实，是单位的表格")
    assert opened(handler(), first)
    actions.settle(SUPERVISOR, second, "erase", "来源不明")
    with refused(Conflict):
        opened(SUPERVISOR, second)
    with refused(Conflict):
        actions.settle(SUPERVISOR, second, "clean", "再看看")
    assert StoredFile.objects.get(id=Attachment.objects.get(id=second).file_id).erased_at


@pytest.mark.usefixtures("scanned")
def test_nobody_opens_what_the_scanner_has_not_called_clean() -> None:
    case = dispatched()
    good, bad, unsure = (
        sent(case, samples.pdf(b"/A 1")),
        sent(case, samples.pdf(b"/B evil")),
        sent(case, samples.pdf(b"/C say-error")),
    )
    for id in (good, bad, unsure):
        with refused(Conflict):
            opened(AGENT, id)
    assert actions.scan_due() == 3
    assert {row["id"]: (row["state"], row["scanned"]) for row in rows(AGENT, case)} == {
        good: ("clean", True), bad: ("quarantined", True), unsure: ("received", False),
    }  # fmt: skip
    assert actions.scan_due() == 0
    with clock.at(clock.now() + timedelta(hours=25)):
        actions.scan_due()
    (last,) = [row for row in rows(AGENT, case) if row["id"] == unsure]
    assert (last["state"], last["doubt_en"]) == ("quarantined", "The scanner gave no verdict")


@pytest.mark.usefixtures("scanned")
def test_a_worker_that_dies_while_it_scans_leaves_the_file_for_another() -> None:
    case = dispatched()
    id = sent(case)
    assert actions._claimed() is not None
    assert actions.scan_due() == 0
    with clock.at(clock.now() + actions.CLAIM + timedelta(seconds=1)):
        assert actions.scan_due() == 1
    assert opened(AGENT, id)


def _dies_after(case: UUID) -> None:
    sent(case)
    raise KeyboardInterrupt


def test_a_crash_between_the_bytes_and_their_row_leaves_nothing_that_can_be_opened() -> None:
    case, before = dispatched(), {*store().names(-1)}
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        _dies_after(case)
    (left,) = {*store().names(-1)} - before
    assert rows(AGENT, case) == []
    with refused(NotFound):
        actions.stored.opened(UUID(left))
    files.remove_orphans(older_than_s=-1)
    assert left not in {*store().names(-1)}


def test_what_came_with_a_request_that_was_never_sent_is_erased() -> None:
    draft = uuid4()
    actions.add_from_caller(citizen(), ("draft", draft), [upload()], channel="portal")
    assert actions.forget_drafts() == 0
    with clock.at(clock.now() + timedelta(hours=4)):
        assert actions.forget_drafts() == 1
    assert queries.of_caller("draft", draft) == []


def test_names_are_kept_sealed() -> None:
    sent(file().id)
    assert "现场".encode() not in bytes(Attachment.objects.get().name_sealed)


def test_the_list_takes_two_queries_however_many_there_are(django_assert_num_queries: Any) -> None:
    case = dispatched()
    for number in range(5):
        sent(case, samples.picture(size=(10, 10 + number)))
        with django_assert_num_queries(2):
            rows(AGENT, case)


def test_over_http_it_is_a_download_that_no_browser_runs() -> None:
    case = dispatched()
    page = Browser("agent")
    made = page.client.post(
        f"/api/v1/cases/{case}/attachments",
        {"file": SimpleUploadedFile("说明书 1.pdf", samples.pdf())},
        headers={"X-CSRFToken": page.token},
    )
    assert made.status_code == 201, made.content
    got = page.get(f"/attachments/{made.json()['id']}/content")
    assert got["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E8%AF%B4%E6%98%8E%E4%B9%A6%201.pdf" in got["Content-Disposition"]
    assert (got["Content-Type"], got["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert "sandbox" in got["Content-Security-Policy"]
    assert b"".join(got.streaming_content) == samples.pdf()
    assert [row["name"] for row in page.get(f"/cases/{case}/attachments").json()["items"]] == ["说明书 1.pdf"]
