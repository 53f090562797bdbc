"""Places out of free text: which division "洛阳镇上曾村" or "台商投资区百崎" is, and who handles it. Pure functions.

Names are looked for as they are written and as they are said (晋江 for 晋江市). Of what is found the place counts that most of
the text's names lead to, then the one lowest in the tree; what is still even is told as it is, for somebody to choose. A zone
laid over other counties' towns (division_overlay.csv) decides who handles a place, whatever its code says (domain.md §11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal
from uuid import UUID

from hotline.base.people.directory import Directory
from hotline.base.text.lexicon import Hit, Lexicon, plain

MOST = 8
_LEVELS = ("province", "city", "county", "town", "village")
_SEATS = re.compile(r"(村民委员会|居民委员会|社区居委会|村委会|居委会|社区|生活区)$")
_TOWNS = re.compile(r"((?:回族|畲族)?[乡镇]|街道办事处|街道)$")
_GRAND = re.compile(r"(华侨|经济|技术|高新|产业)")
_ROADS = (*tuple("路街巷弄桥站道"), "大道", "大桥", "大街")
_GENERIC = 4
"""Fewer characters than this of a zone's name without the city's (开发区) are no name."""

Strength = Literal["own", "full", "said", "bare"]


_FULLY: tuple[Strength, ...] = ("bare", "said", "full", "own")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name may mean: a division by its code, or a zone by its unit's key. ``own``: the name in the code table; ``bare``: a
    village's without 村."""

    code: str
    zone: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place the text may speak of, who handles it, and why it was taken."""

    code: str
    full_name: str
    level: str
    handled_by: str
    handler_id: UUID | None
    zh: str
    en: str


class Gazetteer:
    """The names of all places of a city."""

    def __init__(self, known: Directory, on: date) -> None:
        self._known, self._on = known, on
        self._words = Lexicon([*_division_names(known), *_zone_names(known)])

    def find(self, text: str) -> list[Candidate]:
        """The places ``text`` may speak of: one when it is clear, several (``MOST`` at most) when it is not, or none."""
        hits = _meant(plain(text), self._words)
        scored = {code: self._score(code, hits) for code in self._codes(hits)}
        best = max(scored.values(), default=None)
        even = sorted(code for code, score in scored.items() if score == best)
        return [self._candidate(code, hits, len(even)) for code in even[:MOST]]

    def _codes(self, hits: list[Hit[Meaning]]) -> set[str]:
        found = set[str]()
        for position, hit in enumerate(hits):
            together = {means.code for means in hit.means}
            for means in hit.means:
                if means.code and self._is_above(means.code, together, hits[:position]):
                    continue
                if means.zone:
                    found |= {code for code, row in self._overlays().items() if _laid(row) == means.zone}
                elif means.strength != "bare" or self._within(means.code, hits[:position]):
                    found.add(means.code)
        return found

    def _is_above(self, code: str, together: set[str], before: list[Hit[Meaning]]) -> bool:
        """Whether the same name is that of a place above ``code`` (洛阳 of town and village), which nothing named before."""
        above = together & set(self._known.lineage(code)[:-1])
        return bool(above) and not any(means.code in above for hit in before for means in hit.means)

    def _within(self, code: str, before: list[Hit[Meaning]]) -> bool:
        """Whether the last name before it is that of the town or county ``code`` lies in."""
        above = set(self._known.lineage(code)[:-1])
        return bool(before) and any(
            means.code in above and means.strength != "bare" for means in before[-1].means
        )

    def _score(self, code: str, hits: list[Hit[Meaning]]) -> tuple[int, int, int]:
        """How many of the names lead to ``code``, how low it is in the tree, how fully its name stands there."""
        own = max(
            (_FULLY.index(means.strength) for hit in hits for means in hit.means if means.code == code),
            default=-1,
        )
        level = _LEVELS.index(self._known.places[code].level)
        return len(self._leading(code, hits)), level, own

    def _leading(self, code: str, hits: list[Hit[Meaning]]) -> list[str]:
        line, zone = set(self._known.lineage(code)), self._zone_of(code)
        words = {
            hit.word: None
            for hit in hits
            if any(means.code in line if means.code else means.zone == zone for means in hit.means)
        }
        return [*words]

    def _zone_of(self, code: str) -> str:
        unit, _ = self._known.handler(code, self._on)
        return unit.key if unit and unit.kind == "zone" else ""

    def _overlays(self) -> dict[str, object]:
        return {**self._known.overlaid(self._on)}

    def _candidate(self, code: str, hits: list[Hit[Meaning]], even: int) -> Candidate:
        place = self._known.places[code]
        unit, outside = self._known.handler(code, self._on)
        words = self._leading(code, hits)
        zh, en = f"文中有“{'”“'.join(words)}”", f"the text has “{'”, “'.join(words)}”"
        if even > 1:
            zh, en = f"{zh}；同样可能的共 {even} 处，请核实", f"{en}; {even} places are as likely, ask"
        if outside is not None:
            zh, en = f"{zh}；不在本市管辖范围", f"{en}; outside the city's jurisdiction"
        elif unit is not None and unit.kind == "zone":
            zh, en = (
                f"{zh}；不论区划代码，由{unit.name}承办",
                f"{en}; whatever its code, {unit.name_en} handles it",
            )
        return Candidate(
            code, place.full_name, place.level, unit.name if unit and outside is None else "",
            unit.id if unit and outside is None else None, zh, en,
        )  # fmt: skip


@lru_cache(maxsize=2)
def gazetteer(known: Directory, on: date) -> Gazetteer:
    """The names of the places of ``known`` on a day, made once."""
    return Gazetteer(known, on)


def _laid(row: object) -> str:
    unit = getattr(row, "handled_by", None)
    return unit.key if unit else ""


def _meant(text: str, words: Lexicon[Meaning]) -> list[Hit[Meaning]]:
    """The names in ``text``. What is said short and goes on as a road's name (洛阳路, 东海大街) is not the place."""
    found = []
    for hit in words.longest(text):
        means = hit.means
        if text.startswith(_ROADS, hit.end):
            means = tuple(one for one in means if one.strength in ("own", "full"))
        if means:
            found.append(hit._replace(means=means))
    return found


