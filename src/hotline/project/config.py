"""What this instance is: where it lives, which ports it uses, its secrets. Plain Python, no Django.

Everything an operator sets comes from ``HOTLINE_*`` environment variables; everything else is chosen once and kept in
the instance's home (``ports.json``, ``secrets.json``), so a second start is the same instance.
"""

from __future__ import annotations

import json
import os
import secrets as randomness
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import quote

from hotline.base.kernel import private

CHECKOUT = Path(__file__).resolve().parents[3]

LOWEST_PORT, USUAL_OUTGOING = 10000, 32768
"""Inner ports lie between these, below those the kernel gives to outgoing connections."""
RTP_PORTS = 400
"""UDP ports for voice: two a leg, so 200 legs at once on a small machine; HOTLINE_RTP_PORTS widens it."""


class ConfigurationError(Exception):
    """A setting is wrong. Carries the sentence in Chinese and English, naming the variable."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigurationError(
            f"环境变量 {name} 应为 1–65535 的整数，现为“{text}”。",
            f"Environment variable {name} must be a whole number from 1 to 65535, not “{text}”.",
        )
    return int(text)


def free_port(taken: Collection[int] = (), run: int = 1) -> int:
    """The first of ``run`` adjacent loopback ports (even, as RTP wants), free for TCP and UDP and none of ``taken``.

    Never one the kernel may give to an outgoing connection: a part that is started again would find its port in use.
    """
    room = _outgoing_from() - run - LOWEST_PORT
    for _ in range(500 if room > 0 else 0):
        start = randomness.randbelow(room) + LOWEST_PORT
        start -= start % 2
        wanted = range(start, start + run)
        # A long run is only probed at its ends: the range is reserved for this instance by ports.json.
        if not any(port in wanted for port in taken) and all(map(_is_free, {wanted[0], wanted[-1]})):
            return start
    raise ConfigurationError("找不到空闲端口。", "No free port could be found.")


def _outgoing_from() -> int:
    """The first port of outgoing connections; where an operator has widened them to nearly all, inner ports lie among them."""
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        first = USUAL_OUTGOING
    return first if first >= LOWEST_PORT + 5000 else USUAL_OUTGOING


def _is_free(port: int) -> bool:
    return all(_can_bind(port, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def _can_bind(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class Config:
    """One instance. ``HOTLINE_PORT`` and ``HOTLINE_SIP_PORT`` are the only ports the outside needs (plus RTP)."""

    home: Path
    city_dir: Path
    port: int
    sip_port: int
    host: str
    database_url: str | None
    cache: Path
    sandbox: bool
    slots: int
    rtp_address: str
    checkout: Path = field(default=CHECKOUT)

    @classmethod
    def from_environment(cls) -> Config:
        """Read ``HOTLINE_*``. Raises ConfigurationError naming the variable that is wrong."""
        home = Path(os.environ.get("HOTLINE_HOME") or CHECKOUT / "var").resolve()
        city_dir = Path(os.environ.get("HOTLINE_CITY") or CHECKOUT / "cities" / "quanzhou").resolve()
        if not (city_dir / "city.yaml").is_file():
            raise ConfigurationError(
                f"HOTLINE_CITY 指向的目录里没有 city.yaml：{city_dir}",
                f"The folder HOTLINE_CITY points to holds no city.yaml: {city_dir}",
            )
        return cls(
            home=home,
            city_dir=city_dir,
            port=_number("HOTLINE_PORT", 8000),
            sip_port=_number("HOTLINE_SIP_PORT", 5060),
            host=os.environ.get("HOTLINE_HOST", "").strip(),
            database_url=os.environ.get("DATABASE_URL") or None,
            cache=Path(os.environ.get("HOTLINE_CACHE") or home / "cache").resolve(),
            sandbox=os.environ.get("HOTLINE_SANDBOX", "") == "1",
            slots=_number("HOTLINE_SLOTS", 1),
            rtp_address=os.environ.get("HOTLINE_RTP_ADDRESS", "").strip(),
        )

    @cached_property
    def ports(self) -> dict[str, int]:
        """Loopback ports of the inner processes, chosen once: postgres, web, live, asterisk_http, callcontrol, rtp_start, rtp_end."""
        path = self.home / "ports.json"
        known: dict[str, int] = json.loads(path.read_text()) if path.is_file() else {}
        taken = set(known.values()) | {self.port, self.sip_port}
        for name in ("postgres", "web", "live", "asterisk_http", "caddy_admin"):
            if name not in known:
                known[name] = free_port(taken)
                taken.add(known[name])
        if "callcontrol" not in known:
            known["callcontrol"] = free_port(taken, run=max(self.slots, 8))
            taken.update(range(known["callcontrol"], known["callcontrol"] + max(self.slots, 8)))
        if "rtp_start" not in known:
            width = _number("HOTLINE_RTP_PORTS", RTP_PORTS)
            start = int(os.environ.get("HOTLINE_RTP_START") or 0)
            known["rtp_start"] = start or free_port(taken, run=width)
            known["rtp_end"] = known["rtp_start"] + width - 1
        text = json.dumps(known, indent=1, sort_keys=True) + "\n"
        if not path.is_file() or path.read_text() != text:
            private.write(path, text)
        return known

    def renew_taken_ports(self) -> list[str]:
        """Before a start: forget inner ports that another program took meanwhile and choose others; returns their names."""
        taken = [
            name
            for name, port in self.ports.items()
            if not name.startswith("rtp_") and not _can_bind(port, socket.SOCK_STREAM)
        ]
        if taken:
            kept = {name: port for name, port in self.ports.items() if name not in taken}
            private.write(self.home / "ports.json", json.dumps(kept, indent=1, sort_keys=True) + "\n")
            del self.__dict__["ports"]
        return taken

    @cached_property
    def secrets(self) -> dict[str, str]:
        """This instance's own secrets, generated at first use, mode 0600. Losing ``field_key`` loses every sealed field."""
        path = self.home / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
        missing = {"django", "field_key", "index_key", "postgres", "ari", "callcontrol"} - known.keys()
        if missing:
            known |= {name: randomness.token_urlsafe(48)[:64] for name in missing}
            private.write(path, json.dumps(known, indent=1, sort_keys=True) + "\n")
        return known

    @property
    def dsn(self) -> str:
        """The database to connect to: ``DATABASE_URL`` or the embedded one."""
        if self.database_url:
            return self.database_url
        password = quote(self.secrets["postgres"], safe="")
        return f"postgresql://hotline:{password}@127.0.0.1:{self.ports['postgres']}/hotline"

    def cookie(self, name: str) -> str:
        """A cookie's whole name. Copies on one machine share the host name and so the cookie jar: the port keeps them apart."""
        return f"hotline_{name}_{self.port}"

    @property
    def origin(self) -> str:
        """The one address browsers use, without a trailing slash."""
        if self.host:
            return f"https://{self.host}" if self.port == 443 else f"https://{self.host}:{self.port}"
        return f"http://localhost:{self.port}"


@lru_cache(maxsize=1)
def config() -> Config:
    """The instance this process belongs to."""
    return Config.from_environment()
