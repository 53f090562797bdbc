"""How many conversations are recorded at once, with sound that has no gaps and every recording whole in the store.

BENCH_RECORDED conversations are begun, BENCH_RECORDED_PER_S a second, sound both ways, each BENCH_RECORDED_TALK_S long.
While all of them go on, one more caller of our own speaks with one more agent, who gives him back his own voice, and looks
at every packet. Afterwards the worker must have taken every recording into the encrypted store, as long as its talk.

    python -m bench.calls_recorded   writes var/bench/calls.json
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tests.calls.lab import CHECKOUT, Lab

from bench import cpu
from bench.calls_sound import is_sound
from bench.crew import Crew
from bench.figures import Figure, record
from bench.laboratory import laboratory, within
from bench.sipp import CALLER_WHO_SPEAKS, HERE, VOICE, PartMissing, Sipp, free_ports, who_calls
from hotline.lines.calls.probe import telephone

CALLS = int(os.environ.get("BENCH_RECORDED", "100"))
PER_S = float(os.environ.get("BENCH_RECORDED_PER_S", "4"))
TALK_S = float(os.environ.get("BENCH_RECORDED_TALK_S", "65"))
PROBE_S = float(os.environ.get("BENCH_PROBE_S", "20"))
MEETS_S = 5.0
"""After the probe's answer until it is with its agent: welcome, ringing, and the first moments."""
WRITTEN_S = 1.5
"""By how much a recording may be shorter or longer than the talk."""
TAKEN_IN_S = 240.0
LATE_S = 0.06
TARGET, GAP_PERCENT = 100, 1.0
SEGMENTS = "SELECT call_id, n, state, seconds, started_at, ended_at FROM recordings_segment"


@dataclass(frozen=True)
class Gaps:
    """What the probe found in the sound it was sent."""

    expected: int
    received: int
    late: int
    longest_ms: float
    heard: float
    """Share of the packets in which the voice could be heard."""

    @property
    def percent(self) -> float:
        """Packets that did not come, and pauses of more than LATE_S, of all that were due."""
        return 100 * (max(self.expected - self.received, 0) + self.late) / self.expected


def probe(sip_port: int) -> Gaps:
    """One call among the many. Raises PartMissing when it was none."""
    call = asyncio.run(
        telephone.call(
            (HERE, sip_port), "12345", caller="13700000000", seconds=MEETS_S + PROBE_S + 3,
            codecs=(telephone.PCMA,), speech={telephone.PCMA: VOICE},
        )
    )  # fmt: skip
    if call.answered is None or call.ended < call.answered + MEETS_S + PROBE_S:
        raise PartMissing(
            f"the probe's call was told {call.code} {call.phrase} and ended after {call.ended:.1f} s"
        )
    begins = call.answered + MEETS_S
    heard = [packet for packet in call.voice if begins <= packet.at < begins + PROBE_S]
    arrivals = [begins, *(packet.at for packet in heard), begins + PROBE_S]
    pauses = [later - earlier for earlier, later in pairwise(arrivals)]
    return Gaps(
        expected=round(PROBE_S * 50),
        received=len({(packet.source, packet.sequence) for packet in heard}),
        late=sum(pause > LATE_S for pause in pauses),
        longest_ms=max(pauses) * 1000,
        heard=sum(map(is_sound, heard)) / max(len(heard), 1),
    )


def most_at_once(spans: list[tuple[datetime, datetime]]) -> int:
    """The most of these spans that have a moment in common."""
    edges = sorted([(began, 1) for began, _ in spans] + [(ended, -1) for _, ended in spans])
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def whole_recordings(lab: Lab, calls: int) -> list[tuple[datetime, datetime]]:
    """When each of the recordings was made that is in the store and as long as the talk, once the worker has had its time."""
    deadline = time.monotonic() + TAKEN_IN_S
    rows = lab.rows(SEGMENTS)
    while sum(row["state"] == "kept" for row in rows) < calls and time.monotonic() < deadline:
        time.sleep(1)
        rows = lab.rows(SEGMENTS)
    whole = [row for row in rows if row["state"] == "kept" and _is_whole(row["seconds"])]
    for row in rows:
        if row not in whole:
            print(
                f"  not whole: segment {row['n']} of {row['call_id']}, {row['state']}, {row['seconds']:.2f} s"
            )
    return [(row["started_at"], row["ended_at"]) for row in whole]


