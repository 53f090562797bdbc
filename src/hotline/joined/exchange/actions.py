"""Taking in run data (53号 二(二)2–3, 二(三): 相关运行数据实时向 12345 热线平台归集)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db import OperationalError, connection
from django.db.models import F
from psycopg import errors as pg

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Forbidden, NotFound, Problem
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index, seal, unseal
from hotline.joined.exchange import format, partitions, queries
from hotline.joined.exchange.format import CallRecord
from hotline.joined.exchange.models import LinkedCall, RefusedRecord, RunBatch, RunRecord

log = logging.getLogger(__name__)

MAX_RECORDS = 5_000
MAX_BYTES = 8 * 1024 * 1024
TRIES = 5
DEMO = "demo:"
"""Beginning of the ids of demonstration data, so that it can be told from real data and removed."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Refusal:
    """A record that was not taken: its place in the batch (from 0), the reasons, and what it was."""

    index: int
    faults: tuple[Fault, ...]
    raw: str


@dataclass(frozen=True)
class Receipt:
    """What became of a batch. ``accepted + duplicates + len(refused)`` is the number of records sent."""

    batch_id: UUID
    accepted: int
    duplicates: int
    refused: tuple[Refusal, ...]


class _Row(msgspec.Struct):
    """A valid record on its way into the database; ``ix`` is its place in the batch, ``raw`` how it came."""

    ix: int
    day: str
    digest: int
    record: CallRecord
    raw: str

    @property
    def key(self) -> tuple[str, int]:
        return self.record.external_id, self.record.sequence


@dataclass(frozen=True)
class _Sorted:
    """A batch after reading: what can be stored, what is there twice, what must be refused."""

    rows: list[_Row]
    twice: int
    refused: list[Refusal]


def receive(actor: Actor, body: bytes, *, demonstration: bool = False) -> Receipt:
    """Store a batch of run data; sending it again, whole or in part, in any order, changes nothing.

    ``body`` is the JSON of docs/reference/run-data.md. Good records are stored, bad ones are kept with their reasons
    and returned; the batch as a whole is refused (Problem) only when it cannot be read, is too large, or does not
    come from the source it names. Needs the right rundata.push. ``demonstration``: only `hotline demo` may write ids
    that begin with DEMO, and no others.
    """
    batch = _open(body)
    source = queries.source_of(actor, batch.source)
    found = _sort(batch.records, source.numbers, demonstration=demonstration)
    _retrying(lambda: partitions.ensure(datetime.fromisoformat(row.day).date() for row in found.rows))
    return _retrying(lambda: _store(actor, source.code, found))


def check_size(octets: int) -> None:
    """Raise Problem (413) for a batch of more than MAX_BYTES; asked before the body is read, too."""
    if octets > MAX_BYTES:
        raise _too_large("字节", "bytes", MAX_BYTES, octets)


def _open(body: bytes) -> format.Batch:
    check_size(len(body))
    try:
        body.decode("utf-8")
        batch = msgspec.json.decode(body, type=format.Batch)
    except UnicodeDecodeError as error:
        raise _unreadable(
            f"第 {error.start} 字节起不是 UTF-8", f"is not UTF-8 from byte {error.start} on"
        ) from error
    except msgspec.ValidationError as error:
        raise _unreadable(
            "应为 {source, records: […]}", f"must be {{source, records: […]}}: {error}"
        ) from error
    except msgspec.DecodeError as error:
        raise _unreadable("不是合法的 JSON", f"is not JSON: {error}") from error
    if len(batch.records) > MAX_RECORDS:
        raise _too_large("条记录", "records", MAX_RECORDS, len(batch.records))
    return batch


def _too_large(unit_zh: str, unit_en: str, most: int, got: int) -> Problem:
    return Problem(
        "batch-too-large",
        f"一批最多 {most} {unit_zh}，收到 {got}：请分批报送。未作任何改动。",
        f"A batch may have at most {most} {unit_en}, this one has {got}: send it in parts. Nothing was changed.",
        status=413,
    )


def _unreadable(zh: str, en: str) -> Problem:
    return Problem(
        "batch-unreadable",
        "整批无法读取，未作任何改动。",
        "The batch cannot be read; nothing was changed.",
        faults=[Fault("body", zh, en)],
    )


