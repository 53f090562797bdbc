"""The rules of dispatch; each test's name is one of them (domain.md §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from hotline.base.people.directory import Directory
from hotline.work.dispatch import rules
from hotline.work.dispatch.catalogue import AT_PLACE, Catalogue, Entry, likeness
from hotline.work.dispatch.places import Gazetteer
from hotline.work.dispatch.rules import InHand
from hotline.work.dispatch.suggesting import Advisor, Asked
from tests.dispatch.conftest import ON, entry

FENGZE, LUOYANG = "350503", "350521104"


def advised(known: Directory, places: Gazetteer, *rows: Entry) -> Advisor:
    return Advisor(Catalogue(rows, ON), known, places)


def units(found: Any) -> list[str]:
    return [one.unit.key for one in found.suggestions]


def rule(found: Any) -> list[str]:
    return [reason.rule for reason in found.suggestions[0].reasons]


def test_only_the_district_known_goes_to_the_districts_node(advisor: Advisor) -> None:
    found = advisor.suggest(Asked("请帮帮我", "我也说不清楚", FENGZE))
    assert (units(found), rule(found)) == (["fengze-node"], ["district-known"])


def test_a_town_of_a_zone_goes_to_the_zone_and_not_to_the_county_of_its_code(advisor: Advisor) -> None:
    assert units(advisor.suggest(Asked("请帮帮我", "", LUOYANG))) == ["taishang-node"]


def test_the_catalogue_says_who_leads_and_who_assists_and_why(advisor: Advisor) -> None:
    found = advisor.suggest(Asked("小区路灯不亮", "东海街道丰海路的路灯坏了一个星期", FENGZE))
    first = found.suggestions[0]
    assert (first.unit.key, [unit.key for unit in first.assisting]) == ("chengguan-node", ["fengze-node"])
    assert first.matter == "城市管理 › 市政设施 › 路灯"
    assert "路灯" in first.reasons[0].zh
    assert units(found)[-1] == "fengze-node", "the place's own unit stays to be chosen"


def test_city_department_beats_county_on_overlap(known: Directory, places: Gazetteer) -> None:
    rows = [entry(lead="fengze-node"), entry(lead="chengguan-node")]
    for order in (rows, rows[::-1]):
        found = advised(known, places, *order).suggest(Asked("飞檐走壁", "", FENGZE))
        assert (units(found)[0], rule(found)) == ("chengguan-node", ["catalogue", "city-department-leads"])
        assert [unit.key for unit in found.suggestions[0].assisting] == ["fengze-node"]


def test_the_more_specific_place_wins(known: Directory, places: Gazetteer) -> None:
    rows = [entry(), entry(place="350521", lead="huian-node"), entry(place=LUOYANG, lead="taishang-node")]
    found = advised(known, places, *rows)
    by_place = {
        place: units(found.suggest(Asked("飞檐走壁", "", place)))[0]
        for place in (FENGZE, "350521100", LUOYANG)
    }
    assert by_place == {FENGZE: "chengguan-node", "350521100": "huian-node", LUOYANG: "taishang-node"}


def test_the_more_specific_matter_wins(known: Directory, places: Gazetteer) -> None:
    rows = [
        entry("99", name="上级事项"),
        entry("9901", lead="huanjing-node", name="下级事项", aliases=("飞檐走壁",)),
    ]
    assert units(advised(known, places, *rows).suggest(Asked("飞檐走壁"))) == ["huanjing-node"]


def test_a_matter_without_a_row_goes_as_the_one_above_it(known: Directory, places: Gazetteer) -> None:
    rows = [entry("99", name="上级事项", aliases=()), entry("9901", lead="", name="下级事项")]
    assert units(advised(known, places, *rows).suggest(Asked("飞檐走壁"))) == ["chengguan-node"]


def test_a_row_holds_from_its_day_until_before_its_end(known: Directory, places: Gazetteer) -> None:
    row = entry(effective_from=date(2026, 1, 1), effective_to=date(2026, 2, 1))
    held = {
        day: row.holds(day)
        for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1))
    }
    assert [*held.values()] == [False, True, True, False]


def test_who_has_the_same_callers_same_matter_leads(known: Directory, advisor: Advisor) -> None:
    theirs = InHand("QZ1", "丰海路路灯不亮，坏了一周", FENGZE, known.units["fengze-node"].id)
    asked = Asked("路灯不亮", "丰海路路灯坏了一周没人修", FENGZE)
    found = advisor.suggest(asked, [theirs])
    assert (units(found)[0], rule(found)[0]) == ("fengze-node", "first-receiver")
    assert "QZ1" in found.suggestions[0].reasons[0].zh
    assert (
        units(advisor.suggest(replace(asked, matter="医保卡", content="怎么办医保卡"), [theirs]))[0]
        == "yibao-node"
    )


def test_a_case_in_another_county_is_never_the_same_matter(known: Directory, advisor: Advisor) -> None:
    theirs = InHand("QZ1", "路灯不亮", "350524100", known.units["anxi-node"].id)
    assert units(advisor.suggest(Asked("路灯不亮", "", FENGZE), [theirs]))[0] == "chengguan-node"


def town(known: Directory) -> tuple[Directory, Any]:
    """A directory in which 浮桥街道 has a node of its own under its district's."""
    above = known.units["licheng-node"]
    made = type(above)(
        key="fuqiao", name="浮桥街道", full_name="浮桥街道", name_en="Fuqiao", kind="node", path=f"{above.path}fuqiao/",
        parent_id=above.id, division_code="350502005", accepts_cases=True,
    )  # fmt: skip
    return Directory([*known.units.values(), made], [*known.places.values()], []), made


