"""Where an Asterisk lives, and where its sounds are: what its files are generated from besides the register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

Sounds = Callable[[str], str | None]
"""Prompt id → absolute path without extension; None while the prompt has not been made, then a tone is played."""


class Rings(NamedTuple):
    """How long the dialplan rings by itself, in seconds (`calls` in city.yaml)."""

    linked: int
    """A linked hotline's centre."""
    emergency: int
    """An emergency service, before the next of its trunks is tried."""
    duty: int
    """The duty telephones, when no call control answers."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where this Asterisk lives: folders, ports and secrets of the instance."""

    home: Path
    sip_port: int
    http_port: int
    callcontrol_port: int
    slots: int
    rtp: tuple[int, int]
    ari_password: str
    callcontrol_password: str
    rings: Rings
    host: str = ""
    """The public name, empty on one machine (browsers on localhost)."""
    rtp_address: str = ""
    """The address media is sent to when it differs from the machine's own."""
    data: Path | None = None
    modules: Path | None = None

    @property
    def root(self) -> Path:
        """Everything of Asterisk's lies below this folder."""
        return self.home / "asterisk"
