"""Where stored files lie: a folder of this machine. Whatever else can do these five things may take its place (S3)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from django.conf import settings

PARTIAL = ".partial"


class Store(Protocol):
    """What a place for files must be able to do. Names are of lower-case letters, digits and hyphens."""

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """Store ``parts`` under ``name``, whole or not at all, and on the disk when it returns. Raises OSError."""

    def read(self, name: str, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start``. Raises FileNotFoundError."""

    def size(self, name: str) -> int:
        """How many bytes are stored. Raises FileNotFoundError."""

    def remove(self, name: str) -> None:
        """Remove it; nothing happens when it is not there."""

    def names(self, older_than_s: float) -> Iterator[str]:
        """Everything that was written (or begun) longer ago."""


class Folder:
    """A folder, two levels deep by the last characters of the name: these are random, the first ones are the time."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, name: str) -> Path:
        return self.root / name.removesuffix(PARTIAL)[-2:] / name

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """See Store. A crash leaves at most a PARTIAL file, which ``names`` gives out to be removed."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(name + PARTIAL)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise
        for folder in (path.parent, self.root):
            sync_folder(folder)

    def read(self, name: str, start: int, length: int) -> bytes:
        """See Store."""
        with self._path(name).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def size(self, name: str) -> int:
        """See Store."""
        return self._path(name).stat().st_size

    def remove(self, name: str) -> None:
        """See Store."""
        path = self._path(name)
        with suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def names(self, older_than_s: float) -> Iterator[str]:
        """See Store."""
        for path in self.root.glob("??/*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > older_than_s:
                    yield path.name


def sync_folder(folder: Path) -> None:
    """Have the folder's entries on the disk: without it a rename or removal may be undone by a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def store() -> Store:
    """This instance's place for files."""
    return Folder(settings.HOTLINE.home / "files")
