"""Asking for an export, writing it, taking it and erasing it. Every move is a row of the table in states.py."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from hotline.base.files import actions as files
from hotline.base.files import queries as stored
from hotline.base.files.chunks import Altered
from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Problem
from hotline.base.people import queries as people
from hotline.work.cases import columns, exporting, filters
from hotline.work.cases.fields import Field
from hotline.work.exports import sheet, tasks
from hotline.work.exports.figures import DAYS, ROWS, ROWS_CLEAR, WAITING
from hotline.work.exports.models import NUMBER_SEQUENCE, Export
from hotline.work.exports.rights import ASK
from hotline.work.exports.states import GOING_ON, STATES, State, before

log = logging.getLogger(__name__)
PLATFORM = system("exports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STALLED = timedelta(minutes=3)
"""A worker says after every batch that it lives; one silent for so long has died."""
ATTEMPTS = 3
_WHY = Field("why", "line", "用途", "Reason", max_length=100)


class _Overtaken(Exception):
    """It was cancelled, or taken for dead, while it was written."""


def ask(actor: Actor, asks: Mapping[str, str], names: list[str], *, why: str, clear: bool = False) -> Export:
    """Ask for the cases of a filter as a spreadsheet. Rights export.ask, case.list; with ``clear`` case.reveal too.

    Raises Invalid, Conflict when there are none, more than may be exported at once, or too many of his are waiting.
    """
    for right in ("case.list", "case.reveal") if clear else ("case.list",):
        if not actor.may(right):
            raise Forbidden(right)
    if actor.kind != "person":
        raise Forbidden(ASK)
    reason, fault = _WHY.read(why)
    if fault:
        raise Invalid([fault])
    wanted = filters.read(asks)
    chosen = [column.name for column in columns.chosen(names, columns.EXPORT)]
    if "address" in chosen and not clear:
        raise Invalid(
            [Fault("columns", "详细地点只在未脱敏的导出中", "Addresses are only in unmasked exports")]
        )
    most = (ROWS_CLEAR if clear else ROWS)()
    number_of = exporting.at_most(actor, wanted, most + 1)
    if not number_of:
        raise Conflict("没有符合条件的诉求件", "No case fits", code="export-empty")
    if number_of > most:
        raise _too_many(most)
    staff_id = UUID(actor.id)
    with deed(actor, "export.ask", ASK) as d:
        if Export.objects.filter(staff_id=staff_id, state__in=GOING_ON).count() >= WAITING():
            raise Conflict(
                "您还有导出没有完成，请等它完成或取消",
                "You have exports that are not finished; wait for them or cancel one",
                code="export-waiting",
            )
        row = Export(
            number=_number(), staff_id=staff_id, staff_name=actor.label, asks=wanted.kept, columns=chosen, clear=clear,
            why=reason, asked_at=clock.now(), address=actor.address, rows_expected=number_of,
        )  # fmt: skip
        row.save(force_insert=True)
        # What was looked for may name a citizen: it stays in the row, which only he and the auditor read.
        d.about(
            "export", row.id, number=row.number, clear=clear, rows=number_of, conditions=sorted(wanted.kept)
        )
        tasks.write_what_waits()
    return row


def cancel(actor: Actor, id: UUID) -> None:
    """Stop one's own export that is not ready yet. Raises NotFound, Conflict."""
    with deed(actor, "export.cancel", ASK) as d:
        row = _own(actor, id)
        if not _move(row.id, State.CANCELLED, ended_at=clock.now()):
            raise Conflict("该导出已经结束，请刷新", "This export has ended; reload", code="export-ended")
        d.about("export", row.id, number=row.number)


def download(actor: Actor, id: UUID) -> tuple[Export, Iterator[bytes]]:
    """The file of one's own export that is ready; logged. Right export.ask, and case.reveal still where it is unmasked.

    Raises NotFound (also for anybody else's), Conflict, Forbidden.
    """
    row = _own(actor, id)
    if row.clear and not actor.may("case.reveal"):
        raise Forbidden("case.reveal")
    over = row.expires_at is None or row.expires_at <= clock.now()
    if row.state != State.READY or row.file_id is None or over:
        state = STATES[State.EXPIRED if row.state == State.READY else State(row.state)]
        raise Conflict(
            f"现在不能下载：{state.zh}", f"Cannot be downloaded: {state.en}", code="export-not-ready"
        )
    file = stored.opened(row.file_id)
    with deed(actor, "export.download", ASK) as d:
        Export.objects.filter(id=row.id).update(downloads=F("downloads") + 1)
        d.about("export", row.id, number=row.number, clear=row.clear, rows=row.rows)
    return row, file.read()


def some_wait() -> bool:
    """Whether an export waits to be written. One query."""
    return Export.objects.filter(state=State.ASKED).exists()


def write_next() -> bool:
    """Write the export that has waited longest; False when none waits. Begun again by another worker if this one dies."""
    if not some_wait():
        return False
    with deed(PLATFORM, "export.begin") as d:
        row = (
            Export.objects.select_for_update(skip_locked=True)
            .filter(state=State.ASKED)
            .order_by("id")
            .first()
        )
        if row is None:
            d.about("export", "taken by another worker")
            return False
        now = clock.now()
        row.attempt, row.rows = row.attempt + 1, 0
        _move(
            row.id,
            State.RUNNING,
            attempt=row.attempt - 1,
            to_attempt=row.attempt,
            begun_at=now,
            beat_at=now,
            rows=0,
        )
        d.about("export", row.id, number=row.number, attempt=row.attempt)
    try:
        _write(row)
    except _Overtaken:
        log.info("export %s was ended while it was written", row.number)
    except Problem as problem:
        _fail(row, problem.zh, problem.en)
    except (OSError, Altered):
        log.exception("export %s could not be written", row.number)
        _fail(
            row,
            "文件写不进存储，请联系系统管理员",
            "The file could not be stored; tell the system administrator",
        )
    return True  # fmt: skip


