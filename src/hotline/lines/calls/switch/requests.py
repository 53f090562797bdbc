"""Which request of the switch each verb of the machines is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hotline.lines.calls import limits
from hotline.lines.calls.call import OR, CallNow, Command, LegNow
from hotline.lines.calls.switch.dialplan import CORRELATION_HEADER

WISHED_HEADER = "X-Rejoin"
"""On the ringing of an agent who asked for it himself (back to his call, calling out, listening): his phone answers by
itself."""

GRACE_SECONDS = 5
"""The switch's own limit on ringing, should call control die: a little beyond ours."""


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


def request(app: str, call: CallNow, command: Command, sound: Callable[[str], str | None]) -> Request | None:
    """The request for ``command``; None when there is nothing to ask, as for a prompt that was never made."""
    bridge, channel = command.bridge, command.channel
    match command.verb:
        case "answer":
            return Request("POST", f"/channels/{channel}/answer")
        case "ringing":
            return Request("POST", f"/channels/{channel}/ring")
        case "open_bridge":
            return Request("POST", f"/bridges/{bridge}", {"type": "mixing"})
        case "close_bridge":
            return Request("DELETE", f"/bridges/{bridge}")
        case "join":
            return Request("POST", f"/bridges/{bridge}/addChannel", {"channel": channel})
        case "part":
            return Request("POST", f"/bridges/{bridge}/removeChannel", {"channel": channel})
        case "play":
            media = _media(command.what, sound)
            return Request("POST", f"/bridges/{bridge}/play/{channel}", {"media": media}) if media else None
        case "stop_playing":
            return Request("DELETE", f"/playbacks/{channel}")
        case "music":
            return Request("POST", f"/bridges/{bridge}/moh")
        case "silence":
            return Request("DELETE", f"/bridges/{bridge}/moh")
        case "hang_up":
            return Request("DELETE", f"/channels/{channel}", {"reason_code": str(command.cause)})
        case "record":
            params = {"name": channel, "format": "wav", "ifExists": "fail", "maxDurationSeconds": "0"}
            return Request("POST", f"/bridges/{bridge}/record", params)
        case "stop_recording":
            return Request("POST", f"/recordings/live/{channel}/stop")
        case "snoop":
            whisper = "out" if command.leg and command.leg.mode == "whisper" else "none"
            params = {"app": app, "spy": "both", "whisper": whisper}
            return Request("POST", f"/channels/{command.what}/snoop/{channel}", params)
        case "dial":
            assert command.leg is not None
            return _originate(app, call, command.leg)


def _media(what: str, sound: Callable[[str], str | None]) -> str | None:
    """Prompts joined by + are heard one after the other; None when any of them was never made."""
    if what.startswith("tone:"):
        return what
    paths = [sound(one) for one in what.split("+")]
    return ",".join(f"sound:{path}" for path in paths) if all(paths) else None


def _originate(app: str, call: CallNow, leg: LegNow) -> Request:
    """An agent's phone shows the number dialled, not the caller's: that stands masked on his screen."""
    variables = {
        "CALL_ID": str(call.id),
        "LEG_ID": leg.channel,
        "ROLE": leg.role.value,
        "CALL_NUMBER": call.number,
    }
    if leg.agent_id is None:
        variables[f"PJSIP_HEADER(add,{CORRELATION_HEADER})"] = call.correlation
    elif leg.offer_id is None:
        variables[f"PJSIP_HEADER(add,{WISHED_HEADER})"] = "yes"
    seconds, shown = limits.seconds(leg.patience), leg.shows or call.number
    params = {
        "endpoint": leg.endpoint.partition(OR)[0],
        "app": app,
        "callerId": f'"{shown}" <{shown}>',
        "timeout": str(seconds + GRACE_SECONDS),
        "formats": "alaw,ulaw",
    }
    return Request("POST", f"/channels/{leg.channel}", params, {"variables": variables})
