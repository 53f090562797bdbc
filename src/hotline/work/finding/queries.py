"""Which cases hold the words asked for, newest first: ids alone, for the cases' room to say who may know of them.

Two ways lead there, and each is slow where the other is fast. A word that stands in every tenth case fills a page from the
newest two hundred, while the index would name a hundred thousand to be sorted; a rare one has few entries in the index,
while walking reads everything. So a bounded stretch of the newest is walked first, and what it held decides how to go on:
no statistics that may be old, and no plan that the database may guess wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from hotline.base.kernel.models import this_city
from hotline.base.text.bigrams import asked_runs, pairs_query
from hotline.work.finding.entry import keyed, name_index
from hotline.work.finding.models import CaseText

__all__ = [
    "Words",
    "among",
    "batches",
    "by_number_end",
    "holding",
    "keyed",
    "name_index",
    "named",
    "words",
]

WALK = 1_000
"""Newest cases looked at before anything is known of the words' frequency: about 4 ms."""
FREQUENT = 4
"""So many among them (0.4 %) and walking on is cheaper than sorting all that the index names."""
FURTHER = 8
"""By how much each stretch is longer than the one before."""
LONGEST = 65_536
STRETCH = 2_000
"""So many of those that may be shown are read through at a time."""
BATCH = 2_000
"""Most ids of one answer of the index."""


@dataclass(frozen=True, slots=True)
class Words:
    """What has to stand in a text, all of it: ``runs`` among what was asked, ``address`` (keyed pairs) in the address."""

    runs: tuple[str, ...] = ()
    address: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.runs or self.address)


def words(text: str, address: str = "") -> Words:
    """``text`` and ``address`` as people type them, ready to be asked for."""
    return Words(asked_runs(text), frozenset(keyed(address)))


def batches(
    asked: Words,
    after: UUID | None,
    *,
    enough: int | None,
    among_these: Callable[[UUID | None], list[UUID]] | None,
) -> Iterator[list[UUID]]:
    """The cases that hold ``asked``, newest first, some at a time; those after ``after`` in that order.

    ``enough``: how many are wanted when all that is found is wanted, so that a walk may stop there; None when the caller
    leaves some out: then ``among_these`` gives the next STRETCH of those he leaves in, after one of them. One statement each,
    and none reads more than a stretch or than what the index names.
    """
    if asked.address:  # few live in one road, and the walk would read what it may not keep
        yield from _from_index(asked, after)
        return
    stretch = WALK
    while True:
        found, edge = _walk(asked, after, stretch, enough)
        yield found
        if edge is None:
            return
        after = edge
        if len(found) * WALK < FREQUENT * stretch:
            yield from _from_index(asked, after)
            return
        if among_these is not None:
            while these := among_these(after):
                yield among(asked, these)
                after = these[-1]
            return
        stretch = min(stretch * FURTHER, LONGEST)


def among(asked: Words, ids: Collection[UUID]) -> list[UUID]:
    """Those of ``ids`` that hold ``asked``, newest first."""
    holds, values = _holds(asked, index=False)
    return _ids(
        f"SELECT id FROM finding_casetext WHERE city_id = %s AND id = ANY(%s) AND {holds} ORDER BY id DESC",  # noqa: S608
        [this_city(), list(ids), *values],
    )


def holding(asked: Words) -> QuerySet[Any, Any]:
    """The ids of all cases that hold ``asked``, in no order: a condition for what reads them all."""
    holds, values = _holds(asked, index=True)
    here = CaseText.objects.filter(city_id=this_city())
    # The text is ours, and what people typed is a parameter of it.
    return here.extra(where=[holds], params=values).values("id")  # noqa: S610


def named(name: str) -> QuerySet[Any, Any]:
    """The ids of the cases of callers of exactly this name."""
    index = name_index(name)
    rows = CaseText.objects.filter(city_id=this_city(), name=index) if index else CaseText.objects.none()
    return rows.values("id")


def by_number_end(end: str) -> QuerySet[Any, Any]:
    """The ids of the cases whose number ends so; ``end``: digits."""
    back = end[::-1]
    # As a range, which any index of text answers: ":" is what follows "9".
    rows = CaseText.objects.filter(city_id=this_city(), number_back__gte=back, number_back__lt=f"{back}:")
    return rows.values("id")


def _walk(
    asked: Words, after: UUID | None, stretch: int, enough: int | None
) -> tuple[list[UUID], UUID | None]:
    """What the next ``stretch`` cases hold, and where it ended; None when nothing is left, or enough was found."""
    holds, values = _holds(asked, index=False)
    before, place = _before(after)
    # The stretch is cut inside, so that no plan can read the whole table for it.
    sql = f"""
        SELECT id, hit, n FROM (
            SELECT id, {holds} AS hit, row_number() OVER (ORDER BY id DESC) AS n
              FROM finding_casetext WHERE city_id = %s {before} ORDER BY id DESC LIMIT {stretch}
        ) AS near WHERE hit OR n = {stretch}{"" if enough is None else f" LIMIT {int(enough)}"}
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, this_city(), *place])
        rows: list[Any] = cursor.fetchall()
    found = [id for id, hit, _ in rows if hit]
    if (enough is not None and len(found) >= enough) or not rows or rows[-1][2] != stretch:
        return found, None
    return found, rows[-1][0]


def _from_index(asked: Words, after: UUID | None) -> Iterator[list[UUID]]:
    holds, values = _holds(asked, index=True)
    while True:
        before, place = _before(after)
        # Apart, so that the order does not tempt the database to walk instead.
        found = _ids(
            f"WITH found AS MATERIALIZED (SELECT id FROM finding_casetext WHERE city_id = %s {before} AND {holds}) "  # noqa: S608
            f"SELECT id FROM found ORDER BY id DESC LIMIT {BATCH}",
            [this_city(), *place, *values],
        )
        yield found
        if len(found) < BATCH:
            return
        after = found[-1]


def _before(after: UUID | None) -> tuple[str, list[Any]]:
    return ("AND id < %s", [after]) if after else ("", [])


def _holds(asked: Words, *, index: bool) -> tuple[str, list[Any]]:
    """The condition, with its values. ``index``: so that the index of pairs is asked; a whole run is looked for in what it
    names, for pairs alone do not say that they stand side by side."""
    parts, values = [], list[Any]()
    if index and asked.runs:
        parts.append("pairs @@ %s::tsquery")
        values.append(pairs_query(asked.runs))
    for run in asked.runs:
        if not index or len(run) > 2:
            parts.append("strpos(plain, %s) > 0")
            values.append(run)
    if asked.address:
        parts.append("address IS NOT NULL AND address @@ %s::tsquery")
        values.append(" & ".join(sorted(asked.address)))
    return " AND ".join(parts), values


def _ids(sql: str, values: list[Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [id for (id,) in cursor.fetchall()]
