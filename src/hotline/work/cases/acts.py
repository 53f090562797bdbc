"""The life of a 诉求件, as one table.

Every act a person or a citizen can do on a case is one row of ``ACTS``: from which states, to which, who may, what must
be filled in, what it does to the clock, what the citizen is told. The checks in ``actions.perform``, ``GET /acts``, the
console's buttons and the diagram in ``docs/reference/case-states.md`` are all drawn from these rows, so a rule
cannot be true in one place and false in another.

Sources: 国办发〔2020〕53号 (受理→派单→办理→答复→督办→办结→回访→评价), 北京市接诉即办工作条例 2021 (11–14, 23),
济南市12345市民服务热线条例 2018 (22–27), 潍坊条例 2021 (18–25).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from hotline.base.kernel.errors import Fault, Invalid, NotFound
from hotline.work.cases.fields import Field
from hotline.work.cases.states import STATES, STEPS, State
from hotline.work.cases.terms import (
    CLOSE_GROUNDS,
    CONFIDENTIAL_TYPES,
    CONTACTS,
    DISSATISFIED,
    GRADES,
    PAUSE_GROUNDS,
    TYPES,
    URGENCIES,
)


class Clock(StrEnum):
    """What an act does to the unit's working-day clock."""

    KEEP = "keep"
    START = "start"
    STOP = "stop"
    RESUME = "resume"
    PAUSE = "pause"
    CONTINUE = "continue"
    EXTEND = "extend"


CLOCKS: dict[Clock, tuple[str, str]] = {
    Clock.KEEP: ("不变", "as it was"),
    Clock.START: ("按当时有效的时限重新起算", "starts anew with the limit in force"),
    Clock.STOP: ("停止", "stops"),
    Clock.RESUME: ("恢复，原期限不变", "runs on towards the same deadline"),
    Clock.PAUSE: ("暂停", "pauses"),
    Clock.CONTINUE: (
        "恢复，期限顺延暂停的工作日",
        "runs on, the deadline later by the working days of the pause",
    ),
    Clock.EXTEND: ("自原期限起顺延所准的工作日", "the deadline is later by the working days granted"),
}

