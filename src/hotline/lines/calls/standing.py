"""What must stand in the switch for a call, and how to get there: no database, no switch.

``picture`` is the only description of what the switch must hold. What a change of a call tells the switch is the
difference of two pictures (``change``); what a sweep or a successor tells it is the difference between the picture and
what was seen (``still_due``). So whatever a call control that died had not yet said is said by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.lines.calls.call import CallNow, Command, LegNow
from hotline.lines.calls.words import CallState, LegState, Place, Role

RINGBACK = "tone:ring;tonezone=cn"
"""What an agent hears of a third party that is being rung."""

MUSIC = "music"
_UNACCOMPANIED = (CallState.PROMPT, CallState.SURVEY, CallState.LEAVING)
"""Between two prompts nothing is played."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The switch as far as one call goes.

    ``bridges``: who is in each; ``sounds``: what each is played, as (playback id, what), (MUSIC, "") or nothing;
    ``dialled``: legs that are rung or up, but for snoops; ``recording``: (file, bridge).
    """

    ringing: bool = False
    answered: bool = False
    bridges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sounds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dialled: Mapping[str, LegNow] = field(default_factory=dict)
    recording: tuple[str, str] = ("", "")


NOTHING = Picture()


def picture(call: CallNow) -> Picture:
    """What must stand in the switch for ``call``."""
    if call.state is CallState.ENDED:
        return NOTHING
    bridges = {call.bridge: _members(call, Place.MAIN)}
    if aside := _members(call, Place.ASIDE):
        bridges[call.aside] = aside
    if watch := _members(call, Place.WATCH):
        bridges[call.watch] = watch
    dialled = {leg.channel: leg for leg in call.legs if leg.state is not LegState.GONE}
    if call.outbound and (call.state is not CallState.DIALLING or (call.agent and call.agent.up)):
        dialled[call.channel] = LegNow(call.channel, Role.OTHER, endpoint=call.outbound)
    return Picture(
        ringing=call.state is CallState.LINKING and not call.caller_up,
        answered=call.caller_up and not call.outbound,
        bridges=bridges,
        sounds=_sounds(call),
        dialled=dialled,
        recording=(call.recording_name, call.recording) if call.recording else ("", ""),
    )


def _members(call: CallNow, place: Place) -> tuple[str, ...]:
    caller = (call.channel,) if place is Place.MAIN and call.caller_up else ()
    return caller + tuple(leg.channel for leg in call.legs if leg.up and leg.place is place)


def _sounds(call: CallNow) -> dict[str, tuple[str, str]]:
    sounds: dict[str, tuple[str, str]] = {}
    company = any(leg.up and leg.place is Place.MAIN for leg in call.legs)
    agent, other = call.agent, call.other
    if call.playing:
        sounds[call.bridge] = (call.playing, call.saying)
    elif call.state is CallState.DIALLING:
        if agent and agent.up:
            sounds[call.bridge] = (f"t-{call.channel}", RINGBACK)
    elif call.caller_up and not company and call.state not in _UNACCOMPANIED:
        sounds[call.bridge] = (MUSIC, "")
    if other and other.place is Place.ASIDE:
        in_there = agent is not None and agent.up and agent.place is Place.ASIDE
        if other.up and not in_there:
            sounds[call.aside] = (MUSIC, "")
        elif not other.up and in_there:
            sounds[call.aside] = (f"t-{other.channel}", RINGBACK)
    return sounds


# --- from one picture to another -----------------------------------------------------------------------------------------


def change(before: Picture, after: Picture, channel: str) -> tuple[Command, ...]:
    """What the switch must be told so that ``before`` becomes ``after``; ``channel`` is the caller's."""
    commands: list[Command] = []
    if after.answered and not before.answered:
        commands.append(Command("answer", channel=channel))
    if after.ringing and not before.ringing:
        commands.append(Command("ringing", channel=channel))
    if before.recording[0] and before.recording != after.recording:
        commands.append(Command("stop_recording", channel=before.recording[0]))
    commands += _hushed(before, after)
    commands += [Command("open_bridge", bridge=name) for name in after.bridges if name not in before.bridges]
    begun = {name: sound for name, sound in after.sounds.items() if before.sounds.get(name) != sound}
    # What a new bridge plays begins while nobody is in it: a caller who leaves just as a prompt begins would be the end of
    # the switch (docs/adr/0022).
    commands += [_play(name, sound) for name, sound in begun.items() if name not in before.bridges]
    commands += _moved(before, after)
    commands += [_play(name, sound) for name, sound in begun.items() if name in before.bridges]
    commands += [_dial(leg) for leg in after.dialled.values() if leg.channel not in before.dialled]
    if after.recording[0] and before.recording != after.recording:
        commands.append(Command("record", channel=after.recording[0], bridge=after.recording[1]))
    commands += [Command("hang_up", channel=leg) for leg in before.dialled if leg not in after.dialled]
    commands += [Command("close_bridge", bridge=name) for name in before.bridges if name not in after.bridges]
    return tuple(commands)


