"""Reading stored files: whole or in ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from hotline.base.files import keys
from hotline.base.files.chunks import Altered, Lock, Suite
from hotline.base.files.folder import store
from hotline.base.files.models import StoredFile
from hotline.base.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that may be read; ``size`` in bytes, ``digest`` its SHA-256."""

    content_type: str
    size: int
    digest: bytes
    lock: Lock

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes ``start`` to ``stop`` (exclusive), piece by piece. Raises Altered."""
        name = str(self.lock.id)

        def fetch(begin: int, length: int) -> bytes:
            try:
                return store().read(name, begin, length)
            except FileNotFoundError as error:
                raise Altered("the file is gone from the store") from error

        return self.lock.read(fetch, self.size, start, stop)


def opened(id: UUID) -> Opened:
    """The file. Raises NotFound for one that was erased or never was, Altered when its key cannot be unwrapped. One query."""
    row = StoredFile.objects.filter(id=id, erased_at=None).first()
    if row is None:
        raise NotFound("file", id)
    suite = Suite(row.suite)
    key = keys.unwrap(row.key_version, bytes(row.wrapped_key), suite, row.id)
    return Opened(row.content_type, row.size, bytes(row.digest), Lock(row.id, suite, key, row.chunk_bytes))


def digest_of(id: UUID) -> bytes | None:
    """SHA-256 of a file's plain bytes; None for one that was erased or never was. One query."""
    digest = StoredFile.objects.filter(id=id, erased_at=None).values_list("digest", flat=True).first()
    return None if digest is None else bytes(digest)
