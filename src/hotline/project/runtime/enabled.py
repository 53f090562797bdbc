"""Which parts this instance runs, written by `hotline up` and read by /healthz: a small file in the instance's home."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Enabled:
    """`parts` in starting order; `telephony_off` says why there is no telephone, or is empty."""

    parts: tuple[str, ...] = ()
    telephony_off: str = ""

    @classmethod
    def read(cls, home: Path) -> Enabled:
        """Nothing is enabled when the instance was never started."""
        path = home / "run/enabled.json"
        if not path.is_file():
            return cls()
        known = json.loads(path.read_text())
        return cls(tuple(known["parts"]), known["telephony_off"])

    def write(self, home: Path) -> None:
        path = home / "run/enabled.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), ensure_ascii=False) + "\n")
