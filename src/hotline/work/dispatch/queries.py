"""Reading the catalogue, asking it, and trying a changed one on past cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Invalid, NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.base.kernel.sealing import blind_index, unseal
from hotline.base.parties.phones import normal
from hotline.base.people.directory import Directory, directory
from hotline.lines.calls import queries as calls
from hotline.work.cases import queries as cases
from hotline.work.cases.dispatched import Dispatched, dispatched, in_hand_of_caller
from hotline.work.cases.items import Item
from hotline.work.dispatch import sheet
from hotline.work.dispatch.catalogue import Catalogue, Entry
from hotline.work.dispatch.figures import SAME_MATTER, SUGGESTIONS
from hotline.work.dispatch.models import CatalogueRow, Draft, Edition
from hotline.work.dispatch.places import Candidate, gazetteer
from hotline.work.dispatch.rules import InHand
from hotline.work.dispatch.suggesting import Advisor, Asked, Suggested

TRIED_AT_ONCE = 200


def edition() -> int:
    """The newest edition's number, 0 for an empty catalogue. One query."""
    return Edition.objects.filter(city_id=this_city()).aggregate(newest=Max("number"))["newest"] or 0


def editions(limit: int = 50) -> list[Edition]:
    """The newest changes of the catalogue. One query."""
    return [*Edition.objects.filter(city_id=this_city()).order_by("-number")[:limit]]


def entries() -> list[Entry]:
    """Every row there ever was, in the tree's order. One query."""
    return [
        entry_of(row) for row in CatalogueRow.objects.filter(city_id=this_city()).order_by("matter", "id")
    ]


def entry_of(row: CatalogueRow) -> Entry:
    """A row as a value."""
    return Entry(
        row.matter, row.name, tuple(row.aliases), row.department_work, row.place, row.lead, tuple(row.assisting),
        row.basis, row.note, row.source, row.effective_from, row.effective_to, row.id,
        row.handle_limit, row.sign_limit, row.contact_limit,
    )  # fmt: skip


def item(id: UUID) -> Item | None:
    """A row in force today as cases take it (cases.items); None: it is not. One query, two when the catalogue changed."""
    found = catalogue()
    row = next((one for one in found.entries if one.id == id), None)
    return Item(f"{row.matter} {found.path(row.matter)}", row.limits) if row else None


def entries_of(draft: Draft) -> list[Entry]:
    """The rows of a proposed catalogue. Raises Invalid if they no longer fit the units there are."""
    return sheet.read(Path(sheet.NAME), directory(), draft.begins, draft.text.encode())


def draft(id: UUID) -> Draft:
    """A proposed catalogue. Raises NotFound."""
    found = Draft.objects.filter(city_id=this_city(), id=id).first()
    if found is None:
        raise NotFound("draft", id)
    return found


_kept: tuple[tuple[int, int, date], Catalogue] | None = None


def catalogue() -> Catalogue:
    """What is in force today, kept in memory until it changes. One query, two when it changed."""
    global _kept
    version = (this_city(), _state(), clock.today())
    kept = _kept
    if kept is None or kept[0] != version:
        kept = _kept = version, Catalogue(entries(), version[-1])
    return kept[1]


def _state() -> int:
    newest = (
        Edition.objects.filter(city_id=this_city()).order_by("-number").values_list("id", flat=True).first()
    )
    return newest.int if newest else 0


