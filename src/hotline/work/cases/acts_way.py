"""The acts of a case's way from acceptance to its end, in the order of the way; and what its caller may do himself."""

from __future__ import annotations

from hotline.work.cases.fields import Field
from hotline.work.cases.shape import Act, Clock, OnDuty, Turn
from hotline.work.cases.states import OVER, WITH_A_UNIT, State
from hotline.work.cases.terms import (
    ANSWERS,
    CLOSE_GROUNDS,
    CONFIDENTIAL_TYPES,
    CONTACTS,
    DECLINE_GROUNDS,
    DISSATISFIED,
    GRADES,
    PAUSE_GROUNDS,
    SOLVED,
    URGENCIES,
)

_GOING_ON = tuple(state for state in State if state not in OVER)

_ADDED = Field("text", "text", "补充的情况", "What is added", max_length=2000)
_NOTE = Field("note", "text", "备注", "Note", required=False)
_DAYS = Field("days", "number", "延长的工作日", "Working days more", least=1, most=60)
_DECLINED = Field(
    "ground", "choice", "不予受理的情形", "Ground", required=False, choices=tuple(DECLINE_GROUNDS.values())
)
_ITEM = Field("item", "item", "派单目录事项", "Catalogue item", required=False)
_ASSISTING = Field("assisting", "units", "协办单位", "Assisting units", required=False)
_RESPONDED = Field(
    "responded",
    "choice",
    "承办单位是否联系过您",
    "Did the unit contact you",
    required=False,
    choices=tuple(ANSWERS.values()),
)
_SOLVED = Field(
    "solved", "choice", "诉求是否解决", "Was it solved", required=False, choices=tuple(SOLVED.values())
)
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

ROWS: tuple[Act, ...] = (
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
        fields=(_DECLINED, Field("reason", "text", "不予受理的理由及应走的渠道", "Reason, and the right channel"),),
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
        fields=(Field("unit", "unit", "承办单位", "Unit"), _ITEM, _ASSISTING, _DESIGNATED, _NOTE), owner="chosen",
        duty=OnDuty("open", "assist"),
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
        barred_if_designated=True, windowed=True, notice=("centre",),
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
        fields=(Field("reply", "text", "办理结果", "Result"),), up=State.UPPER_CHECK,
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
        fields=(_RESPONDED, _SOLVED, _GRADE, _GRADE_REASON, _NOTE), turns=(_REDO,), judges=True,
        told_zh="12345 已回访。", told_en="12345 made the return visit.", notice=("unit",),
    ),
    Act(
        "rate", "诉求人评价", "Rated by the caller",
        (State.WAITING_VISIT,), State.CLOSED, None, "caller", Clock.STOP,
        fields=(_GRADE, _RESPONDED, _SOLVED, _GRADE_REASON), turns=(_REDO,), judges=True,
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
        OVER, State.WAITING_DISPATCH, "case.redo", "centre", Clock.STOP,
        fields=(Field("reason", "text", "重办理由", "Reason for reopening", max_length=1000),), owner="centre", redone=True,
        told_zh="12345 决定重新办理。", told_en="12345 decided to handle it again.", notice=("citizen",),
    ),
    Act(
        # 中心可以改派：原单位不必先退；三定不清的由中心指定（66号文 五，北京 14，潍坊 22）
        "reassign", "改派", "Give to another unit", WITH_A_UNIT, State.DISPATCHED, "case.dispatch", "centre", Clock.START,
        fields=(
            Field("unit", "unit", "承办单位", "Unit"), _ITEM, _ASSISTING, _DESIGNATED,
            Field("reason", "text", "改派理由", "Why", max_length=1000),
        ),
        owner="chosen", duty=OnDuty("open", "assist"),
        told_zh="改由{unit}办理，应在{deadline}前答复。", told_en="It was given to {unit}, which must answer by {deadline}.",
        notice=("unit", "citizen"),
    ),
    Act(
        "pass_down", "转下级办理", "Pass down",
        (State.DISPATCHED, State.SIGNED), State.DISPATCHED, "case.sign", "owner", Clock.KEEP,
        fields=(Field("unit", "unit", "下级办理节点", "Node below"), _NOTE), owner="below", notice=("unit",),
        told_zh="已转{unit}办理。", told_en="It was passed to {unit}.",
    ),
    Act(
        "take_back", "收回", "Take back",
        (State.DISPATCHED, State.SIGNED, State.UPPER_CHECK), State.SIGNED, "case.sign", "upper", Clock.KEEP,
        fields=(Field("reason", "text", "收回理由", "Why", max_length=1000),), owner="above", notice=("unit",),
    ),
    Act(
        "pass_up", "上级审核通过", "Approve what came from below",
        (State.UPPER_CHECK,), State.REPLIED, "case.reply", "upper", Clock.STOP, fields=(_NOTE,), notice=("centre",),
        told_zh="{unit}已提交办理结果，12345 正在审核。", told_en="{unit} submitted a result; 12345 is checking it.",
    ),
    Act(
        "send_down", "退回下级重办", "Send back down",
        (State.UPPER_CHECK,), State.SIGNED, "case.reply", "upper", Clock.KEEP,
        fields=(Field("reason", "text", "退回理由", "Reason", max_length=1000),), redone=True, notice=("unit",),
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
        "caller_urge", "诉求人催办", "Urged by the caller", WITH_A_UNIT, None, None, "caller", Clock.KEEP,
        urges=True, told_zh="您催办了一次。", told_en="You asked for it to be hurried.", notice=("unit", "centre"),
    ),
    Act(
        # 举报反映的是公共利益，不因举报人撤回而不查：barred for reports
        "withdraw", "撤回诉求", "Withdraw", (State.ACCEPTED, State.WAITING_DISPATCH, *WITH_A_UNIT), State.CLOSED,
        None, "caller", Clock.STOP,
        fields=(Field("reason", "text", "撤回的原因", "Why", required=False, max_length=1000),),
        barred_types=CONFIDENTIAL_TYPES, told_zh="您撤回了这件诉求，已办结。", told_en="You withdrew this request; it is closed.",
        notice=("unit", "centre"),
    ),
    Act(
        "urge", "催办", "Urge",
        WITH_A_UNIT, None,
        "case.urge", "centre", Clock.KEEP,
        fields=(Field("note", "text", "催办要求", "What is asked of the unit", max_length=1000),), urges=True,
        told_zh="12345 已催促{unit}办理。", told_en="12345 urged {unit}.", notice=("unit",),
    ),
)  # fmt: skip
