"""Exports: what is in the file, for whom, for how long, and what is left of a worker that died."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.base.files import queries as stored
from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow
from hotline.base.people import actions as people
from hotline.base.people import queries as staff
from hotline.work.cases import exporting
from hotline.work.exports import actions, queries, sheet
from hotline.work.exports.models import Export
from hotline.work.exports.states import GOING_ON, STATES, State, before
from tests.cases.office import dispatched, file, refused
from tests.cases.test_over_http import Browser, counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
TESTS = system("tests")


class Person:
    """Somebody with an account, who exports."""

    made = 0

    def __init__(self, role: str, key: str = "") -> None:
        Person.made += 1
        account, _ = people.open_account(
            TESTS, f"exporter-{Person.made}", "张主任", must_change_password=False
        )
        self.post = people.give_post(TESTS, account.id, role, (staff.organisation_by_key(key) if key else staff.root()).id)  # fmt: skip
        self.id = account.id

    @property
    def actor(self) -> Any:
        return staff.actor_of_staff(self.id)

    def ask(self, columns: list[str] | None = None, *, clear: bool = False, **asks: str) -> Export:
        return actions.ask(self.actor, asks, columns or [], why="周例会材料", clear=clear)

    def taken(self, columns: list[str] | None = None, *, clear: bool = False, **asks: str) -> Any:
        """The sheet of an export that was written and downloaded."""
        row = self.ask(columns, clear=clear, **asks)
        assert actions.write_next()
        _, parts = actions.download(self.actor, row.id)
        return openpyxl.load_workbook(io.BytesIO(b"".join(parts)))


def values(book: Any) -> list[dict[str, Any]]:
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def state(row: Export) -> State:
    return State(Export.objects.get(id=row.id).state)


def test_the_file_holds_the_cases_of_the_filter_masked_with_the_mark_everywhere() -> None:
    file(matter="要求修路灯", type="help")
    file(matter="别的事", type="consult")
    dispatcher = Person("dispatcher")
    book = dispatcher.taken(type="help")
    (row,) = values(book)
    number = Export.objects.get().number
    assert (row["事项"], row["类型"], row["诉求人"], row["电话"]) == (
        "要求修路灯",
        "求助",
        "张**",
        "138****1234",
    )
    assert abs(row["受理时间"] - clock.local(clock.now()).replace(tzinfo=None)) < timedelta(minutes=2)
    assert row["导出标记"] == f"{number} 张主任"
    assert all(word in book.active["A1"].value for word in (number, "张主任", "周例会材料"))
    assert number in book.active.oddHeader.left.text
    assert number in book.active.oddFooter.left.text
    assert book.active.print_title_rows == "$1:$2"
    about = book.properties
    assert (about.title, about.creator, about.subject) == (number, "张主任", "周例会材料")


def test_a_confidential_case_stays_masked_in_every_export() -> None:
    file(matter="要求保密的事", confidential=True)
    for clear in (False, True):
        (row,) = values(Person("dispatcher").taken(["matter", "caller", "phone"], clear=clear))
        assert (row["诉求人"], row["电话"]) == ("（保密）", "（保密）")


def test_unmasked_data_needs_the_right_and_each_case_is_a_logged_reading() -> None:
    id, hidden = file().id, file(confidential=True).id
    with refused(Forbidden, "case.reveal"):
        Person("supervisor").ask(clear=True)
    rows = values(Person("dispatcher").taken(["number", "caller", "phone", "address"], clear=True))
    assert ("张三丰", "13812341234", "丰海路 12 号") in {
        (row["诉求人"], row["电话"], row["详细地点"]) for row in rows
    }
    read = AuditRow.objects.filter(act="case.reveal", detail__export=Export.objects.get().number)
    assert {row.object_id for row in read} == {str(id)}
    assert str(hidden) not in {row.object_id for row in read}
    with refused(Invalid):
        Person("dispatcher").ask(["number", "address"])


def test_what_is_exported_is_what_the_asker_may_see_when_it_is_written() -> None:
    dispatched("renshe-node", matter="人社的事")
    dispatched("chengguan-node", matter="城管的事")
    leader = Person("node_leader", "renshe-node")
    assert [row["事项"] for row in values(leader.taken())] == ["人社的事"]
    row = leader.ask()
    people.give_post(TESTS, leader.id, "node_leader", staff.organisation_by_key("chengguan-node").id)
    people.end_post(TESTS, leader.id, leader.post.id)
    actions.write_next()
    _, parts = actions.download(leader.actor, row.id)
    assert [r["事项"] for r in values(openpyxl.load_workbook(io.BytesIO(b"".join(parts))))] == ["城管的事"]


def test_who_may_not_export_any_more_gets_no_file() -> None:
    file()
    person = Person("dispatcher")
    row = person.ask()
    people.end_post(TESTS, person.id, person.post.id)
    actions.write_next()
    failed = Export.objects.get(id=row.id)
    assert (failed.state, failed.file_id) == (State.FAILED, None)
    assert "没有导出的权限" in failed.reason_zh


def test_what_begins_like_a_formula_is_text_and_unwritable_characters_go() -> None:
    for text in ("=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", '普通 <b> & "引号"'):
        file(matter=text)
    cells = [
        cell for row in Person("dispatcher").taken(["matter"]).active.iter_rows(min_row=3) for cell in row[:1]
    ]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells} == {
        "'=cmd|' /C calc'!A0", "'+1", "'-1+2", "'@SUM(A1)", "普通 <b> & \"引号\"",
    }  # fmt: skip


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=40), st.integers(-(10**9), 10**9)), max_size=20))
def test_any_text_is_read_back_as_it_was_but_for_what_a_sheet_cannot_hold(
    rows: list[tuple[str, int]],
) -> None:
    mark = sheet.Mark("DC1", "甲&乙 <x>", "为何", clock.now(), "横幅 & <y>", "短")
    whole = b"".join(sheet.written([sheet.Head("文", 9), sheet.Head("数", 9)], rows, mark))
    found = [row[:2] for row in openpyxl.load_workbook(io.BytesIO(whole)).active.iter_rows(min_row=3, values_only=True)]  # fmt: skip
    wanted = [(held(text), number) for text, number in rows]
    assert [(text or "", number) for text, number in found] == wanted


def held(text: str) -> str:
    """What XML keeps of ``text``: ends of lines are one character there."""
    return sheet._UNWRITABLE.sub("", sheet.harmless(text)).replace("\r\n", "\n").replace("\r", "\n")


def test_the_file_is_its_askers_alone_and_each_download_is_logged() -> None:
    file()
    asker, other = Browser("dispatcher"), Browser("dispatcher")
    row = asker.post("/exports", {"asks": {}, "why": "核对"}).json()
    path = f"/exports/{row['id']}/file"
    assert asker.get(path).status_code == 409
    actions.write_next()
    assert other.get(path).status_code == 404
    assert other.get("/exports").json()["items"] == []
    answer = asker.get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="{row["number"]}.xlsx"'
    assert len(b"".join(answer.streaming_content)) == int(answer["Content-Length"])
    assert AuditRow.objects.filter(act="export.download", object_id=row["id"]).count() == 1
    assert asker.get("/exports").json()["items"][0]["downloads"] == 1


def test_the_auditor_sees_every_export_and_takes_none() -> None:
    file()
    row = Person("dispatcher").ask()
    auditor = Browser("audit_admin")
    assert [one["number"] for one in auditor.get("/exports", everybody=True).json()["items"]] == [row.number]
    assert auditor.get(f"/exports/{row.id}/file").status_code == 403
    assert Browser("dispatcher").get("/exports", everybody=True).status_code == 403
    assert Browser("agent").post("/exports", {"asks": {}, "why": "看看"}).status_code == 403


def test_an_export_past_its_days_is_erased_and_cannot_be_taken() -> None:
    file()
    person = Person("dispatcher")
    row = person.ask()
    actions.write_next()
    kept = Export.objects.get(id=row.id).file_id
    assert kept
    with clock.at(clock.now() + timedelta(days=8)):
        with refused(Conflict):
            actions.download(person.actor, row.id)
        actions.erase_expired()
        actions.erase_expired()
    assert state(row) is State.EXPIRED
    with refused(NotFound):
        stored.opened(kept)


def test_a_cancelled_export_is_not_written_and_one_that_ended_is_not_cancelled() -> None:
    file()
    person = Person("dispatcher")
    row = person.ask()
    with refused(NotFound):
        actions.cancel(Person("dispatcher").actor, row.id)
    actions.cancel(person.actor, row.id)
    assert not actions.write_next()
    with refused(Conflict):
        actions.cancel(person.actor, row.id)


def test_one_that_is_cancelled_while_it_is_written_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file()
    person = Person("dispatcher")
    row = person.ask()
    interrupt(monkeypatch, lambda: actions.cancel(person.actor, row.id))
    actions.write_next()
    after = Export.objects.get(id=row.id)
    assert (after.state, after.file_id) == (State.CANCELLED, None)


def interrupt(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Have ``act`` happen in the middle of writing."""
    batches = exporting.batches

    def interrupted(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for batch in batches(*args, **kwargs):
            act()
            yield batch

    monkeypatch.setattr(exporting, "batches", interrupted)


def test_what_a_dead_worker_left_is_begun_anew_and_after_three_times_it_fails_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file()
    row = Person("dispatcher").ask()

    def die() -> None:
        raise KeyboardInterrupt

    interrupt(monkeypatch, die)
    for _ in range(actions.ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            actions.write_next()
        assert state(row) is State.RUNNING
        actions.begin_stalled_anew()
        assert state(row) is State.RUNNING  # not silent for long enough
        with clock.at(clock.now() + timedelta(minutes=4)):
            actions.begin_stalled_anew()
    after = Export.objects.get(id=row.id)
    assert (after.state, after.attempt) == (State.FAILED, actions.ATTEMPTS)
    assert "中断" in after.reason_zh


def test_a_worker_taken_for_dead_that_comes_back_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    file()
    row = Person("dispatcher").ask()

    def taken_over() -> None:
        with clock.at(clock.now() + timedelta(minutes=4)):
            actions.begin_stalled_anew()

    interrupt(monkeypatch, taken_over)
    actions.write_next()
    after = Export.objects.get(id=row.id)
    assert (after.state, after.file_id, after.attempt) == (State.ASKED, None, 1)


def test_nothing_to_export_too_much_and_too_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person("dispatcher")
    with refused(Conflict, "没有符合条件"):
        person.ask(type="praise")
    file(), file()
    monkeypatch.setattr(actions, "ROWS", lambda: 1)
    with refused(Conflict, "超过一次可导出"):
        person.ask()
    monkeypatch.undo()
    with refused(Invalid):
        actions.ask(person.actor, {}, [], why=" ")
    for _ in range(3):
        person.ask()
    with refused(Conflict, "没有完成"):
        person.ask()


def test_every_state_has_a_way_out_or_is_an_end_and_is_reached() -> None:
    ends = {one for one, row in STATES.items() if not row.to}
    assert ends == {State.FAILED, State.CANCELLED, State.EXPIRED}
    assert {one for one in State if not before(one)} == set()
    assert set(GOING_ON) == {one for one in State if State.CANCELLED in STATES[one].to}


@pytest.mark.parametrize("at", [*State])
@pytest.mark.parametrize("to", [*State])
def test_only_moves_of_the_table_are_made(at: State, to: State) -> None:
    now = clock.now()
    row = Export(
        number=f"{at}-{to}", staff_id=UUID(int=1), staff_name="甲", why="测试", asked_at=now, state=at, file_id=UUID(int=2),
        expires_at=now,
    )  # fmt: skip
    row.save(force_insert=True)
    moved = actions._move(row.id, to)
    assert moved == (to in STATES[at].to)
    assert state(row) is (to if moved else at)


def test_the_list_of_exports_costs_the_same_at_any_size() -> None:
    file()
    browser = Browser("dispatcher")
    for _ in range(3):
        browser.post("/exports", {"asks": {}, "why": "核对"})
    with counted() as few:
        browser.get("/exports", size=1)
    with counted() as many:
        assert len(browser.get("/exports", size=50).json()["items"]) == 3
    assert len(few) == len(many) <= 4, many


def test_a_long_export_is_read_in_batches_and_nothing_is_missing_or_twice() -> None:
    ids = {file(matter=f"第{n}件").id for n in range(7)}
    person = Person("dispatcher")
    found = [
        row["number"] for batch in exporting.batches(person.actor, queries_filter(), size=3) for row in batch
    ]
    assert len(found) == len(set(found)) == len(ids)


def queries_filter() -> Any:
    from hotline.work.cases.filters import Filter

    return Filter()


def test_an_auditors_rows_name_the_reason() -> None:
    file()
    row = Person("dispatcher").ask()
    (shown,) = queries.page(staff.actor_of_staff(Person("audit_admin").id), everybody=True).items
    assert (shown.why, shown.mine, shown.number) == ("周例会材料", False, row.number)


def test_exports_are_written_one_at_a_time_over_all_workers_so_that_clocks_are_never_kept_waiting() -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    file()
    person = Person("dispatcher")
    for _ in range(2):
        person.ask()
    jobs = ProcrastinateJob.objects.filter(task_name__endswith="exports.tasks.write_what_waits")
    assert {job.lock for job in jobs} == {"hotline.work.exports.tasks.write_what_waits"}
    assert jobs.count() == 2
