"""Places out of free text: the zone wins over the code, the lowest place the text leads to counts, doubt is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.people.directory import Directory
from hotline.base.text.lexicon import Lexicon
from hotline.work.dispatch.places import Gazetteer


@pytest.mark.parametrize(
    ("text", "name", "handler"),
    [
        ("洛阳镇某村", "惠安县洛阳镇", "泉州台商投资区"),
        ("惠安县洛阳镇上曾村12号", "惠安县洛阳镇上曾村委会", "泉州台商投资区"),
        ("东海街道丰海路", "丰泽区东海街道", "丰泽区"),
        ("清濛开发区的工厂", "鲤城区清濛经济开发区", "泉州开发区"),
        ("泉州开发区", "鲤城区清濛经济开发区", "泉州开发区"),
        ("台商投资区百崎", "惠安县百崎回族乡", "泉州台商投资区"),
        ("福建省泉州市晋江市陈埭镇", "晋江市陈埭镇", "晋江市"),
        ("晋江陈埭那边", "晋江市陈埭镇", "晋江市"),
        ("南安官桥镇", "南安市官桥镇", "南安市"),
        ("安溪县官桥镇", "安溪县官桥镇", "安溪县"),
        ("我在石狮，永宁镇", "石狮市永宁镇", "石狮市"),
        ("德化", "德化县", "德化县"),
    ],
)
def test_a_place_is_found_as_people_say_it(places: Gazetteer, text: str, name: str, handler: str) -> None:
    assert [(one.full_name, one.handled_by) for one in places.find(text)] == [(name, handler)]


def test_a_name_two_places_have_gives_both_with_why(places: Gazetteer) -> None:
    found = places.find("官桥镇的路坏了")
    assert {one.full_name for one in found} == {"安溪县官桥镇", "南安市官桥镇"}
    assert all("共 2 处" in one.zh and "2 places" in one.en for one in found)


def test_a_zone_alone_gives_its_towns(places: Gazetteer) -> None:
    found = places.find("台商投资区")
    assert {one.handled_by for one in found} == {"泉州台商投资区"}
    assert len(found) == 4


def test_a_place_out_of_jurisdiction_is_named_as_such(places: Gazetteer) -> None:
    (one,) = places.find("金门县")
    assert (one.handled_by, "不在本市管辖" in one.zh) == ("", True)


@pytest.mark.parametrize("text", ["", "路灯不亮", "洛阳路12号", "东海大街", "开发区", "A市B区"])
def test_a_road_or_nothing_is_no_place(places: Gazetteer, text: str) -> None:
    assert places.find(text) == []


def test_every_place_is_found_by_its_full_name_whatever_stands_around_it(places: Gazetteer) -> None:
    known: Directory = places._known
    below = sorted(code for code, one in known.places.items() if one.level in ("county", "town", "village"))
    below = [code for code in below if "350527" not in known.lineage(code)]  # one name for all its levels

    @given(
        st.sampled_from(below),
        st.sampled_from(["", "你好，", "我住在"]),
        st.sampled_from(["", "，请来人看看", " 3 号楼"]),
    )
    def found(code: str, before: str, after: str) -> None:
        name = known.places[code].full_name
        assert {one.full_name for one in places.find(before + name + after)} == {name}

    found()


@given(st.lists(st.text("甲乙丙", min_size=2, max_size=4), max_size=8), st.text("甲乙丙丁", max_size=12))
def test_a_lexicon_finds_what_a_plain_search_finds(words: list[str], text: str) -> None:
    hits = {(hit.start, hit.word) for hit in Lexicon((word, word) for word in words).every(text)}
    plain = {(at, word) for word in words for at in range(len(text)) if text.startswith(word, at)}
    assert hits == plain
