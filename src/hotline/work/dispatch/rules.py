"""The rules of dispatch, one function each; sources in every one. What a test is named after stands here once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from hotline.base.people.directory import Directory, Organisation, OrganisationKind
from hotline.work.dispatch.catalogue import AT_PLACE, Entry, likeness


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit is suggested, or is not: the rule and its words."""

    rule: str
    zh: str
    en: str


FIRST: Final = Reason(
    "first-receiver",
    "首接负责：该单位正在办理同一诉求人的同一事项",
    "It is handling the same caller's same matter already and leads",
)
CITY_LEADS: Final = Reason(
    "city-department-leads",
    "市级部门与县（市、区）职责交叉，由市级部门主办（济南、潍坊条例 24）",
    "City department and county overlap: the city department leads",
)
DISTRICT: Final = Reason(
    "district-known", "只明确属地，派属地（北京条例 12(二)）", "Only the place is known: its own government"
)
PLACE: Final = Reason("place", "属地承办单位，备选", "The place's own unit, as an alternative")
REPORTED: Final = Reason(
    "reported-party",
    "系被举报单位或其所属，不得承办（信访工作条例 30、济南条例 32）",
    "It is, or belongs to, the reported party and may never handle this",
)
GRASSROOTS: Final = Reason(
    "department-work",
    "部门事项，不得派给乡镇（街道）（北京条例 17、66号文（五））",
    "Department work is never pushed to towns",
)


def closest(rows: Iterable[Entry], lineage: Sequence[str]) -> list[Entry]:
    """The rows that hold for a place, the most specific place only; several when duties overlap there. The more specific wins."""
    holding = [row for row in rows if not row.place or row.place in lineage]
    nearest = max((len(row.place) for row in holding), default=0)
    return [row for row in holding if len(row.place) == nearest]


def city_department_leads(overlapping: Sequence[Organisation], known: Directory) -> list[Organisation]:
    """Of several units with a duty for one matter in one place the city's department comes first: 济南 24, 潍坊 24."""
    return sorted(overlapping, key=lambda unit: not is_city_department(unit, known))


def is_city_department(unit: Organisation, known: Directory) -> bool:
    """Whether it is, or belongs to, a department of the city itself."""
    return any(one.kind == OrganisationKind.DEPARTMENT for one in known.above(unit)) and not any(
        one.kind in (OrganisationKind.COUNTY, OrganisationKind.ZONE) for one in known.above(unit)
    )


def is_grassroots(unit: Organisation, known: Directory) -> bool:
    """Whether it is, or belongs to, a town, a sub-district or a village: their codes have more than a county's six digits."""
    return any(len(one.division_code) > 6 for one in known.above(unit))


def is_pushed_down(department_work: bool, unit: Organisation, known: Directory) -> bool:
    """Whether department work would be given to a town: 北京 17, 66号文 (五). Never."""
    return department_work and is_grassroots(unit, known)


def is_in_route(unit: Organisation, reported: Organisation | None, known: Directory) -> bool:
    """Whether the unit is the reported party or under it; a node is its department's: 信访 30, 济南 32, 北京 35(四)."""
    if reported is None:
        return False
    whose = known.parent(reported) if reported.kind == OrganisationKind.NODE else None
    return unit.path.startswith((whose or reported).path)


def may_not_take(unit: Organisation, on: date) -> Reason | None:
    """Why no case can go to ``unit`` on a day."""
    if unit.closed_on is not None and unit.closed_on <= on:
        return Reason("closed", f"已于 {unit.closed_on} 撤销", f"It was closed on {unit.closed_on}")
    if not unit.in_jurisdiction:
        return Reason("out-of-jurisdiction", "不在本市管辖范围", "It is outside the city's jurisdiction")
    if not unit.accepts_cases:
        return Reason("takes-no-cases", "没有办理节点", "It has no case node")
    return None


@dataclass(frozen=True, slots=True)
class InHand:
    """Another case of the same caller that a unit is handling."""

    number: str
    words: str
    division: str
    owner_id: UUID


def first_receiver(words: str, division: str, others: Iterable[InHand], alike_percent: int) -> InHand | None:
    """The case of the same caller whose unit was the first to get this matter and so leads: 北京 14, 济南 29, 潍坊 22.

    The likest one of at least ``alike_percent``; never one about another county.
    """
    near = [
        other for other in others if not (division and other.division) or other.division[:6] == division[:6]
    ]
    likest = max(near, key=lambda other: likeness(words, other.words), default=None)
    return likest if likest and likeness(words, likest.words) * 100 >= alike_percent else None


def lead_of(row: Entry, handler: Organisation | None, known: Directory) -> Organisation | None:
    """The unit a row names; the place's own for 属地."""
    return handler if row.lead == AT_PLACE else known.units.get(row.lead)


def county_of(unit: Organisation, known: Directory) -> Organisation:
    """The county or zone a unit belongs to, for work that may not go below it; itself for any other."""
    counties = (
        one for one in known.above(unit) if one.kind in (OrganisationKind.COUNTY, OrganisationKind.ZONE)
    )
    return next(counties, unit)
