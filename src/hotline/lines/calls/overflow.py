"""Who has waited as long as the plan of his hour lets him is put through to the first place that can be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Problem
from hotline.lines.calls import targets
from hotline.lines.calls.call import Event, LegNow
from hotline.lines.calls.models import QueueEntry
from hotline.lines.calls.words import CallState
from hotline.lines.numbers.plan import Plans

ACTOR = system("callcontrol")


@dataclass(frozen=True, slots=True)
class Over:
    """A call and where it goes."""

    call_id: UUID
    event: Event


def due(slot: int, plans: Plans) -> list[Over]:
    """Whoever of this slot has waited long enough, with the leg to be rung; each place is tried once; a
    caller for whom no way is left stays where he is."""
    now = clock.now()
    waiting = QueueEntry.objects.filter(waiting=True, call__slot=slot, call__state=CallState.QUEUED)
    found = []
    for id in waiting.filter(overflow_at__lte=now).order_by("entered_at").values_list("id", flat=True)[:50]:
        with transaction.atomic():
            entry = QueueEntry.objects.select_for_update().get(id=id)
            leg, rest = _first(entry.overflow_to, plans)
            entry.overflow_to, entry.overflow_at = rest, now if rest else None
            with deed(ACTOR, "call.overflow") as d:
                d.about("call", entry.call_id, to=leg.target if leg else "")
                entry.save(update_fields=["overflow_to", "overflow_at"])
        if leg is not None:
            found.append(Over(entry.call_id, Event("overflow", invited=leg)))
    return found


def _first(wanted: Iterable[str], plans: Plans) -> tuple[LegNow | None, list[str]]:
    """The leg to the first place there is a way to, and the places after it."""
    places = [place for one in wanted for place in (_duty(plans) if one == "duty" else [one])]
    for number, place in enumerate(places):
        try:
            return targets.outside(place, f"l-{ids.new()}", plans), places[number + 1 :]
        except Problem:
            continue
    return None, []


def _duty(plans: Plans) -> list[str]:
    return [f"duty:{trunk.name}:{number}" for trunk in plans.trunks for number in trunk.duty]