def _sort(raws: Sequence[msgspec.Raw], numbers: frozenset[str], *, demonstration: bool) -> _Sorted:
    now = clock.now()
    oldest = datetime.combine(
        clock.today() - timedelta(days=queries.kept_days()), time(), tzinfo=clock.zone()
    )
    seen: dict[tuple[str, int], int] = {}
    found = _Sorted([], 0, [])
    twice = 0
    for ix, raw in enumerate(raws):
        text = bytes(raw).decode("utf-8")
        record, faults = format.read_record(raw)
        if record is not None:
            faults = list(format.meaning_faults(record, numbers, now, oldest))
            if record.external_id.startswith(DEMO) != demonstration:
                faults.append(_RESERVED)
        if record is None or faults:
            found.refused.append(Refusal(ix, tuple(faults), text))
            continue
        record = format.normal(record)
        day = clock.local(record.started_at).date().isoformat()
        row = _Row(ix, day, format.digest(record), record, text)
        if row.key not in seen:
            seen[row.key] = row.digest
            found.rows.append(row)
        elif seen[row.key] == row.digest:
            twice += 1
        else:
            found.refused.append(Refusal(ix, (_CONTRADICTS,), text))
    return _Sorted(found.rows, twice, found.refused)


_RESERVED = Fault(
    "external_id",
    f"以“{DEMO}”开头的编号留给演示数据",
    f"ids that begin with “{DEMO}” are kept for demonstration data",
)
_CONTRADICTS = Fault(
    "sequence",
    "相同编号和序号的记录已有不同内容；更正须用更大的 sequence",
    "a record with this id and sequence exists with other content; a correction needs a higher sequence",
)
_MOVED = Fault(
    "started_at",
    "同一通话的开始日期不能改变；如确有错误，请另用新的 external_id",
    "the day a call started on cannot change; if it was wrong, send the call under a new external_id",
)

_COLUMNS = (
    "number, started_at, queued_at, answered_at, ended_at, outcome, agent, transferred_to, satisfaction"
)
_SENT = """
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
        ix int, day date, digest bigint, kind text, external_id text, sequence int, number text,
        started_at timestamptz, queued_at timestamptz, answered_at timestamptz, ended_at timestamptz,
        outcome text, agent text, transferred_to text, satisfaction smallint)
"""
# Both statements touch keys in ascending order, heads before records, so that parallel batches wait and never deadlock.
_HEADS = f"""
    INSERT INTO exchange_linkedcall (city_id, source, external_id, sequence, day, {_COLUMNS})
    SELECT DISTINCT ON (external_id) %(city)s, %(source)s, external_id, sequence, day, {_COLUMNS}
    FROM ({_SENT}) sent ORDER BY external_id, sequence DESC
    ON CONFLICT (city_id, source, external_id) DO UPDATE SET sequence = excluded.sequence,
        {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", "))}
    WHERE excluded.sequence > exchange_linkedcall.sequence AND excluded.day = exchange_linkedcall.day
"""  # noqa: S608 - pieces of our own
_RECORDS = f"""
    INSERT INTO exchange_runrecord
        (city_id, source, kind, external_id, sequence, day, digest, batch_id, received_at, {_COLUMNS})
    SELECT %(city)s, %(source)s, kind, external_id, sent.sequence, sent.day, digest, %(batch)s, %(now)s,
        {", ".join(f"sent.{name}" for name in _COLUMNS.split(", "))}
    FROM ({_SENT}) sent JOIN exchange_linkedcall head USING (external_id, day)
    WHERE head.city_id = %(city)s AND head.source = %(source)s
    ORDER BY external_id, sent.sequence
    ON CONFLICT DO NOTHING RETURNING external_id, sequence
"""  # noqa: S608 - pieces of our own
_STORED = f"""
    SELECT sent.ix, stored.digest FROM ({_SENT}) sent
    LEFT JOIN exchange_runrecord stored ON stored.city_id = %(city)s AND stored.source = %(source)s
        AND stored.kind = sent.kind AND stored.external_id = sent.external_id
        AND stored.sequence = sent.sequence AND stored.day = sent.day
"""  # noqa: S608 - pieces of our own


def _store(actor: Actor, source: str, found: _Sorted) -> Receipt:
    batch_id, now = ids.new(), clock.now()
    with deed(actor, "rundata.push", right="rundata.push") as d, connection.cursor() as cursor:
        parameters: dict[str, Any] = {"city": this_city(), "source": source, "batch": batch_id, "now": now}
        fresh: set[tuple[str, int]] = set()
        if found.rows:
            cursor.execute(_HEADS, parameters | {"rows": _as_json(found.rows)})
            cursor.execute(_RECORDS, parameters | {"rows": _as_json(found.rows)})
            fresh = set(cursor.fetchall())
        known = [row for row in found.rows if row.key not in fresh]
        late = _judge(known, parameters)
        refused = sorted([*found.refused, *late], key=lambda refusal: refusal.index)
        receipt = Receipt(batch_id, len(fresh), found.twice + len(known) - len(late), tuple(refused))
        _keep(actor, source, receipt, now)
        d.about(
            "run_data_batch",
            batch_id,
            source=source,
            accepted=receipt.accepted,
            duplicates=receipt.duplicates,
            refused=len(refused),
        )
        return receipt


