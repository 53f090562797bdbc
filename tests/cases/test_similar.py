"""The same matter is suggested while it is typed: by words, place, caller and time; and to nobody who may not know of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Invalid
from hotline.work.cases import similar
from hotline.work.cases.models import Case
from hotline.work.cases.similar import Typed
from hotline.work.finding.similar import Frequencies, alike
from hotline.work.interests import actions as interests
from tests.cases.office import AGENT, DISPATCHER, caller, dispatched, do, file, handler, refused
from tests.cases.test_over_http import Browser, counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
LAMP = {"matter": "丰海路路灯不亮", "content": "东海街道丰海路的路灯坏了一个星期，晚上看不见路，老人摔倒。"}
OTHER = {
    "matter": "咨询医保异地报销",
    "content": "在外地住院，回来怎么报销，需要什么材料。",
    "address": "温陵南路 1 号",
    "phone": "13700000009",
}


def numbers(typed: Typed, actor: Any = AGENT) -> list[str]:
    return [row["number"] for row in similar.of(actor, typed)]


def why(typed: Typed, actor: Any = AGENT) -> list[str]:
    (row,) = similar.of(actor, typed)
    return list(row["why"])


def test_another_callers_words_for_the_same_matter_are_found_and_other_matters_are_not() -> None:
    lamp = file(**LAMP, phone="13700000001")
    file(**OTHER)
    typed = Typed("路灯坏了", "丰海路这边路灯好几天不亮了，晚上黑漆漆看不见路")
    assert numbers(typed) == [lamp.number]
    assert why(typed) == ["text"]
    assert numbers(Typed("想投诉网约车乱收费", "司机绕路，多收了二十元")) == []


def test_half_a_word_is_no_matter_yet() -> None:
    file(**LAMP)
    assert numbers(Typed("路灯")) == []


def test_the_same_caller_and_the_same_road_say_more_than_words() -> None:
    mine = file(
        **OTHER,
    )
    assert numbers(Typed(phone="13700000009")) == [mine.number]
    assert why(Typed(phone="13700000009")) == ["caller"]
    typed = Typed("路面破损", "温陵南路有个大坑", address="温陵南路 88 号")
    assert why(typed) == ["road"]


def test_a_closed_case_is_still_told_and_an_old_one_is_not() -> None:
    closed = file(**LAMP, answer="今晚修好。")
    (row,) = similar.of(AGENT, Typed(**LAMP))
    assert (row["number"], row["over"], row["takes_more"]) == (closed.number, True, False)
    Case.objects.filter(id=closed.id).update(created_at=clock.now() - timedelta(days=120))
    assert numbers(Typed(**LAMP)) == []


def test_what_was_merged_is_not_suggested_but_its_lead_is() -> None:
    lead, follower = file(**LAMP, phone="13700000001"), file(**LAMP, phone="13700000002")
    do(AGENT, follower.id, "merge", into=lead.number)
    assert numbers(Typed(**LAMP)) == [lead.number]
    assert similar.of(AGENT, Typed(**LAMP))[0]["takes_more"]


def test_a_suggestion_merges_with_one_act_and_both_callers_are_kept() -> None:
    lead = file(**LAMP, phone="13700000001")
    (row,) = similar.of(AGENT, Typed(**LAMP))
    second = file(**LAMP, phone="13700000002")
    do(AGENT, second.id, "merge", into=row["number"])
    assert Case.objects.get(id=second.id).lead_id == lead.id


def test_who_stands_aside_or_sees_only_his_own_is_told_of_nothing_else() -> None:
    id = dispatched("renshe-node", **LAMP)
    assert len(numbers(Typed(**LAMP), handler("renshe-node"))) == 1
    assert numbers(Typed(**LAMP), handler("keji-node")) == []
    assert numbers(Typed(**LAMP, phone="13812341234"), caller(file(**OTHER).id)) == []
    interests.begin(AGENT, id, DISPATCHER.id, "派单员", "亲属")
    assert numbers(Typed(**LAMP), DISPATCHER) == []


def test_a_unit_does_not_learn_by_trying_numbers_whose_case_it_is() -> None:
    id = dispatched("renshe-node", **OTHER, confidential=True)
    assert Case.objects.filter(id=id).exists()
    assert numbers(Typed(phone="13700000009"), handler("renshe-node")) == []
    assert len(numbers(Typed(phone="13700000009"))) == 1


def test_the_rarer_what_they_share_the_liker_they_are() -> None:
    known = Frequencies({"路灯": 0.2, "小区": 0.3}, 0.0001, 1000.0)
    common = alike(frozenset({"路灯", "小区"}), frozenset({"路灯", "小区", "丰海"}), known)
    rare = alike(frozenset({"丰海", "小区"}), frozenset({"路灯", "小区", "丰海"}), known)
    assert rare > common


@given(
    st.frozensets(st.text("路灯小区丰海", min_size=2, max_size=2)),
    st.frozensets(st.text("路灯小区丰海", min_size=2, max_size=2)),
)
def test_likeness_is_between_none_and_the_same_and_mutual(one: frozenset[str], other: frozenset[str]) -> None:
    known = Frequencies({"路灯": 0.2}, 0.01, 10.0)
    found = alike(one, other, known)
    assert 0 <= found <= 1 + 1e-9
    assert found == pytest.approx(alike(other, one, known))
    if one:
        assert alike(one, one, known) == pytest.approx(1)


def test_what_is_too_long_for_a_case_is_refused_and_signs_do_no_harm() -> None:
    with refused(Invalid):
        similar.of(AGENT, Typed(content="长" * 6000))
    assert similar.of(AGENT, Typed("'; DROP | & ! <-> :* \\", "'' \" (( 丰海路路灯:*B & !!")) == []


def test_over_http_for_who_takes_requests_down_and_at_the_same_queries_however_much_is_found() -> None:
    agent = Browser("agent")
    body = {**LAMP, "place": {"division": "", "address": "丰海路"}, "phone": "13812341234"}
    with counted() as few:
        assert agent.post("/cases/similar", body).json() == {"items": []}
    for n in range(8):
        file(**LAMP, phone=f"1370000000{n}")
    with counted() as many:
        items = agent.post("/cases/similar", body).json()["items"]
    assert len(items) == 5
    assert {"text", "road"} <= {*items[0]["why"]}
    assert len(many) <= len(few) + 1
    assert Browser("knowledge_editor").post("/cases/similar", body).status_code == 403


def test_statistics_of_the_database_say_what_is_rare() -> None:
    for n in range(30):
        file(matter="小区噪音扰民", content=f"第{n}次反映小区噪音", phone=f"137000000{n:02}")
    file(**LAMP)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE finding_casetext")
    from hotline.work.finding.similar import _counted

    known = _counted()
    assert known.weight("噪音") < known.weight("丰海")
