"""Which units may handle a request, with the reasons in words. Pure: catalogue, places and rules in, suggestions out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from hotline.base.people.directory import Directory, Organisation
from hotline.work.dispatch import rules
from hotline.work.dispatch.catalogue import AT_PLACE, Catalogue, Entry, Named
from hotline.work.dispatch.places import Candidate, Gazetteer
from hotline.work.dispatch.rules import InHand, Reason

_WORTH = 0.3
"""A matter with less than this share of the strongest one's weight is not what the request is about."""
_MATTERS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a request. ``reported``: the unit it accuses (举报)."""

    matter: str = ""
    content: str = ""
    division: str = ""
    address: str = ""
    reported: UUID | None = None

    @property
    def words(self) -> str:
        """All its words."""
        return f"{self.matter} {self.content}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that may lead, who assists it, and why. ``row`` is the catalogue's, ``matter`` the path of names to it."""

    unit: Organisation
    assisting: tuple[Organisation, ...]
    reasons: tuple[Reason, ...]
    matter: str = ""
    row: Entry | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A unit that would have been suggested, and the rule that forbids it."""

    unit: Organisation
    reason: Reason


@dataclass(slots=True)
class Suggested:
    """The answer. ``place``: where it is taken to be about; ``why_none``: why there is nothing to suggest."""

    place: Candidate | None = None
    places: list[Candidate] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    why_none: Reason | None = None


class Advisor:
    """The catalogue of one day with the units and places of that day."""

    def __init__(self, catalogue: Catalogue, known: Directory, places: Gazetteer) -> None:
        self.catalogue, self.known, self.places = catalogue, known, places
        self.on = catalogue.on

    def suggest(
        self, asked: Asked, others: Iterable[InHand] = (), *, alike_percent: int = 50, most: int = 5
    ) -> Suggested:
        """Up to ``most`` units, the likeliest first. ``others``: what units are handling for the same caller."""
        answer = Suggested()
        division = self._place(asked, answer)
        handler, outside = self.known.handler(division, self.on) if division else (None, None)
        if outside is not None:
            answer.why_none = Reason(
                "out-of-jurisdiction",
                f"该地不在本市管辖范围：{outside}",
                f"That place is outside the city's jurisdiction: {outside}",
            )
            return answer
        reported = self.known.by_id.get(asked.reported) if asked.reported else None
        found = list(self._from_catalogue(asked, division, handler))
        if handler is not None:
            found.append(Suggestion(handler, (), (rules.PLACE if found else rules.DISTRICT,)))
        if first := rules.first_receiver(asked.words, division, others, alike_percent):
            found = self._led_by(first, found)
        self._keep(found, reported, answer, most)
        if not answer.suggestions:
            answer.why_none = self._why_none(found, division)
        return answer

    def _place(self, asked: Asked, answer: Suggested) -> str:
        """The division told, or the one that the address, or else the words, speak of without doubt."""
        if asked.division:
            return asked.division if asked.division in self.known.places else ""
        for text in (asked.address, asked.words):
            if text.strip() and (found := self.places.find(text)):
                answer.places = found
                if len(found) == 1:
                    answer.place = found[0]
                    return found[0].code
                if len({one.handler_id for one in found}) == 1:
                    return found[0].code  # whichever of them it is, one unit handles it
                return ""
        return ""

    def _from_catalogue(
        self, asked: Asked, division: str, handler: Organisation | None
    ) -> Iterable[Suggestion]:
        named = self.catalogue.named(asked.matter, asked.content)[:_MATTERS]
        lineage = self.known.lineage(division)
        for one in named:
            if one.score >= _WORTH * named[0].score:
                rows = rules.closest(self.catalogue.rows(one.matter.code), lineage)
                if found := self._of_rows(one, rows, handler):
                    yield found

    def _of_rows(
        self, named: Named, rows: Sequence[Entry], handler: Organisation | None
    ) -> Suggestion | None:
        """The rows of one matter in one place: one leads, those whose duties overlap assist."""
        by_lead = {lead.id: (lead, row) for row in rows if (lead := self._lead(row, handler)) is not None}
        if not by_lead:
            return None
        leads = rules.city_department_leads([lead for lead, _ in by_lead.values()], self.known)
        lead, row = by_lead[leads[0].id]
        assisting = [*leads[1:], *(unit for key in row.assisting if (unit := self._unit(key, handler)))]
        reasons = [self._reason(named, row)]
        if len(leads) > 1 and rules.is_city_department(lead, self.known):
            reasons.append(rules.CITY_LEADS)
        return Suggestion(
            lead, tuple(assisting), tuple(reasons), self.catalogue.path(row.matter), row, named.score
        )

    def _lead(self, row: Entry, handler: Organisation | None) -> Organisation | None:
        unit = self._unit(row.lead, handler)
        if (
            unit is not None
            and row.lead == AT_PLACE
            and rules.is_pushed_down(row.department_work, unit, self.known)
        ):
            return rules.county_of(unit, self.known)
        return unit

    def _unit(self, key: str, handler: Organisation | None) -> Organisation | None:
        return handler if key == AT_PLACE else self.known.units.get(key)

    def _reason(self, named: Named, row: Entry) -> Reason:
        place = self.known.places[row.place].full_name if row.place in self.known.places else ""
        words = "、".join(named.words[:4])
        basis = f"；依据：{row.basis}" if row.basis else ""
        path = self.catalogue.path(row.matter)
        return Reason(
            "catalogue",
            f"派单目录 {row.matter} {path}{f'（{place}）' if place else ''}，提到“{words}”{basis}",
            f"Catalogue {row.matter} {path}{f' ({place})' if place else ''}, mentions “{words}”{basis}",
        )

    def _led_by(self, first: InHand, found: list[Suggestion]) -> list[Suggestion]:
        unit = self.known.by_id.get(first.owner_id)
        if unit is None:
            return found
        reason = replace(
            rules.FIRST, zh=f"{rules.FIRST.zh}（{first.number}）", en=f"{rules.FIRST.en} ({first.number})"
        )
        same = next((one for one in found if self._node(one.unit) == unit), None)
        if same is not None:
            rest = [one for one in found if one is not same]
            return [replace(same, reasons=(reason, *same.reasons)), *rest]
        assisting = (found[0].unit, *found[0].assisting) if found else ()
        return [Suggestion(unit, assisting, (reason,)), *found]

    def _keep(
        self, found: list[Suggestion], reported: Organisation | None, answer: Suggested, most: int
    ) -> None:
        """Each unit once, by its node, without those that no rule lets have it."""
        taken = set[UUID]()
        for one in found:
            node = self._node(one.unit)
            work = one.row is not None and one.row.department_work
            refusal = self._refusal(node, reported, work)
            if refusal is not None:
                if node.id not in {left.unit.id for left in answer.left_out}:
                    answer.left_out.append(LeftOut(node, refusal))
            elif node.id not in taken and len(taken) < most:
                taken.add(node.id)
                helping = dict.fromkeys(self._node(unit) for unit in one.assisting)
                assisting = tuple(
                    unit for unit in helping if unit != node and self._refusal(unit, reported, work) is None
                )
                answer.suggestions.append(replace(one, unit=node, assisting=assisting))

    def _node(self, unit: Organisation) -> Organisation:
        return self.known.node_of(unit, self.on) or unit

    def _refusal(
        self, unit: Organisation, reported: Organisation | None, department_work: bool
    ) -> Reason | None:
        if rules.is_in_route(unit, reported, self.known):
            return rules.REPORTED
        if rules.is_pushed_down(department_work, unit, self.known):
            return rules.GRASSROOTS
        return rules.may_not_take(unit, self.on)

    def _why_none(self, found: list[Suggestion], division: str) -> Reason:
        if found:
            return Reason(
                "all-left-out",
                "目录所列单位均不得承办，请人工确定",
                "No unit of the catalogue may handle it; decide by hand",
            )
        if division:
            return Reason(
                "nothing-known",
                "目录中没有相符的事项，该地也没有承办单位，请人工确定",
                "The catalogue has no such matter and nobody handles the place; decide by hand",
            )
        return Reason(
            "unclear",
            "目录中没有相符的事项，地点也不明确：请补充事项或选定地点",
            "The catalogue has no such matter and the place is not clear: say more of the matter, or choose the place",
        )
