"""What a conversation costs through the platform, against a bare ``Dial()`` of the same Asterisk: CPU of the processes.

Both halves: BENCH_CALLS conversations of BENCH_TALK_S seconds, BENCH_PER_S begun a second, sound both ways all the time,
the same callers, the same phone, which rings for 0.3 s, answers and hangs up at the end. First a number whose whole
dialplan is ``Dial()``; then 12345: claimed, kept, welcomed, queued, matched, rung, bridged. Nothing is recorded. CPU is
what /proc says Asterisk, call control and every process of PostgreSQL have used from before the first INVITE until after
the last BYE.

    python -m bench.calls_cpu        writes var/bench/calls.json
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.calls.lab import Lab

from bench import cpu
from bench.crew import Crew
from bench.figures import Figure, record
from bench.laboratory import laboratory, within
from bench.sipp import CALLER_WHO_SPEAKS, PartMissing, Sipp, free_ports, who_calls

CALLS = int(os.environ.get("BENCH_CALLS", "80"))
TALK_S = float(os.environ.get("BENCH_TALK_S", "60"))
PER_S = float(os.environ.get("BENCH_PER_S", "2"))
BARE = "19999"
ASTERISK_RATIO, TOTAL_RATIO = 1.25, 1.6
QUIET_S = 20.0
SETTLES_S, LISTENS_S = 2.0, 3.0
"""After the last call began until its sound is looked at, and for how long it is."""
REST_S = 5.0
BOTH_WAYS = 0.9
"""The least share of 50 packets a second that must flow each way on each leg for a conversation to be one."""


@dataclass(frozen=True)
class Spent:
    """CPU seconds, by process."""

    asterisk: float
    control: float
    database: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(
            self.asterisk - other.asterisk, self.control - other.control, self.database - other.database
        )

    @property
    def total(self) -> float:
        """All of it."""
        return self.asterisk + self.control + self.database


def not_recorded(folder: Path) -> None:
    """The city's copy wishes no recording."""
    path = folder / "city.yaml"
    city = yaml.safe_load(path.read_text(encoding="utf-8"))
    city["limits"].append(
        {"figure": "record_calls", "value": 0, "effective_from": "2021-12-02T00:00:00+08:00"}
    )
    path.write_text(yaml.safe_dump(city, allow_unicode=True, sort_keys=False), encoding="utf-8")


def spent(lab: Lab) -> Spent:
    """What this laboratory's processes have used so far."""
    assert lab.asterisk
    assert lab.control
    backend = int(lab.one("SELECT pg_backend_pid() AS pid")["pid"])
    return Spent(
        cpu.seconds(lab.asterisk.pid),
        cpu.seconds(lab.control.pid),
        cpu.seconds_with_children(cpu.parent_of(backend)),
    )


def packets(lab: Lab) -> tuple[int, int, int]:
    """Legs that stand, and packets they have received and sent, as the switch counts them."""
    rows = [row.split() for row in lab.cli("pjsip show channelstats").splitlines()]
    legs = [row for row in rows if len(row) > 11 and row[-9].isdigit()]
    return len(legs), sum(int(row[-9]) for row in legs), sum(int(row[-5]) for row in legs)


def listen_in(lab: Lab, legs: int) -> None:
    """All legs stand and sound flows both ways on them. Raises PartMissing otherwise."""
    began = time.monotonic()
    found, received, sent = packets(lab)
    time.sleep(LISTENS_S)
    later, received_then, sent_then = packets(lab)
    due = 50 * (time.monotonic() - began) * legs
    heard, said = (received_then - received) / due, (sent_then - sent) / due
    if (found, later) != (legs, legs) or min(heard, said) < BOTH_WAYS:
        raise PartMissing(
            f"{found} and {later} legs instead of {legs}; {heard:.0%} of the sound came in, {said:.0%} went out"
        )


def conversations(lab: Lab, crew: Crew, folder: Path, number: str, calls: int, port: int) -> Spent:
    """CPU for so many conversations with ``number``. Raises PartMissing if any of them was not one."""
    callers = who_calls(folder, (f"139{n:08d}" for n in range(calls)))
    period = ("-r", round(PER_S * 10), "-rp", 10_000)
    lasts = calls / PER_S + TALK_S + QUIET_S
    before = spent(lab)
    with (
        crew.phones(folder, TALK_S) as agents,
        Sipp(folder, f"callers-{number}", CALLER_WHO_SPEAKS, port, *period, "-s", number, "-l", calls, "-m", calls,
             "-inf", callers, f"127.0.0.1:{lab.sip_port}") as speaking,
    ):  # fmt: skip
        time.sleep(calls / PER_S + SETTLES_S)
        listen_in(lab, 2 * calls)
        counts = speaking.finished(lasts)
        within(QUIET_S, lab.quiet, "the switch is not quiet after the last call")
        time.sleep(1)
        used = spent(lab) - before
        taken = agents.count()
    if counts["well"] != calls or taken["well"] != calls:
        raise PartMissing(
            f"{number}: of {calls} callers {counts}, of their agents {taken}: {speaking.errors} {agents.errors}"
        )
    return used


def main() -> None:
    """Measure, print, write."""
    if CALLS / PER_S + SETTLES_S + LISTENS_S + 3 > TALK_S:
        raise PartMissing("the first talk would be over before the last began: they are to go on at once")
    lab = laboratory(2 * CALLS, not_recorded)
    agents_port, *ports = free_ports(3)
    try:
        lab.start()
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            crew = Crew(lab, CALLS, agents_port)
            lab.cli(f"dialplan add extension {BARE},1,Dial,PJSIP/{crew.endpoint} into trunk-loopback")
            rest = spent(lab)
            time.sleep(REST_S)
            rest = spent(lab) - rest
            bare = conversations(lab, crew, folder, BARE, CALLS, ports[0])
            crew.be_ready()
            ours = conversations(lab, crew, folder, "12345", CALLS, ports[1])
        answered = lab.one("SELECT count(*) AS n FROM calls_call WHERE slot > 0 AND outcome = 'answered'")[
            "n"
        ]
        if answered != CALLS:
            raise PartMissing(f"{answered} calls are kept as answered, {CALLS} were made")
    finally:
        lab.stop()
    each = 1000 / CALLS
    record(
        "calls",
        "calls_cpu",
        [
            Figure("calls.asterisk_cpu_ratio", round(ours.asterisk / bare.asterisk, 3), "", ASTERISK_RATIO),
            Figure("calls.total_cpu_ratio", round(ours.total / bare.asterisk, 3), "", TOTAL_RATIO),
            Figure("calls.asterisk_cpu_ms", round(ours.asterisk * each, 1), "ms/call"),
            Figure("calls.control_cpu_ms", round(ours.control * each, 1), "ms/call"),
            Figure("calls.database_cpu_ms", round(ours.database * each, 1), "ms/call"),
            Figure("calls.rest_cpu_ms", round(rest.total * 1000 / REST_S, 1), "ms/s"),
            Figure("calls.bare_dial_cpu_ms", round(bare.asterisk * each, 1), "ms/call"),
        ],
    )


if __name__ == "__main__":
    main()
