"""Finding cases: what is asked for, in which order it comes, how much of it there is, and what to mark in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Forbidden, Invalid
from hotline.base.kernel.paging import Page, after_of, cursor_of, page_size
from hotline.base.kernel.sealing import blind_index
from hotline.base.notices import ways
from hotline.base.notices.ways import Means
from hotline.base.parties import mails
from hotline.base.parties.phones import normal
from hotline.base.text.marks import excerpt, spans
from hotline.work.cases.models import Case
from hotline.work.finding import queries as finding
from hotline.work.finding.queries import Words

TOTAL_MOST = 1_000
"""Up to here it is counted how many are found; nobody reads more, and counting them would cost more than finding."""
LOOKED_UP = 250
"""So many cases are fetched at a time until a page is full."""
NUMBER_BEGIN = 8
"""Digits of the day a case's number begins with; the six that follow tell it from the day's others."""
NUMBER_END = 6


def of_caller(actor: Actor, caller: str) -> Q:
    """The cases of whoever has this telephone number, these last four digits of it, this mail address, or exactly this name.

    Raises Forbidden for a name to those who may not see names: trying them would tell.
    """
    if by_contact := _by_contact("".join(caller.split())):
        return by_contact
    if not actor.may("case.reveal"):
        raise Forbidden("case.reveal")
    return Q(id__in=finding.named(caller))


def check_address(actor: Actor, address: str) -> None:
    """Raises Forbidden for whoever may not read addresses, Invalid for one without words: its numbers are sealed."""
    if not actor.may("case.read"):
        raise Forbidden("case.read")
    if not finding.keyed(address):
        raise Invalid(
            [
                Fault(
                    "address",
                    "请输入路名、小区等至少两个汉字；门牌号已加密，不能检索",
                    "Type at least two characters of a road or an estate; door numbers are sealed and cannot be found",
                )
            ]
        )


def by_number(cases: QuerySet[Case], q: str, *, knows: bool) -> QuerySet[Case] | None:
    """Those of ``cases`` whose number, telephone or mail address ``q`` is; None when it is neither, or nobody's."""
    wanted = Q()
    plain = "".join(q.split())
    if plain.isascii() and plain.isdigit():
        if len(plain) >= NUMBER_BEGIN:
            wanted |= Q(number__gte=plain, number__lt=f"{plain}:")
        if len(plain) >= NUMBER_END:
            wanted |= Q(id__in=finding.by_number_end(plain))
    if by_contact := _by_contact(plain):
        wanted |= by_contact if knows else by_contact & Q(confidential=False)
    if not wanted:
        return None
    found = cases.filter(wanted)
    return found if found.exists() else None


def page(
    cases: QuerySet[Case],
    words: Words,
    columns: tuple[str, ...],
    cursor: str | None,
    size: int,
    *,
    whole: bool,
) -> Page[dict[str, Any]]:
    """One page of those of ``cases`` that hold ``words``, newest first. ``whole``: ``cases`` are all the city's."""
    size = page_size(size)
    after = after_of(cursor, (UUID,))[0] if cursor else None
    rows: list[dict[str, Any]] = []
    for ids in _found(cases, words, after, size + 1, whole=whole):
        for begin in range(0, len(ids), LOOKED_UP):
            some = ids[begin : begin + LOOKED_UP]
            here = {row["id"]: row for row in cases.filter(id__in=some).values(*columns)}
            rows += [here[id] for id in some if id in here]
            if len(rows) > size:
                break
        if len(rows) > size:
            break
    shown = rows[:size]
    return Page(shown, cursor_of([shown[-1]["id"]]) if len(rows) > size else None)


def total(cases: QuerySet[Case], words: Words | None, *, whole: bool) -> int:
    """How many of ``cases`` there are, of those that hold ``words``; TOTAL_MOST + 1 for whatever is more."""
    if words is None:
        return cases.order_by()[: TOTAL_MOST + 1].count()
    found = 0
    for ids in _found(cases, words, None, TOTAL_MOST + 1, whole=whole):
        found += len(ids) if whole or not ids else cases.filter(id__in=ids).count()
        if found > TOTAL_MOST:
            return TOTAL_MOST + 1
    return found


def marked(row: dict[str, Any], words: Words) -> dict[str, Any]:
    """``row`` with the spans to mark in its matter, and a piece of its content with its own; without content, none."""
    piece = excerpt(row.pop("content", ""), words.runs)
    return row | {
        "matter_marks": spans(row["matter"], words.runs), "excerpt": piece.text, "excerpt_marks": piece.marks,
    }  # fmt: skip


def _found(
    cases: QuerySet[Case], words: Words, after: UUID | None, wanted: int, *, whole: bool
) -> Iterator[list[UUID]]:
    def next_of_these(after: UUID | None) -> list[UUID]:
        rest = cases.filter(id__lt=after) if after else cases
        return [*rest.order_by("-id").values_list("id", flat=True)[: finding.STRETCH]]

    return finding.batches(
        words, after, enough=wanted if whole else None, among_these=None if whole else next_of_these
    )


def _by_contact(text: str) -> Q:
    if address := mails.normal(text):
        return Q(contact_mail_index=ways.index(Means.MAIL, address))
    if text.isascii() and text.isdigit() and len(text) == 4:
        return Q(contact_phone_last4=text)
    number = normal(text)
    return Q(contact_phone_index=blind_index("phone", number)) if number else Q()
