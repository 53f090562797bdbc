"""The receiving side of the hand-over protocol, from its published description: what is taken, and every reason not to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

LATE = timedelta(minutes=10)
AHEAD = timedelta(minutes=5)

Fault = dict[str, str]

_REQUIRED = {
    "message_id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "correlation_id": r"[0-9a-z.-]{8,80}",
    "sent_at": r".{10,40}",
    "kind": r"transfer|three_way|emergency",
    "from": r"[0-9]{3,15}",
    "to": r"[0-9]{3,15}",
    "number_dialled": r"[0-9]{3,15}",
}
_OPTIONAL = {"language": 40, "summary": 2000, "place": 200}


def instant(text: str) -> datetime | None:
    """A time with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def faults(said: Any, number: str) -> list[Fault]:
    """What is wrong with a message to ``number``."""
    if not isinstance(said, dict):
        return [_fault("body", "应为 JSON 对象", "must be a JSON object")]
    return [*_shape(said), *_meaning(said, number)]


def _shape(said: dict[str, Any]) -> Iterator[Fault]:
    for name, pattern in _REQUIRED.items():
        if not isinstance(said.get(name), str) or not re.fullmatch(pattern, said[name]):
            yield _fault(name, "缺少或格式不符", "is missing or malformed")
    for name in ("consent", "confidential"):
        if not isinstance(said.get(name), bool):
            yield _fault(name, "应为 true 或 false", "must be true or false")
    for name, longest in _OPTIONAL.items():
        if not isinstance(said.get(name, ""), str) or len(said.get(name, "")) > longest:
            yield _fault(
                name, f"应为最多 {longest} 字的文字", f"must be text of at most {longest} characters"
            )
    code = said.get("code")
    if code is not None and not (isinstance(code, str) and re.fullmatch(r"[0-9]{6}", code)):
        yield _fault("code", "应为 6 位数字", "must be six digits")
    if isinstance(said.get("sent_at"), str) and instant(said["sent_at"]) is None:
        yield _fault("sent_at", "应为带时区的时间", "must be a time with its zone")


def _meaning(said: dict[str, Any], number: str) -> Iterator[Fault]:
    if said.get("to") != number:
        yield _fault("to", f"这里是 {number}", f"this is {number}")
    sent = instant(said.get("sent_at", ""))
    if sent and sent > datetime.now(UTC) + AHEAD:
        yield _fault("sent_at", "在未来", "lies in the future")
    caller = said.get("caller") or {}
    if not isinstance(caller, dict):
        yield _fault("caller", "应为对象", "must be an object")
    elif caller.get("phone") and said.get("kind") != "emergency" and not _may_name(said):
        zh, en = "未经同意或保密，不得移交号码", "not without consent, not of a confidential caller"
        yield _fault("caller.phone", zh, en)


def _may_name(said: dict[str, Any]) -> bool:
    return said.get("consent") is True and said.get("confidential") is False


def late(said: dict[str, Any]) -> bool:
    """Whether the message is too old to be taken."""
    sent = instant(said.get("sent_at", ""))
    return sent is not None and sent < datetime.now(UTC) - LATE


def _fault(where: str, zh: str, en: str) -> Fault:
    return {"where": where, "zh": zh, "en": en}
