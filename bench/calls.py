"""``make bench-calls``: every figure of the telephone, one part after the other, and one table of all of them at the end.

    python -m bench.calls [part …]   writes var/bench/calls.json; ends with 1 when a part could not be measured

Parts: match ring cpu sound announce recorded. What a part wrote the last time is gone before it begins: a figure that
stands was measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from bench import figures

PARTS = ("match", "ring", "cpu", "sound", "announce", "recorded")


def main(asked: list[str]) -> int:
    """Run the parts that were asked for, or all; 1 when one of them failed."""
    unknown = [part for part in asked if part not in PARTS]
    if unknown:
        print(f"未知 / unknown: {' '.join(unknown)}；可用 / known: {' '.join(PARTS)}", file=sys.stderr)
        return 2
    failed = []
    for part in asked or PARTS:
        began = time.monotonic()
        print(f"bench.calls_{part} (负载 / load {os.getloadavg()[0]:.1f})", flush=True)
        figures.forget("calls", f"calls_{part}")
        if subprocess.run([sys.executable, "-m", f"bench.calls_{part}"], check=False).returncode:
            failed.append(part)
        print(f"  {time.monotonic() - began:.0f} s", flush=True)
    print("\nvar/bench/calls.json")
    figures.show("calls")
    if failed:
        print(f"未能测得 / not measured: {' '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