def _hushed(before: Picture, after: Picture) -> list[Command]:
    """What was played and is no more ends, before anything else is heard."""
    over = [(name, one) for name, one in before.sounds.items() if after.sounds.get(name) != one]
    return [
        Command("silence", bridge=name) if sound == MUSIC else Command("stop_playing", channel=sound)
        for name, (sound, _) in over
        if name in after.bridges
    ]


def _moved(before: Picture, after: Picture) -> list[Command]:
    """Who goes to another bridge is taken there by joining it; who goes nowhere is parted."""
    stays = {member for members in after.bridges.values() for member in members}
    parts = [
        Command("part", channel=member, bridge=name)
        for name, members in before.bridges.items()
        for member in members
        if member not in stays and member in after.dialled
    ]
    joins = [
        Command("join", channel=member, bridge=name)
        for name, members in after.bridges.items()
        for member in members
        if member not in before.bridges.get(name, ())
    ]
    return parts + joins


def _play(bridge: str, sound: tuple[str, str]) -> Command:
    name, what = sound
    if name == MUSIC:
        return Command("music", bridge=bridge)
    return Command("play", channel=name, bridge=bridge, what=what)


def _dial(leg: LegNow) -> Command:
    verb = "snoop" if leg.role is Role.SNOOP else "dial"
    return Command(verb, channel=leg.channel, what=leg.endpoint, leg=leg)  # type: ignore[arg-type]


# --- making good -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What the switch's lists say: who is in which bridge, which playbacks go on, which recording."""

    bridges: Mapping[str, tuple[str, ...]]
    playbacks: frozenset[str] = frozenset()
    recordings: frozenset[str] = frozenset()


def commands_for(call: CallNow) -> tuple[Command, ...]:
    """All commands that bring a switch that knows but the channels to where ``call`` stands; each may be given twice.

    A leg that has yet to ring is not among them, but for whom the caller, or the agent, waits: a linked hotline's, a citizen's.
    An offer is made anew (`ring_lost`).
    """
    wanted = picture(call)
    again = {channel: leg for channel, leg in wanted.dialled.items() if _dialled_again(call, leg)}
    calm = [
        Command("silence", bridge=name)
        for name in wanted.bridges
        if wanted.sounds.get(name, ("",))[0] != MUSIC
    ]
    whole = change(
        NOTHING,
        Picture(wanted.ringing, wanted.answered, wanted.bridges, wanted.sounds, again, wanted.recording),
        call.channel,
    )
    return (*whole, *calm) if call.state is not CallState.ENDED else ()


def awaited(call: CallNow) -> LegNow | None:
    """The one party without whom this call is none, while it is being rung: the linked hotline, or the citizen called."""
    if call.state is CallState.LINKING:
        return call.other
    return picture(call).dialled.get(call.channel) if call.state is CallState.DIALLING else None


def _dialled_again(call: CallNow, leg: LegNow) -> bool:
    return leg == awaited(call) and leg.rings


def may_be_amiss(call: CallNow, bridges: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the switch's list of bridges leaves a doubt.

    What is being played and recorded is in no list: that has to be looked at.
    """
    wanted = picture(call)
    unseen = bool(wanted.recording[0]) or any(name != MUSIC for name, _ in wanted.sounds.values())
    return unseen or bool(_lacking(call, Seen(bridges)))


def still_due(call: CallNow, seen: Seen, *, taken_up: bool) -> tuple[Command, ...]:
    """What the switch must be told: nothing where nothing lacks, unless the call was just taken up again."""
    lacking = _lacking(call, seen)
    if not lacking and not taken_up:
        return ()
    # Who is in his bridge stays in it, what plays goes on; the rest does no harm when it is said again.
    whole = [c for c in (*_astray(call, seen), *commands_for(call)) if c in lacking or c.verb not in _SEEN]
    return tuple(whole)


_SEEN = ("open_bridge", "join", "part", "play", "record")
"""Whether these were obeyed can be seen."""


def _lacking(call: CallNow, seen: Seen) -> tuple[Command, ...]:
    def obeyed(command: Command) -> bool:
        match command.verb:
            case "open_bridge":
                return command.bridge in seen.bridges
            case "join":
                return command.channel in seen.bridges.get(command.bridge, ())
            case "play":
                return command.channel in seen.playbacks
            case "record":
                return command.channel in seen.recordings
            case _:
                return True

    return (*_astray(call, seen), *(c for c in commands_for(call) if not obeyed(c)))


def _astray(call: CallNow, seen: Seen) -> tuple[Command, ...]:
    """Legs of this call that stand in one of its bridges and should stand in none."""
    wanted = picture(call)
    placed = {member for members in wanted.bridges.values() for member in members}
    return tuple(
        Command("part", channel=member, bridge=name)
        for name in wanted.bridges
        for member in seen.bridges.get(name, ())
        if member in wanted.dialled and member not in placed
    )
