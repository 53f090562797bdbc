"""What can be an alarm, and how one goes on, as tables. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class AlarmState(StrEnum):
    """Nobody has seen it; somebody has; it has been dealt with."""

    OPEN = "open"
    SEEN = "seen"
    ANSWERED = "answered"


ACTS: dict[tuple[AlarmState, str], AlarmState] = {
    (AlarmState.OPEN, "seen"): AlarmState.SEEN,
    (AlarmState.OPEN, "answered"): AlarmState.ANSWERED,
    (AlarmState.SEEN, "answered"): AlarmState.ANSWERED,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alarm: the news that raises it, what it is about, its words, and whether it sounds until it is seen.

    ``ended_by``: news that answers it by itself, as when a link is back. ``once``: one alarm a thing, for ever; the
    others sound again when it happens again after the last was answered. ``insists``: it sounds again even while the last
    has only been seen, for whoever calls again has not been helped.
    """

    code: str
    topic: str
    about: str
    zh: str
    en: str
    urgent: bool = False
    ended_by: str = ""
    once: bool = False
    insists: bool = False


KINDS: tuple[Kind, ...] = (
    Kind(
        "emergency",
        "call.emergency",
        "call",
        "紧急号码来电",
        "An emergency number was dialled",
        True,
        once=True,
    ),
    Kind(
        "distress",
        "agent.distress",
        "agent",
        "话务员遇险求助",
        "An agent is in distress",
        True,
        insists=True,
    ),
    Kind("ask_leader", "agent.ask_leader", "agent", "话务员请值班长协助", "An agent asks for the leader"),
    Kind("pause_overdue", "agent.pause_overdue", "agent", "小休超时", "A pause is over its limit"),
    Kind(
        "recording_amiss",
        "call.recording_amiss",
        "call",
        "录音异常",
        "A recording is amiss",
        ended_by="call.recording_whole",
    ),
    Kind(
        "handover_failed",
        "handover.failed",
        "call",
        "移交消息未送达",
        "A hand-over message was not delivered",
    ),
    Kind(
        "callbacks_overdue",
        "callback.overdue",
        "callbacks",
        "漏接回拨超时",
        "Callbacks are overdue",
        ended_by="callback.caught_up",
    ),
    Kind(
        "link_down",
        "link.down",
        "link",
        "联动中心不可达",
        "A linked centre cannot be reached",
        True,
        "link.up",
    ),
    Kind(
        "sms_broken",
        "sms.broken",
        "gateway",
        "短信网关拒收，短信发不出去",
        "The text-message gateway takes nothing of ours",
        ended_by="sms.mended",
    ),
    Kind(
        "mail_broken",
        "mail.broken",
        "mailbox",
        "邮箱收不进或发不出邮件",
        "The mailbox cannot be read, or sends nothing of ours",
        ended_by="mail.mended",
    ),
    Kind(
        "nobody_left",
        "case.nobody_left",
        "case",
        "承办单位人员均已回避，须改派",
        "Everybody of the unit stands aside; another unit is needed",
    ),
)
BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}
BY_TOPIC: Mapping[str, Kind] = {kind.topic: kind for kind in KINDS}
ENDS: Mapping[str, Kind] = {kind.ended_by: kind for kind in KINDS if kind.ended_by}

SHOWN = (
    "number",
    "name",
    "note",
    "reason",
    "call_id",
    "staff_id",
    "place",
    "what",
    "since",
    "line",
    "title",
    "title_en",
)
"""What of the news is shown with the alarm; anything else, and any caller's number, stays where it came from."""


def detail(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``payload`` is shown."""
    return {key: str(payload[key])[:200] for key in SHOWN if payload.get(key) not in (None, "")}
