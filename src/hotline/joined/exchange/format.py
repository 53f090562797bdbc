"""The published format of run data: what a linked hotline sends, and every reason for which a record is refused.

53号 二(二)2–3 and 二(三): "相关运行数据实时向 12345 热线平台归集". The description for the people who send is
``docs/reference/run-data.md``; the JSON Schema there is printed by :func:`json_schema`, so both cannot drift apart.

A record is the state of one thing (now: one call) as its source knew it at one moment. The first message about a call
has the lowest ``sequence``; every later one is complete in itself and has a higher one. Records may come late, twice
and in any order: the highest sequence that has arrived is what counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from hotline.base.kernel.errors import Fault

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._:/-]+$(?!\n)")]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3,8}$(?!\n)")]
Outcome = Literal["in_progress", "answered", "abandoned", "vacant", "failed"]

AHEAD = timedelta(minutes=5)
"""How far a source's clock may run ahead of ours before a record is refused as coming from the future."""


class CallRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One call of a linked hotline. Nothing about the caller is taken (个人信息保护法 art. 6: no more than needed)."""

    kind: Literal["call"]
    external_id: Code
    sequence: Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]
    number: Digits
    started_at: Instant
    outcome: Outcome
    queued_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    agent: Code | None = None
    transferred_to: Digits | None = None
    satisfaction: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """The envelope. Records stay raw so that one bad record does not spoil the others."""

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    records: list[msgspec.Raw]


# What each field must be, in words: the fault a sender reads.
_EXPECTED: dict[str, tuple[str, str]] = {
    "kind": ("目前只接受“call”（通话）", "only “call” is accepted for now"),
    "external_id": (
        "应为 1–64 位的编号，只含字母、数字和 . _ : / -",
        "must be an identifier of 1–64 letters, digits or . _ : / -",
    ),
    "sequence": ("应为 0–2147483647 的整数", "must be a whole number from 0 to 2147483647"),
    "number": ("应为 3–8 位数字的热线号码（文字）", "must be a hotline number of 3–8 digits, as a string"),
    "started_at": ("应为带时区的 ISO 8601 时间", "must be an ISO 8601 time with a time zone"),
    "queued_at": ("应为带时区的 ISO 8601 时间或 null", "must be an ISO 8601 time with a time zone, or null"),
    "answered_at": (
        "应为带时区的 ISO 8601 时间或 null",
        "must be an ISO 8601 time with a time zone, or null",
    ),
    "ended_at": ("应为带时区的 ISO 8601 时间或 null", "must be an ISO 8601 time with a time zone, or null"),
    "outcome": (
        "应为 in_progress、answered、abandoned、vacant、failed 之一",
        "must be one of in_progress, answered, abandoned, vacant, failed",
    ),
    "agent": (
        "应为 1–64 位的工号（字母、数字和 . _ : / -）或 null",
        "must be an agent code of 1–64 letters, digits or . _ : / -, or null",
    ),
    "transferred_to": (
        "应为 3–8 位数字的号码（文字）或 null",
        "must be a number of 3–8 digits as a string, or null",
    ),
    "satisfaction": ("应为 1–5 的整数或 null", "must be a whole number from 1 to 5, or null"),
}

_decode = msgspec.json.Decoder(CallRecord).decode
_fields = {field.name: field for field in msgspec.structs.fields(CallRecord)}


def read_record(raw: bytes | memoryview) -> tuple[CallRecord | None, list[Fault]]:
    """Decode one record by its shape. Either the record and no faults, or None and every fault that was found."""
    try:
        return _decode(raw), []
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None, list(_shape_faults(raw))


def _shape_faults(raw: bytes | memoryview) -> Iterator[Fault]:
    try:
        value: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        yield Fault("", "不是可读的 JSON", f"is not readable JSON: {error}")
        return
    if not isinstance(value, dict):
        yield Fault("", "记录应为 JSON 对象", "a record must be a JSON object")
        return
    for name in value.keys() - _fields.keys():
        yield Fault(
            _printable(name)[:64],
            "不是格式中的字段（不收取格式以外的信息）",
            "is not a field of the format (nothing outside the format is taken)",
        )
    for name, field in _fields.items():
        zh, en = _EXPECTED[name]
        if name not in value:
            if field.required:
                yield Fault(name, f"缺少此项：{zh}", f"is missing: {en}")
            continue
        try:
            msgspec.convert(value[name], field.type)
        except msgspec.ValidationError:
            yield Fault(name, zh, en)


def _printable(name: str) -> str:
    """``name`` with what cannot be shown, or kept in a database, spelt out as JSON would."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name[:64])