def _division_names(known: Directory) -> Iterator[tuple[str, Meaning]]:
    for place in known.places.values():
        for name, strength in _names(place.name, place.level):
            yield name, Meaning(place.code, "", strength)


def _names(name: str, level: str) -> Iterable[tuple[str, Strength]]:
    """How a division is written and said."""
    said: dict[str, Strength] = {}
    if level == "village":
        base = _SEATS.sub("", name)
        said |= {base + seat: "full" for seat in ("村委会", "居委会", "社区居委会", "社区", "村民委员会")}
        said.setdefault(base if base.endswith("村") else base + "村", "full")
        said.setdefault(base, "bare")
    elif level == "town":
        base = _TOWNS.sub("", name)
        if base != name:
            said |= {base: "said", name.replace("回族", "").replace("畲族", ""): "full"}
            if name.endswith("街道"):
                said.setdefault(name + "办事处", "full")
        else:  # 清濛经济开发区, as everybody says: 清濛开发区
            said.setdefault(_GRAND.sub("", name), "full")
    else:
        base = name[:-1] if name[-1] in "省市区县" and len(name) > 2 else name
        said.setdefault(base, "said")
    return [(one, strength) for one, strength in (said | {name: "own"}).items() if len(one) >= 2]


def _zone_names(known: Directory) -> Iterator[tuple[str, Meaning]]:
    cities = [place.name.rstrip("市") for place in known.places.values() if place.level == "city"]
    for unit in known.units.values():
        if unit.kind != "zone":
            continue
        for name in {unit.name, unit.full_name, unit.full_name.removesuffix("管理委员会")}:
            short = [name.removeprefix(city) for city in cities]
            for one in {
                name,
                *(word for word in short if len(word) >= _GENERIC),
                *map(lambda n: _GRAND.sub("", n), [name]),
            }:
                yield one, Meaning("", unit.key, "full")
