"""Keeping and erasing files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.db.models import Q

from hotline.base.files import keys, queries
from hotline.base.files.chunks import Altered, Lock, Suite
from hotline.base.files.folder import store
from hotline.base.files.models import StoredFile
from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import NotFound
from hotline.base.kernel.rows import insert

BATCH = 500
ORPHAN_AFTER_S = 3600.0
"""How long something may lie in the store without a row: longer than any transaction that keeps a file takes."""


def keep(actor: Actor, source: Iterable[bytes], *, kind: str, content_type: str) -> StoredFile:
    """Encrypt ``source`` into the store, read it back and compare, then write its row; in the deed of the caller if any.

    When it raises (OSError, Altered), or the transaction is taken back, there is no row; what then lies in the store
    can be opened by nobody, since its key was never written, and ``remove_orphans`` removes it.
    """
    suite, id = keys.suite(), ids.new()
    lock = Lock(id, suite, os.urandom(suite.key_bytes))
    seen = _Digest()
    store().write(str(id), lock.encrypt(seen.of(source)))
    again = _Digest()
    for _ in again.of(lock.read(lambda start, length: store().read(str(id), start, length), seen.size)):
        pass
    if again.value != seen.value:
        raise Altered("what was read back is not what was written")
    version, wrapped = keys.wrap(lock.key, suite, id)
    row = StoredFile(
        id=id, kind=kind, content_type=content_type, size=seen.size, digest=seen.value, suite=suite,
        chunk_bytes=lock.chunk_bytes, key_version=version, wrapped_key=wrapped, stored_at=clock.now(),
    )  # fmt: skip
    with deed(actor, "file.keep") as d:
        insert(row)
        d.about("file", id, of=kind, size=seen.size, sha256=seen.value.hex())
    return row


class _Digest:
    """SHA-256 and length of what passes through."""

    def __init__(self) -> None:
        self._hash, self.size = hashlib.sha256(), 0

    def of(self, source: Iterable[bytes]) -> Iterator[bytes]:
        for piece in source:
            self._hash.update(piece)
            self.size += len(piece)
            yield piece

    @property
    def value(self) -> bytes:
        return self._hash.digest()


def digest(source: Iterable[bytes]) -> bytes:
    """SHA-256 of ``source``, to compare with a file's ``digest``."""
    whole = _Digest()
    for _ in whole.of(source):
        pass
    return whole.value


def erase(actor: Actor, file_ids: Iterable[UUID], why: str) -> None:
    """Forget the keys of these files, which nobody can open from then on. Their bytes go with ``remove_erased``.

    The key is what counts: it goes in the caller's transaction. Harmless twice.
    """
    wanted = [*file_ids]
    if not wanted:
        return
    with deed(actor, "file.erase") as d:
        StoredFile.objects.filter(id__in=wanted, erased_at=None).update(
            wrapped_key=b"", erased_at=clock.now()
        )
        for id in wanted:
            d.about("file", id, why=why)


def remove_erased() -> int:
    """Remove from the store what was erased; returns how many. Harmless twice."""
    erased = StoredFile.objects.filter(erased_at__isnull=False, removed_at=None).values_list("id", flat=True)
    for id in (gone := [*erased[:BATCH]]):
        store().remove(str(id))
        StoredFile.objects.filter(id=id).update(removed_at=clock.now())
    return len(gone)


def remove_orphans(older_than_s: float = ORPHAN_AFTER_S) -> int:
    """Remove from the store what a crash left without a row: nobody has its key. Returns how many."""
    place, removed = store(), 0
    names = place.names(older_than_s)
    while batch := [*islice(names, BATCH)]:
        ids_ = [name for name in batch if _is_id(name)]
        known = {str(id) for id in StoredFile.objects.filter(id__in=ids_).values_list("id", flat=True)}
        for name in batch:
            if name not in known:
                place.remove(name)
                removed += 1
    return removed


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def rewrap(actor: Actor, limit: int = 1000) -> int:
    """Wrap the keys of up to ``limit`` files with the newest key; returns how many were left behind it before.

    No file is written anew. Raises Altered for a row that was changed; the ones before it stay done.
    """
    behind = [
        *StoredFile.objects.filter(~Q(key_version=keys.newest()), erased_at=None).order_by("id")[:limit]
    ]
    for row in behind:
        suite = Suite(row.suite)
        key = keys.unwrap(row.key_version, bytes(row.wrapped_key), suite, row.id)
        version, wrapped = keys.wrap(key, suite, row.id)
        with deed(actor, "file.rewrap") as d:
            # Only where it still has the key we read: an erased file stays erased.
            StoredFile.objects.filter(id=row.id, key_version=row.key_version, erased_at=None).update(
                key_version=version, wrapped_key=wrapped
            )
            d.about("file", row.id, key_version=version)
    return len(behind)


def examined() -> Iterator[tuple[UUID, str]]:
    """Every file that is kept, read through: its id, and what is wrong with it ("": nothing)."""
    for row in StoredFile.objects.filter(erased_at=None).order_by("id").only("id", "digest").iterator():
        try:
            right = digest(queries.opened(row.id).read()) == bytes(row.digest)
            yield row.id, "" if right else "另一内容 / other bytes than were kept"
        except Altered as error:
            yield row.id, str(error)
        except NotFound:
            continue  # erased meanwhile