def _as_json(rows: Sequence[_Row]) -> str:
    flat = [
        {"ix": row.ix, "day": row.day, "digest": row.digest} | msgspec.structs.asdict(row.record)
        for row in rows
    ]
    return msgspec.json.encode(flat).decode()


def _judge(known: Sequence[_Row], parameters: dict[str, Any]) -> list[Refusal]:
    """Of rows that were not inserted, those that are no repetition: another content, or another day."""
    if not known:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STORED, parameters | {"rows": _as_json(known)})
        stored: dict[int, int | None] = dict(cursor.fetchall())
    return [
        Refusal(row.ix, (_MOVED if stored[row.ix] is None else _CONTRADICTS,), row.raw)
        for row in known
        if stored[row.ix] != row.digest
    ]


def _keep(actor: Actor, source: str, receipt: Receipt, now: datetime) -> None:
    """Record the delivery, and every refused record once, word for word."""
    RunBatch.objects.create(
        id=receipt.batch_id,
        source=source,
        received_at=now,
        records=receipt.accepted + receipt.duplicates + len(receipt.refused),
        accepted=receipt.accepted,
        duplicates=receipt.duplicates,
        refused=len(receipt.refused),
        sender=actor.label,
    )
    kept = {blind_index("refused-record", refusal.raw): refusal for refusal in receipt.refused}
    if not kept:
        return
    RefusedRecord.objects.bulk_create(
        [
            RefusedRecord(
                source=source,
                digest=digest,
                raw_sealed=seal(refusal.raw),
                faults=[asdict(fault) for fault in refusal.faults],
                first_batch_id=receipt.batch_id,
                first_received_at=now,
                last_received_at=now,
            )
            for digest, refusal in sorted(kept.items())
        ],
        ignore_conflicts=True,
    )
    RefusedRecord.objects.filter(source=source, digest__in=list(kept)).exclude(
        first_batch_id=receipt.batch_id
    ).update(last_received_at=now, times=F("times") + 1)


def reveal_refused(actor: Actor, id: UUID) -> str:
    """A refused record exactly as it came, for the people of its own source; every such read is logged (个保法 51).

    Raises NotFound, also for another's source.
    """
    with deed(actor, "rundata.reveal", "rundata.read") as d:
        row = RefusedRecord.objects.filter(city_id=this_city(), id=id).first()
        if row is None or row.source not in queries.own_sources(actor):
            raise NotFound("refused_record", id)
        d.about("refused_record", row.id, source=row.source)
        return unseal(row.raw_sealed)


def _retrying(attempt: Callable[[], Result]) -> Result:
    """Run ``attempt`` again when the database asked for it: a deadlock, or a partition that was dropped meanwhile."""
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except OperationalError as error:
            if not left or connection.in_atomic_block or not isinstance(error.__cause__, pg.DeadlockDetected):
                raise
            log.warning("run data: the database asked to try again (%s)", error)
    raise AssertionError("unreachable")


def prune(actor: Actor) -> dict[str, int]:
    """Remove run data that is older than the city keeps it; returns how much of each kind."""
    before = clock.today() - timedelta(days=queries.kept_days() + 1)
    moment = datetime.combine(before, time(), tzinfo=clock.zone())
    with deed(actor, "rundata.prune") as d:
        removed = {
            "days": len(partitions.drop_before(before)),
            "calls": LinkedCall.objects.filter(day__lt=before).delete()[0],
            "refused": RefusedRecord.objects.filter(last_received_at__lt=moment).delete()[0],
            "batches": RunBatch.objects.filter(received_at__lt=moment).delete()[0],
        }
        d.about("run_data", before, **removed)
    return removed


def has_demonstration() -> bool:
    """Whether there is demonstration run data."""
    return LinkedCall.objects.filter(external_id__startswith=DEMO).exists()


def clear_demonstration(actor: Actor) -> int:
    """Remove all run data that `hotline demo` wrote; returns how many records. Real data is never touched."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "rundata.clear_demo") as d:
        demo = RunRecord.objects.filter(external_id__startswith=DEMO)
        batches = list(demo.values_list("batch_id", flat=True).distinct())
        removed, _ = demo.delete()
        LinkedCall.objects.filter(external_id__startswith=DEMO).delete()
        RunBatch.objects.filter(id__in=batches).delete()
        d.about("run_data", "demo", removed=removed)
    return removed
