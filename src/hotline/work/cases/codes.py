"""Case numbers and query codes."""

from __future__ import annotations

import secrets
from threading import Lock

from django.db import connection

from hotline.base.kernel import clock
from hotline.base.kernel.sealing import blind_index
from hotline.work.cases.figures import CODE_LENGTH
from hotline.work.cases.models import NUMBER_SEQUENCE

ALPHABET = "23456789ACDEFGHJKMNPQRTUVWXY"
"""Characters that are not taken for one another, read out or written down: no 0 O, 1 I L, 5 S, 8 stays without B, 2 without Z."""

BLOCK = 20
_block: list[int] = []
_block_lock = Lock()


def next_number() -> str:
    """The next case number: the day and six digits. No two writers wait for each other, and gaps are harmless: each process
    draws ``BLOCK`` serial numbers at a time from a database sequence."""
    with _block_lock:
        if not _block:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(%s::regclass)", [NUMBER_SEQUENCE])
                start = int(cursor.fetchone()[0]) * BLOCK
            _block.extend(range(start + BLOCK - 1, start - 1, -1))
        serial = _block.pop()
    return f"{clock.today():%Y%m%d}{serial % 1_000_000:06d}"


def new_code() -> str:
    """A random query code; it is shown once and only its digest is kept."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH()))


def code_of_request(key: bytes) -> str:
    """The query code of a request that carries an idempotency key: the same for its repetitions, stored nowhere."""
    number = int.from_bytes(blind_index("case-code-of-request", key.hex()), "big")
    characters = []
    for _ in range(CODE_LENGTH()):
        number, rest = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[rest])
    return "".join(characters)


def digest(number: str, code: str) -> bytes:
    """What is stored of a query code, bound to its case's number. Case and spaces typed by people do not matter."""
    typed = "".join(code.split()).replace("-", "").upper()
    return blind_index("case-query-code", f"{number}\x00{typed}")
