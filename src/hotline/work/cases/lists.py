"""The work lists of cases: which cases stand in each, and in which order they are worked through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from hotline.work.cases.states import OVER, State

DUE_SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class WorkList:
    """A list somebody works through: which cases, and in which order they are due."""

    zh: str
    en: str
    states: tuple[State, ...]
    order: tuple[str, ...] = ("id",)
    due_within: timedelta | None = None
    step_late: bool = False
    duties: tuple[str, ...] = ()
    passed_down: bool = False
    """``duties``: cases about which the reader's units were asked something of these kinds; ``passed_down``: those his unit
    passed down; both beside the cases that are his."""

    @property
    def beside(self) -> bool:
        """Whether it holds cases that need not be the reader's."""
        return bool(self.duties) or self.passed_down

    def condition(self, now: datetime) -> Q:
        """The cases of this list."""
        return Q(state__in=[state.value for state in self.states]) & self.time(now)

    def time(self, now: datetime) -> Q:
        """What it asks of the clocks; nothing, for most."""
        if self.due_within is not None:
            return Q(clock_running=True, deadline_at__lt=now + self.due_within)
        return Q(step_due_at__lt=now) if self.step_late else Q()


_OPEN = tuple(state for state in State if state not in OVER)
_BY_DEADLINE = ("deadline_at", "id")
NEWEST: tuple[str, ...] = ("-id",)
LISTS: dict[str, WorkList] = {
    "to_dispatch": WorkList("待派单", "To dispatch", (State.ACCEPTED, State.WAITING_DISPATCH)),
    "returns": WorkList("退单待审", "Returns to decide", (State.RETURN_ASKED,)),
    "extensions": WorkList("延期待审", "Extensions to decide", (State.EXTENSION_ASKED,), _BY_DEADLINE),
    "paused": WorkList("暂停计时", "Paused", (State.PAUSED,)),
    "shelved": WorkList("挂账", "Shelved", (State.SHELVED,), ("step_due_at", "id")),
    "decisions": WorkList(
        "挂账、终止待审", "Shelving and endings to decide", (State.SHELVING_ASKED, State.TERMINATION_ASKED)
    ),
    "handed_over": WorkList("已转中心待结果", "With another centre", (State.HANDED_OVER,)),
    "to_sign": WorkList("待签收", "To sign for", (State.DISPATCHED,), _BY_DEADLINE),
    "to_reply": WorkList("待回复", "To reply", (State.SIGNED, State.EXTENSION_ASKED), _BY_DEADLINE),
    "to_check": WorkList("待审核", "To check", (State.REPLIED,)),
    "to_visit": WorkList("待回访", "To visit", (State.WAITING_VISIT,)),
    "due_soon": WorkList(
        "24 小时内到期及已超时", "Due within 24 hours or late", _OPEN, _BY_DEADLINE, DUE_SOON
    ),
    "overdue": WorkList("已超时", "Overdue", _OPEN, _BY_DEADLINE, timedelta(0)),
    "step_late": WorkList("环节超时", "A step is late", _OPEN, ("step_due_at", "id"), step_late=True),
    "asked_of_us": WorkList(
        "待答复的督办、协办等", "Asked of us", _OPEN, NEWEST, duties=("assist", "slip", "confer")
    ),
    "escalated": WorkList(
        "提级和移送", "Escalated or referred", _OPEN, NEWEST, duties=("escalation", "referral")
    ),
    "appeals": WorkList("评价申诉", "Appeals", tuple(State), NEWEST, duties=("appeal",)),
    "passed_down": WorkList("已转下级", "Passed down", _OPEN, _BY_DEADLINE, passed_down=True),
    "open": WorkList("未办结", "Open", _OPEN, NEWEST),
    "closed": WorkList("已办结", "Closed", (State.CLOSED,), NEWEST),
    "archived": WorkList("已归档", "Archived", (State.ARCHIVED,), NEWEST),
}
