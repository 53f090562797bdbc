"""Reading figures: what they mean, and today's board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, cast

import yaml
from django.conf import settings

from hotline.base.kernel import clock
from hotline.joined.exchange import queries as exchange
from hotline.joined.metrics.figures import RATE_PERCENT, SHORT_S, WITHIN_S
from hotline.joined.metrics.formulas import Counts, figures
from hotline.lines.alarms import queries as alarms
from hotline.lines.calls import queries as calls
from hotline.lines.numbers import queries as numbers


class Definition(TypedDict):
    """One version of what a figure means."""

    code: str
    version: int
    effective_from: datetime
    unit: str
    zh: str
    en: str
    formula_zh: str
    formula_en: str
    source: str


@cache
def _written() -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "definitions.yaml").read_text(encoding="utf-8")
    return [
        row | {"effective_from": datetime.fromisoformat(row["effective_from"])}
        for row in yaml.load(text, Loader=yaml.CSafeLoader)
    ]


def definitions(at: datetime | None = None) -> list[Definition]:
    """Every figure with the version in force ``at`` (now), the city's own service level filled in."""
    at = at or clock.now()
    parameters = {"within_s": WITHIN_S(at), "short_s": SHORT_S(at), "rate": RATE_PERCENT(at)}
    in_force: dict[str, dict[str, Any]] = {}
    for row in sorted(_written(), key=lambda row: (row["effective_from"], row["version"])):
        if row["effective_from"] <= at:
            in_force[row["code"]] = row
    return [_filled_in(row, parameters) for row in in_force.values()]


def _filled_in(row: dict[str, Any], parameters: dict[str, int]) -> Definition:
    words = {key: value.format(**parameters) for key, value in row.items() if isinstance(value, str)}
    return cast(Definition, row | words)


def board() -> dict[str, Any]:
    """Today as the wallboard shows it, with the alarms nobody has answered. Eight queries, whatever happens on the lines."""
    now, day = clock.now(), clock.today()
    rows = list(_by_number(now))
    return {
        "at": now,
        "day": day.isoformat(),
        "levels": {
            "answer_seconds": WITHIN_S(now),
            "answer_rate": RATE_PERCENT(now) / 100,
        },
        "totals": figures(sum((counts for _, counts in rows), Counts())),
        "by_number": [row | figures(counts) for row, counts in rows],
        "queue": calls.queue_now(),
        "seats": calls.seats_now(),
        "alarms": alarms.on_a_wall(),
    }


def _by_number(now: datetime) -> Iterator[tuple[dict[str, Any], Counts]]:
    """Every registered number, 12345 first, then in the order of the annex, then any other that was dialled."""
    within, short = WITHIN_S(now), SHORT_S(now)
    start, end = clock.day_bounds(clock.today())
    own = {row["number"]: row for row in calls.by_number(start, end, within, short)}
    linked = exchange.day_counts(clock.today(), within, short)
    main = settings.CITY["hotline"]
    named = {str(main["number"]): {"name": main["name"], "name_en": main["name_en"], "treatment": "main"}}
    for item in numbers.listing():
        named[item["number"]] = {key: item[key] for key in ("name", "name_en", "treatment")}
    for row in settings.CITY["emergency_numbers"]:
        if (
            row["number"] in own
        ):  # 53号 一(一): outside the merger, on the board only when somebody dialled one
            named[row["number"]] = {"name": row["name"], "name_en": row["name_en"], "treatment": "emergency"}
    for number in own.keys() - named.keys():
        named[number] = {"name": number, "name_en": number, "treatment": "other"}
    for number, words in named.items():
        ours, theirs = own.get(number), linked.get(number)
        source = "both" if ours and theirs else "linked" if theirs else "own"
        counts = (_own(ours, reported=theirs is not None) if ours else Counts()) + _linked(theirs)
        yield {"number": number, **words, "source": source}, counts


def _own(row: calls.NumberFigures, *, reported: bool) -> Counts:
    """A number's calls on our own lines. What its own centre took and reports itself is counted there, once."""
    theirs, theirs_within = (row["put_through"], row["put_through_within"]) if reported else (0, 0)
    return Counts(
        calls=row["calls"] - theirs,
        answered=row["answered"] - theirs,
        abandoned=row["abandoned"],
        vacant=row["vacant"],
        failed=row["failed"],
        within=row["within"] - theirs_within,
        short_abandoned=row["short_abandoned"],
    )


def _linked(day: exchange.LinkedDay | None) -> Counts:
    if day is None:
        return Counts()
    return Counts(
        day.calls, day.answered, day.abandoned, day.vacant, day.failed, day.within, day.short_abandoned
    )
