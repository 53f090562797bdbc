"""Cases of the demonstration: what was asked, and who did what with it when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.calendar import city_calendar
from hotline.base.people import queries as people
from hotline.lines.calls.demonstration import PastCall
from hotline.work.cases import actions as cases
from hotline.work.cases.intake import Asking
from hotline.work.cases.states import State

Step = tuple[str, float, dict[str, Any]]
"""An act, after how many working hours it comes, and its fields."""

DAY_BEGINS, DAY_ENDS = time(8, 30), time(17, 30)
_GRADES = ("very_satisfied", "satisfied", "satisfied", "fair")


def _who(label: str) -> Actor:
    return system(f"演示{label} / demonstration")


WHO = {
    "answer_at_once": _who("话务员"), "hand_to_dispatch": _who("话务员"), "dispatch": _who("派单员"),
    "grant_return": _who("派单员"), "refuse_return": _who("派单员"), "check": _who("审核员"), "send_back": _who("审核员"),
    "record_visit": _who("回访员"), "close": _who("回访员"), "sign_for": _who("经办人"), "ask_return": _who("经办人"),
    "contact": _who("经办人"), "reply": _who("经办人"), "ask_extension": _who("经办人"), "pause": _who("经办人"), "resume": _who("经办人"),
    "grant_extension": _who("派单员"), "refuse_extension": _who("派单员"), "urge": _who("派单员"),
}  # fmt: skip


class Storyteller:
    """Makes up cases and lets them take their course."""

    def __init__(self, texts: dict[str, Any], random: Random, now: datetime) -> None:
        self._texts, self._random, self._now = texts, random, now
        self._units = list(people.organisations(accepts_cases=True).filter(in_jurisdiction=True))
        # The first thousand of the code table, so that the same month is told the same way.
        self._places = people.find_divisions(level="town", limit=1000)

    def tell(self, call_id: UUID, call: PastCall, *, leave_in: State | None = None) -> str:
        """File a case out of ``call`` and do the acts whose time has come, or up to the state ``leave_in``.

        Returns the state it stands in.
        """
        requests = [one for one in self._texts["requests"] if leave_in is None or "reply" in one]
        request = self._random.choice(requests)
        at = call.at + timedelta(seconds=call.prompt_s + call.wait_s + (call.talk_s or 0) * 0.8)
        with clock.at(at):
            filed = cases.accept(WHO["answer_at_once"], self._asking(request, call_id, call))
        version, state = filed.version, filed.state
        for act, hours, fields in self._course(request, leave_in):
            at = self._later(at, hours)
            if at > self._now or state == leave_in:
                break
            with clock.at(at):
                case = cases.perform(WHO[act], filed.id, act, version, fields)
            version, state = case.version, case.state
        return state

    def _asking(self, request: dict[str, Any], call_id: UUID, call: PastCall) -> Asking:
        choose = self._random.choice
        words = {
            "road": choose(self._texts["roads"]),
            "estate": choose(self._texts["estates"]),
            "time": choose(["晚上十点", "凌晨一点", "早上七点半", "傍晚六点", "晚上九点半"]),
            "days": choose(["三", "四", "五", "六", "八"]),
            "months": choose(["两", "三", "五", "七"]),
        }
        place = choose(self._places) if self._places else None
        return Asking(
            type=request["type"],
            matter=request["matter"],
            content=request["content"].format(**words),
            channel="phone",
            division=place.code if place else "",
            address=f"{words['road']}（演示地址）",
            name=choose(self._texts["surnames"]) + choose(self._texts["titles"]),
            phone=call.phone,
            confidential=bool(request.get("confidential")),
            call_id=call_id,
            answer=request.get("answer", ""),
            demo=True,
        )

    def _course(self, request: dict[str, Any], leave_in: State | None) -> Iterator[Step]:
        """The acts a case goes through after it was accepted, with the working hours between them."""
        if request.get("answer"):
            return
        chance, hours = self._random.random, self._random.uniform
        unit = self._unit(request["unit"].strip())
        yield "hand_to_dispatch", hours(0.02, 0.2), {}
        yield "dispatch", hours(0.2, 3), {"unit": str(unit)}
        returned = leave_in is State.RETURN_ASKED or chance() < 0.10
        if returned:
            yield (
                "ask_return",
                hours(1, 6),
                {"reason": "经核对三定方案，本事项不在本单位职责范围内，建议改派主管部门。"},
            )
            if chance() < 0.6:
                yield "grant_return", hours(0.5, 3), {}
                yield "dispatch", hours(0.2, 1), {"unit": str(self._unit("")), "designated": True}
            else:
                yield "refuse_return", hours(0.5, 3), {"reason": "职责交叉，按首接负责由你单位牵头办理。"}
        # Who lost two days over a return has no time left in which to ask for more.
        yield from self._handling(request["reply"], leave_in, in_time=not returned)
        if chance() < 0.08:
            yield (
                "close",
                hours(6, 20),
                {"ground": "unreachable", "reason": "三次在不同时段回访均未接通，已发短信告知结果。"},
            )
            return
        if chance() < 0.12:
            yield (
                "record_visit",
                hours(2, 16),
                {"grade": "dissatisfied", "reason": "问题过了两天又出现，希望彻底解决。"},
            )
            yield from self._handling("再次到场处理，并与诉求人当面确认；" + request["reply"])
        yield "record_visit", hours(2, 16), {"grade": self._random.choice(_GRADES)}

    def _handling(
        self, reply: str, leave_in: State | None = None, *, in_time: bool = False
    ) -> Iterator[Step]:
        """From dispatched to an approved reply."""
        chance, hours = self._random.random, self._random.uniform
        yield "sign_for", hours(0.3, 8), {}
        if chance() < 0.85:
            said = self._random.choice(
                ("已电话说明处理办法和时间。", "已与诉求人约定现场查看。", "已核实情况，诉求人补充了地点。")
            )
            yield "contact", hours(0.2, 5), {"contact": "reached", "note": said}
        if leave_in is State.PAUSED or (in_time and chance() < 0.04):
            yield (
                "pause",
                hours(0.5, 3),
                {"ground": "testing", "reason": "已送第三方检测，预计五个工作日出具报告。"},
            )
            yield "resume", hours(20, 40), {}
        elif leave_in is State.EXTENSION_ASKED or (in_time and chance() < 0.08):
            yield "ask_extension", hours(0.5, 3), {"days": 3, "reason": "需会同产权单位现场勘验，请予延期。"}
            if chance() < 0.7:
                yield "grant_extension", hours(0.5, 3), {"days": 3}
            else:
                yield "refuse_extension", hours(0.5, 3), {"reason": "事项清楚，请按期办结。"}
        elif chance() < 0.1:
            yield "urge", hours(1, 4), {"note": "诉求人再次来电询问进展，请尽快联系。"}
        yield "reply", hours(4, 45), {"reply": reply}
        if chance() < 0.1:
            yield "send_back", hours(0.5, 4), {"reason": "答复未说明具体时间和后续措施，请补充。"}
            yield "reply", hours(2, 12), {"reply": reply + "后续由专人每周回看一次，连续一个月。"}
        yield "check", hours(0.5, 6), {}

    def _unit(self, word: str) -> UUID:
        fitting = [unit for unit in self._units if word and word in unit.name]
        # Some go to a county or a zone: where nothing fits, any node may get it.
        if not fitting or self._random.random() < 0.2:
            fitting = self._units
        return self._random.choice(fitting).id

    def _later(self, at: datetime, hours: float) -> datetime:
        """``hours`` working hours after ``at``, in the office's time."""
        calendar = city_calendar()
        local, left = clock.local(at), timedelta(hours=hours)
        while True:
            begins = datetime.combine(local.date(), DAY_BEGINS, tzinfo=local.tzinfo)
            ends = datetime.combine(local.date(), DAY_ENDS, tzinfo=local.tzinfo)
            start = max(local, begins)
            if calendar.is_working(local.date()) and start + left <= ends:
                return start + left
            if calendar.is_working(local.date()) and start < ends:
                left -= ends - start
            local = begins + timedelta(days=1)
            if local > self._now + timedelta(days=1):
                return local
