"""Finding cases: whichever way a word leads to them, the same ones, newest first, and nobody whom one may not know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Forbidden, Invalid
from hotline.base.text.marks import excerpt, spans
from hotline.work.cases import filters, queries, search
from hotline.work.finding import queries as finding
from hotline.work.finding.models import CaseText
from tests.cases.office import AGENT, dispatched, file, handler, refused, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def found(actor: Actor = AGENT, size: int = 200, **asked: Any) -> list[UUID]:
    """Everything ``asked`` finds, page after page."""
    ids, cursor = list[UUID](), None
    while True:
        page = queries.page(actor, size=size, cursor=cursor, **asked)
        ids += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return ids


@pytest.fixture
def short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches and answers so short that a few cases need several of each."""
    monkeypatch.setattr(finding, "WALK", 4)
    monkeypatch.setattr(finding, "FURTHER", 2)
    monkeypatch.setattr(finding, "BATCH", 3)


@pytest.mark.usefixtures("short_walks")
@pytest.mark.parametrize("stretch", [3, 3000])
@pytest.mark.parametrize("frequent", [1, 4])
def test_walking_the_index_and_reading_few_through_find_the_same(
    stretch: int, frequent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STRETCH", stretch)
    monkeypatch.setattr(finding, "FREQUENT", frequent)
    wanted = []
    for n in range(14):
        near = n % 3 == 0
        id = dispatched(content="鲤鱼池排水不畅" if near else "鲤鱼 排水不畅", matter=f"第{n}件")
        wanted += [id] if near else []
    wanted.reverse()
    for size in (1, 2, 50):
        assert found(size=size, q="鲤鱼池") == wanted
        assert found(handler(), size=size, q="鲤鱼池 排水") == wanted
        assert found(handler("yibao-node"), size=size, q="鲤鱼池") == []
    assert queries.total(AGENT, q="鲤鱼池") == {"total": 5, "more": False}
    assert queries.total(handler(), q="鲤鱼池") == {"total": 5, "more": False}
    monkeypatch.setattr(search, "TOTAL_MOST", 4)
    assert queries.total(AGENT, q="鲤鱼池") == {"total": 4, "more": True}
    assert queries.total(handler(), list="to_sign", q="鲤鱼池") == {"total": 4, "more": True}
    assert queries.total(handler(), list="to_sign") == {"total": 4, "more": True}


def test_a_number_is_found_by_its_beginning_and_by_its_last_six_digits() -> None:
    filed = file()
    for part in (filed.number, filed.number[:10], filed.number[-6:], filed.number[-8:]):
        assert filed.id in found(q=part)


def test_a_caller_is_found_by_number_and_by_whole_name_only() -> None:
    filed = file(name="欧阳 菲菲", phone="13700005566")
    other = file(name="欧阳菲", phone="13700005567")
    assert found(caller="欧阳菲菲") == [filed.id]
    assert found(caller="13700005566") == found(caller="5566") == [filed.id]
    assert found(caller="欧阳菲") == [other.id]
    assert found(caller="菲菲") == []
    with refused(Forbidden):
        found(staff("government_office"), caller="欧阳菲菲")


def test_an_address_is_found_by_its_words_and_never_by_its_number() -> None:
    filed = file(address="泉秀街 5813 号阳光花园 B 栋 602 室")
    file(address="津淮街 5813 号")
    assert found(address="泉秀街") == found(address="阳光花园 泉秀街") == [filed.id]
    assert found(address="泉秀街 9999 号") == [filed.id]
    assert found(address="花园泉秀") == []
    for number in ("5813", "602", "B"):
        with refused(Invalid):
            found(address=number)
    row = CaseText.objects.get(id=filed.id)
    kept = f"{row.plain} {row.pairs} {row.address}"
    assert not any(secret in kept for secret in ("泉秀", "阳光", "5813", "602", "张三", "1381234"))


def test_nobody_finds_a_confidential_case_by_whom_or_where_who_may_not_know_it() -> None:
    secret = dispatched(confidential=True, name="欧阳菲菲", phone="13987654321", address="泉秀街 5 号")
    known = dispatched(confidential=False, name="欧阳菲菲", phone="13987654321", address="泉秀街 5 号")
    asked: list[dict[str, Any]] = [
        {"caller": "欧阳菲菲"}, {"caller": "13987654321"}, {"caller": "4321"}, {"address": "泉秀街"},
        {"q": "13987654321"}, {"q": "路灯", "address": "泉秀街"},
    ]  # fmt: skip
    for by in asked:
        assert found(handler(), **by) == [known], by
        assert found(AGENT, **by) == [known, secret], by
        assert queries.total(handler(), **by)["total"] == 1


def test_unit_and_days_narrow_what_words_find() -> None:
    long_ago = clock.now() - timedelta(days=400)
    with clock.at(long_ago):
        old = dispatched(content="古榕树倒伏")
    new = dispatched("yibao-node", content="古榕树倒伏")
    unit = str(queries.one(AGENT, new).owner_id)
    day, next_day = (f"{clock.local(long_ago) + timedelta(days=n):%Y-%m-%d}" for n in (0, 1))
    assert found(q="古榕树") == [new, old]
    assert found(q="古榕树", unit=unit) == [new]
    assert found(q="古榕树", created_until=day) == [old]
    assert found(created_until=day, created_from=day) == [old]
    assert found(q="古榕树", created_from=next_day) == [new]
    cases, _ = queries.asked_for(AGENT, filters.read({"q": "古榕 榕树倒", "unit": unit}))
    assert [case.id for case in cases] == [new]


def test_what_was_found_says_where_the_words_stand() -> None:
    content = "前情很长。" * 30 + "丰海路的ＬＥＤ路灯，坏了。"
    id = dispatched(matter="路灯不亮", content=content)
    (row,) = queries.page(AGENT, q="led路灯 丰海")["items"]
    text = row["excerpt"]
    assert [text[a:b] for a, b in row["excerpt_marks"]] == ["丰海", "ＬＥＤ路灯"]
    assert row["matter_marks"] == []
    (row,) = queries.page(AGENT, q="路灯")["items"]
    assert (row["id"], row["matter_marks"]) == (id, [(0, 2)])
    lists_only = Actor("machine", "t", "看板", frozenset({"case.list"}), ("/",))
    (row,) = queries.page(lists_only, q="路灯")["items"]
    assert row["excerpt"] == ""


def test_marks_are_counted_in_characters() -> None:
    assert spans("😀路灯ß路灯", ("路灯",)) == [(1, 3), (4, 6)]
    assert spans("①号楼", ("1号",)) == [(0, 2)]
    assert spans("路灯灯坏", ("路灯", "灯灯坏")) == [(0, 4)]
    assert excerpt("短", ("长",)) == ("短", [])


def test_lists_are_counted_up_to_a_thousand_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "COUNTED", 2)
    for _ in range(4):
        dispatched("wenlv-node")
    counted = queries.counts(handler("wenlv-node"))
    assert (counted["to_sign"], counted["open"], counted["to_check"]) == (3, 3, 0)
