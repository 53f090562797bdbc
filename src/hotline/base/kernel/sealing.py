"""Sealing of personal data: names, phones, identity numbers and door numbers are stored only encrypted (个保法 51).

AES-256-GCM with a random nonce; the first byte names the key, so that keys can be changed. Look-up goes through a
keyed hash (HMAC-SHA256), never through the plain text.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_ID = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """Sealed bytes were altered, or sealed with another instance's key."""


@lru_cache(maxsize=1)
def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(settings.HOTLINE.secrets["field_key"].encode()).digest())


@lru_cache(maxsize=1)
def _index_key() -> bytes:
    return hashlib.sha256(settings.HOTLINE.secrets["index_key"].encode()).digest()


def seal(text: str) -> bytes:
    """Encrypt ``text``. Empty text stays empty bytes, so that absence is visible without a key."""
    if not text:
        return b""
    nonce = os.urandom(_NONCE_BYTES)
    return KEY_ID + nonce + _cipher().encrypt(nonce, text.encode(), KEY_ID)


def unseal(sealed: bytes | memoryview) -> str:
    """The text again. Raises Unreadable when altered or sealed with another key."""
    raw = bytes(sealed)
    if not raw:
        return ""
    if raw[:1] != KEY_ID:
        raise Unreadable("sealed with an unknown key")
    nonce, body = raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :]
    try:
        return _cipher().decrypt(nonce, body, KEY_ID).decode()
    except InvalidTag as error:
        raise Unreadable("sealed bytes were altered or belong to another instance") from error


def blind_index(kind: str, text: str) -> bytes:
    """16 bytes that are equal for equal ``text`` of one ``kind`` ("phone", "identity") and tell nothing else."""
    return hmac.digest(_index_key(), f"{kind}\x00{text}".encode(), "sha256")[:16]
