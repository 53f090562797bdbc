"""What was already done and for which input, so that a step runs again only when what it is made from changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


class Stamps:
    """Step → digest of its input, kept in one small file; `done` at once, so an interrupted start loses one step at most."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}

    def is_done(self, step: str, digest: str) -> bool:
        return self._known.get(step) == digest

    def done(self, step: str, digest: str) -> None:
        self._known[step] = digest
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(self._known, indent=1, sort_keys=True) + "\n")
        partial.replace(self._file)


def digest(files: Iterable[Path], *more: str, root: Path = Path("/")) -> str:
    """One digest over the files' names below `root` and contents (missing ones count as missing) and the extra words."""
    total = hashlib.sha256("\0".join(more).encode())
    for file in sorted(files):
        total.update(b"\0" + str(file.relative_to(root)).encode() + b"\0")
        if file.is_file():
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
