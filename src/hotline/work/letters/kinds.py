"""The kinds of letters: for whom, when, with what to fill in, and what the built-in template says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hotline.work.cases.fields import Field, Word
from hotline.work.cases.states import State

Facts = Mapping[str, Any]
"""A case as ``cases.queries.detail`` shows it."""


@dataclass(frozen=True, slots=True)
class When:
    """A condition of a case, and what is said where it does not hold."""

    holds: Callable[[Facts], bool]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``mark`` stands in its number; ``lines``: the table of the built-in template, (label, text with fields)."""

    name: str
    zh: str
    en: str
    mark: str
    to: Literal["unit", "caller"]
    when: When
    opening: str
    lines: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]
    fields: tuple[Field, ...] = ()


def event_of(case: Facts, act: str) -> Mapping[str, Any] | None:
    """The newest event of ``act`` in the case's time line."""
    return next((event for event in reversed(case["timeline"]) if event["act"] == act), None)


COLOURS = (Word("blue", "蓝色", "Blue"), Word("orange", "橙色", "Orange"), Word("red", "红色", "Red"))
"""督办单的级别 as its slip shows it."""

_WITH_UNIT = When(
    lambda case: case["owner_id"] is not None and case["state"] != State.CLOSED,
    "没有正在办理的承办单位",
    "No unit has it in hand",
)
_ANSWERED = When(
    lambda case: (
        case["state"] in (State.WAITING_VISIT, State.CLOSED)
        and (event_of(case, "reply") or event_of(case, "answer_at_once")) is not None
    ),
    "还没有办理结果",
    "There is no result yet",
)
_DECLINED = When(lambda case: event_of(case, "decline") is not None, "没有不予受理", "It was not declined")
_EXTENDED = When(
    lambda case: event_of(case, "grant_extension") is not None, "没有批准过延期", "No extension was granted"
)
_ALWAYS = When(lambda case: True, "", "")

_ABOUT = (
    ("编号", "{{ 编号 }}"), ("类型", "{{ 类型 }}"), ("事项", "{{ 事项 }}"), ("诉求内容", "{{ 诉求内容 }}"), ("地点", "{{ 地点 }}"),
)  # fmt: skip
_ASKED_BY = (("诉求人", "{{ 诉求人 }}"), ("联系电话", "{{ 联系电话 }}"))
_SIGNED = ("{{ 签发单位 }}", "{{ 签发日期 }}")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "dispatch_order", "交办单", "Dispatch order", "交办", "unit", _WITH_UNIT,  # 北京 13: 办理时限写在交办单上
            "{{ 承办单位 }}：\n现将下列诉求交你单位办理，请在办理时限内办结，并将办理结果回复本中心。",
            (*_ABOUT, *_ASKED_BY, ("紧急程度", "{{ 紧急程度 }}"), ("受理时间", "{{ 受理时间 }}"), ("办理时限", "{{ 办理时限 }}")),
            _SIGNED,
        ),
        Kind(
            "urge_note", "催办单", "Urging note", "催办", "unit", _WITH_UNIT,
            "{{ 承办单位 }}：\n下列诉求尚未办结，请抓紧办理，并在办理时限内回复本中心。",
            (*_ABOUT, ("办理时限", "{{ 办理时限 }}"), ("催办次数", "{{ 催办次数 }}"), ("催办意见", "{{ 意见 }}")),
            _SIGNED,
            (Field("words", "text", "催办意见", "What is urged", required=False, max_length=1000),),
        ),
        Kind(
            "supervision_slip", "督办单", "Supervision slip", "督办", "unit", _WITH_UNIT,
            "{{ 承办单位 }}：\n下列诉求列为{{ 督办级别 }}督办，请认真办理，并在答复期限前书面答复。",
            (
                ("督办级别", "{{ 督办级别 }}"), *_ABOUT, ("办理时限", "{{ 办理时限 }}"), ("督办意见", "{{ 意见 }}"),
                ("答复期限", "{{ 答复期限 }}"),
            ),
            _SIGNED,
            (
                Field("colour", "choice", "级别", "Level", choices=COLOURS),
                Field("words", "text", "督办意见", "What is to be done", max_length=1000),
                Field("answer_by", "line", "答复期限", "Answer by", max_length=40),
            ),
        ),
        Kind(
            "result_notice", "办理结果告知书", "Notice of the result", "告知", "caller", _ANSWERED,
            "{{ 诉求人 }}：\n您反映的诉求已经办理，现将结果告知如下。",
            (*_ABOUT, ("承办单位", "{{ 承办单位 }}"), ("办理结果", "{{ 办理结果 }}")),
            ("{{ 查询方式 }}", *_SIGNED),
        ),
        Kind(
            "refusal_notice", "不予受理告知书", "Notice of non-acceptance", "不受", "caller", _DECLINED,  # 潍坊 19
            "{{ 诉求人 }}：\n您反映的诉求不属于本热线受理范围，现将理由和应走的渠道告知如下。",
            (*_ABOUT, ("理由及渠道", "{{ 不予受理理由 }}")), _SIGNED,
        ),
        Kind(
            "extension_notice", "延期告知书", "Notice of extension", "延期", "caller", _EXTENDED,  # 济南 24
            "{{ 诉求人 }}：\n您反映的诉求情况复杂，经批准延长办理期限，现告知如下。",
            (*_ABOUT, ("承办单位", "{{ 承办单位 }}"), ("延期理由", "{{ 延期理由 }}"), ("延长后的时限", "{{ 办理时限 }}")),
            ("{{ 查询方式 }}", *_SIGNED),
        ),
        Kind(
            "receipt", "登记回执", "Receipt", "回执", "caller", _ALWAYS,
            "{{ 诉求人 }}：\n您的诉求已经登记，请保存编号。",
            (*_ABOUT, ("受理时间", "{{ 受理时间 }}"), ("办理时限", "{{ 办理时限 }}")),
            ("{{ 查询方式 }}", *_SIGNED),
        ),
    )
}  # fmt: skip

FIELDS: dict[str, str] = {
    "文书编号": "the letter's number",
    "签发日期": "the day it is issued",
    "签发人": "who issued it",
    "签发单位": "the city's 12345",
    "编号": "the case's number",
    "类型": "its type",
    "事项": "its matter",
    "诉求内容": "what was asked",
    "地点": "the place",
    "诉求人": "the caller; masked in letters to units",
    "联系电话": "the telephone, masked",
    "紧急程度": "urgency",
    "受理时间": "when it was filed",
    "承办单位": "the unit that has it",
    "办理时限": "until when it has to be handled",
    "催办次数": "how often it was urged",
    "办理结果": "the newest result or answer",
    "不予受理理由": "why it was declined, and the right channel",
    "延期理由": "why more time was asked for",
    "意见": "what is urged, or to be done",
    "督办级别": "blue, orange or red",
    "答复期限": "until when to answer",
    "查询方式": "how to follow the case with its query code",
}
"""Every field a template may name as {{ 字段 }}, with its meaning."""