def test_department_work_is_never_pushed_to_a_town(known: Directory) -> None:
    more, made = town(known)
    rows = [entry(lead="fuqiao", department_work=True), entry("9902", lead="fuqiao", aliases=("水上漂",))]
    found = Advisor(Catalogue(rows, ON), more, Gazetteer(more, ON))
    refused = found.suggest(Asked("飞檐走壁"))
    assert (units(refused), refused.left_out[0].reason) == ([], rules.GRASSROOTS)
    assert units(found.suggest(Asked("水上漂"))) == ["fuqiao"], "what is the town's own work it may get"
    assert rules.is_grassroots(made, more)


def test_department_work_of_the_place_stays_with_the_county(known: Directory) -> None:
    more, made = town(known)
    place = next(code for code, one in more.places.items() if one.name == "浮桥街道")
    made.division_code = place
    rows = [entry(lead=AT_PLACE, department_work=True)]
    again = Directory([*known.units.values(), made], [*known.places.values()], [])
    found = Advisor(Catalogue(rows, ON), again, Gazetteer(again, ON)).suggest(Asked("飞檐走壁", "", place))
    assert units(found)[0] == "licheng-node"


def test_a_reported_party_is_never_in_the_route_of_a_report_against_it(
    known: Directory, advisor: Advisor
) -> None:
    asked = Asked("举报路灯管理人员收钱", "路灯一直不修", FENGZE)
    for key in ("chengguan", "chengguan-node"):
        found = advisor.suggest(replace(asked, reported=known.units[key].id))
        named = {unit.key for one in found.suggestions for unit in (one.unit, *one.assisting)}
        assert "chengguan-node" not in named
        assert ("chengguan-node", rules.REPORTED) in {(one.unit.key, one.reason) for one in found.left_out}
    county = advisor.suggest(replace(asked, reported=known.units["fengze"].id))
    assert "fengze-node" not in {
        unit.key for one in county.suggestions for unit in (one.unit, *one.assisting)
    }


def test_a_reported_unit_is_not_suggested_because_it_was_first(known: Directory, advisor: Advisor) -> None:
    unit = known.units["fengze-node"].id
    found = advisor.suggest(
        Asked("路灯不亮", "", FENGZE, reported=unit), [InHand("QZ1", "路灯不亮", FENGZE, unit)]
    )
    assert "fengze-node" not in units(found)


def test_closed_foreign_and_nodeless_units_are_never_suggested(known: Directory) -> None:
    unit = known.units["chengguan-node"]
    plain = SimpleNamespace(closed_on=None, in_jurisdiction=True, accepts_cases=True)
    assert rules.may_not_take(unit, ON) is None
    for change, why in (
        ({"closed_on": ON}, "closed"),
        ({"in_jurisdiction": False}, "out-of-jurisdiction"),
        ({"accepts_cases": False}, "takes-no-cases"),
    ):
        refusal = rules.may_not_take(SimpleNamespace(**{**vars(plain), **change}), ON)  # type: ignore[arg-type]
        assert refusal is not None
        assert refusal.rule == why


def test_a_place_out_of_jurisdiction_gets_no_suggestion_and_says_so(advisor: Advisor) -> None:
    found = advisor.suggest(Asked("路灯不亮", "", "350527"))
    assert (units(found), found.why_none and found.why_none.rule) == ([], "out-of-jurisdiction")


def test_what_is_unclear_says_why_nothing_is_suggested(advisor: Advisor) -> None:
    found = advisor.suggest(Asked("你好", "在吗"))
    assert (units(found), found.why_none and found.why_none.rule) == ([], "unclear")


def test_the_place_is_read_from_the_address_when_none_was_chosen(advisor: Advisor) -> None:
    found = advisor.suggest(Asked("物业不管电梯", "", "", "晋江市陈埭镇某小区"))
    assert (units(found)[0], found.place and found.place.full_name) == ("jinjiang-node", "晋江市陈埭镇")


def test_suggestions_are_at_most_so_many_and_each_unit_once(advisor: Advisor) -> None:
    long = Asked("噪音油烟占道停车", "垃圾污水公交医院学校物业社保医保公积金快递税务旅游消费食品", FENGZE)
    found = units(advisor.suggest(long, most=5))
    assert len(found) == len(set(found)) == 5


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_and_between_nothing_and_all(one: str, other: str) -> None:
    assert 0.0 <= likeness(one, other) == likeness(other, one) <= 1.0


def test_first_receiver_is_the_likest_case_and_nobody_below_the_figure() -> None:
    one, other = InHand("1", "路灯不亮", "", uuid4()), InHand("2", "路灯不亮很久了", "", uuid4())
    assert rules.first_receiver("路灯不亮很久了", "", [one, other], 50) in (one, other)
    assert rules.first_receiver("公交不来", "", [one, other], 50) is None
