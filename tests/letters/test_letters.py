"""Letters: what they say, to whom, under which number; templates a city brings; what the PDF holds."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import docx
import pypdfium2
import pytest
from django.db import transaction

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow
from hotline.work.letters import actions, forms, pdf, queries
from hotline.work.letters.kinds import FIELDS, KINDS
from hotline.work.letters.models import Letter
from tests.cases.office import (
    AGENT,
    DISPATCHER,
    SUPERVISOR,
    dispatched,
    do,
    file,
    handler,
    refused,
    staff,
    to_visit,
)
from tests.cases.test_over_http import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
GIVEN = {"supervision_slip": {"colour": "red", "words": "三日内到现场处置", "answer_by": "2026年3月5日"}}


def words(raw: bytes) -> str:
    """Everything a DOCX says."""
    document = docx.Document(io.BytesIO(raw))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def said(actor: Actor, id: UUID, kind: str, **given: Any) -> str:
    """What a letter issued now says."""
    letter = actions.issue(actor, id, kind, given or GIVEN.get(kind, {}))
    return words(actions.opened(actor, letter.id, "docx")[1])


def template(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def saved(document: Any) -> bytes:
    whole = io.BytesIO()
    document.save(whole)
    return whole.getvalue()


def declined() -> UUID:
    id = file().id
    do(AGENT, id, "decline", reason="属法院管辖，请向东海人民法庭起诉")
    return id


def extended() -> UUID:
    id = dispatched()
    do(handler(), id, "sign_for")
    do(handler(), id, "ask_extension", days=3, reason="需要现场勘察")
    do(DISPATCHER, id, "grant_extension", days=3)
    return id


READY: dict[str, tuple[Callable[[], UUID], str]] = {
    "dispatch_order": (dispatched, "办理时限"),
    "urge_note": (dispatched, "请抓紧办理"),
    "supervision_slip": (dispatched, "三日内到现场处置"),
    "result_notice": (to_visit, "路灯已修好，请查看。"),
    "refusal_notice": (declined, "请向东海人民法庭起诉"),
    "extension_notice": (extended, "需要现场勘察"),
    "receipt": (lambda: file().id, "查询码"),
}


@pytest.mark.parametrize("kind", [*KINDS])
def test_each_letter_says_its_title_its_number_the_case_and_leaves_no_field_open(kind: str) -> None:
    make, telling = READY[kind]
    text = said(DISPATCHER, make(), kind)
    letter = Letter.objects.get()
    assert {KINDS[kind].zh, letter.number, letter.case_number} <= set(text.split("\n"))
    assert telling in text
    assert "{{" not in text


def test_a_dispatch_order_carries_the_time_limit() -> None:
    from hotline.work.cases import queries as cases
    from hotline.work.cases.words import moment_zh

    id = dispatched()
    assert moment_zh(cases.one(AGENT, id).deadline_at) in said(DISPATCHER, id, "dispatch_order").split("\n")


@pytest.mark.parametrize("kind", ["result_notice", "refusal_notice", "extension_notice", "dispatch_order"])
def test_a_letter_the_case_does_not_allow_yet_is_refused_with_the_reason(kind: str) -> None:
    id = file().id
    with refused(Conflict, "现在不能开具"):
        actions.issue(DISPATCHER, id, kind, {})
    shown = {row["kind"]: row for row in queries.of_case(DISPATCHER, id)["kinds"]}[kind]
    assert (shown["ready"], bool(shown["why_zh"]), bool(shown["why_en"])) == (False, True, True)


def test_a_letter_to_a_unit_masks_the_caller_and_one_to_the_caller_names_him_and_is_logged() -> None:
    id = to_visit()
    assert "张三丰" in said(DISPATCHER, id, "result_notice")
    assert AuditRow.objects.filter(act="case.reveal", object_id=str(id), detail__field="name").count() == 1
    order = said(DISPATCHER, dispatched(), "dispatch_order")
    assert "张三丰" not in order
    assert {"张**", "138****1234"} <= set(order.split("\n"))
    assert "张三丰" not in said(SUPERVISOR, id, "result_notice")  # who may not read it does not print it


def test_a_confidential_callers_name_phone_and_door_are_in_no_letter_to_a_unit() -> None:
    id = dispatched(confidential=True)
    for kind in ("dispatch_order", "urge_note", "supervision_slip"):
        text = said(DISPATCHER, id, kind)
        assert not any(secret in text for secret in ("张三丰", "张*", "138****", "1381234", "丰海路 12 号"))


def test_a_unit_opens_its_own_letters_but_none_that_names_the_caller() -> None:
    id = to_visit()
    clerk, order = handler(), actions.issue(DISPATCHER, id, "urge_note", {})
    notice = actions.issue(DISPATCHER, id, "result_notice", {})
    assert actions.opened(clerk, order.id, "docx")
    assert actions.opened(
        clerk, notice.id, "docx"
    )  # not confidential, and it may read the name on the case too
    secret = to_visit(confidential=True)
    notice = actions.issue(DISPATCHER, secret, "result_notice", {})
    with refused(NotFound):
        actions.opened(clerk, notice.id, "docx")
    (listed,) = queries.of_case(clerk, secret)["items"]
    assert (listed.number, listed.open) == (notice.number, False)
    with refused(NotFound):
        actions.opened(handler("chengguan-node"), order.id, "docx")
    with refused(Forbidden):
        actions.issue(clerk, id, "urge_note", {})


def test_numbers_of_a_kind_follow_one_another_and_a_failed_one_leaves_no_gap() -> None:
    id = dispatched()
    first = actions.issue(DISPATCHER, id, "dispatch_order", {}).number
    with transaction.atomic():
        actions.issue(DISPATCHER, id, "dispatch_order", {})
        transaction.set_rollback(True)
    second = actions.issue(DISPATCHER, id, "dispatch_order", {}).number
    other = actions.issue(DISPATCHER, id, "urge_note", {}).number
    year = clock.today().year
    assert (first, second, other) == (
        f"12345交办〔{year}〕1号",
        f"12345交办〔{year}〕2号",
        f"12345催办〔{year}〕1号",
    )


def test_every_print_is_logged() -> None:
    letter = actions.issue(DISPATCHER, dispatched(), "dispatch_order", {})
    for form in ("pdf", "docx"):
        actions.opened(DISPATCHER, letter.id, form)
    assert Letter.objects.get().printed == 2
    rows = AuditRow.objects.filter(act="letter.print", object_id=str(letter.id))
    assert {row.detail["form"] for row in rows} == {"pdf", "docx"}


def test_the_pdf_says_what_the_docx_says_selectable_with_its_font_inside() -> None:
    id = dispatched(content="井盖“松动”，#let x = 1 与 $y$ 以及 \\n 和 </w:t> 都只是文字。")
    letter = actions.issue(DISPATCHER, id, "supervision_slip", GIVEN["supervision_slip"])
    whole = actions.opened(DISPATCHER, letter.id, "pdf")[1]
    page = pypdfium2.PdfDocument(whole)[0]
    text = "".join(page.get_textpage().get_text_range().split())
    for line in words(actions.opened(DISPATCHER, letter.id, "docx")[1]).split("\n"):
        assert "".join(line.split()) in text
    assert b"FontFile3" in whole or b"/ObjStm" in whole


def test_a_citys_template_holds_from_its_date_on_and_the_built_in_can_come_back() -> None:
    id = file().id
    own = template("{{ 签发单位 }}登记凭证 {{编号}}", "联系：{{ 诉求人 }}", "{{ 延期理由 }}")
    actions.put_template(SUPERVISOR, "receipt", own, start=clock.now() + timedelta(days=1))
    assert "登记凭证" not in said(DISPATCHER, id, "receipt")
    with clock.at(clock.now() + timedelta(days=2)):
        text = said(DISPATCHER, id, "receipt")
        assert f"登记凭证 {Letter.objects.first().case_number}" in text
        assert text.split("\n")[1:] == ["联系：张三丰"]  # a line whose fields are all empty is left out
        actions.put_template(SUPERVISOR, "receipt", None)
        assert "登记凭证" not in said(DISPATCHER, id, "receipt")
    with refused(Invalid):
        actions.put_template(SUPERVISOR, "receipt", own, start=clock.now() - timedelta(days=1))
    with refused(Forbidden):
        actions.put_template(DISPATCHER, "receipt", own)


def test_a_field_that_word_split_into_runs_is_filled_and_what_a_citizen_wrote_is_never_a_field() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("事项：{")
    paragraph.add_run("{ 事").bold = True
    paragraph.add_run("项 }")
    paragraph.add_run("}。{{编号}}")
    whole = forms.filled(saved(document), {"事项": "要 {{ 编号 }} 的", "编号": "7"})
    assert words(whole) == "事项：要 {{ 编号 }} 的。7"


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (template("{{ 编号 }} {{ 编好 }} {{ 电话号 }}"), ["{{ 编好 }}", "{{ 电话号 }}"]),
        (template("{% for x in y %}{{ 编号 }}"), ["{% for x in y %}{{ 编号 }}"]),
        (template("{{ 编号 }"), ["{{ 编号 }"]),
        (b"not a document", ["template"]),
        (b"PK\x03\x04", ["template"]),
        (b"x" * (forms.LARGEST + 1), ["template"]),
    ],
    ids=["unknown fields", "a program", "unpaired", "no docx", "half a zip", "too big"],
)
def test_a_template_that_cannot_be_filled_is_refused_and_what_is_wrong_is_named(
    broken: bytes, named: list[str]
) -> None:
    with pytest.raises(Invalid) as why:
        forms.checked(broken)
    assert [fault.where for fault in why.value.faults] == named


def test_a_template_with_a_picture_or_a_link_to_elsewhere_is_refused() -> None:
    from docx.oxml import OxmlElement

    document = docx.Document()
    document.add_paragraph().add_run()._r.append(OxmlElement("w:drawing"))
    with pytest.raises(Invalid, match="图片"):
        forms.checked(saved(document))
    linked = docx.Document()
    linked.part.relate_to("http://example.invalid/x", "http://example.invalid/t", is_external=True)
    with pytest.raises(Invalid, match="外部"):
        forms.checked(saved(linked))


def test_every_built_in_template_would_be_taken_in_and_prints() -> None:
    for kind in KINDS.values():
        forms.checked(forms.built_in(kind))
    assert actions.preview("dispatch_order", None).startswith(b"%PDF")
    assert all(
        f"{{{{ {name} }}}}" not in words(forms.built_in(KINDS["receipt"])) or name in FIELDS
        for name in FIELDS
    )


def test_merged_cells_heads_and_feet_are_printed() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "页眉文字"
    document.sections[0].footer.paragraphs[0].text = "页脚文字"
    table = document.add_table(rows=2, cols=2, style="Table Grid")
    table.cell(0, 0).merge(table.cell(0, 1)).text = "合并的格"
    table.cell(1, 0).text, table.cell(1, 1).text = "左", "右"
    text = pypdfium2.PdfDocument(pdf.printed(saved(document)))[0].get_textpage().get_text_range()
    assert all(word in text for word in ("页眉文字", "页脚文字", "合并的格", "左", "右"))
    assert text.count("合并的格") == 1


def test_over_http_a_letter_is_issued_listed_and_opened_and_templates_are_kept_by_who_may() -> None:
    dispatcher, id = Browser("dispatcher"), dispatched()
    issued = dispatcher.post(f"/cases/{id}/letters", {"kind": "dispatch_order"})
    assert issued.status_code == 201
    shown = dispatcher.get(f"/cases/{id}/letters").json()
    assert [row["number"] for row in shown["items"]] == [issued.json()["number"]]
    answer = dispatcher.get(f"/letters/{issued.json()['id']}/file", form="pdf")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert dispatcher.get("/letter-templates").status_code == 403
    supervisor = Browser("supervisor")
    assert len(supervisor.get("/letter-templates").json()["kinds"]) == len(KINDS)
    for path, status in (("receipt/preview?", 200), ("receipt?note=x", 201), ("nonsense?", 404)):
        sent = supervisor.client.post(
            f"/api/v1/letter-templates/{path}", template("{{ 编号 }}"), content_type=forms.DOCX,
            headers={"X-CSRFToken": supervisor.token},
        )  # fmt: skip
        assert sent.status_code == status
    assert [row["own"] for row in supervisor.get("/letter-templates").json()["items"]] == [True]
    assert staff("knowledge_editor").may("letter.read") is False
