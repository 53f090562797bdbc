"""The keys that wrap files' keys: derived from the instance's field keys, numbered, so that a new one can take over.

``field_key`` is number 1; ``field_key_2``, ``field_key_3``, … may follow in the instance's secrets. The highest wraps;
the others still open what they wrapped until ``actions.rewrap`` has been through: no file is written anew for it.
"""

from __future__ import annotations

import hmac
import os
from uuid import UUID

from django.conf import settings

from hotline.base.files.chunks import Altered, Suite
from hotline.base.kernel.errors import Problem

FIRST = "field_key"


def versions() -> list[int]:
    """The numbers of the keys this instance holds, ascending."""
    later = [
        name.removeprefix(f"{FIRST}_") for name in settings.HOTLINE.secrets if name.startswith(f"{FIRST}_")
    ]
    return [1, *sorted(int(number) for number in later if number.isdigit())]


def newest() -> int:
    """The number of the key that wraps."""
    return versions()[-1]


def wrap(key: bytes, suite: Suite, file_id: UUID) -> tuple[int, bytes]:
    """(number of the wrapping key, wrapped key), good for this file alone."""
    version, nonce = newest(), os.urandom(12)
    return version, nonce + suite.seal(_wrapping(version, suite), nonce, key, _bound(suite, file_id))


def unwrap(version: int, wrapped: bytes, suite: Suite, file_id: UUID) -> bytes:
    """The file's key. Raises Altered, also when this instance does not hold the wrapping key."""
    if version not in versions():
        raise Altered(f"wrapped with key {version}, which this instance does not hold")
    return suite.open(_wrapping(version, suite), wrapped[:12], wrapped[12:], _bound(suite, file_id))


def _bound(suite: Suite, file_id: UUID) -> bytes:
    return f"file key {suite} {file_id}".encode()


def _wrapping(version: int, suite: Suite) -> bytes:
    """Not the field key itself: what is sealed with one use of it must mean nothing to another."""
    secret = settings.HOTLINE.secrets[FIRST if version == 1 else f"{FIRST}_{version}"]
    return hmac.digest(secret.encode(), f"wrap files {suite}".encode(), "sha256")[: suite.key_bytes]


def suite() -> Suite:
    """The cipher for new files: ``files: {cipher: …}`` of the city. Raises Problem when it cannot be had."""
    wanted = str(settings.CITY.get("files", {}).get("cipher", Suite.AES))
    if wanted not in list(Suite) or not Suite(wanted).available():
        known = "、".join(one for one in Suite if one.available())
        raise Problem(
            "no-such-cipher",
            f"city.yaml 的 files.cipher：不能使用“{wanted}”；可用：{known}",
            f"files.cipher of city.yaml: “{wanted}” cannot be used; there are: {known}",
            status=500,
        )
    return Suite(wanted)
