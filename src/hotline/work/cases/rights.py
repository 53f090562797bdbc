"""The rights this room guards."""

from hotline.base.kernel.rights import declare

declare("case.create", "登记诉求件", "File a case")
declare("case.list", "查看诉求件列表", "List cases")
declare("case.read", "查看诉求件", "Read a case")
declare("case.reveal", "查看诉求人未脱敏信息（留痕）", "See the caller's unmasked data (logged)")
declare("case.answer", "即时答复", "Answer at once")
declare("case.dispatch", "派单及核定退单", "Dispatch, and decide on returns")
declare("case.extend", "核定延期、责令恢复计时", "Decide on extensions and end pauses")
declare("case.urge", "催办", "Urge the unit")
declare("case.sign", "签收及申请退单", "Sign for a case, ask to return it")
REPLY = declare("case.reply", "回复办理结果", "Reply with a result")
declare("case.check", "审核办理结果", "Check a reply")
declare("case.visit", "回访", "Make the return visit")
declare("case.redo", "办结后重办", "Reopen a closed case")
declare("case.close", "直接办结", "Close without a visit")
declare("case.merge", "并单、拆单、归入群体事件", "Merge and split cases, group them")
declare("case.shelve", "核定挂账和终止", "Decide on shelving and on ending a case")
declare("case.supervise", "督办、会商、提级、移送", "Supervise, call meetings, escalate, refer")
declare("case.decide_escalated", "决定提级件", "Decide what was escalated")
declare("case.answer_referral", "答复问责移送", "Answer referrals for accountability")
declare("case.appeal", "核定评价申诉和不纳入评价", "Decide appeals and what counts in the rates")
declare("case.verdicts", "查看三率和不纳入评价清单", "See the rates and what is left out of them")
declare(
    "case.contact",
    "通过平台联系诉求人（不显示号码）",
    "Call a case's contact through the platform, the number unseen",
)
