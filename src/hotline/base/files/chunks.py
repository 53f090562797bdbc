"""How a file is encrypted: in chunks, so that any range can be read and any change is noticed. No database, no disk.

A stored file is a header (magic, suite, chunk size, the file's id) and chunks, each sealed with the file's own key. The
nonce of a chunk is its place and whether it is the last (the STREAM construction), the header is authenticated with
every chunk: a chunk that was changed, moved, repeated, taken from another file or cut off at the end cannot be opened.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
_MAGIC = b"HLF1"
_HEADER = struct.Struct(">4sBI16s")
HEADER_BYTES = _HEADER.size


class Altered(Exception):
    """The stored bytes are not the ones that were written."""


class Suite(StrEnum):
    """Which cipher. SM4 (GB/T 32907) where the operator must use the national algorithms."""

    AES = "aes-256-gcm"
    SM4 = "sm4-gcm"

    @property
    def key_bytes(self) -> int:
        """The length of its keys."""
        return 32 if self is Suite.AES else 16

    @property
    def mark(self) -> int:
        """The byte that names it in a header."""
        return 1 if self is Suite.AES else 2

    def available(self) -> bool:
        """Whether this machine's OpenSSL has it."""
        try:
            self.seal(bytes(self.key_bytes), bytes(12), b"", b"")
        except UnsupportedAlgorithm:
            return False
        return True

    def _cipher(self, key: bytes, mode: modes.GCM) -> Cipher[modes.GCM]:
        return Cipher(AES(key) if self is Suite.AES else SM4(key), mode)

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        """``plain`` sealed together with ``bound``, which is authenticated but not stored."""
        encryptor = self._cipher(key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """What was sealed. Raises Altered."""
        if len(sealed) < TAG_BYTES:
            raise Altered("too short to be sealed bytes")
        body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        decryptor = self._cipher(key, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(bound)
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag as error:
            raise Altered("sealed bytes were changed") from error


@dataclass(frozen=True, slots=True)
class Lock:
    """What opens one file: its id, suite, key and the size of its chunks."""

    id: UUID
    suite: Suite
    key: bytes
    chunk_bytes: int = CHUNK_BYTES

    @property
    def header(self) -> bytes:
        """The first bytes of the stored file; bound to every chunk."""
        return _HEADER.pack(_MAGIC, self.suite.mark, self.chunk_bytes, self.id.bytes)

    def stored_size(self, size: int) -> int:
        """How many bytes a file of ``size`` takes in the store."""
        chunks = max(1, -(-size // self.chunk_bytes))
        return HEADER_BYTES + size + chunks * TAG_BYTES

    def encrypt(self, source: Iterable[bytes]) -> Iterator[bytes]:
        """The stored form of ``source``, piece by piece; holds two chunks in memory at most."""
        yield self.header
        number, waiting = 0, None
        for chunk in _of_size(source, self.chunk_bytes):
            if waiting is not None:
                yield self._seal(number, waiting, last=False)
                number += 1
            waiting = chunk
        yield self._seal(number, waiting or b"", last=True)

    def read(self, fetch: Fetch, size: int, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes ``start`` to ``stop`` (exclusive) of a file of ``size``, piece by piece.

        Raises Altered before it yields anything of a chunk that is not the one that was written there.
        """
        stop = size if stop is None else min(stop, size)
        if fetch(0, HEADER_BYTES) != self.header:
            raise Altered("not the header that was written")
        last = max(0, -(-size // self.chunk_bytes) - 1)
        if size == 0:  # still opened: an empty file is a statement too
            self._open(fetch, 0, 0, last=True)
        for number in range(start // self.chunk_bytes, -(-stop // self.chunk_bytes) if start < stop else 0):
            begin = number * self.chunk_bytes
            plain = self._open(fetch, number, min(self.chunk_bytes, size - begin), last=number == last)
            yield plain[max(0, start - begin) : stop - begin]

    def _seal(self, number: int, plain: bytes, *, last: bool) -> bytes:
        return self.suite.seal(self.key, _nonce(number, last), plain, self.header)

    def _open(self, fetch: Fetch, number: int, length: int, *, last: bool) -> bytes:
        place = HEADER_BYTES + number * (self.chunk_bytes + TAG_BYTES)
        sealed = fetch(place, length + TAG_BYTES)
        if len(sealed) != length + TAG_BYTES:
            raise Altered("the file was cut short")
        return self.suite.open(self.key, _nonce(number, last), sealed, self.header)


Fetch = Callable[[int, int], bytes]
"""(start, length) → at most so many of the stored bytes."""


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">3xQB", number, last)


def _of_size(source: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of ``size``, the last one shorter."""
    gathered = bytearray()
    for piece in source:
        gathered += piece
        while len(gathered) >= size:
            yield bytes(gathered[:size])
            del gathered[:size]
    if gathered:
        yield bytes(gathered)
