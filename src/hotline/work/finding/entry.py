"""Making the row a case is found by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index
from hotline.base.text.bigrams import pairs, runs
from hotline.work.finding.models import CaseText


def text_of(
    id: UUID, at: datetime, number: str, texts: Collection[str], *, address: str = "", name: str = ""
) -> CaseText:
    """The row for case ``id``, filed ``at``; whoever files the case writes it with the case."""
    plain = runs(*texts)
    return CaseText(
        id=id,
        at=at,
        plain=" ".join(plain),
        pairs=" ".join(sorted({pair for run in plain for pair in pairs(run)})),
        address=" ".join(sorted(keyed(address))) or None,
        name=name_index(name),
        number_back=number[::-1],
    )


def keyed(address: str) -> set[str]:
    """The keyed pairs an address is found by: of its words alone, for its digits would tell where somebody lives."""
    words = "".join(c if c.isalpha() and not c.isascii() else " " for c in address)
    return {
        blind_index("case-address", pair).hex()[:16]
        for run in runs(words)
        if len(run) > 1
        for pair in pairs(run)[:-1]
    }


def name_index(name: str) -> bytes | None:
    """Equal for equal names, spaces left out; None for none."""
    spelt = "".join(runs(name))
    return blind_index("case-caller-name", spelt) if spelt else None


def forget(ids: Collection[UUID]) -> None:
    """Remove the rows of cases that are removed themselves."""
    CaseText.objects.filter(city_id=this_city(), id__in=ids).delete()
