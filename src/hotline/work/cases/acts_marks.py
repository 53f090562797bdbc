"""The acts that take a case out of its way and back: shelving, ending it early, other centres, one matter of many callers, the archive."""

from __future__ import annotations

from hotline.work.cases.fields import Field
from hotline.work.cases.shape import Act, Clock
from hotline.work.cases.states import OVER, WITH_A_UNIT, State
from hotline.work.cases.terms import EMERGENCY_SERVICES, TERMINATION_GROUNDS

_NOTE = Field("note", "text", "备注", "Note", required=False)
_WHY = Field("reason", "text", "理由", "Reason", max_length=1000)
_NEW = (State.ACCEPTED, State.WAITING_DISPATCH)
_REVIEW_ON = Field("review_on", "date", "复核日期", "To be looked at again on")
_NOT_OVER = tuple(state for state in State if state not in OVER)

_WHO = Field("staff", "staff", "回避人", "Who")
_ASIDE_REASON = Field("reason", "text", "回避或解除的理由", "Why", max_length=500)

ROWS: tuple[Act, ...] = (
    Act(
        # 济南 24、潍坊 20：客观上一时不能办结的，说明措施和承诺日期，跟踪办理
        "ask_shelving", "申请挂账", "Ask to shelve", (State.SIGNED,), State.SHELVING_ASKED, "case.reply", "owner", Clock.KEEP,
        fields=(_REVIEW_ON, Field("reason", "text", "难以办结的原因、措施和计划", "Why, and what will be done", max_length=2000)),
        in_time=True, notice=("centre",),
    ),
    Act(
        "grant_shelving", "同意挂账", "Shelve", (State.SHELVING_ASKED,), State.SHELVED, "case.shelve", "centre", Clock.PAUSE,
        fields=(_REVIEW_ON, _NOTE), notice=("unit", "citizen"),
        told_zh="{unit}一时难以办结，已挂账跟踪，到期复核。",
        told_en="{unit} cannot finish it for now; it is kept in view and looked at again.",
    ),
    Act(
        "refuse_shelving", "不同意挂账", "Refuse to shelve", (State.SHELVING_ASKED,), State.SIGNED, "case.shelve", "centre", Clock.KEEP,
        fields=(_WHY,), notice=("unit",),
    ),
    Act(
        "unshelve", "销账续办", "Take off the shelf", (State.SHELVED,), State.SIGNED, "case.reply", "owner", Clock.CONTINUE,
        fields=(_NOTE,), notice=("centre",),
        told_zh="{unit}继续办理，应在{deadline}前答复。", told_en="{unit} goes on and must answer by {deadline}.",
    ),
    Act(
        "end_shelving", "责令销账续办", "Have it taken off the shelf", (State.SHELVED,), State.SIGNED, "case.shelve", "centre",
        Clock.CONTINUE, fields=(_WHY,), notice=("unit",),
        told_zh="{unit}继续办理，应在{deadline}前答复。", told_en="{unit} goes on and must answer by {deadline}.",
    ),
    Act(
        "shelve_longer", "延长挂账", "Shelve for longer", (State.SHELVED,), None, "case.shelve", "centre", Clock.KEEP,
        fields=(_REVIEW_ON, _WHY), notice=("unit",),
    ),
    Act(
        "ask_termination", "申请终止办理", "Ask to end it", (State.SIGNED,), State.TERMINATION_ASKED, "case.reply", "owner",
        Clock.KEEP, fields=(
            Field("ground", "choice", "终止依据", "Ground", choices=tuple(TERMINATION_GROUNDS.values())),
            Field("reason", "text", "事实和依据", "Facts and basis", max_length=2000),
        ),
        notice=("centre",),
    ),
    Act(
        "grant_termination", "同意终止", "End it", (State.TERMINATION_ASKED,), State.CLOSED, "case.shelve", "centre", Clock.STOP,
        fields=(Field("answer", "text", "告知诉求人的内容", "What the caller is told", max_length=2000),),
        told_zh="经核定终止办理，原因见下。", told_en="It was ended; the reason follows.", shown_to_citizen="answer",
        notice=("unit", "citizen"),
    ),
    Act(
        "refuse_termination", "不同意终止", "Refuse to end it", (State.TERMINATION_ASKED,), State.SIGNED, "case.shelve", "centre",
        Clock.KEEP, fields=(_WHY,), notice=("unit",),
    ),
    Act(
        # 国办发〔2022〕12号：紧急事项即时转 110/119/120/122
        "hand_to_emergency", "转紧急服务", "Hand to an emergency service", _NEW, State.CLOSED, "case.answer", "centre", Clock.STOP,
        fields=(
            Field("service", "choice", "转往", "To", choices=tuple(EMERGENCY_SERVICES.values())),
            Field("note", "text", "对方接报情况（时间、受理人、编号）", "Who took it, when, under which number", max_length=1000),
        ),
        owner="centre", told_zh="属紧急事项，已即时转由紧急服务处置。",
        told_en="An emergency: it was passed to the emergency service at once.",
        notice=("citizen",),
    ),
    Act(
        "hand_over", "转分中心或联动中心", "Hand to another centre", _NEW, State.HANDED_OVER, "case.dispatch", "centre", Clock.STOP,
        fields=(Field("unit", "unit", "接收中心", "Centre", accepts="centre"), _NOTE), owner="centre",
        told_zh="已转由专业热线中心办理，12345 跟踪结果。", told_en="Passed to a specialised centre; 12345 follows it up.",
        notice=("citizen",),
    ),
    Act(
        "record_outcome", "登记中心办理结果", "Record the other centre's result", (State.HANDED_OVER,), State.CLOSED, "case.answer",
        "centre", Clock.STOP, fields=(Field("answer", "text", "办理结果", "Result"),),
        told_zh="专业热线中心已办理，结果见下。", told_en="The specialised centre has handled it; the result follows.",
        shown_to_citizen="answer",
    ),
    Act(
        "come_back", "中心退回", "Sent back by the other centre", (State.HANDED_OVER,), State.WAITING_DISPATCH, "case.dispatch",
        "centre", Clock.STOP, fields=(_WHY,), owner="centre",
        told_zh="12345 正在重新确定由谁来办。", told_en="12345 is deciding again who will handle it.",
    ),
    Act(
        # 国办函〔2025〕66号（五）：重复诉求原则上并单处理
        "merge", "并单", "Merge into another", (*_NEW, *WITH_A_UNIT), State.MERGED, "case.merge", "centre", Clock.STOP,
        fields=(Field("into", "line", "并入的主单编号", "Number of the case it is merged into", max_length=20), _NOTE), owner="centre",
        told_zh="与反映同一事项的诉求合并办理，结果同样答复您。",
        told_en="It is handled together with others on the same matter; you get the same answer.", notice=("citizen",),
    ),
    Act(
        "split", "拆单", "Split off again", (State.MERGED,), State.WAITING_DISPATCH, "case.merge", "centre", Clock.STOP,
        fields=(_WHY,), told_zh="您的诉求单独办理。", told_en="Your request is handled by itself again.",
    ),
    Act(
        "answered_with_lead", "随主单答复", "Answered with the case it is merged into", (State.MERGED,), State.WAITING_VISIT,
        "case.merge", "clock", Clock.KEEP, fields=(Field("reply", "text", "办理结果", "Result"),),
        told_zh="办理结果审核通过，请您评价。", told_en="The result was approved. Please rate it.", shown_to_citizen="reply",
        notice=("citizen",),
    ),
    Act(
        "closed_with_lead", "随主单办结", "Closed with the case it is merged into", (State.MERGED,), State.CLOSED,
        "case.merge", "clock", Clock.STOP, fields=(Field("reply", "text", "办理结果", "Result", required=False),),
        told_zh="合并办理的诉求已办结，结果见下。", told_en="What it was merged into is closed; the result follows.",
        shown_to_citizen="reply", notice=("citizen",),
    ),
    Act(
        "join_event", "归入群体事件", "Put into a mass event", _NOT_OVER, None, "case.merge", "centre", Clock.KEEP,
        fields=(Field("event", "line", "事件名称", "Name of the event", max_length=60),),
    ),
    Act(
        "leave_event", "移出群体事件", "Take out of the mass event", tuple(State), None, "case.merge", "centre", Clock.KEEP,
        fields=(_NOTE,),
    ),
    Act(
        "archive", "归档", "Archive", (State.CLOSED,), State.ARCHIVED, "case.close", "centre", Clock.STOP, fields=(_NOTE,),
    ),
    Act(
        # 北京 8、35(四), 潍坊 7, 11: 与诉求有利害关系的应当回避。asides.py says what it does.
        "step_aside", "申报回避", "Step aside", tuple(State), None, "case.aside", "anyone", Clock.KEEP,
        fields=(_ASIDE_REASON,), notice=("centre",),
    ),
    Act(
        "order_aside", "责令回避", "Have somebody step aside", tuple(State), None, "case.order_aside", "anyone", Clock.KEEP,
        fields=(_WHO, _ASIDE_REASON), notice=("unit", "centre"),
    ),
    Act(
        "end_aside", "解除回避", "Let somebody back", tuple(State), None, "case.order_aside", "anyone", Clock.KEEP,
        fields=(_WHO, _ASIDE_REASON),
    ),
)  # fmt: skip
