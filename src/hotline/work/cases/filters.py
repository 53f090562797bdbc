"""Which cases of a list somebody wants to see: read from an address, kept by name, or given to an export; one grammar for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.people import queries as people
from hotline.work.cases.columns import CHANNELS
from hotline.work.cases.fields import storable
from hotline.work.cases.states import STATES
from hotline.work.cases.terms import TYPES, URGENCIES

LONGEST = 400
"""Characters of one value: a filter stands in an address."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a case must be; "" asks nothing. Several values are parted by commas. Days are the city's, both ends included.

    ``list`` and ``q`` (work list, words) are kept here and understood by ``queries``. ``unit``: it or any below it holds the
    case. ``late``: "yes" past its deadline, "no" not. ``redone``, ``confidential``: "yes" or "no".
    """

    list: str = ""
    q: str = ""
    state: str = ""
    type: str = ""
    urgency: str = ""
    channel: str = ""
    division: str = ""
    unit: str = ""
    created_from: str = ""
    created_until: str = ""
    due_from: str = ""
    due_until: str = ""
    late: str = ""
    redone: str = ""
    confidential: str = ""

    @property
    def kept(self) -> dict[str, str]:
        """Only what asks something: what is stored and stands in an address."""
        return {name: value for name, value in asdict(self).items() if value}

    def condition(self, now: datetime) -> Q:
        """The cases it lets through, ``list`` and ``q`` aside. One query more when it names a unit. Raises NotFound for no unit."""
        found = Q()
        for name in ("state", "type", "urgency", "channel"):
            if value := getattr(self, name):
                found &= Q(**{f"{name}__in": value.split(",")})
        if self.division:
            found &= Q(place_division__startswith=self.division)
        if self.unit:
            found &= Q(owner_path__startswith=people.organisation(self.unit).path)
        for name in ("created", "due"):
            first, last = getattr(self, f"{name}_from"), getattr(self, f"{name}_until")
            field = {"created": "created_at", "due": "deadline_at"}[name]
            if first:
                found &= Q(**{f"{field}__gte": clock.day_bounds(date.fromisoformat(first))[0]})
            if last:
                found &= Q(**{f"{field}__lt": clock.day_bounds(date.fromisoformat(last))[1]})
        late = Q(clock_running=True, deadline_at__lt=now)
        if self.late:
            found &= late if self.late == "yes" else ~late
        if self.redone:
            found &= Q(redo_count__gt=0) if self.redone == "yes" else Q(redo_count=0)
        if self.confidential:
            found &= Q(confidential=self.confidential == "yes")
        return found


NAMES = tuple(Filter.__dataclass_fields__)
_VALUES: dict[str, frozenset[str]] = {
    "state": frozenset(str(state) for state in STATES),
    "type": frozenset(TYPES),
    "urgency": frozenset(URGENCIES),
    "channel": frozenset(CHANNELS),
    "late": frozenset({"yes", "no"}),
    "redone": frozenset({"yes", "no"}),
    "confidential": frozenset({"yes", "no"}),
}
_MANY = frozenset({"state", "type", "urgency", "channel"})
_DAYS = ("created_from", "created_until", "due_from", "due_until")


def read(given: Mapping[str, str]) -> Filter:
    """The filter in ``given`` (names → words as typed). Raises Invalid with every fault."""
    values = {name: str(value).strip() for name, value in given.items() if str(value).strip()}
    faults = [fault for name, value in values.items() if (fault := _fault(name, value)) is not None]
    for first, last in (("created_from", "created_until"), ("due_from", "due_until")):
        if not faults and values.get(last, "9") < values.get(first, ""):
            faults.append(Fault(last, "止日早于起日", "It ends before it begins"))
    if faults:
        raise Invalid(faults)
    return Filter(**values)


def _fault(name: str, value: str) -> Fault | None:
    if name not in NAMES:
        return Fault(
            name, f"没有这个条件；有：{'、'.join(NAMES)}", f"No such condition; there are: {', '.join(NAMES)}"
        )
    if len(value) > LONGEST or not storable(value):
        return Fault(
            name,
            f"最多 {LONGEST} 字，且不能含有不可保存的字符",
            f"At most {LONGEST} characters, all storable",
        )
    if name in _VALUES:
        asked = value.split(",") if name in _MANY else [value]
        known = _VALUES[name]
        if not known.issuperset(asked):
            return Fault(name, f"应为：{'、'.join(sorted(known))}", f"Must be: {', '.join(sorted(known))}")
    if name in _DAYS:
        try:
            if len(value) != 10 or not 1900 <= date.fromisoformat(value).year < 2200:
                raise ValueError(value)
        except ValueError:
            return Fault(name, "应为日期，如 2026-03-02", "Must be a date, as 2026-03-02")
    if name == "division" and not (value.isascii() and value.isdigit() and 2 <= len(value) <= 12):
        return Fault(name, "应为 2 至 12 位行政区划代码", "Must be a division code of 2 to 12 digits")
    if name == "unit":
        try:
            UUID(value)
        except ValueError:
            return Fault(name, "应为单位编号（UUID）", "Must be a unit's id (UUID)")
    return None
