"""How an agent's state may change, as a table, and nothing else. The documentation's table is drawn from AGENT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from hotline.lines.calls.words import AgentMode


@dataclass(frozen=True, slots=True)
class AgentNow:
    """What an agent is doing and what he has asked to do next."""

    mode: AgentMode
    requested: AgentMode | None = None


AgentEvent = Literal[
    "sign_in", "ready", "pause", "not_ready", "sign_out", "wrap_up_done", "offered", "rang", "answered",
    "not_answered", "withdrawn", "call_over", "invited", "left", "pause_over", "phone_gone",
]  # fmt: skip

AGENT_COMMANDS: tuple[AgentEvent, ...] = (
    "sign_in",
    "ready",
    "pause",
    "not_ready",
    "sign_out",
    "wrap_up_done",
)

_M = AgentMode
_SETTLE: None = None
"""What he asked for while he was busy; else ready."""

_RESTING = (_M.NOT_READY, _M.READY, _M.PAUSED)
_WORKING = (_M.RESERVED, _M.RINGING, _M.BUSY)
_ASK = {"ready": _M.READY, "pause": _M.PAUSED, "not_ready": _M.NOT_READY, "sign_out": _M.SIGNED_OUT}

AGENT: dict[tuple[AgentMode, AgentEvent], AgentMode | None] = {
    (_M.SIGNED_OUT, "sign_in"): _M.NOT_READY,
    **{(mode, "ready"): _M.READY for mode in _RESTING},
    **{(mode, "pause"): _M.PAUSED for mode in _RESTING},
    **{(mode, "not_ready"): _M.NOT_READY for mode in _RESTING},
    **{(mode, "sign_out"): _M.SIGNED_OUT for mode in (*_RESTING, _M.WRAP_UP)},
    **{(mode, "sign_in"): mode for mode in AgentMode if mode is not _M.SIGNED_OUT},
    (_M.READY, "offered"): _M.RESERVED,
    (_M.RESERVED, "rang"): _M.RINGING,
    (_M.RINGING, "rang"): _M.RINGING,  # phones say it as often as they like
    (_M.RESERVED, "answered"): _M.BUSY,
    (_M.RINGING, "answered"): _M.BUSY,
    # An agent who does not answer is not asked again until he says he is ready.
    (_M.RESERVED, "not_answered"): _M.NOT_READY,
    (_M.RINGING, "not_answered"): _M.NOT_READY,
    (_M.RESERVED, "withdrawn"): _SETTLE,
    (_M.RINGING, "withdrawn"): _SETTLE,
    (_M.BUSY, "call_over"): _M.WRAP_UP,
    # He calls somebody himself, or listens to a colleague's call; from the latter there is nothing to write down.
    **{(mode, "invited"): _M.RESERVED for mode in (*_RESTING, _M.WRAP_UP)},
    (_M.BUSY, "left"): _M.NOT_READY,
    **{(mode, "left"): _M.NOT_READY for mode in (_M.RESERVED, _M.RINGING)},
    (_M.WRAP_UP, "wrap_up_done"): _SETTLE,
    (_M.WRAP_UP, "ready"): _M.READY,
    (_M.WRAP_UP, "pause"): _M.PAUSED,
    (_M.WRAP_UP, "not_ready"): _M.NOT_READY,
    # Never silently: the agent and the leader are told (seats.deadlines_passed).
    (_M.PAUSED, "pause_over"): _M.NOT_READY,
    (_M.READY, "phone_gone"): _M.NOT_READY,
}


def agent_step(agent: AgentNow, event: AgentEvent) -> AgentNow | None:
    """The agent after ``event``; None when it may not happen now. A wish while a call is on is kept for its end."""
    if agent.mode in _WORKING and event in _ASK:
        return replace(agent, requested=_ASK[event])
    if (agent.mode, event) not in AGENT:
        return None
    mode = AGENT[agent.mode, event]
    if mode is _SETTLE:
        return AgentNow(agent.requested or _M.READY)
    if mode is _M.NOT_READY and agent.requested in (_M.SIGNED_OUT, _M.PAUSED) and event == "not_answered":
        return AgentNow(agent.requested)
    keeps = mode in (*_WORKING, _M.WRAP_UP)
    return AgentNow(mode, agent.requested if keeps else None)
