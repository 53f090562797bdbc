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
