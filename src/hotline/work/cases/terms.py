"""The words cases are described in: types, urgency, grades, grounds. Values are English, words for people beside them."""

from __future__ import annotations

from hotline.base.kernel import grades
from hotline.work.cases.fields import Word

TYPES: dict[str, Word] = {
    word.value: word
    for word in (
        Word("consult", "咨询", "Question"),
        Word("help", "求助", "Request for help"),
        Word("complaint", "投诉", "Complaint"),
        Word("report", "举报", "Report of a wrong"),
        Word("suggestion", "建议", "Suggestion"),
        Word("praise", "表扬", "Praise"),
        Word("other", "其他", "Other"),
    )
}
CONFIDENTIAL_TYPES = frozenset({"report"})
"""Whose callers are kept secret without asking for it: 信访工作条例 30, 济南 32 (检举控告材料不得转给被检举人)."""

URGENCIES: dict[str, Word] = {
    word.value: word
    for word in (
        Word("normal", "一般", "Normal"),
        Word("urgent", "紧急", "Urgent"),
        Word("very_urgent", "特急", "Very urgent"),
    )
}
NORMAL = "normal"

CONTACTS: dict[str, Word] = {
    word.value: word
    for word in (
        Word("reached", "已联系上", "Reached"),
        Word("not_reached", "未联系上", "Not reached"),
    )
}

GRADES: dict[str, Word] = {value: Word(value, zh, en) for value, zh, en in grades.GRADES}
DISSATISFIED = frozenset({"dissatisfied", "very_dissatisfied"})

CLOSE_GROUNDS: dict[str, Word] = {
    word.value: word
    for word in (
        Word("unreachable", "多次回访未能联系上", "The caller could not be reached"),
        Word("declined", "诉求人不愿接受回访", "The caller wants no return visit"),
        Word("anonymous", "匿名诉求，无法回访", "Anonymous: nobody to visit"),
        Word("lawful", "已依法办理，诉求人仍不满意", "Handled according to law, caller remains dissatisfied"),
    )
}


PAUSE_GROUNDS: dict[str, Word] = {  # 行政许可法 45, 信访工作条例 34: 听证、检验、检测、鉴定所需时间不计入期限
    word.value: word
    for word in (
        Word("hearing", "听证", "A hearing"),
        Word("appraisal", "鉴定、评审", "An appraisal"),
        Word("testing", "检验、检测", "A test"),
        Word("law", "法律、法规规定的其他情形", "Another ground in law"),
    )
}


def _words(*rows: tuple[str, str, str]) -> dict[str, Word]:
    return {value: Word(value, zh, en) for value, zh, en in rows}


DECLINE_GROUNDS = _words(  # 国办发〔2020〕53号 二(二)：不予受理的情形；潍坊 19：说明理由并告知渠道
    ("court", "应通过诉讼、仲裁解决", "A matter for a court or arbitration"),
    ("discipline", "应由纪检监察机关受理", "A matter for discipline inspection"),
    ("review", "应申请行政复议", "A matter for administrative review"),
    ("disclosure", "应申请政府信息公开", "A request for government information"),
    ("petition", "已进入信访程序", "Already a petition"),
    ("repeated", "已答复，无新的事实和理由", "Answered before, nothing new"),
    ("secret", "涉及国家秘密、商业秘密、个人隐私", "Secrets or privacy"),
    ("elsewhere", "不属本市受理范围", "Outside this city's duties"),
    ("other", "其他", "Other"),
)
TERMINATION_GROUNDS = _words(  # 潍坊 21：终止办理须经中心同意
    ("repeated", "同一事实和理由反复反映，已依法答复", "The same again, answered according to law"),
    (
        "procedure",
        "已进入诉讼、仲裁、复议或信访程序",
        "Now before a court, in arbitration, review or petition",
    ),
    ("uncooperative", "诉求人不配合，无法继续办理", "The caller does not cooperate, it cannot go on"),
    ("gone", "诉求所涉事项已不存在", "What it was about is gone"),
    ("false", "经查不实", "Found to be untrue"),
)
EMERGENCY_SERVICES = _words(
    ("110", "110 公安", "110 police"),
    ("119", "119 消防", "119 fire"),
    ("120", "120 急救", "120 ambulance"),
    ("122", "122 交通事故", "122 traffic accidents"),
)
SUPERVISION_GROUNDS = _words(  # 济南 28、潍坊 26
    ("overdue", "超过办理期限", "Overdue"),
    ("many", "多人反映而未解决", "Many callers, not solved"),
    ("refusal", "推诿、拒不办理", "Refused or passed on"),
    ("untrue", "办理结果不实", "The result is not true"),
    ("effect", "造成不良影响", "Bad effect"),
    ("instruction", "领导批示交办", "A leader's instruction"),
)
ESCALATION_GROUNDS = _words(  # 北京 20、济南 29–30、潍坊 23；巴彦淖尔：重办三次或三个单位无人认领
    ("unclaimed", "多个单位均认为不属其职责", "Several units say it is not their duty"),
    ("redone", "多次重办仍未解决", "Done again several times, still not solved"),
    ("across", "涉及多个部门，协调不成", "Across departments, which do not agree"),
    ("common", "普遍性、政策性问题", "A common matter, or one of policy"),
    ("major", "重大疑难", "Major or difficult"),
)
REFERRAL_OUTCOMES = _words(
    ("talk", "约谈", "A talk"),
    ("notice", "通报批评", "Criticised in a circular"),
    ("accountability", "启动问责", "Accountability proceedings"),
    ("none", "不予处理", "No action"),
)
APPEAL_GROUNDS = _words(  # 国办函〔2025〕66号：不合理诉求不纳入评价
    ("solved", "诉求已解决，评价与事实不符", "Solved: the verdict is not true"),
    (
        "lawful",
        "已依法办理，诉求超出法律政策规定",
        "Handled according to law, more was asked than law allows",
    ),
    ("not_ours", "非本单位职责", "Not this unit's duty"),
    ("malicious", "恶意、反复差评", "Malicious or repeated"),
    ("mistaken", "误评", "Rated by mistake"),
)
ANSWERS = _words(("yes", "是", "Yes"), ("no", "否", "No"))
SOLVED = _words(
    ("solved", "已解决", "Solved"),
    ("partly", "部分解决", "Partly solved"),
    ("unsolved", "未解决", "Not solved"),
)
