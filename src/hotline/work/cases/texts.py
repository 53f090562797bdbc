"""What a citizen is told of his case by text message. Nothing of the matter stands in it: anybody may read a telephone.

One text for each act of the table that is for the citizen's notice (a test holds the two together), as operators
approve whole sentences and not a blank for one.
"""

from __future__ import annotations

from hotline.base.kernel.grades import DIGITS
from hotline.base.notices.templates import Template, declare

ACCEPTED = declare(
    "case-accepted", "受理告知", "A request was accepted",
    "您的诉求已受理，编号{number}，查询码{code}，凭编号和查询码可在 {url} 查看进展。", at_once=True, hours=24,
)  # fmt: skip
NEW_CODE = declare(
    "case-new-code", "找回查询码", "A new query code",
    "您的诉求{number}的新查询码为{code}，原查询码已失效，请勿告诉他人。", at_once=True, hours=1,
)  # fmt: skip

_RESULT = declare(
    "case-check", "办理结果告知和评价", "The result, and a link to rate it",
    "您的诉求{number}已有办理结果，请在 {link} 查看并评价，也可直接回复数字：" + DIGITS + "。",
)  # fmt: skip
OF_ACT: dict[str, Template] = {
    "dispatch": declare(
        "case-dispatch", "派单告知", "A request was passed to a unit",
        "您的诉求{number}已交由{unit}办理，应在{deadline}前答复。",
    ),
    "decline": declare(
        "case-decline", "不予受理告知", "A request was declined",
        "您的诉求{number}不属于受理范围，理由和办理渠道请在 {url} 查看。",
    ),
    "check": _RESULT,
    "answered_with_lead": _RESULT,
    "reassign": declare(
        "case-reassign", "改派告知", "Given to another unit",
        "您的诉求{number}改由{unit}办理，应在{deadline}前答复。",
    ),
    "merge": declare(
        "case-merge", "并单告知", "Merged with others on the same matter",
        "您的诉求{number}与反映同一事项的诉求合并办理，结果同样答复您，进展请在 {url} 查看。",
    ),
    "closed_with_lead": declare(
        "case-closed-with-lead", "随主单办结告知", "Closed with what it was merged into",
        "您的诉求{number}已随合并办理的诉求办结，结果请在 {url} 查看。",
    ),
    "grant_shelving": declare(
        "case-shelved", "挂账告知", "A request was shelved",
        "您的诉求{number}一时难以办结，已挂账跟踪，到期复核，进展请在 {url} 查看。",
    ),
    "grant_termination": declare(
        "case-terminated", "终止办理告知", "A request was ended",
        "您的诉求{number}经核定终止办理，原因请在 {url} 查看。",
    ),
    "hand_to_emergency": declare(
        "case-emergency", "转紧急服务告知", "Passed to an emergency service",
        "您的诉求{number}属紧急事项，已即时转由紧急服务处置。如仍有危险，请直接拨打 110、119、120 或 122。",
    ),
    "hand_over": declare(
        "case-handed-over", "转中心告知", "Passed to a specialised centre",
        "您的诉求{number}已转由专业热线中心办理，进展请在 {url} 查看。",
    ),
    "redo": declare("case-redo", "重新办理告知", "A request is handled again", "您的诉求{number}将重新办理，进展请在 {url} 查看。"),
    "grant_extension": declare(
        "case-grant-extension", "延期告知", "The time limit was extended",
        "您的诉求{number}经批准延长办理期限，应在{deadline}前答复。",
    ),
    "pause": declare(
        "case-pause", "暂停计时告知", "The clock is paused",
        "您的诉求{number}因听证、鉴定或检测暂停计时，期间不计入办理期限，进展请在 {url} 查看。",
    ),
}  # fmt: skip
TICKET = "case"
"""The purpose of a link by which a case's caller rates its result."""
