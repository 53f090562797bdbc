"""The dispatch catalogue: loaded, changed by editions, never rewritten; tried on past cases without touching one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.people import actions as people
from hotline.base.people.directory import directory
from hotline.work.cases import queries as cases
from hotline.work.dispatch import actions, queries, sheet
from hotline.work.dispatch.catalogue import Entry
from hotline.work.dispatch.difference import between
from hotline.work.dispatch.models import CatalogueRow, Edition
from hotline.work.dispatch.queries import Caller
from hotline.work.dispatch.suggesting import Asked
from tests.cases.office import AGENT, DISPATCHER, dispatched, file, handler, refused, staff, unit
from tests.dispatch.conftest import entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
ADMIN = staff("system_admin", name="系统管理员")
LOADER = system("load")


def held() -> list[Entry]:
    return [*queries.catalogue().entries]


def text_of(rows: list[Entry]) -> bytes:
    return sheet.write(rows).encode()


def changed(lead: str, matter: str = "030101") -> bytes:
    """The catalogue in force with another lead for one matter."""
    return text_of(
        [
            Entry(**{**_fields(one), "lead": lead, "assisting": ()}) if one.matter == matter else one
            for one in held()
        ]
    )


def _fields(one: Entry) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Entry.__dataclass_fields__}


def test_the_city_file_is_loaded_and_loading_it_again_changes_nothing(settings: Any) -> None:
    assert {one.matter for one in held()} >= {"0102", "030101", "0501"}
    assert [*actions.load(LOADER, settings.HOTLINE.city_dir)] == []
    assert queries.edition() == 1


def test_loading_never_overwrites_what_was_changed_and_says_so(settings: Any) -> None:
    row = next(one for one in held() if one.matter == "030101")
    actions.close_row(DISPATCHER, row.id, None, 1)  # type: ignore[arg-type]
    lines = [*actions.load(LOADER, settings.HOTLINE.city_dir)]
    assert [(kind, about.split()[0]) for kind, about, _, _ in lines] == [("kept", "030101")]
    assert queries.edition() == 2


def test_a_file_adds_new_rows_and_closes_those_it_has_closed(tmp_path: Path) -> None:
    rows = held()
    ended = Entry(**{**_fields(rows[-1]), "effective_to": date(2030, 1, 1)})
    (tmp_path / sheet.NAME).write_bytes(text_of([*rows[:-1], ended, entry("99", name="新事项")]))
    assert [line[0] for line in actions.load(LOADER, tmp_path)] == ["closed", "added"]
    assert CatalogueRow.objects.get(id=rows[-1].id).effective_to == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("line", "where", "word"),
    [
        ("1x,甲,chengguan-node,", "matter", "2、4 或 6 位"),
        ("9901,甲,chengguan-node,", "matter", "没有上级事项 99"),
        ("99,甲,nobody,", "lead", "没有机构"),
        ("99,甲,jinmen,", "lead", "不在本市"),
        ("99,甲,chengguan-node,999999", "place", "没有区划"),
        ("99,甲,chengguan-node,350527", "place", "不在本市"),
        ("99,,chengguan-node,", "name", "缺少"),
        ("99,甲,,350503", "lead", "没有主办单位"),
    ],
)
def test_a_bad_row_is_refused_with_where_and_why(line: str, where: str, word: str) -> None:
    raw = f"matter,name,lead,place\n{line}\n".encode()
    with refused(Invalid) as caught:
        actions.propose(DISPATCHER, raw)
    assert any(
        f"{sheet.NAME}:2" in fault.where and where in fault.where and word in fault.zh
        for fault in caught.value.faults
    )


def test_the_same_matter_place_and_lead_twice_at_once_is_refused() -> None:
    raw = b"matter,name,lead\n99,x,chengguan-node\n99,x,chengguan-node\n"
    with refused(Invalid, match="重复"):
        actions.propose(DISPATCHER, raw)


def test_department_work_led_by_a_town_is_refused_on_load() -> None:
    above = unit("licheng-node")
    made = people.add_organisation(ADMIN, above.id, "fuqiao", "浮桥街道", "node", accepts_cases=True)
    type(made).objects.filter(id=made.id).update(division_code="350502005")
    row = "matter,name,lead,department_work\n99,x,fuqiao,{}\n"
    with refused(Invalid, match="不得派给乡镇"):
        actions.propose(DISPATCHER, row.format("yes").encode())
    assert actions.propose(DISPATCHER, row.format("no").encode()).id


def test_a_proposed_catalogue_shows_its_difference_and_holds_only_when_adopted() -> None:
    draft = actions.propose(DISPATCHER, changed("huanjing-node"))
    (one,) = [
        one
        for one in between(queries.entries(), queries.entries_of(draft), draft.begins).changes
        if one.kind == "changed"
    ]
    assert one.after is not None
    assert one.after.lead == "huanjing-node"
    asked = Asked("路灯不亮", "", "350503")
    assert queries.suggest(DISPATCHER, asked).suggestions[0].unit.key == "chengguan-node"
    number, found = actions.adopt(DISPATCHER, draft.id)
    assert (number, len(found.adding), len(found.closing)) == (2, 1, 1)
    assert queries.suggest(DISPATCHER, asked).suggestions[0].unit.key == "huanjing-node"
    with refused(Conflict, match="已经采用"):
        actions.adopt(DISPATCHER, draft.id)


def test_what_was_in_force_stays_readable_at_its_date() -> None:
    draft = actions.propose(DISPATCHER, changed("huanjing-node"))
    actions.adopt(DISPATCHER, draft.id)
    today = clock.today()
    at = {
        day: [row.lead for row in queries.rows(matter="030101", on=day).items]
        for day in (today - timedelta(1), today)
    }
    assert at == {today - timedelta(1): ["chengguan-node"], today: ["huanjing-node"]}
    assert len(queries.rows(matter="030101", every=True).items) == 2


def test_a_catalogue_that_begins_later_does_not_hold_before() -> None:
    later = clock.today() + timedelta(10)
    actions.adopt(DISPATCHER, actions.propose(DISPATCHER, changed("huanjing-node"), later).id)
    assert {one.lead for one in held() if one.matter == "030101"} == {"chengguan-node"}
    with clock.at(clock.now() + timedelta(11)):
        assert {one.lead for one in held() if one.matter == "030101"} == {"huanjing-node"}


def test_the_past_is_not_rewritten() -> None:
    yesterday = clock.today() - timedelta(1)
    with refused(Invalid, match="不能早于今天"):
        actions.propose(DISPATCHER, text_of(held()), yesterday)
    row = held()[-1]
    with refused(Invalid, match="不能早于今天"):
        actions.close_row(DISPATCHER, row.id, yesterday, 1)  # type: ignore[arg-type]
    with refused(DatabaseError, match="never changed"):
        CatalogueRow.objects.filter(id=row.id).update(lead="gongan-node")
    with refused(DatabaseError, match="never changed"):
        CatalogueRow.objects.filter(id=row.id).delete()


def test_of_two_changes_from_one_screen_the_second_is_refused() -> None:
    first, second = (actions.propose(DISPATCHER, changed(lead)) for lead in ("huanjing-node", "gongan-node"))
    actions.adopt(DISPATCHER, first.id)
    with refused(Conflict, match="有了改动"):
        actions.adopt(DISPATCHER, second.id)
    with refused(Conflict, match="有了改动"):
        actions.add_row(DISPATCHER, {"matter": "99", "name": "新", "lead": "chengguan-node"}, 1)
    assert [one.number for one in queries.editions()] == [2, 1]


def test_a_row_is_added_and_closed() -> None:
    given = {"matter": "0309", "name": "犬只", "aliases": "养狗|遛狗", "lead": "chengguan-node"}
    assert actions.add_row(DISPATCHER, given, 1) == 2
    row = next(one for one in held() if one.matter == "0309")
    assert queries.suggest(AGENT, Asked("小区有人遛狗不拴绳")).suggestions[0].row == row
    with refused(Invalid, match="请先停用"):
        actions.add_row(DISPATCHER, given, 2)
    with refused(Invalid) as caught:
        actions.add_row(DISPATCHER, given | {"lead": "nobody", "name": ""}, 2)
    assert {fault.where for fault in caught.value.faults} == {"lead", "name"}
    assert actions.close_row(DISPATCHER, row.id, None, 2) == 3  # type: ignore[arg-type]
    assert not [one for one in held() if one.matter == "0309"]
    with refused(Conflict, match="已经停用"):
        actions.close_row(DISPATCHER, row.id, None, 3)  # type: ignore[arg-type]


def test_only_who_keeps_the_catalogue_changes_it() -> None:
    for act in (
        lambda: actions.propose(AGENT, b""),
        lambda: actions.add_row(AGENT, {}, 1),
        lambda: actions.close_row(AGENT, held()[0].id, None, 1),  # type: ignore[arg-type]
    ):
        with refused(Forbidden):
            act()
    assert Edition.objects.count() == 1


def test_a_unit_closed_meanwhile_is_no_longer_suggested() -> None:
    asked = Asked("路灯不亮", "", "350503")
    people.close_organisation(ADMIN, unit("chengguan-node").id)
    found = queries.suggest(DISPATCHER, asked)
    assert [one.unit.key for one in found.suggestions] == ["fengze-node"]
    assert found.left_out[0].reason.rule in ("closed", "takes-no-cases")


def test_who_handles_the_same_callers_same_matter_is_suggested_first() -> None:
    dispatched("fengze-node", division="350503")
    filed = file(matter="路灯还是不亮", division="350503")
    first = queries.suggest(DISPATCHER, Asked(), Caller(filed.id)).suggestions[0]
    assert (first.unit.key, first.reasons[0].rule) == ("fengze-node", "first-receiver")
    other = file(phone="13900001111", division="350503")
    assert queries.suggest(DISPATCHER, Asked(), Caller(other.id)).suggestions[0].unit.key == "chengguan-node"


def test_a_caller_on_the_telephone_is_known_before_his_case_is_filed() -> None:
    dispatched("fengze-node", division="350503")
    asked = Asked("路灯还是不亮", "丰海路的路灯", "350503")
    first = [
        queries.suggest(AGENT, asked, Caller(phone=phone)).suggestions[0]
        for phone in ("138 1234 1234", "13900001111")
    ]
    assert [one.unit.key for one in first] == ["fengze-node", "chengguan-node"]


def test_a_confidential_callers_other_case_is_told_only_to_who_may_know_him() -> None:
    dispatched("fengze-node", division="350503", confidential=True)
    asked = Asked("路灯不亮", "丰海路的路灯", "350503")
    looks = staff("supervisor", name="只看")
    assert not cases.may_know_callers(looks)
    who = {AGENT: "fengze-node", looks: "chengguan-node"}
    assert {
        actor: queries.suggest(actor, asked, Caller(phone="13812341234")).suggestions[0].unit.key
        for actor in who
    } == who


def test_a_suggestion_costs_two_queries_and_four_with_a_case() -> None:
    filed = file()
    queries.suggest(DISPATCHER, Asked("路灯"))
    for most, case in ((2, None), (4, filed.id)):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            queries.suggest(DISPATCHER, Asked("路灯"), Caller(case))
        assert len(seen) <= most


def test_a_case_out_of_sight_is_suggested_nothing() -> None:
    filed = file()
    with refused(NotFound):
        queries.suggest(handler(), Asked(), Caller(filed.id))


def test_a_dry_run_says_which_past_cases_would_go_elsewhere_and_touches_none(
    django_assert_num_queries: Any,
) -> None:
    moving, staying = (
        dispatched("chengguan-node", division="350503"),
        dispatched("yibao-node", matter="医保卡怎么办", content="咨询"),
    )
    draft = actions.propose(DISPATCHER, changed("huanjing-node"))
    today = clock.today()
    before = [cases.one(DISPATCHER, id).version for id in (moving, staying)]
    found = queries.dry_run(DISPATCHER, draft, today, today, None)
    (one,) = found["moved"]
    assert (one["id"], one["dispatched_to"], one["before"], one["after"]) == (
        moving, "市城管局办理节点", "市城管局办理节点", "市生态环境局办理节点",
    )  # fmt: skip
    assert "路灯" in one["zh"]
    assert (found["tried"], found["as_dispatched_before"], found["as_dispatched_after"]) == (2, 2, 1)
    assert {row["unit"]: (row["from"], row["to"]) for row in found["by_unit"]} == {
        "市城管局办理节点": (1, 0), "市生态环境局办理节点": (0, 1),
    }  # fmt: skip
    assert [cases.one(DISPATCHER, id).version for id in (moving, staying)] == before
    costs = []
    for size in (1, 2):
        with CaptureQueriesContext(connection) as seen:
            queries.dry_run(DISPATCHER, draft, today, today, None, size)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 6


def test_a_dry_run_goes_on_page_by_page() -> None:
    ids = {dispatched("chengguan-node", division="350503") for _ in range(3)}
    draft = actions.propose(DISPATCHER, changed("huanjing-node"))
    today, seen, cursor = clock.today(), set(), None
    while True:
        page = queries.dry_run(DISPATCHER, draft, today, today, cursor, 2)
        seen |= {one["id"] for one in page["moved"]}
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ids


def test_a_list_of_rows_costs_one_query_at_any_size(django_assert_num_queries: Any) -> None:
    for size in (5, 100):
        with django_assert_num_queries(1):
            queries.rows(size=size)
    assert [row.matter for row in queries.rows(q="路灯").items] == ["030101"]


def test_what_is_written_as_a_file_reads_as_it_was() -> None:
    rows = held()
    again = sheet.read(Path(sheet.NAME), directory(), clock.today(), sheet.write(rows).encode())
    assert [one.said for one in again] == [one.said for one in rows]


_LEADS = st.lists(
    st.tuples(st.sampled_from(["01", "02", "03"]), st.sampled_from(["a", "b"])), unique=True, max_size=6
)


@given(_LEADS, _LEADS, st.integers(0, 30))
def test_after_a_change_exactly_what_was_wanted_holds_and_the_past_as_it_was(
    old: list[tuple[str, str]], new: list[tuple[str, str]], days: int
) -> None:
    start, day = date(2026, 1, 1), date(2026, 3, 1) + timedelta(days)
    standing = [entry(matter, lead, effective_from=start, id=_id(matter, lead)) for matter, lead in old]
    wanted = [entry(matter, lead, effective_from=start) for matter, lead in new]
    found = between(standing, wanted, day)
    closed = {one.id: on for one, on in found.closing}
    after = [Entry(**{**_fields(one), "effective_to": closed.get(one.id)}) for one in standing] + found.adding
    for on in (start, day - timedelta(1)):
        assert {one.key for one in after if one.holds(on)} == {one.key for one in standing}
    assert {one.key for one in after if one.holds(day)} == {one.key for one in wanted}
    assert len(found.adding) + found.same == len(wanted)


def _id(matter: str, lead: str) -> Any:
    from uuid import NAMESPACE_URL, uuid5

    return uuid5(NAMESPACE_URL, matter + lead)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What is kept in memory is never another test's."""
    yield
    queries._kept = None
