"""谁在何时看了谁的什么: every clear reading of personal data, by reader, case, field, time and address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Forbidden, Invalid
from hotline.base.kernel.models import IS_READ, AuditRow, this_city
from hotline.base.kernel.paging import keyset
from hotline.base.notices import queries as messages
from hotline.work.cases import queries as cases
from hotline.work.reads import figures
from hotline.work.reads.findings import STATEMENTS
from hotline.work.reads.rights import READ
from hotline.work.reads.words import FINDINGS, words_of

NEWEST = ("-at", "-id")
LONGEST = timedelta(days=92)
"""The longest time findings and counts are asked over."""
USUAL = timedelta(days=7)
FINDINGS_MOST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty asks for nothing. ``reader``: his name or id. ``number``: a case's."""

    reader: str = ""
    number: str = ""
    field: str = ""
    address: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(actor: Actor, wanted: Wanted, cursor: str | None = None, size: int = 50) -> dict[str, Any]:
    """One page of readings, newest first; two queries at any size. Raises Forbidden."""
    found = keyset(_found(actor, wanted), NEWEST, cursor, size)
    return {"items": [*map(row_of, found.items)], "next_cursor": found.next_cursor}


def newest(actor: Actor, wanted: Wanted, most: int) -> Iterator[dict[str, Any]]:
    """Up to ``most`` readings, newest first, for an export."""
    return map(row_of, _found(actor, wanted).order_by(*NEWEST)[:most].iterator())


def readers(
    actor: Actor, since: datetime | None, until: datetime | None, most: int = 200
) -> list[dict[str, Any]]:
    """Who read how often, and how many different things, in a time (the last week); most first. One query."""
    begin, end = _time(since, until)
    rows: Any = _found(actor, Wanted(since=begin, until=end)).values("actor_id", "actor_label")
    counted = rows.annotate(reads=Count("id"), things=Count("object_id", distinct=True), last_at=Max("at"))
    return [
        {"reader_id": row["actor_id"], "reader": row["actor_label"], **{k: row[k] for k in ("reads", "things", "last_at")}}
        for row in counted.order_by("-reads", "actor_label")[:most]
    ]  # fmt: skip


def findings(actor: Actor, since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    """What is unusual in a time (the last week): many readings in an hour, at hours nobody works, of cases on which the reader
    did nothing. For each reader and kind how often, the last time, and one thing it was about. Three queries; a finding is a
    question to be asked, not a verdict. Raises Forbidden, Invalid for a time that is too long."""
    begin, end = _time(since, until)
    if not actor.may(READ):
        raise Forbidden(READ)
    given = {
        "city": this_city(), "since": begin, "until": end, "zone": settings.TIME_ZONE, "most": FINDINGS_MOST,
        "many": figures.MANY_IN_AN_HOUR(), "first": figures.FIRST_HOUR(), "last": figures.LAST_HOUR(),
        "around": timedelta(days=figures.WORK_DAYS()),
    }  # fmt: skip
    found = []
    with connection.cursor() as cursor:
        for kind, sql in STATEMENTS.items():
            cursor.execute(sql, given)
            zh, en = FINDINGS[kind]
            found += [
                {"kind": kind, "zh": zh, "en": en, "reader_id": id, "reader": label, "reads": n, "last_at": at, "object_id": about}
                for id, label, n, at, about in cursor.fetchall()
            ]  # fmt: skip
    return sorted(found, key=lambda row: row["last_at"], reverse=True)


def row_of(row: AuditRow) -> dict[str, Any]:
    """A reading as the auditor sees it: none of what was read."""
    zh, en = words_of(row.act)
    return {
        "id": row.id, "at": row.at, "reader_id": row.actor_id, "reader": row.actor_label, "reader_kind": row.actor_kind,
        "address": row.address, "act": row.act, "zh": zh, "en": en, "object_kind": row.object_kind,
        "object_id": row.object_id, "number": str(row.detail.get("number", "")), "field": str(row.detail.get("field", "")),
        "reason": str(row.detail.get("reason", "")),
    }  # fmt: skip


def _found(actor: Actor, wanted: Wanted) -> QuerySet[AuditRow]:
    if not actor.may(READ):
        raise Forbidden(READ)
    rows = AuditRow.objects.filter(IS_READ, city_id=this_city())
    if wanted.reader:
        rows = rows.filter(Q(actor_id=wanted.reader) | Q(actor_label__startswith=wanted.reader))
    if wanted.number:
        rows = rows.filter(_of_case(wanted.number))
    if wanted.field:
        rows = rows.filter(detail__field=wanted.field)
    if wanted.address:
        rows = rows.filter(address=wanted.address)
    if wanted.act:
        rows = rows.filter(act=wanted.act)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    return rows


def _of_case(number: str) -> Q:
    """Readings of a case, of its caller, of the recording of the call and of the mails it came from."""
    found = cases.what_hangs_on(number.strip())
    if found is None:
        return Q(pk__in=[])
    about = Q()
    for kind, id in found:
        about |= Q(object_kind=kind, object_id=str(id))
        if kind == "case":
            about |= Q(object_kind="incoming", object_id__in=[str(one) for one in messages.made_into(id)])
    return about


def _time(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    end = until or clock.now()
    begin = since or end - USUAL
    if not timedelta(0) < end - begin <= LONGEST:
        days = LONGEST.days
        raise Invalid(
            [Fault("since", f"起止时间应在 {days} 天之内", f"The time asked for must be within {days} days")]
        )
    return begin, end
