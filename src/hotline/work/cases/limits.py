"""Loading the dated time limits of a city's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid
from hotline.work.cases import queries
from hotline.work.cases.acts import TYPES
from hotline.work.cases.models import Limit


def load_limits(actor: Actor, rows: Iterable[Mapping[str, Any]]) -> int:
    """Append the limits of ``city.yaml`` (``time_limits``) that are new; returns how many.

    A row is ``{type, days | hours, effective_from, source}``. A row that is there with another figure is refused: what
    has been in force is never edited, a later row replaces it. Raises Invalid naming every bad row.
    """
    known = {(limit.type, limit.effective_from): limit for limit in queries.limits()}
    new: list[Limit] = []
    faults: list[Fault] = []
    for position, raw in enumerate(rows):
        read = _read(raw, f"time_limits[{position}]")
        if isinstance(read, Fault):
            faults.append(read)
        elif (old := known.get((read.type, read.effective_from))) is None:
            new.append(read)
        elif (old.amount, old.unit) != (read.amount, read.unit):
            faults.append(_edited(old, f"time_limits[{position}]"))
    if faults:
        raise Invalid(faults)
    if new:
        with deed(actor, "case.load_limits") as d:
            Limit.objects.bulk_create(new)
            for limit in new:
                d.about("case_limit", limit.id, type=limit.type, amount=limit.amount, unit=limit.unit)
    return len(new)


def _read(raw: Mapping[str, Any], where: str) -> Limit | Fault:
    if raw.get("type") not in TYPES:
        known = ", ".join(TYPES)
        return Fault(f"{where}.type", f"没有这个类型；有：{known}", f"No such type; there are: {known}")
    given = [(name, raw[name]) for name in ("days", "hours") if raw.get(name) is not None]
    if len(given) != 1 or not isinstance(given[0][1], int) or given[0][1] < 1:
        return Fault(
            where,
            "days 或 hours 二者填一，为正整数",
            "Give days or hours, one of them, a positive whole number",
        )
    begins = _moment(raw.get("effective_from"))
    if begins is None:
        return Fault(f"{where}.effective_from", "应为带时区的时间", "Must be a time with its offset")
    name, amount = given[0]
    unit = Limit.Unit.WORKING_DAYS if name == "days" else Limit.Unit.HOURS
    return Limit(
        type=raw["type"], amount=amount, unit=unit, effective_from=begins, source=str(raw.get("source", ""))
    )


def _moment(raw: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(raw))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _edited(old: Limit, where: str) -> Fault:
    return Fault(
        where,
        f"同一生效时间已有 {old.amount} {old.get_unit_display()}；已生效的时限不可更改，请另加一行更晚的生效时间",
        f"{old.amount} {old.unit} holds from that moment; add a row with a later effective_from instead",
    )