Owner = Literal["keep", "chosen", "centre"]
Relation = Literal["anyone", "centre", "owner", "caller"]
RELATIONS: dict[Relation, tuple[str, str]] = {
    "anyone": ("不限", "anyone"),
    "centre": ("12345 中心", "the 12345 centre"),
    "owner": ("承办单位及其上级", "the owning unit or one above it"),
    "caller": ("诉求人本人（凭查询码）", "the caller, by query code"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Another way an act can go, by the value of one of its fields: a dissatisfied caller reopens instead of closing."""

    field: str
    values: frozenset[str]
    to: State | None
    clock: Clock
    requires: tuple[str, ...] = ()
    redone: bool = False
    owner: Owner = "keep"
    or_else: State | None = None
    """Where the case goes, to the centre and with its clock stopped, when no deadline can be counted; None: refused."""

    def without_deadline(self) -> Turn | None:
        """The turn taken instead when the limit or the year's holidays are missing, if the act may not be refused."""
        if self.or_else is None:
            return None
        return replace(self, to=self.or_else, clock=Clock.STOP, owner="centre", or_else=None)


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the table.

    ``to`` None: the case stays in its state. ``owner`` says whose the case is afterwards: kept, the unit chosen in the field
    ``unit``, or the centre again. ``barred_types``: types of case it is not for. ``in_time``: only as long as the clock has
    not run out. ``urges``: it counts as an urging. ``contacts``: it says whether the caller was reached. ``right`` is None
    for the caller's own acts, which need the query code instead. ``told_*`` is the sentence in the citizen's time line (""
    keeps the act internal); ``{unit}`` and ``{deadline}`` are filled in.
    ``notice`` names who is to hear of it, for the notices room.
    """

    name: str
    zh: str
    en: str
    sources: tuple[State, ...]
    to: State | None
    right: str | None
    relation: Relation
    clock: Clock
    fields: tuple[Field, ...] = ()
    turns: tuple[Turn, ...] = ()
    owner: Owner = "keep"
    barred_if_designated: bool = False
    barred_types: frozenset[str] = frozenset()
    in_time: bool = False
    urges: bool = False
    contacts: bool = False
    redone: bool = False
    told_zh: str = ""
    told_en: str = ""
    shown_to_citizen: str = ""
    notice: tuple[Literal["unit", "citizen", "centre"], ...] = ()

    def outcome(self, values: Mapping[str, Any]) -> Turn:
        """Where this act leads with ``values`` filled in."""
        for turn in self.turns:
            if values.get(turn.field) in turn.values:
                return turn
        return Turn("", frozenset(), self.to, self.clock, redone=self.redone, owner=self.owner)

    def read(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The act's fields out of ``raw``. Raises Invalid naming every field that is missing, wrong or unknown."""
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for field in self.fields:
            values[field.name], fault = field.read(raw.get(field.name))
            if fault:
                faults.append(fault)
        known = {field.name: field for field in self.fields}
        for name in raw.keys() - known.keys():
            faults.append(Fault(name, f"“{self.zh}”没有此项", f"“{self.en}” has no such field"))
        for name in self.outcome(values).requires:
            if not values[name] and name not in {fault.where for fault in faults}:
                faults.append(
                    Fault(name, f"请填写“{known[name].zh}”", f"“{known[name].en}” is required here")
                )
        if faults:
            raise Invalid(faults)
        return values


_WITH_A_UNIT = (State.DISPATCHED, State.SIGNED, State.RETURN_ASKED, State.EXTENSION_ASKED, State.PAUSED)
_GOING_ON = tuple(state for state in State if state is not State.CLOSED)

_ADDED = Field("text", "text", "补充的情况", "What is added", max_length=2000)
_NOTE = Field("note", "text", "备注", "Note", required=False)
_WHO_STEPS_ASIDE = Field("staff", "staff", "回避人", "Who")
_ASIDE_REASON = Field("reason", "text", "回避或解除的理由", "Why", max_length=500)
_DAYS = Field("days", "number", "延长的工作日", "Working days more", least=1, most=60)
_GRADE = Field("grade", "choice", "满意度", "Satisfaction", choices=tuple(GRADES.values()))
_GRADE_REASON = Field(
    "reason", "text", "不满意的原因", "Reason for dissatisfaction", required=False, max_length=1000
)
_DESIGNATED = Field(
    "designated", "flag", "指定办理（不得再退）", "Designated (may not be returned)", required=False
)
# 济南 27: 诉求人不满意的，交由承办单位重新办理。A verdict once given is kept, whatever is missing here.
_REDO = Turn(
    "grade", DISSATISFIED, State.DISPATCHED, Clock.START, requires=("reason",), redone=True,
    or_else=State.WAITING_DISPATCH,
)  # fmt: skip

ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act(
            "accept", "受理", "Accept", (), State.ACCEPTED, "case.create", "anyone", Clock.KEEP,
            told_zh="12345 已受理您的诉求。", told_en="12345 accepted your request.", notice=("centre",),
        ),
        Act(
            "answer_at_once", "即时答复办结", "Answer at once and close",
            (State.ACCEPTED, State.WAITING_DISPATCH), State.CLOSED, "case.answer", "centre", Clock.STOP,
            fields=(Field("answer", "text", "答复内容", "Answer"),), owner="centre",
            told_zh="12345 已答复并办结。", told_en="12345 answered and closed it.", shown_to_citizen="answer",
        ),
        Act(
            "decline", "不予受理", "Decline",
            (State.ACCEPTED, State.WAITING_DISPATCH), State.CLOSED, "case.answer", "centre", Clock.STOP,
            # 潍坊 19: 不予受理的应当说明理由并告知相应渠道
            fields=(Field("reason", "text", "不予受理的理由及应走的渠道", "Reason, and the right channel"),),
            told_zh="不属 12345 受理范围，理由和渠道见下。",
            told_en="Outside what 12345 may accept; the reason and the right channel follow.",
            shown_to_citizen="reason", notice=("citizen",),
        ),
        Act(
            "hand_to_dispatch", "转派单员", "Hand to the dispatcher",
            (State.ACCEPTED,), State.WAITING_DISPATCH, "case.answer", "centre", Clock.KEEP, fields=(_NOTE,),
        ),
        Act(
            "dispatch", "派单", "Dispatch",
            (State.ACCEPTED, State.WAITING_DISPATCH), State.DISPATCHED, "case.dispatch", "centre", Clock.START,
            fields=(Field("unit", "unit", "承办单位", "Unit"), _DESIGNATED, _NOTE), owner="chosen",
            told_zh="已交由{unit}办理，应在{deadline}前答复。", told_en="Passed to {unit}, which must answer by {deadline}.",
            notice=("unit", "citizen"),
        ),
        Act(
            "sign_for", "签收", "Sign for",
            (State.DISPATCHED,), State.SIGNED, "case.sign", "owner", Clock.KEEP,
            told_zh="{unit}已签收。", told_en="{unit} signed for it.",
        ),
        Act(
            "ask_return", "申请退单", "Ask to return",
            (State.DISPATCHED, State.SIGNED), State.RETURN_ASKED, "case.sign", "owner", Clock.KEEP,
            # 北京 14, 潍坊 22: 明显不属本单位职责方可退回；指定办理的不得退回。时限不因申请而停。
            fields=(Field("reason", "text", "退单理由及依据", "Reason and its basis", max_length=1000),),
            barred_if_designated=True, notice=("centre",),
        ),
        Act(
            "grant_return", "同意退单", "Grant the return",
            (State.RETURN_ASKED,), State.WAITING_DISPATCH, "case.dispatch", "centre", Clock.STOP,
            fields=(_NOTE,), owner="centre",
            told_zh="原承办单位退回，12345 重新确定承办单位。", told_en="It was returned; 12345 is choosing another unit.",
            notice=("unit",),
        ),
        Act(
            "refuse_return", "驳回退单", "Refuse the return",
            (State.RETURN_ASKED,), State.DISPATCHED, "case.dispatch", "centre", Clock.KEEP,
            fields=(Field("reason", "text", "驳回理由", "Reason for refusing", max_length=1000), _DESIGNATED), notice=("unit",),
        ),
        Act(
            "reply", "回复", "Reply",
            (State.SIGNED, State.EXTENSION_ASKED), State.REPLIED, "case.reply", "owner", Clock.STOP,
            fields=(Field("reply", "text", "办理结果", "Result"),),
            told_zh="{unit}已提交办理结果，12345 正在审核。", told_en="{unit} submitted a result; 12345 is checking it.",
            notice=("centre",),
        ),
        Act(
            "check", "审核通过", "Approve the reply",
            (State.REPLIED,), State.WAITING_VISIT, "case.check", "centre", Clock.KEEP, fields=(_NOTE,),
            told_zh="办理结果审核通过，请您评价。", told_en="The result was approved. Please rate it.",
            shown_to_citizen="reply", notice=("citizen",),
        ),
        Act(
            "send_back", "退回重办", "Send back to redo",
            (State.REPLIED,), State.SIGNED, "case.check", "centre", Clock.RESUME,
            fields=(Field("reason", "text", "退回理由", "Reason", max_length=1000),), redone=True,
            told_zh="审核未通过，{unit}正在重新办理。", told_en="The result was not approved; {unit} is working on it again.",
            notice=("unit",),
        ),
        Act(
            "record_visit", "登记回访", "Record the return visit",
            (State.WAITING_VISIT,), State.CLOSED, "case.visit", "centre", Clock.STOP,
            fields=(_GRADE, _GRADE_REASON, _NOTE), turns=(_REDO,),
            told_zh="12345 已回访。", told_en="12345 made the return visit.", notice=("unit",),
        ),
        Act(
            "rate", "诉求人评价", "Rated by the caller",
            (State.WAITING_VISIT,), State.CLOSED, None, "caller", Clock.STOP,
            fields=(_GRADE, _GRADE_REASON), turns=(_REDO,),
            told_zh="您已评价。", told_en="You rated the result.", notice=("unit",),
        ),
        Act(
            "close", "直接办结", "Close without a visit",
            (State.WAITING_VISIT,), State.CLOSED, "case.close", "centre", Clock.STOP,
            fields=(
                Field("ground", "choice", "办结依据", "Ground", choices=tuple(CLOSE_GROUNDS.values())),
                Field("reason", "text", "说明", "Explanation", max_length=1000),
            ),
            told_zh="12345 已办结。", told_en="12345 closed it.",
        ),
        Act(
            "redo", "办结后重办", "Reopen a closed case",
            (State.CLOSED,), State.WAITING_DISPATCH, "case.redo", "centre", Clock.STOP,
            fields=(Field("reason", "text", "重办理由", "Reason for reopening", max_length=1000),), owner="centre", redone=True,
            told_zh="12345 决定重新办理。", told_en="12345 decided to handle it again.", notice=("citizen",),
        ),
        Act(
            "ask_extension", "申请延期", "Ask for an extension",
            # 期满前提出，说明理由，经批准并告知诉求人：北京 13、济南 24
            (State.SIGNED,), State.EXTENSION_ASKED, "case.reply", "owner", Clock.KEEP,
            fields=(_DAYS, Field("reason", "text", "延期理由", "Why more time is needed", max_length=1000)), in_time=True,
            notice=("centre",),
        ),
        Act(
            "grant_extension", "同意延期", "Grant the extension",
            (State.EXTENSION_ASKED,), State.SIGNED, "case.extend", "centre", Clock.EXTEND,
            fields=(_DAYS, _NOTE), notice=("unit", "citizen"),
            told_zh="办理期限延长至{deadline}。", told_en="The time limit was extended to {deadline}.",
        ),
        Act(
            "refuse_extension", "不同意延期", "Refuse the extension",
            (State.EXTENSION_ASKED,), State.SIGNED, "case.extend", "centre", Clock.KEEP,
            fields=(Field("reason", "text", "不同意的理由", "Reason for refusing", max_length=1000),), notice=("unit",),
        ),
        Act(
            "pause", "暂停计时", "Pause the clock",
            (State.SIGNED,), State.PAUSED, "case.reply", "owner", Clock.PAUSE,
            fields=(
                Field("ground", "choice", "暂停依据", "Ground", choices=tuple(PAUSE_GROUNDS.values())),
                Field("reason", "text", "具体事项及预计结束时间", "What is under way, and when it should end", max_length=1000),
            ),
            in_time=True, notice=("centre", "citizen"),
            told_zh="{unit}正在听证、鉴定或检测，期间不计入办理期限。",
            told_en="{unit} has a hearing, an appraisal or a test under way; its time does not count.",
        ),
        Act(
            "resume", "恢复计时", "End the pause",
            (State.PAUSED,), State.SIGNED, "case.reply", "owner", Clock.CONTINUE, fields=(_NOTE,), notice=("centre",),
            told_zh="{unit}继续办理，应在{deadline}前答复。", told_en="{unit} goes on and must answer by {deadline}.",
        ),
        Act(
            "end_pause", "责令恢复计时", "Have the clock run on",
            (State.PAUSED,), State.SIGNED, "case.extend", "centre", Clock.CONTINUE,
            fields=(Field("reason", "text", "理由", "Reason", max_length=1000),), notice=("unit",),
            told_zh="{unit}继续办理，应在{deadline}前答复。", told_en="{unit} goes on and must answer by {deadline}.",
        ),
        Act(
            "contact", "登记联系", "Record a contact",
            # 北京 14: 接到派单后及时联系诉求人；未联系上不算
            (State.DISPATCHED, State.SIGNED, State.EXTENSION_ASKED, State.PAUSED), None, "case.reply", "owner", Clock.KEEP,
            fields=(
                Field("contact", "choice", "联系结果", "Result", choices=tuple(CONTACTS.values())),
                Field("note", "text", "联系情况", "What was said", max_length=1000),
            ),
            contacts=True, told_zh="{unit}已记录与您联系的情况。", told_en="{unit} recorded its contact with you.",
        ),
        Act(
            "set_urgency", "调整紧急程度", "Change the urgency",
            (State.ACCEPTED, State.WAITING_DISPATCH), None, "case.dispatch", "centre", Clock.KEEP,
            fields=(Field("urgency", "choice", "紧急程度", "Urgency", choices=tuple(URGENCIES.values())), _NOTE),
        ),
        Act(
            "add", "诉求人补充", "Added by the caller", _GOING_ON, None, None, "caller", Clock.KEEP,
            fields=(_ADDED,), told_zh="您补充了情况。", told_en="You added something.", shown_to_citizen="text",
            notice=("unit", "centre"),
        ),
        Act(
            "record_addition", "登记补充", "Record an addition", _GOING_ON, None, "case.answer", "centre", Clock.KEEP,
            fields=(_ADDED,), told_zh="12345 记下了您补充的情况。", told_en="12345 took down what you added.",
            shown_to_citizen="text", notice=("unit",),
        ),
        Act(
            "caller_urge", "诉求人催办", "Urged by the caller", _WITH_A_UNIT, None, None, "caller", Clock.KEEP,
            urges=True, told_zh="您催办了一次。", told_en="You asked for it to be hurried.", notice=("unit", "centre"),
        ),
        Act(
            # 举报反映的是公共利益，不因举报人撤回而不查：barred for reports
            "withdraw", "撤回诉求", "Withdraw", (State.ACCEPTED, State.WAITING_DISPATCH, *_WITH_A_UNIT), State.CLOSED,
            None, "caller", Clock.STOP,
            fields=(Field("reason", "text", "撤回的原因", "Why", required=False, max_length=1000),),
            barred_types=CONFIDENTIAL_TYPES, told_zh="您撤回了这件诉求，已办结。", told_en="You withdrew this request; it is closed.",
            notice=("unit", "centre"),
        ),
        Act(
            "urge", "催办", "Urge",
            _WITH_A_UNIT, None,
            "case.urge", "centre", Clock.KEEP,
            fields=(Field("note", "text", "催办要求", "What is asked of the unit", max_length=1000),), urges=True,
            told_zh="12345 已催促{unit}办理。", told_en="12345 urged {unit}.", notice=("unit",),
        ),
        Act(
            # 北京 8、35(四), 潍坊 7, 11: 与诉求有利害关系的应当回避。asides.py says what it does.
            "step_aside", "申报回避", "Step aside", tuple(State), None, "case.aside", "anyone", Clock.KEEP,
            fields=(_ASIDE_REASON,), notice=("centre",),
        ),
        Act(
            "order_aside", "责令回避", "Have somebody step aside", tuple(State), None, "case.order_aside", "anyone", Clock.KEEP,
            fields=(_WHO_STEPS_ASIDE, _ASIDE_REASON), notice=("unit", "centre"),
        ),
        Act(
            "end_aside", "解除回避", "Let somebody back", tuple(State), None, "case.order_aside", "anyone", Clock.KEEP,
            fields=(_WHO_STEPS_ASIDE, _ASIDE_REASON),
        ),
    )
}  # fmt: skip

