"""Starts one part under the supervisor: `python part.py NAME RECORD [--user UID:GID] [--after PORT]… -- COMMAND…`.

Writes the part's pid and start time to RECORD (so that a later start finds what a killed supervisor left behind), ends
what the part's own earlier life left (workers of a server that was killed), waits for the ports it needs, drops root's
rights and becomes the command. Standard library only: it runs a dozen times at every start and must cost nothing.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from hotline.project.runtime.process import Process, stop

WAIT_S = 120.0


def main(arguments: list[str]) -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("record", type=Path)
    parser.add_argument("--user", default="")
    parser.add_argument("--after", type=int, action="append", default=[])
    own, command = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    asked = parser.parse_args(own)
    earlier = Process.read(asked.record)
    if earlier is not None:
        stop([earlier], patience=5, first=signal.SIGKILL if asked.name != "postgres" else signal.SIGINT)
    Process.of(os.getpid()).write(asked.record)
    for port in asked.after:
        wait_for(port)
    if asked.user:
        uid, gid = (int(part) for part in asked.user.split(":"))
        os.chdir("/")
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.execv(command[0], command)  # noqa: S606 - the command line is our own


def wait_for(port: int) -> None:
    """Return when something listens on the loopback port; after WAIT_S exit with 1, and the supervisor tries again."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"port {port}: nobody listened for {WAIT_S:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
