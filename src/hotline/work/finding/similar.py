"""Which cases speak of the same matter as a text that is just being typed: by the pairs of characters they share, rare ones more.

The index names the texts that share any of the text's rarer pairs; the database orders them by how many they share, and the
nearest are compared in full. How rare a pair is the database knows from its statistics; nothing is counted for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from django.db import connection

from hotline.base.kernel.models import this_city
from hotline.base.text.bigrams import pairs, runs
from hotline.work.finding.entry import keyed
from hotline.work.finding.models import CaseText

READ = 6_000
"""So many texts at most, as the statistics expect, are read through for one question: about 20 ms."""
NEAREST = 60
"""So many of them are compared in full."""
IN_ONE_ROAD = 40
FEWEST_PAIRS = 4
"""Less is no matter yet, but the beginning of a word."""
_STATISTICS_HOLD_S = 600.0


@dataclass(frozen=True, slots=True)
class Frequencies:
    """In what part of all texts a pair stands; what is too rare to be known counts as ``rarest``. ``texts``: how many there are."""

    known: Mapping[str, float]
    rarest: float
    texts: float

    def of(self, pair: str) -> float:
        """The part, in (0, 1]."""
        return max(self.known.get(pair, self.rarest), 1e-7)

    def weight(self, pair: str) -> float:
        """How much it says that two texts share this pair."""
        return -math.log(min(self.of(pair), 0.9))


def near(text: str, since: datetime) -> dict[UUID, float]:
    """The cases filed after ``since`` whose words are most like ``text``, each with how like, in (0, 1]. Two queries."""
    mine = _pairs(text)
    if len(mine) < FEWEST_PAIRS:
        return {}
    frequencies = _frequencies()
    asked: list[str] = []
    expected = 0.0
    for pair in sorted(mine, key=frequencies.of):
        expected += frequencies.of(pair) * frequencies.texts
        if asked and expected > READ:
            break
        asked.append(pair)
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAREST, {"query": " | ".join(asked), "city": this_city(), "since": since, "most": NEAREST}
        )
        found: list[tuple[UUID, str]] = cursor.fetchall()
    return {id: alike(mine, _pairs(plain), frequencies) for id, plain in found}


def alike(one: frozenset[str], other: frozenset[str], frequencies: Frequencies) -> float:
    """How much two texts say the same: the weight of the pairs they share, as a part of what each says (cosine)."""
    weights = {pair: frequencies.weight(pair) ** 2 for pair in one | other}
    shared = sum(weights[pair] for pair in one & other)
    return (
        shared / math.sqrt(sum(weights[pair] for pair in one) * sum(weights[pair] for pair in other))
        if shared
        else 0.0
    )


def in_the_same_road(address: str, since: datetime) -> set[UUID]:
    """The newest cases filed after ``since`` whose address holds every word of ``address``; none for one without words. One
    query."""
    words = keyed(address)
    if len(words) < 2:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _ROAD,
            {"query": " & ".join(sorted(words)), "city": this_city(), "since": since, "most": IN_ONE_ROAD},
        )
        return {id for (id,) in cursor.fetchall()}


_NEAREST = """
    WITH found AS MATERIALIZED (
        SELECT id, plain, ts_rank(pairs, %(query)s::tsquery) AS shared FROM finding_casetext
         WHERE city_id = %(city)s AND at > %(since)s AND pairs @@ %(query)s::tsquery)
    SELECT id, plain FROM found ORDER BY shared DESC, id DESC LIMIT %(most)s
"""
_ROAD = """
    WITH found AS MATERIALIZED (
        SELECT id FROM finding_casetext
         WHERE city_id = %(city)s AND at > %(since)s AND address IS NOT NULL AND address @@ %(query)s::tsquery)
    SELECT id FROM found ORDER BY id DESC LIMIT %(most)s
"""
_STATISTICS = """
    SELECT coalesce(most_common_elems::text::text[], '{}'), coalesce(most_common_elem_freqs, '{}'),
           (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'finding_casetext'::regclass)
      FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'finding_casetext' AND attname = 'pairs'
"""
_kept: tuple[float, Frequencies] | None = None


def _frequencies() -> Frequencies:
    """What the database has last counted of the pairs, looked up again every ten minutes."""
    global _kept
    if _kept is None or monotonic() - _kept[0] > _STATISTICS_HOLD_S:
        _kept = (monotonic(), _counted())
    return _kept[1]


def _counted() -> Frequencies:
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS)
        row = cursor.fetchone()
    if row is None or not row[0]:  # a new table was never counted: every pair is as rare as any other
        return Frequencies({}, 0.001, float(CaseText.objects.filter(city_id=this_city())[:READ].count()))
    names, parts, texts = row
    known = dict(zip(names, parts, strict=False))  # behind the parts stand their least and their greatest
    return Frequencies(known, min(known.values()) / 2, float(texts))


def _pairs(text: str) -> frozenset[str]:
    return frozenset(pair for run in runs(text) for pair in pairs(run)[:-1])
