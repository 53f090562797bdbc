"""Files that only their owner may read: secrets, first passwords, what a process keeps for itself."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Make ``text`` the whole of ``path``, readable by its owner only, whole or not at all; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # a partial file that a crash left may have had others
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    os.replace(partial, path)
