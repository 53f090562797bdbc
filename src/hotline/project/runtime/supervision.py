"""What runs: every part of an instance, and supervisord's configuration that keeps them running."""

from __future__ import annotations

import os
import shlex
import sys
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.project.config import Config, ConfigurationError
from hotline.project.runtime import front_door
from hotline.project.runtime import part as wrapper
from hotline.project.runtime.postgres import Postgres
from hotline.project.runtime.process import Process
from hotline.project.runtime.service_user import service_user

SOCKET_LIMIT = 90
"""Bytes a unix socket's path may have (108), less what supervisord appends while it makes it."""


@dataclass(frozen=True)
class Part:
    """One kept process. `after`: loopback ports that must listen before it starts."""

    name: str
    command: Sequence[str]
    after: Sequence[int] = ()
    stop: str = "TERM"
    drop: bool = False
    patience: int = 10
    environment: dict[str, str] = field(default_factory=dict)


def parts(config: Config, telephony: bool) -> list[Part]:
    """Every part of this instance in starting order; they are stopped in the opposite one."""
    python, hotline = sys.executable, [sys.executable, "-m", "hotline.project.cli"]
    ports = config.ports
    database = [] if config.database_url else [ports["postgres"]]
    found = []
    if not config.database_url:
        found.append(Part("postgres", embedded(config).command(), stop="INT", drop=True, patience=60))
    if telephony:
        found.append(Part("asterisk", [*hotline, "asterisk"], database, patience=5))
    found += [
        Part("web", [*hotline, "web"], database),
        Part(
            "live",
            [python, "-m", "granian", "--host", "127.0.0.1", "--port", str(ports["live"]), "--interface", "asgi",
             "--no-ws", "--log-level", "warning", "--respawn-failed-workers", "--workers-kill-timeout", "2",
             "hotline.faces.desk.live:app"],
            database, patience=5,
        ),
        Part("worker", [*hotline, "worker"], database),
    ]  # fmt: skip
    if telephony:
        found += [
            Part(f"callcontrol-{n}", [*hotline, "callcontrol", str(n)], database)
            for n in range(1, config.slots + 1)
        ]
    caddyfile = config.home / "run/Caddyfile"
    found.append(
        Part(
            "caddy",
            [str(front_door.program()), "run", "--config", str(caddyfile), "--adapter", "caddyfile"],
            patience=5,
        )
    )
    return found


def embedded(config: Config) -> Postgres:
    """The embedded database of this instance."""
    return Postgres(config.home, config.ports["postgres"], config.secrets["postgres"])


def run_folder(home: Path) -> Path:
    """Where records of running processes, sockets and generated configuration lie."""
    return home / "run"


def supervisor_record(home: Path) -> Path:
    return run_folder(home) / "supervisor.pid"


def part_record(home: Path, name: str) -> Path:
    """Where a part's pid and start time lie."""
    return run_folder(home) / "parts" / f"{name}.pid"


def leftovers(home: Path) -> tuple[list[Process], list[Process]]:
    """(parts, database) that are still alive by pid and start time: what a killed supervisor left behind."""
    parts: list[Process] = []
    database: list[Process] = []
    for record in (run_folder(home) / "parts").glob("*.pid"):
        process = Process.read(record)
        if process is not None and process.members():
            (database if record.stem == "postgres" else parts).append(process)
    return parts, database


def configuration(config: Config, kept: Sequence[Part]) -> str:
    """supervisord.conf: in the foreground, every part restarted whenever it dies, one log a part, rotated."""
    run, logs = run_folder(config.home), config.home / "log"
    socket = run / "supervisor.sock"
    if len(str(socket).encode()) > SOCKET_LIMIT:
        raise ConfigurationError(
            f"HOTLINE_HOME 的路径过长:{config.home}", f"The path of HOTLINE_HOME is too long: {config.home}"
        )
    text = f"""[supervisord]
nodaemon=true
silent=true
{_as_root()}logfile={_escaped(logs / "supervisord.log")}
pidfile={_escaped(run / "supervisord.own.pid")}
directory=/
childlogdir={_escaped(logs)}
identifier=hotline

[unix_http_server]
file={_escaped(socket)}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    for priority, one in enumerate(kept, 1):
        text += f"""
[program:{one.name}]
command={_escaped(shlex.join(_wrapped(config, one)))}
priority={priority}
autorestart=true
startsecs=1
startretries=1000000
stopsignal={one.stop}
stopwaitsecs={one.patience}
stopasgroup={"false" if one.name == "postgres" else "true"}
killasgroup=true
redirect_stderr=true
stdout_logfile={_escaped(logs / f"{one.name}.log")}
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=3
"""
    # supervisord stops one group after the other, the members of a group at once: the database is the last.
    announce = Part("announce", [sys.executable, "-m", "hotline.project.cli", "announce"])
    together = ",".join(one.name for one in kept if one.name != "postgres")
    text += f"""
[group:parts]
programs={together}
priority=500

[program:announce]
command={_escaped(shlex.join(_wrapped(config, announce)))}
priority=999
autorestart=false
startsecs=0
stopasgroup=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
redirect_stderr=true
"""
    return text


def supervisor(home: Path) -> Any:
    """supervisord's own interface over its socket; every call raises OSError when it is not running."""
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport(None, None, f"unix://{run_folder(home) / 'supervisor.sock'}")
    return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor


def _wrapped(config: Config, one: Part) -> list[str]:
    record = part_record(config.home, one.name)
    user = service_user() if one.drop else None
    drop = ["--user", f"{user.pw_uid}:{user.pw_gid}"] if user else []
    after = [word for port in one.after for word in ("--after", str(port))]
    return [sys.executable, "-S", wrapper.__file__, one.name, str(record), *drop, *after, "--", *one.command]


def _escaped(text: object) -> str:
    """% starts an expansion in supervisord.conf, and a ; behind a space a comment."""
    return str(text).replace("%", "%%")


def _as_root() -> str:
    """supervisord wants it said that running as root is meant; an ordinary user may have no name (in a container)."""
    return "user=root\n" if os.geteuid() == 0 else ""
