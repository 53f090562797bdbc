"""The acts beside a case's way: what is asked of units and offices, their answers, and what follows from them.

协办、督办、会商、提级、移送、评价申诉. Each is who asked whom, when, for what and by when, with the answer: acts and duties, not flags.
"""

from __future__ import annotations

from hotline.work.cases.duty_kinds import COLOURS
from hotline.work.cases.fields import Field
from hotline.work.cases.shape import Act, Clock, Notice, OnDuty, Relation
from hotline.work.cases.states import WITH_A_UNIT, State
from hotline.work.cases.terms import (
    APPEAL_GROUNDS,
    ESCALATION_GROUNDS,
    REFERRAL_OUTCOMES,
    SUPERVISION_GROUNDS,
)

_DAYS = Field(
    "days", "number", "答复期限（工作日）", "To be answered within (working days)", least=1, most=60
)
_NOTE = Field("note", "text", "备注", "Note", required=False)
_WHY = Field("reason", "text", "理由", "Reason", max_length=1000)
_BY_THE_UNIT = (*WITH_A_UNIT, State.REPLIED, State.WAITING_VISIT)
_ANY = tuple(State)
_OPEN = tuple(state for state in State if state not in (State.CLOSED, State.ARCHIVED, State.MERGED))
_JUDGED = (
    State.WAITING_DISPATCH,
    *WITH_A_UNIT,
    State.REPLIED,
    State.WAITING_VISIT,
    State.CLOSED,
    State.ARCHIVED,
)


def _act(
    name: str, zh: str, en: str, sources: tuple[State, ...], right: str, relation: Relation, duty: OnDuty | None, *fields: Field,
    notice: tuple[Notice, ...], excludes: bool | None = None, told_zh: str = "", told_en: str = "",
) -> Act:  # fmt: skip
    """A row that leaves the case where it stands."""
    return Act(
        name, zh, en, sources, None, right, relation, Clock.KEEP, fields=fields, duty=duty, excludes=excludes,
        told_zh=told_zh, told_en=told_en, notice=notice,
    )  # fmt: skip