REDONE_ZH = "您不满意，已交由{unit}重新办理，应在{deadline}前答复。"
REDONE_EN = "You were not satisfied: {unit} must handle it again and answer by {deadline}."
REDONE_BY_CENTRE_ZH = "您不满意，12345 正在安排重新办理。"
REDONE_BY_CENTRE_EN = "You were not satisfied; 12345 is arranging for it to be handled again."


def act(name: str) -> Act:
    """The row named ``name``. Raises NotFound."""
    if name not in ACTS:
        raise NotFound("act", name)
    return ACTS[name]


def table() -> dict[str, Any]:
    """The whole table for machines: what ``GET /acts`` answers and the documentation is drawn from."""
    return {
        "types": [word.as_dict() for word in TYPES.values()],
        "grades": [word.as_dict() for word in GRADES.values()],
        "urgencies": [word.as_dict() for word in URGENCIES.values()],
        "steps": [{"step": step.value, "zh": zh, "en": en} for step, (zh, en) in STEPS.items()],
        "states": [
            {
                "state": row.state.value,
                "zh": row.zh,
                "en": row.en,
                "mover": row.mover,
                "step": row.step.value if row.step else None,
                "final": row.mover == "nobody",
            }
            for row in STATES.values()
        ],
        "acts": [_act_as_dict(row) for row in ACTS.values()],
    }


def _act_as_dict(row: Act) -> dict[str, Any]:
    return {
        "act": row.name, "zh": row.zh, "en": row.en,
        "from": [state.value for state in row.sources], "to": row.to.value if row.to else None,
        "right": row.right, "relation": row.relation, "clock": row.clock.value,
        "barred_if_designated": row.barred_if_designated, "barred_types": sorted(row.barred_types),
        "in_time": row.in_time, "notice": list(row.notice),
        "fields": [field.as_dict() for field in row.fields],
        "turns": [
            {
                "field": turn.field, "values": sorted(turn.values), "to": turn.to.value if turn.to else None,
                "clock": turn.clock.value, "requires": list(turn.requires), "redone": turn.redone,
                "or_else": turn.or_else.value if turn.or_else else None,
            }
            for turn in row.turns
        ],
    }  # fmt: skip
