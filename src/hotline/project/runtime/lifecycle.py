"""One instance's life: prepare, start, ask how it is, stop; leave nothing behind."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import signal
import socket
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from hotline.project.config import Config, ConfigurationError
from hotline.project.runtime import front_door, supervision
from hotline.project.runtime.enabled import Enabled
from hotline.project.runtime.packages import Say
from hotline.project.runtime.prepare import Preparation
from hotline.project.runtime.process import Process, stop


def prepare(config: Config, say: Say) -> list[str]:
    """Make everything ready and return supervisord's command line, which the caller becomes.

    Raises ConfigurationError when the instance runs already, a port is taken or a step cannot be done.
    """
    run = supervision.run_folder(config.home)
    (run / "parts").mkdir(parents=True, exist_ok=True)
    for private in ("run", "log", "asterisk"):  # sockets, what was logged about people, recordings
        (config.home / private).mkdir(exist_ok=True)
        (config.home / private).chmod(0o700)
    only_one(run / "start.lock", config)
    _refuse_running(config)
    if ended := stop_everything(config.home):
        say(f"清理了上次遗留的 {ended} 个进程 / stopped {ended} processes left over from last time")
    for name in config.renew_taken_ports():
        say(f"内部端口 {name} 已被占用,另选 / inner port {name} was taken, another one is chosen")
    refuse_taken_ports(config)
    preparation = Preparation(config, say)
    preparation.run()
    off = preparation.telephony_off
    kept = supervision.parts(config, telephony=not off)
    Enabled(tuple(part.name for part in kept), off).write(config.home)
    if off:
        say(_loud(off))
    (run / "Caddyfile").write_text(front_door.caddyfile(config))
    conf = run / "supervisord.conf"
    conf.write_text(supervision.configuration(config, kept))
    _inherit(config)
    # execv keeps pid and start time: this is supervisord's record already.
    Process.of(os.getpid()).write(supervision.supervisor_record(config.home))
    say("▶ 启动 / starting: " + " ".join(part.name for part in kept))
    return [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(conf)]


def stop_everything(home: Path) -> int:
    """Stop the supervisor (which stops its parts) and whatever a killed one left; returns how many processes there were."""
    record = supervision.supervisor_record(home)
    supervisor = Process.read(record)
    ended = 0
    if supervisor is not None and supervisor.alive:
        ended += sum(map(len, supervision.leftovers(home))) + stop([supervisor], patience=120)
    others, database = supervision.leftovers(home)
    ended += stop(others, patience=20)
    # The database last, and with its fast shutdown: SIGTERM would wait for whoever is still connected.
    ended += stop(database, patience=60, first=signal.SIGINT)
    record.unlink(missing_ok=True)
    return ended


def status(config: Config) -> dict[str, Any]:
    """{running, ready, telephony, telephony_reason, processes[{name,state,pid,since}], parts[{name,ok,detail}]}; never
    raises when it is down."""
    supervisor = Process.read(supervision.supervisor_record(config.home))
    found: dict[str, Any] = {
        "running": bool(supervisor and supervisor.alive),
        "ready": False,
        "telephony": "off",
        "telephony_reason": Enabled.read(config.home).telephony_off,
    }
    found |= {"processes": [], "parts": []}
    if not found["running"]:
        return found
    with contextlib.suppress(OSError):
        found["processes"] = [
            {
                "name": row["name"],
                "state": row["statename"],
                "pid": row["pid"] or None,
                "since": row["description"],
            }
            for row in supervision.supervisor(config.home).getAllProcessInfo()
            if row["name"] != "announce"
        ]
    if answer := health(config):
        found |= {
            "ready": answer["status"] == "ok",
            "telephony": answer["telephony"],
            "parts": answer["parts"],
        }
    return found


def health(config: Config) -> dict[str, Any] | None:
    """What /healthz answers through the front door, 503 included; None while nothing answers."""
    address = f"{'https' if config.host else 'http'}://127.0.0.1:{config.port}/healthz"
    # On this machine, to ourselves: the certificate may be our own authority's or carry another name.
    trust = ssl._create_unverified_context() if config.host else None  # noqa: S323
    request = urllib.request.Request(address, headers={"Host": config.host or "localhost"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30, context=trust) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        if error.code != 503:
            return None
        try:
            found = json.loads(error.read())
        except ValueError:
            return None
    except (OSError, ValueError):
        return None
    return found


def addresses(config: Config, found: dict[str, Any]) -> str:
    """What a person who has just started the platform needs to know."""
    lines = [
        "",
        "一号通已启动 / the one-number hotline is running",
        f"  门户 portal        {config.origin}/",
        f"  管理台 console     {config.origin}/console/",
        f"  健康 health        {config.origin}/healthz",
        f"  接口 API           {config.origin}/api/v1/openapi.json",
    ]
    if found["telephony"] == "ok":
        lines.append(f"  拨打 dial          {sip_address(config)}  (UDP, TCP)")
    else:
        lines.append(f"  电话 telephony     {_loud(Enabled.read(config.home).telephony_off)}")
    if (accounts := config.home / "accounts.json").is_file():
        lines.append(f"  账号 accounts      {accounts}")
    return "\n".join(lines)


def sip_address(config: Config) -> str:
    """Where a softphone dials, from what the switch was told to listen on: loopback until trunks.csv names an operator."""
    bound = re.search(r"^bind=127\.", (config.home / "asterisk/etc/pjsip.conf").read_text(), re.MULTILINE)
    host = "127.0.0.1" if bound else config.rtp_address or config.host or socket.gethostname()
    return f"sip:12345@{host}:{config.sip_port}"


def refuse_taken_ports(config: Config) -> None:
    """Raise ConfigurationError naming the variable of the first outer port that is not free."""
    everywhere = "0.0.0.0"  # noqa: S104 - only tried, not served
    web = everywhere if config.host else "127.0.0.1"
    wanted = (
        ("HOTLINE_PORT", config.port, socket.SOCK_STREAM, web),
        ("HOTLINE_SIP_PORT", config.sip_port, socket.SOCK_DGRAM, "127.0.0.1"),
        ("HOTLINE_SIP_PORT", config.sip_port, socket.SOCK_STREAM, "127.0.0.1"),
    )
    for variable, port, kind, host in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise _port_problem(variable, port, kind, error) from error


def _port_problem(variable: str, port: int, kind: socket.SocketKind, error: OSError) -> ConfigurationError:
    protocol = "TCP" if kind is socket.SOCK_STREAM else "UDP"
    if error.errno == errno.EACCES:
        return ConfigurationError(
            f"无权使用 {protocol} 端口 {port}:请用 {variable} 指定 1024 以上的端口。",
            f"No right to use {protocol} port {port}: set {variable} to a port above 1023.",
        )
    return ConfigurationError(
        f"{protocol} 端口 {port} 已被占用:请用环境变量 {variable} 指定另一个端口。",
        f"{protocol} port {port} is taken: choose another one with the environment variable {variable}.",
    )


def only_one(lock: Path, config: Config) -> int:
    """Two starts of one home at the same time: the second is refused. The lock lives as long as this pid's preparation."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise _running(config) from error
    return descriptor


def _refuse_running(config: Config) -> None:
    supervisor = Process.read(supervision.supervisor_record(config.home))
    if supervisor is not None and supervisor.alive:
        raise _running(config)


def _running(config: Config) -> ConfigurationError:
    return ConfigurationError(
        f"本实例已在运行({config.home}):用 hotline down 停止,或用 HOTLINE_HOME 与 HOTLINE_PORT 另起一个。",
        f"This instance is running already ({config.home}): stop it with `hotline down`, or start another one with its own "
        "HOTLINE_HOME and HOTLINE_PORT.",
    )


def _inherit(config: Config) -> None:
    """Parts start in /: what was given relative to where the command was typed is made absolute for them."""
    os.environ["HOTLINE_HOME"] = str(config.home)
    os.environ["HOTLINE_CITY"] = str(config.city_dir)
    os.environ["HOTLINE_CACHE"] = str(config.cache)
    os.environ["PYTHONUNBUFFERED"] = "1"


def _loud(reason: str) -> str:
    line = "!" * 72
    return f"\n{line}\n电话不可用:本实例不接听任何来电 / TELEPHONY IS OFF: this instance takes no calls\n{reason}\n{line}"
