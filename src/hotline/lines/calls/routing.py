"""Where a call goes first: a pure function of what the dialplan said and of the register. No database, no switch."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hotline.lines.calls.call import CallNow
from hotline.lines.calls.matching import LAST_IN_LINE, URGENT_PRIORITY
from hotline.lines.calls.rules import Menu, Plan
from hotline.lines.calls.words import CallState
from hotline.lines.numbers.plan import Behaviour, NumberPlan, Plans

EMERGENCY_PRIORITY = URGENT_PRIORITY
"""Before everybody who waits; smaller is earlier."""

LAST_PRIORITY = LAST_IN_LINE
"""Behind everybody who waits."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the switch said of a new call."""

    channel: str
    number: str
    dialled: str
    trunk: str
    behaviour: str
    caller: str
    notice: bool
    """Our notice is due: the operator has not played it."""
    linked_trunk: str
    returned: bool
    """It carries our correlation id: it was already sent to its own hotline."""
    correlation: str = ""
    """What a far centre marked it with when it handed it over."""


@dataclass(frozen=True, slots=True)
class Route:
    """The call as it begins, and why it is unlike others of its line."""

    call: CallNow
    marks: tuple[str, ...]


def plan_of(plans: Plans, number: str) -> NumberPlan | None:
    """The register's plan of a number; None for the main number and emergencies."""
    return next((plan for plan in plans.numbers if plan.number == number), None)


def menu_of(hour: Plan | None) -> Menu | None:
    """The menu of the hour's plan, if there is one."""
    return hour.menu if hour else None


def hears_announcements(arrival: Arrival) -> bool:
    """Whether its caller is to hear what is announced, before he waits; who was with another centre has heard enough."""
    return arrival.behaviour != "emergency" and not (arrival.returned or arrival.correlation)


def route(
    id: UUID,
    arrival: Arrival,
    plans: Plans,
    *,
    seats_open: bool,
    announced: tuple[str, ...] = (),
    restricted: bool = False,
    hour: Plan | None = None,
) -> Route:
    """``seats_open``: the line's own seats inside 12345 are staffed now (53号 二(二)2). ``announced``: what is to be heard
    today after the greeting; never before an emergency, nor by who is put through elsewhere or came from there.
    ``hour``: what the city's plan says of this moment (rules.py); a menu is no more for emergencies than an announcement.
    ``restricted``: he has abused the hotline; he is told so and waits behind everybody (restrictions)."""
    plan = plan_of(plans, arrival.number)
    main: tuple[str, ...] = (plans.main,)
    skills, prompt, priority, marks = main, "welcome", 0, list[str]()
    heard_first: tuple[str, ...] = ()
    state = CallState.PROMPT
    match arrival.behaviour:
        case Behaviour.NOTICE_THEN_QUEUE.value:
            skills = (arrival.number, plans.main)
            if arrival.notice and plan and plan.notice_prompt:
                heard_first = (plan.notice_prompt,)
        case Behaviour.OWN_SEATS.value if seats_open:
            skills = (arrival.number,)
        case Behaviour.OWN_SEATS.value:
            prompt, marks = "closed", ["own_seats_closed"]
        case Behaviour.LINKED.value if arrival.linked_trunk:
            state = CallState.LINKING
            skills = (arrival.number, plans.main)
        case Behaviour.LINKED.value:
            skills = (arrival.number, plans.main)
            prompt = "welcome" if arrival.returned else "linked-to-12345"
            marks = ["returned" if arrival.returned else "no_linked_trunk"]
        case Behaviour.NOT_MERGED.value:
            marks = ["not_merged"]
        case "emergency":
            prompt, priority, marks = "emergency-front", EMERGENCY_PRIORITY, ["emergency"]
    if hour and hour.say and prompt == "welcome":
        prompt = hour.say
    if announced and hears_announcements(arrival) and state is CallState.PROMPT:
        heard_first = (*(heard_first or (prompt,)), *announced)
        marks.append("announced")
    menu = menu_of(hour) if hears_announcements(arrival) and state is CallState.PROMPT else None
    if menu:
        heard_first = (*(heard_first or (prompt,)), menu.prompt)
    if restricted and arrival.behaviour != "emergency":
        heard_first, priority = ("restricted", *(heard_first or (prompt,))), LAST_PRIORITY
        marks.append("restricted")
    call = CallNow(
        id=id,
        channel=arrival.channel,
        number=arrival.number,
        line=skills[0],
        behaviour=arrival.behaviour,
        skills=skills,
        prompts=heard_first,
        prompt=prompt,
        menu=menu,
        linked_trunk=arrival.linked_trunk if state is CallState.LINKING else "",
        back_if_unanswered=bool(plan and plan.answered_here_if_unanswered),
        priority=priority,
        state=state,
    )
    return Route(call, tuple(marks))