ROWS: tuple[Act, ...] = (
    # 协办：主办负责，协办按期回报（济南 29、潍坊 22）
    _act(
        "ask_assist", "要求协办", "Ask others to assist", WITH_A_UNIT, "case.dispatch", "centre", OnDuty("open", "assist"),
        Field("units", "units", "协办单位", "Assisting units"),
        Field("text", "text", "协办事项", "What is asked of them", max_length=1000), _DAYS,
        notice=("units",),
    ),
    _act(
        "report_assist", "协办回报", "Report as assisting unit", _BY_THE_UNIT, "case.reply", "addressed", OnDuty("answer", "assist"),
        Field("text", "text", "协办情况", "What was done", max_length=2000), notice=("unit", "centre"),
    ),
    # 督办：蓝橙红，逾期不答升色（济南 28、潍坊 26、三明三色督查单）
    _act(
        "supervise", "督办", "Supervise", _BY_THE_UNIT, "case.supervise", "centre", OnDuty("open", "slip"),
        Field("level", "choice", "督办单", "Slip", choices=tuple(COLOURS.values())),
        Field("ground", "choice", "督办事由", "Why", choices=tuple(SUPERVISION_GROUNDS.values())),
        Field("text", "text", "督办要求", "What is demanded", max_length=2000), _DAYS, notice=("unit",),
        told_zh="12345 已对本件督办。", told_en="12345 supervises the handling of this.",
    ),
    _act(
        "answer_slip", "答复督办", "Answer the slip", _BY_THE_UNIT, "case.reply", "addressed", OnDuty("answer", "slip"),
        Field("text", "text", "办理进展、措施和完成时间", "Progress, measures, by when", max_length=2000), notice=("centre",),
    ),
    _act(
        "accept_slip", "督办办结", "Accept the answer", _ANY, "case.supervise", "centre", OnDuty("accept", "slip"), _NOTE, notice=("unit",),
    ),
    _act(
        "return_slip", "退回督办答复", "Refuse the answer", _BY_THE_UNIT, "case.supervise", "centre", OnDuty("return", "slip"),
        _WHY, _DAYS, notice=("unit",),
    ),
    _act(
        "duty_overdue", "逾期未答复", "Not answered in time", _ANY, "case.supervise", "clock", OnDuty("late", ""),
        notice=("units", "centre"),
    ),
    # 会商：有纪要，有主办
    _act(
        "confer", "召集会商", "Call a meeting", _OPEN, "case.supervise", "centre", OnDuty("open", "confer"),
        Field("units", "units", "参加单位", "Units to attend"), Field("at", "moment", "时间", "When"),
        Field("place", "line", "地点或方式", "Where, or how", max_length=100), Field("text", "text", "议题", "Subject", max_length=1000),
        notice=("units",),
    ),
    _act(
        "attend", "确认参会", "Say who attends", _OPEN, "case.reply", "addressed", OnDuty("answer", "confer"),
        Field("text", "line", "参会人及职务", "Who attends", max_length=100), notice=("centre",),
    ),
    _act(
        "record_minutes", "登记会商纪要", "Record the minutes", _ANY, "case.supervise", "centre", OnDuty("close", "confer"),
        Field("minutes", "text", "会商纪要（主办、分工、时限）", "Minutes: who leads, who does what by when", max_length=4000),
        notice=("unit", "units"),
    ),
    # 提级：中心 → 市政府办 → 常务会议（北京 20、济南 29–30、潍坊 23）
    _act(
        "escalate", "提级市政府办", "Escalate to the government office", _OPEN, "case.supervise", "centre", OnDuty("open", "escalation"),
        Field("ground", "choice", "提级事由", "Why", choices=tuple(ESCALATION_GROUNDS.values())),
        Field("text", "text", "情况说明和建议", "Account and proposal", max_length=2000), _DAYS, notice=("units",),
    ),
    _act(
        "to_meeting", "提请常务会议", "Bring before the executive meeting", _OPEN, "case.decide_escalated", "addressed",
        OnDuty("return", "escalation"), Field("text", "text", "提请事项", "What it is asked to decide", max_length=2000), _DAYS,
        notice=("centre",),
    ),
    _act(
        "decide_escalation", "作出提级决定", "Decide what was escalated", _ANY, "case.decide_escalated", "addressed",
        OnDuty("close", "escalation"), Field("text", "text", "决定（责任、要求、时限）", "Decision: who, what, by when", max_length=4000),
        notice=("centre", "unit"),
    ),
    # 移送效能机构问责（53号 三(二)：市效能办）
    _act(
        "refer", "移送效能问责", "Refer for accountability", _ANY, "case.supervise", "centre", OnDuty("open", "referral"),
        Field("text", "text", "事实和证据", "Facts and evidence", max_length=4000), _DAYS, notice=("units",),
    ),
    _act(
        "answer_referral", "答复问责移送", "Answer the referral", _ANY, "case.answer_referral", "addressed", OnDuty("close", "referral"),
        Field("outcome", "choice", "处理", "Outcome", choices=tuple(REFERRAL_OUTCOMES.values())),
        Field("text", "text", "处理情况", "Account", max_length=2000), notice=("centre",),
    ),
    # 评价申诉与不纳入评价（国办函〔2025〕66号）
    _act(
        "ask_appeal", "申诉评价", "Appeal the verdict", _JUDGED, "case.reply", "judged", OnDuty("open", "appeal"),
        Field("ground", "choice", "申诉理由", "Ground", choices=tuple(APPEAL_GROUNDS.values())),
        Field("text", "text", "事实和证据", "Facts and evidence", max_length=2000), notice=("centre",),
    ),
    _act(
        "grant_appeal", "申诉成立", "Grant the appeal", _ANY, "case.appeal", "centre", OnDuty("grant", "appeal"), _WHY,
        notice=("unit",), excludes=True,
    ),
    _act(
        "refuse_appeal", "申诉不成立", "Refuse the appeal", _ANY, "case.appeal", "centre", OnDuty("close", "appeal"), _WHY,
        notice=("unit",),
    ),
    _act(
        "exclude_verdict", "不纳入评价", "Leave the verdict out of the rates", _ANY, "case.appeal", "centre", None,
        Field("ground", "choice", "依据", "Ground", choices=tuple(APPEAL_GROUNDS.values())), _WHY, notice=("unit",), excludes=True,
    ),
    _act(
        "include_verdict", "恢复纳入评价", "Count the verdict again", _ANY, "case.appeal", "centre", None, _WHY,
        notice=("unit",), excludes=False,
    ),
)  # fmt: skip