def rows(
    *, q: str = "", matter: str = "", unit: str = "", on: date | None = None, every: bool = False,
    cursor: str | None = None, size: int = 50,
) -> Page[CatalogueRow]:  # fmt: skip
    """Rows in the tree's order: of a matter and all below it, of a unit's key, with ``q`` in their words; those in force ``on``
    a day (today), or ``every`` one there ever was. One query at any size."""
    found = CatalogueRow.objects.filter(city_id=this_city(), matter__startswith=matter)
    if unit:
        found = found.filter(Q(lead=unit) | Q(assisting__contains=[unit]))
    for word in q.split():
        found = found.filter(
            Q(name__icontains=word) | Q(aliases__icontains=word) | Q(basis__icontains=word)
            | Q(note__icontains=word) | Q(lead=word) | Q(matter=word)
        )  # fmt: skip
    if not every:
        day = on or clock.today()
        found = found.filter(effective_from__lte=day).filter(Q(effective_to=None) | Q(effective_to__gt=day))
    return keyset(found, ("matter", "id"), cursor, size)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: of a case there is, of the call on the desk, or by the telephone he left."""

    case_id: UUID | None = None
    call_id: UUID | None = None
    phone: str = ""


def suggest(actor: Actor, asked: Asked, caller: Caller = Caller()) -> Suggested:
    """Who may handle a request; with a case its own words and place fill what is left empty. With any of ``caller``, what
    units do for the same caller already counts.

    Two queries, four with a caller. Raises NotFound for a case out of the actor's sight.
    """
    case = cases.one(actor, caller.case_id) if caller.case_id else None
    if case is not None:
        asked = Asked(
            asked.matter or case.matter, asked.content or case.content, asked.division or case.place_division,
            asked.address, asked.reported,
        )  # fmt: skip
    index = bytes(case.contact_phone_index or b"") if case else _phone_index(caller)
    others = [
        InHand(one.number, f"{one.matter} {one.content}", one.division, one.owner_id)
        for one in (in_hand_of_caller(actor, index, caller.case_id) if index else ())
    ]
    known = directory()
    return _advisor(catalogue(), known).suggest(
        asked, others, alike_percent=SAME_MATTER(), most=SUGGESTIONS()
    )


def _phone_index(caller: Caller) -> bytes:
    """Under which the caller's cases are found; b"" when nobody knows him."""
    phone = normal(caller.phone)
    if phone is None and caller.call_id and (call := calls.desk_call(caller.call_id)):
        phone = normal(unseal(call.caller_sealed))
    return blind_index("phone", phone) if phone else b""


@lru_cache(maxsize=2)
def _advisor(found: Catalogue, known: Directory) -> Advisor:
    return Advisor(found, known, gazetteer(known, found.on))


def places(text: str) -> list[Candidate]:
    """The divisions a text may speak of. One query."""
    return gazetteer(directory(), clock.today()).find(text)


def dry_run(
    actor: Actor, draft: Draft, since: date, until: date, cursor: str | None, size: int = TRIED_AT_ONCE
) -> dict[str, Any]:
    """Try a proposed catalogue on a page of the cases taken in from ``since`` to ``until``, both days whole; changes none.

    Of each: where it went then, where the catalogue in force and the proposed one would have it go. ``moved`` are the cases
    whose first suggestion, or its limits, the proposal changes; the figures count this page. Six queries at any size.
    """
    if until < since:
        raise Invalid([Fault("until", "不能早于起始日", "Not before the first day")])
    known = directory()
    now = _advisor(catalogue(), known)
    day = max(draft.begins, now.on)
    then = Advisor(Catalogue(entries_of(draft), day), known, gazetteer(known, now.on))
    page = dispatched(
        actor, clock.day_bounds(since)[0], clock.day_bounds(until)[1], cursor, min(size, TRIED_AT_ONCE)
    )
    gone: Counter[str] = Counter()
    come: Counter[str] = Counter()
    moved, before_right, after_right = list[dict[str, Any]](), 0, 0
    for case in page.items:
        asked = Asked(case.matter, case.content, case.division)
        before, after = now.suggest(asked, most=1), then.suggest(asked, most=1)
        was, is_ = _first(before), _first(after)
        before_right += was is not None and was.id == case.unit_id
        after_right += is_ is not None and is_.id == case.unit_id
        if was == is_ and _limits(before) != _limits(after):
            moved.append(_moved(case, was.name if was else "", is_.name if is_ else "", before, after))
        if was != is_:
            gone[was.name if was else ""] += 1
            come[is_.name if is_ else ""] += 1
            moved.append(_moved(case, was.name if was else "", is_.name if is_ else "", before, after))
    return {
        "tried": len(page.items),
        "moved": moved,
        "by_unit": [{"unit": name, "from": gone[name], "to": come[name]} for name in sorted({*gone, *come})],
        "as_dispatched_before": before_right,
        "as_dispatched_after": after_right,
        "next_cursor": page.next_cursor,
    }


def _first(found: Suggested) -> Any:
    return found.suggestions[0].unit if found.suggestions else None


def _limits(found: Suggested) -> dict[str, str]:
    """The first suggestion's own limits, as its row writes them."""
    row = found.suggestions[0].row if found.suggestions else None
    return {clock: getattr(row, f"{clock}_limit") for clock in row.limits} if row else {}


def _moved(case: Dispatched, before: str, after: str, now: Suggested, found: Suggested) -> dict[str, Any]:
    reasons = found.suggestions[0].reasons if found.suggestions else (found.why_none,)
    return {
        "id": case.id,
        "number": case.number,
        "matter": case.matter,
        "dispatched_to": case.unit_name,
        "before": before,
        "after": after,
        "limits_before": _limits(now),
        "limits_after": _limits(found),
        "zh": "；".join(reason.zh for reason in reasons if reason),
        "en": "; ".join(reason.en for reason in reasons if reason),
    }
