"""The published hand-over protocol (docs/reference/hand-over.md): messages, outcomes, status, and every reason to refuse one.

53号 二(二)3 and 二(三): "双向一键转接", "三方通话". The same shapes are sent and received, so that both sides keep one rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec

from hotline.base.kernel.errors import Fault, Invalid, Problem

MAX_BYTES = 64 * 1024
AHEAD = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._:/-]+$(?!\n)")]
Correlation = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z.-]{8,80}$(?!\n)")]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3,15}$(?!\n)")]
Phone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{3,20}$(?!\n)")]
Masked = Annotated[str, msgspec.Meta(pattern=r"^[0-9*+]{2,20}$(?!\n)")]
SixDigits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)")]
Kind = Literal["transfer", "three_way", "emergency"]
Word = Annotated[str, msgspec.Meta(max_length=40)]
Line = Annotated[str, msgspec.Meta(max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=2000)]


class Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is handed over. Both empty for a confidential call or a withheld number."""

    phone: Phone | None = None
    phone_masked: Masked | None = None


class CaseReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sender's case (诉求件) the call belongs to."""

    id: Reference
    number: Reference


class Message(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"sender": "from"}
):
    """A caller goes over: who, about what, and what he agreed to."""

    message_id: UUID
    correlation_id: Correlation
    sent_at: Instant
    kind: Kind
    sender: Digits
    to: Digits
    number_dialled: Digits
    consent: bool
    confidential: bool
    caller: Caller = Caller()
    case: CaseReference | None = None
    language: Word = ""
    summary: Words = ""
    place: Line = ""
    code: SixDigits | None = None


class OutcomeSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What became of a caller at the centre that took him."""

    outcome: Literal["answered", "refused", "finished"]
    at: Instant
    reference: Reference | None = None


class Status(msgspec.Struct, frozen=True):
    """Whether a centre takes calls now. Fields a later version adds are passed over."""

    state: Literal["open", "busy", "closed"]
    seats_free: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    waiting: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None


_EXPECTED: dict[str, tuple[str, str]] = {
    "message_id": ("应为 UUID", "must be a UUID"),
    "correlation_id": (
        "应为 8–80 位小写字母、数字、点、连字符，与 SIP 头 X-Correlation-Id 相同",
        "must be 8 to 80 lower-case letters, digits, dots and hyphens, the same as the SIP header X-Correlation-Id",
    ),
    "sent_at": ("应为带时区的 ISO 8601 时间", "must be an ISO 8601 time with a time zone"),
    "at": ("应为带时区的 ISO 8601 时间", "must be an ISO 8601 time with a time zone"),
    "kind": ("应为 transfer、three_way、emergency 之一", "must be one of transfer, three_way, emergency"),
    "from": ("应为 3–15 位数字的号码（文字）", "must be a number of 3 to 15 digits, as a string"),
    "to": ("应为 3–15 位数字的号码（文字）", "must be a number of 3 to 15 digits, as a string"),
    "number_dialled": ("应为 3–15 位数字的号码（文字）", "must be a number of 3 to 15 digits, as a string"),
    "consent": ("应为 true 或 false", "must be true or false"),
    "confidential": ("应为 true 或 false", "must be true or false"),
    "caller": ("应为 {phone, phone_masked}", "must be {phone, phone_masked}"),
    "caller.phone": ("应为 3–20 位电话号码或 null", "must be a telephone number of 3 to 20 digits, or null"),
    "caller.phone_masked": ("应为隐去中间的号码或 null", "must be a masked number (138****1234), or null"),
    "case": ("应为 {id, number} 或 null", "must be {id, number}, or null"),
    "case.id": ("应为 1–64 位编号", "must be an identifier of 1 to 64 characters"),
    "case.number": ("应为 1–64 位编号", "must be an identifier of 1 to 64 characters"),
    "language": ("应为最多 40 字的文字", "must be text of at most 40 characters"),
    "summary": ("应为最多 2000 字的文字", "must be text of at most 2,000 characters"),
    "place": ("应为最多 200 字的文字", "must be text of at most 200 characters"),
    "code": ("应为 6 位数字（文字）或 null", "must be six digits as a string, or null"),
    "outcome": ("应为 answered、refused、finished 之一", "must be one of answered, refused, finished"),
    "reference": ("应为 1–64 位编号或 null", "must be an identifier of 1 to 64 characters, or null"),
}

Shape = TypeVar("Shape", Message, OutcomeSaid)


def read(body: bytes, shape: type[Shape]) -> Shape:
    """Decode ``body``. Raises Problem: 413 too large, 400 not JSON in UTF-8, 422 with every fault of the shape."""
    if len(body) > MAX_BYTES:
        raise Problem(
            "message-too-large",
            f"消息最多 {MAX_BYTES} 字节。",
            f"A message may have at most {MAX_BYTES} bytes.",
            status=413,
        )
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError:
        raise Invalid(list(_shape_faults(msgspec.json.decode(body), shape))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(
            "message-unreadable", "不是合法的 UTF-8 JSON，未作任何改动。", "Not JSON in UTF-8; nothing was changed.",
            faults=[Fault("body", "无法读取", str(error))],
        ) from error  # fmt: skip


def _shape_faults(value: Any, shape: Any, place: str = "") -> Iterator[Fault]:
    """Every fault of the shape, not only the first that the decoder met."""
    if not isinstance(value, dict):
        zh, en = _EXPECTED.get(place, ("应为 JSON 对象", "must be a JSON object"))
        yield Fault(place or "body", zh, en)
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for name in value.keys() - fields.keys():
        shown = f"{place}.{name}".strip(".")[:64]
        yield Fault(
            "".join(c if c.isprintable() else "?" for c in shown),
            "不是协议中的字段（不收取协议以外的信息）",
            "is not a field of the protocol (nothing outside it is taken)",
        )
    for name, field in fields.items():
        where = f"{place}.{name}".strip(".")
        zh, en = _EXPECTED[where]
        if name not in value:
            if field.required:
                yield Fault(where, f"缺少此项：{zh}", f"is missing: {en}")
            continue
        try:
            msgspec.convert(value[name], field.type)
        except msgspec.ValidationError:
            inner = {"caller": Caller, "case": CaseReference}.get(where)
            if inner is not None:
                yield from _shape_faults(value[name], inner, where)
            else:
                yield Fault(where, zh, en)


def meaning_faults(message: Message, here: str, now: datetime) -> Iterator[Fault]:
    """Faults in what a well-formed message says to the centre of the number ``here``."""
    if message.to != here:
        yield Fault("to", f"这里是 {here}", f"this is {here}")
    if message.sent_at > now + AHEAD:
        yield Fault(
            "sent_at", "在未来：请校准发送方的时钟", "lies in the future: set the sender's clock right"
        )
    yield from privacy_faults(message)


def privacy_faults(message: Message) -> Iterator[Fault]:
    """What may not be sent about a caller (个人信息保护法 6, 23): held by both sides."""
    emergency = (
        message.kind == "emergency"
    )  # 个保法 13(四): to save life and property consent is not waited for
    if message.caller.phone and not emergency:
        if not message.consent:
            yield Fault("caller.phone", "未经本人同意不得移交号码", "needs the caller's consent")
        if message.confidential:
            yield Fault("caller.phone", "保密来电不得移交号码", "must be absent for a confidential caller")
    if message.summary and not message.consent and not emergency:
        yield Fault("summary", "未经本人同意不得移交所述内容", "needs the caller's consent")


def canonical(message: Message) -> bytes:
    """The bytes that are sent: times in UTC, so that two spellings of one instant are one content."""
    normal = msgspec.structs.replace(message, sent_at=message.sent_at.astimezone(UTC))
    return msgspec.json.encode(normal)


def digest(message: Message) -> bytes:
    """16 bytes of the content: tell a repetition from a contradiction."""
    return hashlib.blake2b(canonical(message), digest_size=16).digest()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a message, as printed in docs/reference/hand-over.md."""
    _, components = msgspec.json.schema_components([Message], ref_template="#/$defs/{name}")
    for name, prefix in (("Message", ""), ("Caller", "caller."), ("CaseReference", "case.")):
        components[name].pop("description", None)
        for field, described in components[name]["properties"].items():
            zh, en = _EXPECTED[prefix + field]
            described["description"] = f"{zh} / {en}"
    whole: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **components.pop("Message"),
        "$defs": components,
    }
    return whole
