"""Which request of the switch each verb of the machines is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hotline.lines.calls import limits
from hotline.lines.calls.machines import CallNow, Command
from hotline.lines.calls.switch.dialplan import CORRELATION_HEADER

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
            path = sound(command.what)
            return (
                Request("POST", f"/bridges/{bridge}/play/{channel}", {"media": f"sound:{path}"})
                if path
                else None
            )
        case "stop_playing":
            return Request("DELETE", f"/playbacks/{channel}")
        case "music":
            return Request("POST", f"/bridges/{bridge}/moh")
        case "silence":
            return Request("DELETE", f"/bridges/{bridge}/moh")
        case "hang_up":
            return Request("DELETE", f"/channels/{channel}", {"reason_code": str(command.cause)})
        case "ring_agent":
            return _originate(app, call, channel, f"PJSIP/{command.what}", "agent", limits.seconds("ring"))
        case "dial_linked":
            target = f"PJSIP/{call.number}@trunk-{command.what}"
            return _originate(app, call, channel, target, "linked", limits.seconds("link"))


def _originate(app: str, call: CallNow, channel: str, endpoint: str, role: str, seconds: int) -> Request:
    """The agent's phone shows the number dialled, not the caller's: that stands masked on his screen."""
    variables = {"CALL_ID": str(call.id), "LEG_ID": channel, "ROLE": role, "CALL_NUMBER": call.number}
    if role == "linked":
        variables[f"PJSIP_HEADER(add,{CORRELATION_HEADER})"] = call.correlation
    params = {
        "endpoint": endpoint,
        "app": app,
        "callerId": f'"{call.number}" <{call.number}>',
        "timeout": str(seconds + GRACE_SECONDS),
        "formats": "alaw,ulaw",
    }
    return Request("POST", f"/channels/{channel}", params, {"variables": variables})
