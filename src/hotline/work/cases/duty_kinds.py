"""What may be asked of a unit beside a case's own way: each kind of duty (协办、督办、会商、提级、移送、申诉) is one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hotline.work.cases.fields import Word

Addressee = Literal["units", "owner", "judged", "government_office", "efficiency_office"]


@dataclass(frozen=True, slots=True)
class DutyKind:
    """One kind. ``to``: whom it is addressed to: the units chosen, the case's own, the one judged, or an office of the city's.
    ``lapses``: it is void when the case is over or leaves the unit. ``colours``: it has a colour that rises when nobody answers in
    time."""

    kind: str
    zh: str
    en: str
    to: Addressee
    lapses: bool = True
    colours: bool = False


KINDS: dict[str, DutyKind] = {
    row.kind: row
    for row in (
        DutyKind("assist", "协办", "assistance", "units"),
        DutyKind("slip", "督办", "supervision", "owner", colours=True),
        DutyKind("confer", "会商", "coordination meeting", "units", lapses=False),
        DutyKind("escalation", "提级", "escalation", "government_office", lapses=False),
        DutyKind("referral", "问责移送", "accountability referral", "efficiency_office", lapses=False),
        DutyKind("appeal", "评价申诉", "appeal of a verdict", "judged", lapses=False),
    )
}

COLOURS: dict[str, Word] = {  # 三明“三色督查单”：逾期无正当理由的，升为下一色；重要事项可自橙色起
    word.value: word
    for word in (
        Word("blue", "蓝色（提醒）", "Blue (reminder)"),
        Word("orange", "橙色（警告）", "Orange (warning)"),
        Word("red", "红色（督查）", "Red (inspection)"),
    )
}


def next_colour(colour: str) -> str:
    """The colour after ``colour``; red stays red."""
    order = [*COLOURS]
    return order[min(order.index(colour) + 1, len(order) - 1)]
