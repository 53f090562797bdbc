"""What callers said of the units' results: 响应率、解决率、满意率, each with and without the verdicts that are left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.models import this_city
from hotline.base.kernel.paging import keyset
from hotline.base.people.queries import within
from hotline.work.cases.models import Verdict
from hotline.work.cases.terms import DISSATISFIED, GRADES

SATISFIED = [grade for grade in GRADES if grade not in DISSATISFIED]


def rates(actor: Actor, since: datetime, until: datetime) -> dict[str, Any]:
    """The rates of every unit ``actor`` may see, of verdicts from ``since`` to before ``until``. One query.

    A share is of those who answered that question; ``*_all`` counts the verdicts that were left out as well, so that nobody
    can better a figure unseen. Raises Invalid for a period without a beginning before its end.
    """
    if not (since.tzinfo and until.tzinfo and since < until):
        raise Invalid(
            [
                Fault(
                    "until",
                    "起止时间应带时区，且起在止前",
                    "Give two times with their offsets, the first earlier",
                )
            ]
        )
    counted = Q(excluded_at=None)
    questions = {
        "responded": (~Q(responded=""), Q(responded="yes")),
        "solved": (~Q(solved=""), Q(solved="solved")),
        "satisfied": (Q(), Q(grade__in=SATISFIED)),
    }
    figures: dict[str, Any] = {"verdicts": Count("id"), "counted": Count("id", filter=counted)}
    for name, (asked, good) in questions.items():
        figures |= {
            f"{name}_of": Count("id", filter=asked & counted), f"{name}_good": Count("id", filter=asked & good & counted),
            f"{name}_all_of": Count("id", filter=asked) if asked else Count("id"),
            f"{name}_all_good": Count("id", filter=asked & good),
        }  # fmt: skip
    rows: Any = (
        Verdict.objects.filter(within(actor, "unit_path"), city_id=this_city(), at__gte=since, at__lt=until)
        .values("unit_id", unit=F("unit_name"))
        .annotate(**figures)
        .order_by("unit", "unit_id")
    )
    return {"since": since, "until": until, "items": [_shares(row, questions) for row in rows]}


def _shares(row: dict[str, Any], questions: dict[str, Any]) -> dict[str, Any]:
    shares = {
        kind: round(100 * row[f"{kind}_good"] / row[f"{kind}_of"], 2) if row[f"{kind}_of"] else None
        for name in questions
        for kind in (name, f"{name}_all")
    }
    return {name: row[name] for name in ("unit_id", "unit", "verdicts", "counted")} | shares


def excluded(actor: Actor, cursor: str | None, size: int) -> dict[str, Any]:
    """Every verdict that is left out, newest first. One query at any size."""
    rows = Verdict.objects.filter(within(actor, "unit_path"), city_id=this_city(), excluded_at__isnull=False)
    found = keyset(
        rows.values(
            "id", "case_id", "grade", "at", "excluded_at", "excluded_by", "excluded_why", number=F("case__number"), unit=F("unit_name")
        ),
        ("-id",), cursor, size,
    )  # fmt: skip
    return {"items": found.items, "next_cursor": found.next_cursor}
