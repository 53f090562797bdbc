"""Loading the dated time limits of a city's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid
from hotline.work.cases import queries
from hotline.work.cases.models import HANDLE, OBJECTION, Limit
from hotline.work.cases.states import STEPS
from hotline.work.cases.terms import TYPES, URGENCIES


def load_limits(actor: Actor, rows: Iterable[Mapping[str, Any]]) -> int:
    """Append the limits of ``city.yaml`` (``time_limits``) that are new; returns how many.

    A row is ``{clock, type, urgency, days | hours, effective_from, source}``: without ``clock`` it is the limit of handling,
    which every type needs one of; without ``type`` or ``urgency`` it is for all of them. A row that is there with another
    figure is refused: what has been in force is never edited, a later row replaces it. Raises Invalid naming every bad row.
    """
    known = {_key(limit): limit for limit in queries.limits()}
    new: list[Limit] = []
    faults: list[Fault] = []
    for position, raw in enumerate(rows):
        read = _read(raw, f"time_limits[{position}]")
        if isinstance(read, Fault):
            faults.append(read)
        elif (old := known.get(_key(read))) is None:
            new.append(read)
        elif (old.amount, old.unit) != (read.amount, read.unit):
            faults.append(_edited(old, f"time_limits[{position}]"))
    if faults:
        raise Invalid(faults)
    if new:
        with deed(actor, "case.load_limits") as d:
            Limit.objects.bulk_create(new)
            for limit in new:
                d.about(
                    "case_limit",
                    limit.id,
                    clock=limit.clock,
                    type=limit.type,
                    urgency=limit.urgency,
                    amount=limit.amount,
                    unit=limit.unit,
                )
    return len(new)


def _key(limit: Limit) -> tuple[str, str, str, datetime]:
    return limit.clock, limit.type, limit.urgency, limit.effective_from


def _read(raw: Mapping[str, Any], where: str) -> Limit | Fault:
    clock, type, urgency = (
        raw.get(name, usual) for name, usual in (("clock", HANDLE), ("type", ""), ("urgency", ""))
    )
    for name, value, words in (
        ("clock", clock, {HANDLE, OBJECTION, *STEPS}),
        ("type", type, TYPES if clock == HANDLE and not urgency else {"", *TYPES}),
        ("urgency", urgency, {"", *URGENCIES}),
    ):
        if value not in words:
            known = ", ".join(sorted(filter(None, words)))
            return Fault(
                f"{where}.{name}", f"“{value}”不行；有：{known}", f"“{value}” will not do; there are: {known}"
            )
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
        clock=clock,
        type=type,
        urgency=urgency,
        amount=amount,
        unit=unit,
        effective_from=begins,
        source=str(raw.get("source", "")),
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
