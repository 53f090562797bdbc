"""Six digits and # keyed by anybody in a call: a one-time code that joins it with another record (joined/handover).

Kept in memory only: who keys a code while call control dies keys it again.
"""

from __future__ import annotations

import time
from collections import deque

LENGTH = 6
WITHIN_S = 20.0


class Keyed:
    """What was keyed lately, by channel."""

    def __init__(self) -> None:
        self._keys: dict[str, deque[tuple[float, str]]] = {}
        self._last: dict[str, str] = {}

    def is_new(self, channel: str, timestamp: str) -> bool:
        """Whether the switch says this key for the first time: it repeats an event word for word, time and all."""
        if self._last.get(channel) == timestamp:
            return False
        self._last[channel] = timestamp
        return True

    def pressed(self, channel: str, digit: str) -> str | None:
        """The code that ``digit`` completes: ``#`` after six digits, none of them older than WITHIN_S."""
        now = time.monotonic()
        keys = self._keys.setdefault(channel, deque(maxlen=LENGTH))
        if digit != "#":
            keys.append((now, digit))
            return None
        del self._keys[channel]
        code = "".join(key for at, key in keys if now - at <= WITHIN_S)
        return code if len(code) == LENGTH and code.isdigit() else None

    def forget(self, channel: str) -> None:
        """The channel is gone."""
        self._keys.pop(channel, None)
        self._last.pop(channel, None)
