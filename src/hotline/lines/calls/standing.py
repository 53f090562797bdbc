"""What must stand in the switch for each state of a call, and nothing else: no database, no switch.

A call control that dies between a commit and the commands that follow it leaves a caller nobody answered, a bridge
nobody opened, a leg nobody joined. Whoever takes the call up again, and every sweep, compares and makes good.
"""

from __future__ import annotations

from collections.abc import Collection

from hotline.lines.calls.machines import CallNow, Command
from hotline.lines.calls.words import CallState


def commands_for(call: CallNow) -> tuple[Command, ...]:
    """All commands that bring a switch that knows but the channels to where ``call`` stands; each may be given twice.

    A leg that has yet to ring is not among them, but for a linked hotline's: an offer is made anew (`ring_lost`).
    """
    open_bridge = Command("open_bridge", bridge=call.bridge)
    answer = Command("answer", channel=call.channel)
    caller = Command("join", channel=call.channel, bridge=call.bridge)
    leg = Command("join", channel=call.leg, bridge=call.bridge)
    silence, music = Command("silence", bridge=call.bridge), Command("music", bridge=call.bridge)
    match call.state:
        case CallState.PROMPT:
            return answer, open_bridge, caller, _play(call, call.prompt)
        case CallState.QUEUED | CallState.RINGING:
            # Which of the prompts it was is not kept: that all agents are busy is true whenever one waits.
            return answer, open_bridge, caller, _play(call, "queue-wait") if call.playing else music
        case CallState.TALKING:
            return answer, open_bridge, silence, caller, leg
        case CallState.HELD:
            return answer, open_bridge, caller, Command("part", channel=call.leg, bridge=call.bridge), music
        case CallState.LINKING:
            ringing = Command("ringing", channel=call.channel)
            return ringing, open_bridge, Command("dial_linked", channel=call.leg, what=call.linked_trunk)
        case CallState.LINKED:
            return answer, open_bridge, caller, leg
        case CallState.ENDED:
            return ()


def _play(call: CallNow, prompt: str) -> Command:
    return Command("play", channel=call.playing, bridge=call.bridge, what=prompt)


def may_be_amiss(call: CallNow, members: Collection[str] | None) -> bool:
    """Whether the switch's list of bridges leaves a doubt; ``members``: the channels in the call's, None without one.

    Whether a prompt is being played is in no list: that has to be looked at.
    """
    return bool(call.playing) or bool(_lacking(call, members, playing=False))


def still_due(
    call: CallNow, members: Collection[str] | None, *, playing: bool, taken_up: bool
) -> tuple[Command, ...]:
    """What the switch must be told: nothing where nothing lacks, unless the call was just taken up again."""
    lacking = _lacking(call, members, playing=playing)
    if not lacking and not taken_up:
        return ()
    # Who is in the bridge stays in it, what plays goes on; the rest does no harm when it is said again.
    return tuple(c for c in commands_for(call) if c in lacking or c.verb not in _SEEN)


_SEEN = ("open_bridge", "join", "part", "play")
"""Whether these were obeyed can be seen."""


def _lacking(call: CallNow, members: Collection[str] | None, *, playing: bool) -> tuple[Command, ...]:
    inside = members or ()
    obeyed = {"open_bridge": members is not None, "play": playing}
    return tuple(
        command
        for command in commands_for(call)
        if command.verb in _SEEN
        and not obeyed.get(command.verb, (command.channel in inside) is (command.verb == "join"))
    )
