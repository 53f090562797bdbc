"""Where a 诉求件 may stand, whose turn it is there, and what has to be done there within a time of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """Where a case stands."""

    ACCEPTED = "accepted"
    WAITING_DISPATCH = "waiting_dispatch"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    RETURN_ASKED = "return_asked"
    EXTENSION_ASKED = "extension_asked"
    PAUSED = "paused"
    SHELVING_ASKED = "shelving_asked"
    SHELVED = "shelved"
    TERMINATION_ASKED = "termination_asked"
    UPPER_CHECK = "upper_check"
    REPLIED = "replied"
    WAITING_VISIT = "waiting_visit"
    MERGED = "merged"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Step(StrEnum):
    """What has a time limit of its own on the way (签收、首次联系、审核、回访…), beside the limit for handling it all."""

    DISPATCH = "dispatch"
    SIGN = "sign"
    CONTACT = "contact"
    DECIDE = "decide"
    CHECK = "check"
    VISIT = "visit"
    REVIEW = "review"
    OUTCOME = "outcome"


STEPS: dict[Step, tuple[str, str]] = {
    Step.DISPATCH: ("派单", "dispatch"),
    Step.SIGN: ("签收", "signing"),
    Step.CONTACT: ("首次联系诉求人", "first contact with the caller"),
    Step.DECIDE: ("审批申请", "deciding what was asked"),
    Step.CHECK: ("审核", "checking the reply"),
    Step.VISIT: ("回访", "the return visit"),
    Step.OUTCOME: ("跟踪外转结果", "asking the other centre for its result"),
    Step.REVIEW: ("挂账复核", "looking again at what was shelved"),
}

Mover = Literal["centre", "owner", "visitor", "nobody"]


@dataclass(frozen=True, slots=True)
class StateRow:
    """A state in words: ``mover`` is whose turn it is, ``citizen_*`` is what the citizen reads on the portal, ``step`` what
    must be done in it within a time of its own."""

    state: State
    zh: str
    en: str
    mover: Mover
    citizen_zh: str
    citizen_en: str
    step: Step | None = None


STATES: dict[State, StateRow] = {
    row.state: row
    for row in (
        StateRow(
            State.ACCEPTED, "已受理", "Accepted", "centre",
            "12345 已经受理，正在确定由谁来办。", "12345 has your request and is deciding who will handle it.", Step.DISPATCH,
        ),
        StateRow(
            State.WAITING_DISPATCH, "待派单", "Waiting for dispatch", "centre",
            "12345 正在确定承办单位。", "12345 is choosing the unit that will handle it.", Step.DISPATCH,
        ),
        StateRow(
            State.DISPATCHED, "已派单", "Dispatched", "owner",
            "已交给承办单位，等待其签收。", "It was passed to the unit, which has yet to sign for it.", Step.SIGN,
        ),
        StateRow(
            State.SIGNED, "已签收", "Signed for", "owner",
            "承办单位正在办理。", "The unit is working on it.", Step.CONTACT,
        ),
        StateRow(
            State.RETURN_ASKED, "退单待审", "Return asked", "centre",
            "承办单位认为不属其职责，12345 正在核定。", "The unit says it is not its duty; 12345 is deciding.", Step.DECIDE,
        ),
        StateRow(
            State.EXTENSION_ASKED, "延期待审", "Extension asked", "centre",
            "承办单位申请延长办理期限，12345 正在核定。", "The unit asks for more time; 12345 is deciding.", Step.DECIDE,
        ),
        StateRow(
            State.PAUSED, "暂停计时", "Paused", "owner",
            "正在听证、鉴定或检测，期间不计入办理期限。", "A hearing, an appraisal or a test is under way; its time does not count.",
        ),
        StateRow(
            State.SHELVING_ASKED, "挂账待审", "Shelving asked", "centre",
            "承办单位说明一时难以办结，12345 正在核定。", "The unit says it cannot be done for now; 12345 is deciding.", Step.DECIDE,
        ),
        StateRow(
            State.SHELVED, "挂账", "Shelved", "owner",
            "一时难以办结，已挂账跟踪，到期复核。", "It cannot be done for now; it is kept in view and looked at again.", Step.REVIEW,
        ),
        StateRow(
            State.TERMINATION_ASKED, "终止待审", "Termination asked", "centre",
            "承办单位申请终止办理，12345 正在核定。", "The unit asks to end it; 12345 is deciding.", Step.DECIDE,
        ),
        StateRow(
            State.UPPER_CHECK, "上级审核", "Checked by the unit above", "owner",
            "承办单位的上级正在审核办理结果。", "The unit above is checking the result.", Step.CHECK,
        ),
        StateRow(
            State.REPLIED, "已回复待审核", "Replied, to be checked", "centre",
            "承办单位已经回复，12345 正在审核。", "The unit has replied; 12345 is checking the reply.", Step.CHECK,
        ),
        StateRow(
            State.WAITING_VISIT, "待回访", "Waiting for return visit", "visitor",
            "已有办理结果，请您评价；我们也会回访您。", "There is a result. Please rate it; we will also call you back.", Step.VISIT,
        ),
        StateRow(
            State.MERGED, "已并单", "Merged", "nobody",
            "与反映同一事项的诉求合并办理，结果同样答复您。", "It is handled with others on the same matter; you get the same answer.",
        ),
        StateRow(
            State.HANDED_OVER, "已转中心", "Handed to another centre", "centre",
            "已转由专业热线中心办理，12345 跟踪结果。", "A specialised centre handles it; 12345 follows it up.", Step.OUTCOME,
        ),
        StateRow(
            State.CLOSED, "已办结", "Closed", "nobody",
            "已经办结。", "It is closed.",
        ),
        StateRow(
            State.ARCHIVED, "已归档", "Archived", "nobody",
            "已经办结归档。", "It is closed and archived.",
        ),
    )
}  # fmt: skip

UNITS = tuple(row.state for row in STATES.values() if row.mover == "owner")
"""States in which it is the unit's turn."""

OVER = (State.CLOSED, State.ARCHIVED)
"""States in which a case is over."""

WITH_A_UNIT = (
    State.DISPATCHED, State.SIGNED, State.RETURN_ASKED, State.EXTENSION_ASKED, State.PAUSED, State.SHELVING_ASKED, State.SHELVED,
    State.TERMINATION_ASKED, State.UPPER_CHECK,
)  # fmt: skip
"""States in which a unit has it in hand, whoever's turn it is."""
