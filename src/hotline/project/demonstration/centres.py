"""Far centres for `hotline demo centres`: the reference one of `reference/farcentre` stands as 12348, 12315, 12366 and as 110.

Loopback only, and refused beside any trunk that leads outside. The running instance is joined with them the way a city joins
its own: a folder with their trunks and links is loaded, tokens are exchanged; at the end the city's own folder is loaded again.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Problem
from hotline.base.people import actions as people
from hotline.base.people import queries as organisations
from hotline.joined.handover import far_centres
from hotline.project.cli.load import load_city
from hotline.project.config import Config, free_port
from hotline.project.demonstration.history import ACTOR, refuse_beside_real_lines
from hotline.project.runtime.switch import Tools

LINKED = ("12348", "12315", "12366")
EMERGENCY = "110"
READY_WITHIN_S = 60

Say = Callable[[str], object]


@dataclass
class Centre:
    """One far centre's process, told over its control door how to behave."""

    name: str
    kind: str
    numbers: tuple[str, ...]
    folder: Path
    sip: int
    https: int
    control: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    process: subprocess.Popen[bytes] | None = None

    def start(self, instance: Config, tools: Tools) -> None:
        """Run it. Raises Problem when it does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rtp = free_port()
        settings = {
            "numbers": self.numbers, "folder": str(self.folder), "https": self.https, "control": self.control,
            "token": self.token, "control_key": self.key, "with_parent": True,
            "hotline_url": f"http://127.0.0.1:{instance.ports['web']}/api/v1",
            "telephone": {
                "asterisk": str(tools.asterisk), "modules": str(tools.modules), "data": str(tools.data), "sip": self.sip,
                "rtp": [rtp, rtp + 100], "agi": free_port(), "hotline_sip": instance.sip_port,
            },
        }  # fmt: skip
        path = self.folder / "settings.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(settings))
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reference.farcentre", str(path)],
                cwd=instance.checkout, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout
        if not self.process.stdout.readline():
            raise Problem(
                "far-centre", f"{self.name} 没有启动，见 {self.folder}/log.txt",
                f"{self.name} did not start, see {self.folder}/log.txt",
            )  # fmt: skip

    def tell(self, verb: str, **said: Any) -> None:
        """Change how it behaves (reference/farcentre/README.md)."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.control}/{verb}", json.dumps(said).encode(),
            headers={"Authorization": f"Bearer {self.key}"},
        )  # fmt: skip
        urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310 - our own child on loopback

    def stop(self) -> None:
        """End it, its Asterisk with it."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def joined(instance: Config, tools: Tools, say: Say) -> Iterator[list[Centre]]:
    """The instance joined with far centres inside the block; as it was before at its end. Raises Conflict beside real lines."""
    refuse_beside_real_lines()
    root = instance.home / "demo-centres"
    centres = [
        Centre("far", "linked", LINKED, root / "far", free_port(), free_port(), free_port()),
        Centre("police", "emergency", (EMERGENCY,), root / "police", free_port(), free_port(), free_port()),
    ]
    issued = []
    try:
        for centre in centres:
            say(f"  {centre.name}: {'、'.join(centre.numbers)}")
            centre.start(instance, tools)
        load_city(_folder(instance.city_dir, root / "city", centres))
        for centre in centres:
            for number in centre.numbers:
                far_centres.set_token(ACTOR, number, centre.token)
        keys = {}
        for number in LINKED:
            unit = organisations.organisation_by_key(f"linked-{number}")
            expires = clock.now() + timedelta(days=1)
            token, keys[number] = people.issue_token(
                ACTOR, f"demo {number}", ["handover.push"], unit.id, expires_at=expires
            )
            issued.append(token)
        centres[0].tell("hotline", tokens=keys)
        yield centres
    finally:
        for centre in centres:
            centre.stop()
        load_city(instance.city_dir)
        for token in issued:
            people.revoke_token(ACTOR, token.id)
        shutil.rmtree(root, ignore_errors=True)


def _folder(city: Path, copy: Path, centres: list[Centre]) -> Path:
    """The city's folder with the far centres' trunks and links."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(city, copy)
    with (copy / "trunks.csv").open("a", encoding="utf-8") as trunks:
        for centre in centres:
            serves = "|".join(centre.numbers)
            trunks.write(
                f"demo-{centre.name},{centre.kind},127.0.0.1,{centre.sip},udp,{serves},,alaw|ulaw,,\n"
            )
    links = copy / far_centres.FILE
    if not links.is_file():
        links.write_text(",".join(far_centres.COLUMNS) + "\n", encoding="utf-8")
    with links.open("a", encoding="utf-8") as file:
        for centre in centres:
            shutil.copy(centre.folder / "ca.pem", copy / f"demo-{centre.name}.pem")
            for number in centre.numbers:
                file.write(f"{number},https://127.0.0.1:{centre.https}/{number},demo-{centre.name}.pem,yes\n")
    return copy
