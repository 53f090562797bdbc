"""The item of the dispatch catalogue a case was dispatched under, and the limits of its own that it brings.

Dispatch is a room above this one, so it has itself asked (``provide``). What the row said on the day of dispatch is kept with
the case: a row that is closed or replaced later changes no deadline that was promised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from hotline.base.kernel.calendar import WorkCalendar
from hotline.base.kernel.errors import Fault, Invalid
from hotline.work.cases import clocks
from hotline.work.cases.models import HANDLE, Case, Limit
from hotline.work.cases.states import Step
from hotline.work.cases.terms import NORMAL

CLOCKS: dict[str, tuple[str, str]] = {
    HANDLE: ("办理", "handling"), Step.SIGN.value: ("签收", "signing"), Step.CONTACT.value: ("首次联系", "first contact"),
}  # fmt: skip
"""The clocks a row of the catalogue may set: all three start when the case is dispatched to its unit."""


class Span(NamedTuple):
    """So many working days, or hours on the wall clock."""

    amount: int
    unit: str


class Item(NamedTuple):
    """A row of the catalogue in force today: its matter in words, and its limits by clock."""

    name: str
    limits: dict[str, Span]


Catalogue = Callable[[UUID], Item | None]
_catalogue: list[Catalogue] = []


def provide(catalogue: Catalogue) -> None:
    """Have ``catalogue`` asked for a row; None: it is not in force today."""
    _catalogue[:] = [catalogue]


def take(case: Case, values: dict[str, Any]) -> None:
    """Let ``case`` go under the item of ``values``, or under none. Raises Invalid for a row that is not in force."""
    case.item = None
    if (id := values.get("item")) is None:
        return
    found = _catalogue[0](id) if _catalogue else None
    if found is None:
        raise Invalid(
            [Fault("item", "派单目录中今天没有这一行", "The catalogue has no such row in force today")]
        )
    case.item = {
        "row": str(id), "name": found.name, "limits": {clock: list(span) for clock, span in found.limits.items()},
    }  # fmt: skip
    values["item_name"] = found.name


def limit(
    limits: Iterable[Limit], clock: str, case: Case, at: datetime, calendar: WorkCalendar
) -> Limit | None:
    """The limit of ``clock`` that counts for ``case`` from ``at``, None: it has none.

    The item's limit stands before those by type and for all; where the case is urgent, the item's or its urgency's, whichever
    ends sooner: being urgent gives nobody more time, and an item of two hours is not made slower by it. Raises MissingYear.
    """
    general = clocks.closest(limits, clock, case.type, case.urgency, at)
    given = (case.item or {}).get("limits", {}).get(clock)
    if given is None:
        return general
    amount, unit = given
    own = Limit(clock=clock, amount=amount, unit=unit, effective_from=at)
    if general is None or general.urgency in ("", NORMAL):
        return own
    return min(own, general, key=lambda one: clocks.deadline(one, at, calendar))