def _is_whole(seconds: float) -> bool:
    """As long as a talk of the callers, or as the probe's, who hangs up himself."""
    return any(abs(seconds - talk) <= WRITTEN_S for talk in (TALK_S, MEETS_S + PROBE_S + 2))


def converse(lab: Lab, folder: Path, crew: Crew, port: int) -> tuple[Gaps, float]:
    """All the conversations with the probe among them; the probe's findings and Asterisk's CPU seconds."""
    assert lab.asterisk
    before = cpu.seconds(lab.asterisk.pid)
    callers = who_calls(folder, (f"139{n:08d}" for n in range(CALLS)))
    talking = "SELECT count(*) AS n FROM calls_call WHERE state = 'talking' AND recording <> ''"
    with (
        crew.phones(folder, TALK_S) as agents,
        Sipp(folder, "callers", CALLER_WHO_SPEAKS, port, "-r", round(PER_S * 10), "-rp", 10_000, "-l", CALLS, "-m", CALLS,
             "-inf", callers, "-s", "12345", f"{HERE}:{lab.sip_port}") as speaking,
    ):  # fmt: skip
        began = time.monotonic()
        while lab.one(talking)["n"] < CALLS and time.monotonic() - began < CALLS / PER_S + 10:
            time.sleep(0.2)
        gaps = probe(lab.sip_port)
        still = lab.one(talking)["n"]
        counts = speaking.finished(CALLS / PER_S + TALK_S + 20)
        within(20, lab.quiet, "the switch is not quiet after the last call")
        used = cpu.seconds(lab.asterisk.pid) - before
        if counts["well"] != CALLS:
            print(f"  of {CALLS} callers {counts}: {speaking.errors} {agents.errors}")
    if still < CALLS:
        print(f"  when the probe was done, {still} of {CALLS} were recorded")
    return gaps, used


def main() -> None:
    """Measure, print, write."""
    lab = laboratory(2 * CALLS + 4)
    agents_port, callers_port = free_ports(2)
    worker: subprocess.Popen[bytes] | None = None
    try:
        lab.start()
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as name,
            (lab.home / "worker.log").open("ab") as log,
        ):
            worker = subprocess.Popen(
                [sys.executable, "-m", "hotline.project.cli", "worker"], env=lab.environment, cwd=CHECKOUT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
            crew = Crew(lab, CALLS + 1, agents_port)
            crew.be_ready()
            gaps, used = converse(lab, Path(name), crew, callers_port)
            recordings = whole_recordings(lab, CALLS + 1)
            if worker.poll() is not None:
                raise PartMissing("the worker ended: " + lab.log("worker")[-2000:])
    finally:
        if worker:
            worker.terminate()
            worker.wait(15)
        lab.stop()
    if gaps.heard < 0.9:
        raise PartMissing(f"the probe heard its voice in {gaps.heard:.0%} of the packets only: {gaps}")
    record(
        "calls",
        "calls_recorded",
        [
            Figure("calls.recorded_at_once", most_at_once(recordings), "calls", TARGET, at_least=True),
            Figure("calls.recorded_whole", len(recordings), f"of {CALLS + 1}", CALLS + 1, at_least=True),
            Figure("calls.probe_gap_percent", round(gaps.percent, 2), "%", GAP_PERCENT, below=True),
            Figure("calls.probe_longest_gap_ms", round(gaps.longest_ms, 1), "ms"),
            Figure("calls.probe_packets_missing", gaps.expected - gaps.received, f"of {gaps.expected}"),
            Figure("calls.recorded_asterisk_cpu_ms", round(used * 1000 / (CALLS + 1), 1), "ms/call"),
        ],
    )


if __name__ == "__main__":
    main()
