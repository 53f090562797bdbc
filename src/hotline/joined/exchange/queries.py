"""Reading run data, and who may send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import Page, keyset
from hotline.base.people import queries as people
from hotline.joined.exchange.models import RefusedRecord, RunBatch, RunRecord
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Behaviour, Treatment

FEEDS = frozenset({Treatment.SEATS_UNDER_12345, Treatment.LINKED_SEATS, Treatment.SUB_CENTRE})
"""Treatments whose hotlines send run data as it happens (53号 二(二)2, 二(二)3, 二(三))."""


@dataclass(frozen=True)
class Source:
    """A linked hotline that sends run data: named by its number, owned by a department and whoever works under it."""

    code: str
    name: str
    name_en: str
    path: str
    numbers: frozenset[str]


def kept_days() -> int:
    """For how many days back run data is taken and kept (``run_data_days`` in city.yaml)."""
    return int(settings.CITY.get("run_data_days", 400))


def sources() -> dict[str, Source]:
    """Every source by code, from the register: what the plan makes a feed today is one, without further set-up."""
    paths = {key: row.path for key, row in people.organisations_by_key().items()}
    return {
        item["number"]: Source(
            item["number"],
            item["name"],
            item["name_en"],
            paths[item["department_key"]],
            frozenset({item["number"]}),
        )
        for item in numbers.listing()
        if item["treatment"] in FEEDS and item["behaviour_now"] != Behaviour.NOT_MERGED
    }


def source_of(actor: Actor, code: str) -> Source:
    """The source ``code``, if ``actor`` may send for it: a machine that belongs to the hotline's owner.

    The whole city's scope is no licence to speak for a hotline. Raises Problem (403), also for an unknown source, so
    that a token learns nothing about others.
    """
    source = sources().get(code)
    if source is None or not any(path.startswith(source.path) for path in actor.scope):
        raise Problem(
            "not-your-source",
            f"此令牌不属于来源“{code[:64]}”，未作任何改动。",
            f"This token does not belong to the source “{code[:64]}”; nothing was changed.",
            status=403,
        )
    return source


def own_sources(actor: Actor) -> list[str]:
    """Codes of the sources ``actor`` sends for or works for; the whole city's scope makes nobody a source's own."""
    return [
        code
        for code, source in sources().items()
        if any(path.startswith(source.path) for path in actor.scope)
    ]


def _seen(actor: Actor) -> list[str]:
    """Codes of the sources in the scope of ``actor``."""
    return sorted(
        code
        for code, source in sources().items()
        if actor.sees_all
        or any(source.path.startswith(path) or path.startswith(source.path) for path in actor.scope)
    )


_SHOWN = (
    "source", "kind", "external_id", "sequence", "day", "number", "started_at", "queued_at", "answered_at",
    "ended_at", "outcome", "agent", "transferred_to", "satisfaction", "received_at",
)  # fmt: skip


def records(
    actor: Actor,
    *,
    source: str | None = None,
    number: str | None = None,
    day: date | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[dict[str, Any]]:
    """The history of run data as it was sent, newest call first, of the sources ``actor`` may see."""
    rows = RunRecord.objects.filter(city_id=this_city(), source__in=_seen(actor))
    if source:
        rows = rows.filter(source=source)
    if number:
        rows = rows.filter(number=number)
    if day:
        rows = rows.filter(day=day)
    order = ("-day", "-started_at", "-source", "-external_id", "-sequence")
    return keyset(rows.values(*_SHOWN), order, cursor, size)


def refused(actor: Actor, *, cursor: str | None = None, size: int = 50) -> Page[dict[str, Any]]:
    """Records that had to be refused, by their reasons, latest first, of the sources ``actor`` may see.

    What stood in them is read one by one (``actions.reveal_refused``).
    """
    rows: Any = RefusedRecord.objects.filter(city_id=this_city(), source__in=_seen(actor)).values(
        "id", "source", "faults", "first_received_at", "last_received_at", "times"
    )
    return keyset(rows, ("-last_received_at", "-id"), cursor, size)


@dataclass(frozen=True)
class LinkedDay:
    """A day's calls of one linked number, as its own centre reports them."""

    number: str
    calls: int
    answered: int
    abandoned: int
    vacant: int
    failed: int
    within: int
    short_abandoned: int


def day_counts(day: date, within_s: int, short_s: int) -> dict[str, LinkedDay]:
    """Calls of linked hotlines that started on ``day``, by number. One query.

    ``within``: answered at most ``within_s`` seconds after the caller began to wait for a person (``queued_at``, or
    ``started_at`` where a source does not say). ``short_abandoned``: given up in less than ``short_s`` seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT number, count(*), count(answered_at),
                count(*) FILTER (WHERE outcome = 'abandoned'),
                count(*) FILTER (WHERE outcome = 'vacant'),
                count(*) FILTER (WHERE outcome = 'failed'),
                count(*) FILTER (WHERE answered_at - coalesce(queued_at, started_at) <= %(within)s * interval '1 s'),
                count(*) FILTER (WHERE outcome = 'abandoned'
                    AND ended_at - coalesce(queued_at, started_at) < %(short)s * interval '1 s')
            FROM exchange_linkedcall WHERE city_id = %(city)s AND day = %(day)s GROUP BY number
            """,
            {"city": this_city(), "day": day, "within": within_s, "short": short_s},
        )
        return {row[0]: LinkedDay(*row) for row in cursor.fetchall()}


def last_deliveries() -> dict[str, Any]:
    """When each source last sent a batch: silence of a feed is a fault somebody has to see."""
    rows = RunBatch.objects.filter(city_id=this_city()).values("source").annotate(last=Max("received_at"))
    return {row["source"]: row["last"] for row in rows}
