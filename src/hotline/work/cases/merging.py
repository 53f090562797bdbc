"""One matter of many callers (并单): which case another may be merged into, and how its followers get its answer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.models import this_city
from hotline.work.cases.models import Case
from hotline.work.cases.states import OVER, State
from hotline.work.cases.terms import CONFIDENTIAL_TYPES

MOST_TOLD = 2000
"""So many followers at most may wait for one answer."""
SOME_TOLD = 50
"""So many are told in one transaction: 0.4 s. Where more wait, the lead's act waits for none of them."""


def lead_for(actor: Actor, case: Case, number: str) -> Case:
    """The case ``number`` into which ``case`` may be merged, both locked: neither can move meanwhile. Raises Invalid."""
    rows = Case.objects.filter(city_id=this_city())
    lead = _fit(case, rows.filter(number="".join(number.split())).first())
    # Both in the order of their ids: two merges in opposite directions wait for each other's end, not for each other.
    both = rows.filter(id__in=[case.id, lead.id]).order_by("id").select_for_update(of=("self",))
    held = {row.id: row for row in both}
    lead = _fit(case, held.get(lead.id))
    if followers(case).exists():
        raise _fault(
            "已有诉求件并入本件，请反向并单", "Others are merged into this one; merge the other way round"
        )
    if followers(lead).count() >= MOST_TOLD:
        raise _fault(f"该件已并入 {MOST_TOLD} 件", f"{MOST_TOLD} cases are merged into that one")
    return lead


def _fit(case: Case, lead: Case | None) -> Case:
    if lead is None:
        raise _fault("没有这个编号的诉求件", "There is no case of this number")
    if lead.id == case.id:
        raise _fault("不能并入自己", "A case cannot be merged into itself")
    if lead.state == State.MERGED:
        raise _fault(
            "该件自身已并入他件，请并入其主单", "That one is itself merged; use the one it was merged into"
        )
    if not takes_more(lead):
        raise _fault("该件已有结果，不能再并入", "That one has its result already")
    if lead.reported_path and lead.reported_path != case.reported_path:
        raise _fault("该件为举报件，被举报单位不同，不能并入", "That one is a report against somebody else")
    if case.reported_path and lead.reported_path != case.reported_path:
        raise _fault(
            "本件为举报件，不能并入一般诉求",
            "This is a report and cannot be merged into another kind of case",
        )
    if case.type != lead.type and {case.type, lead.type} & CONFIDENTIAL_TYPES:
        raise _fault("举报件只能与举报件并单", "A report is merged with reports only")
    return lead


def takes_more(lead: Case) -> bool:
    """Whether others can still be merged into ``lead``: it has no result yet."""
    return State(lead.state) not in (*OVER, State.MERGED, State.WAITING_VISIT, State.HANDED_OVER)


def _fault(zh: str, en: str) -> Invalid:
    return Invalid([Fault("into", zh, en)])


def followers(lead: Case) -> Any:
    """The cases that wait for ``lead``'s answer."""
    return Case.objects.filter(city_id=lead.city_id, lead_id=lead.id, state=State.MERGED)


def hold(lead: Case) -> None:
    """Lock ``lead`` with its followers in the order of their ids, as ``lead_for`` does, before anything of them is written;
    where the act will not touch the followers, because they are too many or none, nothing."""
    if not followers(lead).exists() or not is_led_by_few(lead):
        return
    held = Case.objects.filter(Q(id=lead.id) | Q(lead_id=lead.id, state=State.MERGED), city_id=lead.city_id)
    [*held.order_by("id").select_for_update(of=("self",)).values_list("id")]


def is_led_by_few(lead: Case) -> bool:
    """Whether all followers of ``lead`` can be told in its own act. One query."""
    return bool(followers(lead)[: SOME_TOLD + 1].count() <= SOME_TOLD)


def act_of_followers(act: str, before: str, lead: Case) -> str:
    """What the followers of ``lead`` do now that ``act`` has brought it from ``before`` to where it stands: "" while nothing is
    over. A caller who withdraws speaks for himself only: the others' matter is handled on."""
    if act == "withdraw":
        return "split"
    if lead.state == State.WAITING_VISIT and before != State.WAITING_VISIT:
        return "answered_with_lead"
    return (
        "closed_with_lead" if State(lead.state) in OVER and before not in (State.WAITING_VISIT, *OVER) else ""
    )
