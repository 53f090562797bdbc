"""Who runs the parts that must not (PostgreSQL) or should not run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

VARIABLE = "HOTLINE_SERVICE_USER"
CANDIDATES = ("hotline", "postgres", "nobody")


class NoServiceUser(Exception):
    """HOTLINE_SERVICE_USER names nobody, or a directory cannot be crossed by the service user."""


@lru_cache(maxsize=1)
def service_user() -> pwd.struct_passwd | None:
    """The unprivileged account to drop to; None when this process is not root and there is nothing to drop.

    HOTLINE_SERVICE_USER, else the first of hotline, postgres, nobody that exists. Raises NoServiceUser.
    """
    if os.geteuid() != 0:
        return None
    named = os.environ.get(VARIABLE)
    for name in (named,) if named else CANDIDATES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return found
    raise NoServiceUser(
        f"以 root 运行时需要一个普通用户，请设 {VARIABLE}。\n"
        f"Running as root needs an existing unprivileged user: set {VARIABLE}."
    )


def dropped() -> dict[str, Any]:
    """Keyword arguments for subprocess that drop root's rights; empty for an ordinary user."""
    user = service_user()
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def may_cross(directory: Path) -> bool:
    """Whether the service user can enter `directory` (every ancestor included). Asked of the system, not guessed."""
    if service_user() is None:
        return True
    return subprocess.run(["test", "-x", directory], **dropped(), check=False).returncode == 0


def give(path: Path) -> None:
    """Make the service user the owner of `path`."""
    user = service_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def hand_over(directory: Path, mode: int = 0o700) -> None:
    """Create `directory` as the service user's own."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(mode)
    give(directory)
