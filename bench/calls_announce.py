"""How many callers a second are welcomed and kept, none lost: every INVITE is one row with one outcome.

Twice callers come for BENCH_ANNOUNCE_S seconds, at BENCH_ANNOUNCE a second and at BENCH_ANNOUNCE_HIGH, to 12345 where
nobody is at the desks; each hears the welcome for 7 seconds and hangs up, and shows a number of his own. One is lost
when he was not answered, or is not kept exactly once as one who gave up. A few callers of our own among them listen
whether there is sound. The rate is that of the rows: between the first arrival and the last.

    python -m bench.calls_announce   writes var/bench/calls.json
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.calls.lab import Lab

from bench.calls_sound import is_sound
from bench.figures import Figure, record
from bench.laboratory import laboratory, within
from bench.sipp import CALLER_WHO_LISTENS, HERE, PartMissing, Sipp, free_ports, who_calls
from hotline.lines.calls.probe import telephone

RATE = float(os.environ.get("BENCH_ANNOUNCE", "33"))
"""A tenth above the target: the rate that counts is the one the rows show."""
HIGH = float(os.environ.get("BENCH_ANNOUNCE_HIGH", "60"))
SECONDS = float(os.environ.get("BENCH_ANNOUNCE_S", "20"))
STAYS_S = 7.0
LISTENERS = 3
TARGET = 30.0
GAVE_UP = {"abandoned_in_prompt", "abandoned_in_queue"}
KEPT = """SELECT caller_index, count(*) AS n, min(state) AS state, min(outcome) AS outcome, min(slot) AS slot,
    min(arrived_at) AS first, max(arrived_at) AS last FROM calls_call WHERE arrived_at >= %s GROUP BY 1"""


@dataclass(frozen=True)
class Rush:
    """How one of the two went."""

    placed: int
    lost: int
    per_s: float
    answer_p95_ms: float
    listeners: int
    deaf: int
    """Listeners of our own, and those of them who heard no welcome."""


async def listeners(sip_port: int) -> list[telephone.Call]:
    """A few callers among the others, one after the other."""
    return [
        await telephone.call(
            (HERE, sip_port), "12345", caller=f"137{time.monotonic_ns() % 10**8:08d}",
            seconds=max(SECONDS / LISTENERS, 2), codecs=(telephone.PCMA,),
        )
        for _ in range(LISTENERS)
    ]  # fmt: skip


def rush(lab: Lab, folder: Path, name: str, rate: float, port: int) -> Rush:
    """Callers at ``rate``, and what became of them."""
    count = round(rate * SECONDS)
    since = lab.one("SELECT clock_timestamp() AS now")["now"]
    mine = who_calls(folder, (f"138{n:08d}" for n in range(count)))
    with Sipp(
        folder, name, CALLER_WHO_LISTENS, port, "-r", round(rate * 10), "-rp", 10_000, "-l", count, "-m", count,
        "-d", round(STAYS_S * 1000), "-inf", mine, "-s", "12345", "-trace_rtt", "-rtt_freq", 1,
        f"{HERE}:{lab.sip_port}",
    ) as callers:  # fmt: skip
        ears = asyncio.run(listeners(lab.sip_port))
        counts = callers.finished(SECONDS + STAYS_S + 60)
        answers = callers.answer_times_ms()
    within(30, lab.quiet, "the switch is not quiet after the last call")
    placed = counts["made"] + len(ears)
    open_calls = "SELECT 1 FROM calls_call WHERE state <> 'ended' LIMIT 1"
    within(30, lambda: not lab.rows(open_calls), "calls stay open")
    if counts["made"] != count:
        raise PartMissing(f"SIPp placed {counts['made']} of {count} calls: {callers.errors}")
    rows = lab.rows(KEPT, since)
    arrived = (max(row["last"] for row in rows) - min(row["first"] for row in rows)).total_seconds()
    return Rush(
        placed=placed,
        lost=max(placed - sum(_kept_once(row) for row in rows), counts["failed"]),
        per_s=(placed - 1) / arrived,
        answer_p95_ms=statistics.quantiles(answers, n=20)[-1],
        listeners=len(ears),
        deaf=sum(not any(map(is_sound, ear.packets)) for ear in ears),
    )


def _kept_once(row: dict[str, Any]) -> bool:
    return row["n"] == 1 and row["state"] == "ended" and row["outcome"] in GAVE_UP and row["slot"] > 0


def figures(name: str, went: Rush, target: float | None) -> list[Figure]:
    """The rows of one rush; the rate counts only if nobody was lost and everybody we asked heard something."""
    whole = went.lost == 0 and went.deaf == 0
    none = None if target is None else 0.0
    return [
        Figure(f"calls.{name}", round(went.per_s, 1) if whole else 0.0, "/s", target, at_least=True),
        Figure(f"calls.{name}_lost", went.lost, "calls", none),
        Figure(f"calls.{name}_placed", went.placed, "calls"),
        Figure(f"calls.{name}_deaf", went.deaf, f"of {went.listeners}", none),
        Figure(f"calls.{name}_answer_p95_ms", round(went.answer_p95_ms, 1), "ms"),
    ]


def main() -> None:
    """Measure, print, write."""
    lab = laboratory(round(2 * HIGH * STAYS_S))
    ports = free_ports(2)
    try:
        lab.start()
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            low = rush(lab, Path(name), "low", RATE, ports[0])
            high = rush(lab, Path(name), "high", HIGH, ports[1])
    finally:
        lab.stop()
    record(
        "calls", "calls_announce", figures("announce_per_s", low, TARGET) + figures("announce_60", high, None)
    )


if __name__ == "__main__":
    main()
