"""Agents with SIP phones that are all one SIPp: their accounts, their registrations, their readiness."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.calls.lab import Lab
from tests.calls.sip import register

from bench.laboratory import within
from bench.sipp import AGENT, HERE, Sipp

MODES = "SELECT count(*) AS n FROM calls_agentstate WHERE staff_id = ANY(%s::uuid[]) AND "


class Crew:
    """``count`` agents of a laboratory, ready; they answer soon, and hang up ``talk_s`` after the answer."""

    def __init__(self, lab: Lab, count: int, port: int) -> None:
        self.lab, self.port = lab, port
        self.staff = [lab.ask(do="agent", name=f"bench-{n}", organisation="centre") for n in range(count)]
        phones = [lab.ask(do="phone", staff=staff) for staff in self.staff]
        self.endpoint: str = phones[0]["auth_user"]
        """A phone of this crew that may also be rung by a bare Dial()."""
        self._tell("sign_in")
        # A contact is where its REGISTER came from, so it must come from the port SIPp will have.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind((HERE, port))
            for phone in phones:
                self._register(line, phone["auth_user"], phone["password"])
        self._all("phone_registered", 30, "not every phone's registration was seen")

    def _register(self, line: socket.socket, user: str, password: str) -> None:
        """A phone just issued is known to the switch a moment later."""
        said = [0]

        def signed_in() -> bool:
            said[0] = register(line, self.lab.sip_port, user, password)
            return said[0] == 200

        within(20, signed_in, f"{user} cannot register, the last answer was {said[0]}")

    def _tell(self, command: str) -> None:
        for staff in self.staff:
            self.lab.ask(do="command", staff=staff, command=command)

    def _all(self, what: str, seconds: float, why: str) -> None:
        within(seconds, lambda: self.lab.one(MODES + what, self.staff)["n"] == len(self.staff), why)

    def be_ready(self) -> None:
        """All of them wait for calls."""
        self._all("mode <> 'signed_out'", 60, "not everybody could sign in")
        self._tell("ready")
        self._all("mode = 'ready'", 60, "not everybody is ready")

    def phones(self, folder: Path, talk_s: float) -> Sipp:
        """Switch the phones on."""
        return Sipp(folder, "agents", AGENT, self.port, "-rtp_echo", "-d", round(talk_s * 1000))
