"""The reference page of calls and agents, drawn from the tables of machines.py."""

from __future__ import annotations

from hotline.lines.calls.agent_machine import AGENT
from hotline.lines.calls.machines import CALL
from hotline.lines.calls.words import OUTCOME_WORDS, AgentMode, CallState

_STATES = {
    CallState.PROMPT: ("必听提示", "hears a notice that must be heard first"),
    CallState.QUEUED: ("排队", "waits"),
    CallState.RINGING: ("振铃", "waits, an agent's phone rings"),
    CallState.TALKING: ("通话", "talks with an agent"),
    CallState.HELD: ("保持", "hears music, the agent is away"),
    CallState.CONSULTING: ("咨询", "hears music while the agent talks with a third party"),
    CallState.CONFERENCE: ("三方通话", "talks with the agent and a third party"),
    CallState.TRANSFERRING: ("转出中", "hears music while a third party is rung; the agent has left"),
    CallState.AWAITING: ("等待坐席恢复", "hears music; the agent's browser is expected back"),
    CallState.SURVEY: ("满意度", "is asked how it was"),
    CallState.DIALLING: ("外呼中", "outbound: is being rung"),
    CallState.LINKING: ("转接中", "is being put through to a linked hotline"),
    CallState.LINKED: ("已转接", "talks with a linked hotline"),
    CallState.LEAVING: ("告别", "hears a last word, then it ends"),
    CallState.ENDED: ("结束", "is over, with its one outcome"),
}
_MODES = {
    AgentMode.SIGNED_OUT: ("签出", "signed out"),
    AgentMode.NOT_READY: ("未就绪", "not ready"),
    AgentMode.READY: ("就绪", "ready"),
    AgentMode.RESERVED: ("占用", "reserved for a call"),
    AgentMode.RINGING: ("振铃", "his phone rings"),
    AgentMode.BUSY: ("通话", "on a call"),
    AgentMode.WRAP_UP: ("话后处理", "wrap-up"),
    AgentMode.PAUSED: ("小休", "paused"),
}


def page() -> str:
    """``docs/reference/call-states.md``, Chinese and English side by side."""
    return "\n".join(
        [
            "# 来电与坐席的状态 / States of calls and agents",
            "",
            "由 `hotline docs` 依 `lines/calls/machines.py` 生成，请勿手改。Drawn from its tables by `hotline docs`; do not edit.",
            "",
            "## 来电 / Calls",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *(f'    state "{zh}<br>{en}" as {state}' for state, (zh, en) in _STATES.items()),
            "    [*] --> prompt: claimed",
            "    [*] --> linking: claimed",
            "    [*] --> dialling: claimed",
            *_arrows(),
            "    ended --> [*]",
            "```",
            "",
            "任何未结束的来电：主叫挂机（caller_gone）或交换机已不知其通道（lost）即结束。Any call that is not over ends when the caller"
            " hangs up (caller_gone) or the switch knows his channel no more (lost).",
            "",
            "## 结果 / Outcomes",
            "",
            "| outcome | 结果 | meaning |",
            "| --- | --- | --- |",
            *(f"| `{outcome}` | {zh} | {en} |" for outcome, (zh, en) in OUTCOME_WORDS.items()),
            "",
            "## 坐席 / Agents",
            "",
            "| state | 状态 | meaning | events → next |",
            "| --- | --- | --- | --- |",
            *(f"| `{mode}` | {zh} | {en} | {_events(mode)} |" for mode, (zh, en) in _MODES.items()),
            "",
            "“~”：按通话中提出的请求，否则就绪 / what he asked for meanwhile, else ready. 通话中提出的请求（ready、pause、not_ready、"
            "sign_out）在通话结束后生效 / what is asked during a call holds at its end.",
            "",
        ]
    )


def _arrows() -> list[str]:
    everywhere = {"caller_gone", "lost", "claimed"}
    return [
        f"    {row.state} --> {state}: {row.event}"
        for row in CALL
        if row.event not in everywhere
        for state in row.leads_to
        if state is not row.state
    ]


def _events(mode: AgentMode) -> str:
    rows = [(event, after) for (state, event), after in AGENT.items() if state is mode and after is not mode]
    return ", ".join(f"{event} → {f'`{after}`' if after else '~'}" for event, after in rows)
