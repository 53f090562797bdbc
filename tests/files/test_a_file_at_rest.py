"""A stored file is read back as it was written, in any range; whatever was done to it is noticed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.files.chunks import HEADER_BYTES, TAG_BYTES, Altered, Lock, Suite

CHUNK = 32
"""Small, so that few bytes have many chunks; the arithmetic is the same."""

suites = st.sampled_from(list(Suite))
contents = st.one_of(
    st.binary(max_size=5 * CHUNK),
    st.integers(0, 6).flatmap(lambda n: st.binary(min_size=n * CHUNK, max_size=n * CHUNK)),
)


def lock_of(suite: Suite) -> Lock:
    return Lock(uuid4(), suite, os.urandom(suite.key_bytes), CHUNK)


def pieces(content: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The content as a writer might hand it over: in pieces of any size, empty ones too."""
    places = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    yield b""
    for begin, end in pairwise(places):
        yield content[begin:end]


def reading(lock: Lock, stored: bytes, size: int, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join(lock.read(lambda begin, length: stored[begin : begin + length], size, start, stop))


@given(suites, contents, st.lists(st.integers(0, 1000), max_size=6))
def test_what_is_written_in_any_pieces_is_read_back_whole(
    suite: Suite, content: bytes, cuts: list[int]
) -> None:
    lock = lock_of(suite)
    stored = b"".join(lock.encrypt(pieces(content, cuts)))
    assert reading(lock, stored, len(content)) == content
    assert len(stored) == lock.stored_size(len(content))


@given(suites, contents, st.integers(0, 6 * CHUNK), st.integers(0, 6 * CHUNK))
def test_any_range_is_that_part_of_the_whole(suite: Suite, content: bytes, start: int, stop: int) -> None:
    lock = lock_of(suite)
    stored = b"".join(lock.encrypt([content]))
    assert reading(lock, stored, len(content), start, stop) == content[start:stop]


@given(suites, st.binary(min_size=1, max_size=4 * CHUNK), st.data())
def test_one_changed_bit_anywhere_is_noticed(suite: Suite, content: bytes, data: st.DataObject) -> None:
    lock = lock_of(suite)
    stored = bytearray(b"".join(lock.encrypt([content])))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Altered):
        reading(lock, bytes(stored), len(content))


@given(suites, st.binary(min_size=CHUNK + 1, max_size=6 * CHUNK), st.data())
def test_a_file_cut_short_is_noticed_even_where_a_chunk_ends(
    suite: Suite, content: bytes, data: st.DataObject
) -> None:
    lock = lock_of(suite)
    stored = b"".join(lock.encrypt([content]))
    at_a_chunk = st.integers(1, (len(content) - 1) // CHUNK).map(
        lambda n: HEADER_BYTES + n * (CHUNK + TAG_BYTES)
    )
    short = stored[: data.draw(st.one_of(at_a_chunk, st.integers(0, len(stored) - 1)))]
    with pytest.raises(Altered):
        reading(lock, short, len(content))
    # Nor does it help to lie about the size: the last chunk says that it is the last.
    for size in {max(0, (len(short) - HEADER_BYTES) // (CHUNK + TAG_BYTES) * CHUNK), len(content) - CHUNK}:
        with pytest.raises(Altered):
            reading(lock, short, size)


@given(suites, st.integers(2, 6), st.data())
def test_chunks_that_changed_places_are_noticed(suite: Suite, chunks: int, data: st.DataObject) -> None:
    lock = lock_of(suite)
    stored = b"".join(lock.encrypt([os.urandom(chunks * CHUNK)]))
    parts = [stored[i : i + CHUNK + TAG_BYTES] for i in range(HEADER_BYTES, len(stored), CHUNK + TAG_BYTES)]
    moved = data.draw(st.permutations(range(chunks)).filter(lambda order: order != list(range(chunks))))
    mixed = stored[:HEADER_BYTES] + b"".join(parts[n] for n in moved)
    with pytest.raises(Altered):
        reading(lock, mixed, chunks * CHUNK)


@given(suites, st.binary(min_size=1, max_size=2 * CHUNK))
def test_another_files_bytes_are_not_this_files_even_under_one_key(suite: Suite, content: bytes) -> None:
    one = lock_of(suite)
    other = Lock(uuid4(), suite, one.key, CHUNK)
    stored = b"".join(other.encrypt([content]))
    with pytest.raises(Altered):
        reading(one, stored, len(content))
    with pytest.raises(Altered):
        reading(one, one.header + stored[HEADER_BYTES:], len(content))


def test_the_national_cipher_is_the_standards_own() -> None:
    """GB/T 32907 appendix A gives this block for this key; the library's SM4 is what SM4-GCM stands on."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4

    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 - one block of a test vector
    assert encryptor.update(key).hex() == "681edf34d206965e86b3e94f536e4246"
    # RFC 8998, appendix A.1: SM4-GCM.
    plain = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    sealed = Suite.SM4.seal(
        key,
        bytes.fromhex("00001234567800000000abcd"),
        plain,
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