def meaning_faults(
    record: CallRecord, numbers: frozenset[str], now: datetime, oldest: datetime
) -> Iterator[Fault]:
    """Faults in what a well-formed record says: ``numbers`` are those its source answers for."""
    if record.number not in numbers:
        yield Fault(
            "number",
            f"{record.number} 不是此来源的号码（此来源：{'、'.join(sorted(numbers))}）",
            f"{record.number} is not a number of this source (its numbers: {', '.join(sorted(numbers))})",
        )
    for name in _ORDER:
        moment: datetime | None = getattr(record, name)
        if moment is not None and moment > now + AHEAD:
            yield Fault(
                name, "在未来：请校准来源系统的时钟", "lies in the future: set the source's clock right"
            )
    if record.started_at < oldest:
        day = oldest.date().isoformat()
        yield Fault(
            "started_at", f"早于可接收的最早日期 {day}", f"is earlier than the oldest day taken, {day}"
        )
    yield from _order_faults(record)
    if record.outcome == "answered" and record.answered_at is None:
        yield Fault("answered_at", "结果为 answered 时必填", "is required when the outcome is answered")
    if record.outcome in ("abandoned", "vacant", "failed"):
        if record.answered_at is not None:
            yield Fault(
                "answered_at",
                f"结果为 {record.outcome} 时不应有接听时间",
                f"must be absent when the outcome is {record.outcome}",
            )
        if record.ended_at is None:
            yield Fault(
                "ended_at",
                f"结果为 {record.outcome} 时必填",
                f"is required when the outcome is {record.outcome}",
            )


_ORDER = ("started_at", "queued_at", "answered_at", "ended_at")


def _order_faults(record: CallRecord) -> Iterator[Fault]:
    earlier_name, earlier = "started_at", record.started_at
    for name in _ORDER[1:]:
        moment: datetime | None = getattr(record, name)
        if moment is None:
            continue
        if moment < earlier:
            yield Fault(name, f"不能早于 {earlier_name}", f"must not be before {earlier_name}")
        else:
            earlier_name, earlier = name, moment


def normal(record: CallRecord) -> CallRecord:
    """The same record with all times in UTC, so that two spellings of one instant are one content."""
    return msgspec.structs.replace(
        record,
        **{name: moment.astimezone(UTC) for name in _ORDER if (moment := getattr(record, name)) is not None},
    )


def digest(record: CallRecord) -> int:
    """64 bits of the content of a normal record, as PostgreSQL's signed bigint: tells a repetition from a contradiction."""
    return int.from_bytes(hashlib.blake2b(msgspec.json.encode(record), digest_size=8).digest(), signed=True)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a batch, as published in docs/reference/run-data.md."""
    _, components = msgspec.json.schema_components([Batch, CallRecord])
    batch, record = components["Batch"], components["CallRecord"]
    batch["properties"]["records"]["items"] = {"$ref": "#/$defs/CallRecord"}
    for schema in (batch, record):
        schema.pop("description", None)
    for name, (zh, en) in _EXPECTED.items():
        record["properties"][name]["description"] = f"{zh} / {en}"
    whole: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **batch}
    whole["$defs"] = {"CallRecord": record}
    return whole
