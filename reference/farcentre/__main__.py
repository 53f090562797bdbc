"""Run a far centre:  python -m reference.farcentre SETTINGS.json

The settings: numbers, folder, https (port), control (port), token, hotline_url, hotline_tokens {number: token}, main,
authority (PEM, optional), and telephone {asterisk, modules, data, sip, rtp [from, to], agi, hotline_sip} or null.
Prints one JSON line when it is ready; ends with SIGTERM, or when it is told `quit`.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from reference.farcentre.centre import Centre
from reference.farcentre.telephone import Lines, Program, Telephone
from reference.farcentre.web import certificate, control_door, protocol_door, serve


def main() -> None:
    """Read the settings, open the doors, stay until told to stop."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(given["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    centre = Centre(
        tuple(given["numbers"]), folder, given["token"], given.get("hotline_url", ""), given.get("hotline_tokens", {}),
        given.get("main", "12345"), given.get("authority", ""),
    )  # fmt: skip
    telephone = _telephone(centre, given.get("telephone"))
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    key = given.get("control_key") or secrets.token_urlsafe(16)
    serve(given["https"], protocol_door(centre), certificate(folder))
    if telephone:
        telephone.start()
    serve(given["control"], control_door(centre, key, _verbs(centre, telephone, stopping)))
    pids = telephone.pids if telephone else [os.getpid()]
    sys.stdout.write(json.dumps({"ready": True, "pids": pids, "control_key": key}) + "\n")
    sys.stdout.flush()
    parent = os.getppid()
    while not stopping.wait(0.5):
        if given.get("with_parent") and os.getppid() != parent:
            break
    if telephone:
        telephone.stop()


def _telephone(centre: Centre, given: dict[str, Any] | None) -> Telephone | None:
    if not given:
        return None
    program = Program(Path(given["asterisk"]), Path(given["modules"]), Path(given["data"]))
    lines = Lines(given["sip"], (given["rtp"][0], given["rtp"][1]), given["agi"], given["hotline_sip"])
    return Telephone(centre, program, lines)


def _verbs(centre: Centre, telephone: Telephone | None, stopping: threading.Event) -> Any:
    def do(verb: str, said: dict[str, Any]) -> dict[str, Any]:
        match verb:
            case "desk":
                return centre.desk(said.pop("number"), said)
            case "look":
                return centre.everything()
            case "hotline":
                centre.hotline_url = said.get("url", centre.hotline_url)
                centre.hotline_tokens |= said.get("tokens", {})
                return {}
            case "hand_over":
                status, answer = centre.hand_over(said.pop("number"), **said)
                return {"status": status, "answer": answer}
            case "post":
                status, answer = centre.post(
                    said["number"], said["path"], said["body"], token=said.get("token")
                )
                return {"status": status, "answer": answer}
            case "say_outcome":
                status, answer = centre.say_outcome(said.pop("number"), said.pop("message_id"), **said)
                return {"status": status, "answer": answer}
            case "give_over" if telephone:
                telephone.give_over(said["channel"], said.get("correlation", ""), said.get("digits", ""))
                return {}
            case "cli" if telephone:
                return {"said": telephone.cli(said["command"])}
            case "quit":
                stopping.set()
                return {}
        raise ValueError(f"no verb {verb}")

    return do


if __name__ == "__main__":
    main()
