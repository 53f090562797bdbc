"""Cases as rows of a file: in batches, within the scope of whoever asked for it, with the masks his place calls for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.sealing import unseal
from hotline.work.cases import queries
from hotline.work.cases.columns import cells
from hotline.work.cases.filters import Filter

BATCH = 1000
FIELDS = (
    "id", "number", "type", "matter", "content", "state", "place_name", "contact_name_masked", "contact_phone_masked",
    "contact_mail_masked",
    "confidential", "owner_name", "created_at", "changed_at", "deadline_at", "clock_running", "redo_count", "urged", "channel",
    "urgency", "step_due_at",
)  # fmt: skip
SEALED = ("contact_name", "contact_phone", "contact_mail", "place_address")


def batches(
    actor: Actor, wanted: Filter, *, clear: str = "", size: int = BATCH
) -> Iterator[list[dict[str, Any]]]:
    """The cases of ``wanted`` that ``actor`` may know of, newest first: dicts of cells by column name. One query a batch.

    ``clear``: the number of an export that may hold names, telephones, mail and other addresses in plain; every case whose data it takes
    is an audit row of its own, written before the batch is given out. A confidential case stays masked in every export:
    a file goes from hand to hand. Right case.reveal then.
    """  # fmt: skip
    last: UUID | None = None
    while True:
        found = _after(actor, wanted, last, (*FIELDS, *SEALED) if clear else FIELDS, size)
        if not found:
            return
        last = found[-1]["id"]
        if clear:
            _log(actor, [row for row in found if not row["confidential"]], clear)
        now = clock.now()
        yield [_cells(row, clear=bool(clear), late=_late(row, now)) for row in found]
        if len(found) < size:
            return


def at_most(actor: Actor, wanted: Filter, most: int) -> int:
    """How many cases ``wanted`` lets through, counted up to ``most``. One query."""
    cases, _ = queries.asked_for(actor, wanted)
    return cases.order_by()[:most].count()


def _after(
    actor: Actor, wanted: Filter, last: UUID | None, fields: tuple[str, ...], size: int
) -> list[dict[str, Any]]:
    cases, _ = queries.asked_for(actor, wanted)
    if last is not None:
        cases = cases.filter(id__lt=last)
    rows: Any = cases.order_by("-id").values(*fields)
    return [*rows[:size]]


def _log(actor: Actor, rows: list[dict[str, Any]], export: str) -> None:
    if not rows:
        return
    with deed(actor, "case.reveal", "case.reveal") as d:
        for row in rows:
            d.about(
                "case", row["id"], number=row["number"], field="name, phone, mail, address", export=export
            )


def _late(row: dict[str, Any], now: datetime) -> bool:
    return bool(row["clock_running"] and row["deadline_at"] < now)


def _cells(row: dict[str, Any], *, clear: bool, late: bool) -> dict[str, Any]:
    hidden = row["confidential"]
    row["address"] = ""
    if hidden:
        for shown in ("contact_name_masked", "contact_phone_masked", "contact_mail_masked", "address"):
            row[shown] = queries.CONFIDENTIAL
    elif clear:
        row["contact_name_masked"] = unseal(row["contact_name"])
        row["contact_phone_masked"] = unseal(row["contact_phone"])
        row["contact_mail_masked"] = unseal(row["contact_mail"])
        row["address"] = unseal(row["place_address"])
    return cells(row, late)
