"""`python -m tests.every [pytest's options]`: every test, by several workers; the few that fail are run once more, alone.

Voices, rings and deadlines need a machine that keeps up, so what fails beside other tests for want of time may pass by
itself. What fails alone has failed; what does not is named, for a test that needs a second try is a weakness of ours.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests import guardian

WORKERS = 3
FEW = 40
"""More than so many failures are no want of time. (A laboratory that did not start in time fails every test that uses it.)"""
CHECKOUT = Path(__file__).parents[1]
LAST_FAILED = CHECKOUT / ".pytest_cache/v/cache/lastfailed"


def pytest(*options: str) -> int:
    """pytest's exit code; 1 when it was green but left a process behind (tests/guardian.py)."""
    # Hundreds of processes import the same modules; where bytecode may not lie beside the source it lies in the cache.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(CHECKOUT / "var/cache/bytecode"))
    return guardian.main([sys.executable, "-m", "pytest", *options])


def main(options: list[str]) -> int:
    """0 when all is green, or what failed is when it is run alone."""
    LAST_FAILED.unlink(missing_ok=True)
    code = pytest("-n", str(WORKERS), "--no-loadscope-reorder", *options)
    failed = [*json.loads(LAST_FAILED.read_text(encoding="utf-8"))] if LAST_FAILED.is_file() else []
    if code != 1 or not 0 < len(failed) <= FEW:
        return code
    print(
        "与其它用例同时运行时失败,单独重跑 / failed beside others, once more alone:",
        *failed,
        sep="\n  ",
        flush=True,
    )
    return pytest("--last-failed", "--last-failed-no-failures", "none", "-v", *options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
