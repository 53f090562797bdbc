"""The switch laboratory with its web and worker, joined with a reference far centre that has an Asterisk of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from hotline.project.runtime.switch import tools
from tests.calls.conftest import _quick
from tests.calls.lab import CACHE, CHECKOUT, Lab, until

from .far import TOKEN, Far

LINKED = ("12348", "12315", "12366")


class Joined(Lab):
    """`far` stands for 12348, 12315 and 12366; `police` for 110. Both know our telephone and our API, and we theirs."""

    def __init__(self) -> None:
        found = tools(CACHE, print)
        self.far = Far(*LINKED, telephone=found)
        self.police = Far("110", telephone=found, token=TOKEN)
        trunks = (
            f"far,linked,127.0.0.1,{self.far.sip},udp,{'|'.join(LINKED)},,alaw|ulaw,,\n"
            f"police-away,emergency,127.0.0.1,{self.police.sip + 1},udp,110,,alaw|ulaw,,\n"
            f"police,emergency,127.0.0.1,{self.police.sip},udp,110,,alaw|ulaw,,\n"
        )
        super().__init__(trunks, self._city)
        self._beside: list[subprocess.Popen[bytes]] = []

    def _city(self, folder: Path) -> None:
        _quick(folder)
        # To 12366 no header goes: the telephone network between the two is somebody else's.
        rows = [f"{n},{self.far.base_url(n)},far.pem,{'no' if n == '12366' else 'yes'}" for n in LINKED]
        rows.append(f"110,{self.police.base_url('110')},police.pem,yes")
        with (folder / "links.csv").open("a", encoding="utf-8") as file:
            file.write("\n".join([*rows, ""]))
        self.folder = folder

    def start(self) -> None:
        for centre, name in ((self.far, "far"), (self.police, "police")):
            centre.settings["telephone"]["hotline_sip"] = self.sip_port
            centre.start()
            shutil.copy(centre.folder / "ca.pem", self.folder / f"{name}.pem")
        super().start()
        port = json.loads((self.home / "ports.json").read_text())["web"]
        self._beside = [
            self._spawn(name, [sys.executable, "-m", "hotline.project.cli", name])
            for name in ("web", "worker")
        ]
        until(20, lambda: _listens(port), "the web did not start: " + self.log("web"))
        self._give_tokens(f"http://127.0.0.1:{port}/api/v1")

    def _give_tokens(self, url: str) -> None:
        """Each side gets the other's token, by the commands an operator uses."""
        ours = {
            number: self.hotline(
                "token",
                "add",
                f"far {number}",
                "--right",
                "handover.push",
                "--organisation",
                f"linked-{number}",
                "--json",
            )
            for number in LINKED
        }
        self.far.do(
            "hotline", url=url, tokens={number: json.loads(said)["token"] for number, said in ours.items()}
        )
        for number in (*LINKED, "110"):
            self.hotline("link", "token", number, given=TOKEN)

    def hotline(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hotline.project.cli", *arguments],
            env=self.environment, cwd=CHECKOUT, input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def link(self, number: str) -> str:
        """The state of a link as the worker has found it."""
        row = self.maybe("SELECT state FROM handover_link WHERE number = %s", number)
        return str(row["state"]) if row else "unknown"

    def stop(self) -> None:
        for process in self._beside:
            process.terminate()
        for process in self._beside:
            process.wait(20)
        super().stop()
        self.far.stop()
        self.police.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