def _write(row: Export) -> None:
    # Within what he may see now, not when he asked: he may have left the unit since.
    actor = people.actor_of_staff(row.staff_id)
    needed = {ASK, "case.list", *(("case.reveal",) if row.clear else ())}
    if actor is None or not needed <= actor.rights:
        raise Problem(
            "export-not-allowed",
            "申请人现在没有导出的权限",
            "Who asked for it may not export any more",
            status=403,
        )
    heads = [sheet.Head(column.zh, column.width) for column in columns.chosen(row.columns, columns.EXPORT)]
    file = files.keep(
        PLATFORM, sheet.written(heads, _rows(row, actor), _mark(row)), kind="export", content_type=XLSX
    )
    now = clock.now()
    with deed(PLATFORM, "export.ready") as d:
        if not _move(
            row.id, State.READY, attempt=row.attempt, ended_at=now, expires_at=now + timedelta(days=DAYS()),
            file_id=file.id, size=file.size, rows=row.rows,
        ):  # fmt: skip
            files.erase(PLATFORM, [file.id], "export ended")
        d.about("export", row.id, number=row.number, rows=row.rows)


def _rows(row: Export, actor: Actor) -> Iterator[list[sheet.Cell]]:
    most, names = (ROWS_CLEAR if row.clear else ROWS)(), row.columns
    for batch in exporting.batches(actor, filters.read(row.asks), clear=row.number if row.clear else ""):
        row.rows += len(batch)
        if row.rows > most:
            raise _too_many(most)
        for one in batch:
            yield [one[name] for name in names]
        if not _alive(row):
            raise _Overtaken


def _alive(row: Export) -> bool:
    """Say how far it is; False when it is not ours any more."""
    mine = Export.objects.filter(id=row.id, state=State.RUNNING, attempt=row.attempt)
    return mine.update(rows=row.rows, beat_at=clock.now()) == 1


def _fail(row: Export, zh: str, en: str) -> None:
    with deed(PLATFORM, "export.fail") as d:
        _move(row.id, State.FAILED, attempt=row.attempt, ended_at=clock.now(), reason_zh=zh, reason_en=en)
        d.about("export", row.id, number=row.number, reason=en)


def begin_stalled_anew() -> None:
    """Exports whose worker died wait again; after ``ATTEMPTS`` they fail."""
    for row in Export.objects.filter(state=State.RUNNING, beat_at__lt=clock.now() - STALLED):
        if row.attempt >= ATTEMPTS:
            _fail(
                row,
                f"生成时程序中断了 {ATTEMPTS} 次，请缩小范围后重新导出",
                f"The program was interrupted {ATTEMPTS} times while writing it; ask for less",
            )
            continue
        with deed(PLATFORM, "export.again") as d:
            _move(row.id, State.ASKED, attempt=row.attempt, rows=0)
            d.about("export", row.id, number=row.number, attempt=row.attempt)


def erase_expired() -> None:
    """Erase the files whose days are over. Harmless twice."""
    for row in Export.objects.filter(state=State.READY, expires_at__lte=clock.now()):
        with deed(PLATFORM, "export.expire") as d:
            if _move(row.id, State.EXPIRED) and row.file_id:
                files.erase(PLATFORM, [row.file_id], "export expired")
            d.about("export", row.id, number=row.number)


def _move(
    id: UUID, to: State, *, attempt: int | None = None, to_attempt: int | None = None, **values: Any
) -> bool:
    """Move on, if it stands where the table lets it come from; of two who try, one does. ``attempt``: only that one's."""
    rows = Export.objects.filter(id=id, state__in=before(to))
    if attempt is not None:
        rows = rows.filter(attempt=attempt)
    if to_attempt is not None:
        values["attempt"] = to_attempt
    return rows.update(state=to, **values) == 1


def _own(actor: Actor, id: UUID) -> Export:
    row = Export.objects.filter(id=id, staff_id=actor.id).first() if actor.kind == "person" else None
    if row is None:
        raise NotFound("export", id)
    return row


def _number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [NUMBER_SEQUENCE])
        return f"DC{clock.today():%Y%m%d}{cursor.fetchone()[0]:04d}"


def _mark(row: Export) -> sheet.Mark:
    at = clock.local(row.asked_at)
    kind = "含未脱敏个人信息，" if row.clear else ""
    banner = f"{row.number} · {row.staff_name} · {at:%Y-%m-%d %H:%M} · 用途：{row.why} · {kind}仅限本人因公使用，不得转发"
    return sheet.Mark(
        row.number, row.staff_name, row.why, row.asked_at, banner, f"{row.number} {row.staff_name}"
    )


def _too_many(most: int) -> Conflict:
    return Conflict(
        f"超过一次可导出的 {most} 件，请缩小范围",
        f"More than the {most} cases one export may hold; narrow the filter",
        code="export-too-many",
    )
