"""Whom a call can be put through to, by the name desks give them: ``linked:12348``, ``agent:<id>``, ``line:12329``,
``emergency:110``, ``duty:<trunk>:<number>``."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from hotline.base.kernel.errors import Fault, Invalid, Problem
from hotline.lines.calls.call import OR, LegNow
from hotline.lines.calls.models import AgentState, QueueEntry
from hotline.lines.calls.switch import trunks
from hotline.lines.calls.words import AgentMode, Role
from hotline.lines.numbers.plan import Plans


@dataclass(frozen=True, slots=True)
class Target:
    """One a desk can name. ``state`` is what this room knows: open, busy, closed or unknown."""

    to: str
    name: str
    number: str
    kind: str
    state: str
    waiting: int | None = None


def listing(plans: Plans, asked_by: UUID) -> list[Target]:
    """The lines, agents, duty telephones and emergency services, in the order of the desk's menu; the state of linked
    centres is known elsewhere (handover). Two queries and the register."""
    agents = AgentState.objects.exclude(mode=AgentMode.SIGNED_OUT).exclude(staff_id=asked_by).order_by("name")
    waiting: dict[str, int] = {}
    for skills in QueueEntry.objects.filter(waiting=True).values_list("skills", flat=True):
        waiting[skills[0]] = waiting.get(skills[0], 0) + 1
    lines = [Target(f"line:{n}", name, n, "line", "open", waiting.get(n, 0)) for n, name in _lines(plans)]
    duty = [(trunk.name, number) for trunk in plans.trunks for number in trunk.duty]
    return [
        *lines,
        *(Target(f"agent:{a.staff_id}", a.name, "", "agent", _agent_state(a)) for a in agents),
        *(Target(f"duty:{trunk}:{number}", number, number, "duty", "unknown") for trunk, number in duty),
        *(_emergency(one.number, bool(one.trunk)) for one in plans.emergency),
    ]


def _emergency(number: str, reachable: bool) -> Target:
    names = {str(row["number"]): str(row["name"]) for row in settings.CITY["emergency_numbers"]}
    state = "open" if reachable else "unreachable"
    return Target(f"emergency:{number}", names.get(number, number), number, "emergency", state)


def _lines(plans: Plans) -> list[tuple[str, str]]:
    """The queues of this centre: the main number's, and those of hotlines with seats of their own here."""
    own = [(plan.number, plan.name) for plan in plans.numbers if plan.seats_hours is not None]
    return [(plans.main, str(settings.CITY["hotline"]["name"])), *own]


def _agent_state(agent: AgentState) -> str:
    if agent.mode == AgentMode.READY and agent.phone_registered:
        return "open"
    return "busy" if agent.call_id else "closed"


def outside(to: str, channel: str, plans: Plans) -> LegNow:
    """The leg to somebody who is not an agent of ours. Raises Problem when there is no such, or no way to him."""
    kind, _, rest = to.partition(":")
    trunk: str | None = None
    number = rest
    if kind == "linked":
        trunk = next((plan.linked_trunk for plan in plans.numbers if plan.number == rest), None)
    elif kind == "emergency":
        # Every way there is; the first is dialled, the others one after the other should it fail (acts.another_way).
        ways = next((one.trunks for one in plans.emergency if one.number == rest), ())
        trunk = OR.join(trunks.best_first(ways)) or None
    elif kind == "duty":
        name, _, number = rest.partition(":")
        trunk = next((one.name for one in plans.trunks if one.name == name and number in one.duty), None)
    else:
        raise unknown(to)
    if trunk is None:
        raise Problem(
            "no-way",
            f"{number} 没有可用的中继，请改用外线电话。",
            f"There is no trunk to {number}; use an outside telephone.",
            status=409,
        )
    return LegNow(channel, Role.OTHER, endpoint=f"PJSIP/{number}@trunk-{trunk}", target=to)


def unknown(to: str) -> Invalid:
    """A target nobody knows."""
    return Invalid([Fault("args.to", f"不认识的转接对象“{to}”", f"Unknown target “{to}”")])
