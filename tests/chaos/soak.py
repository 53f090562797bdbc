"""Many calls for many minutes, and nothing may be left of them: ``python -m tests.chaos.soak``.

An instance of its own, agents on SIP phones and `hotline demo calls` as the public, who hang up when they like: while they
hear the notice, in the queue, while a phone rings, in the middle of a sentence. Half of the talks are ended by the agent.
SOAK_RATE: calls a second (2); SOAK_MINUTES: for how long (30); SOAK_AGENTS: how many agents (6). Memory of call control
and of the switch must be flat: what they have at the end, against what they had after a third of the time, both under
load. Exits with 1 when a check fails, and writes docs/reports/soak-calls.md either way.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.chaos.ledger import Ledger
from tests.chaos.seat import Seat
from tests.harness import CHECKOUT, Instance, running_instance
from tests.report import Circumstances, table, write

PAGE = CHECKOUT / "docs" / "reports" / "soak-calls.md"
RATE = float(os.environ.get("SOAK_RATE", "2"))
MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
AGENTS = int(os.environ.get("SOAK_AGENTS", "6"))
WATCHED = ("callcontrol-1", "asterisk")
STAYS_S = 15
"""Mean of how long a caller stays; a third of it is the deviation."""
SETTLES_S = 60
LOOKS_EVERY_S = 2.0
GROWS_MB = 10.0
"""The most by which a process may have more memory at the end than when it had warmed up. At 2 calls a second for 30
minutes that is 4 kB a call: a leak of one small object a call passes, of a leg, a bridge or a call's picture does not."""


@dataclass(frozen=True)
class Check:
    """What must be so at the end."""

    rule: str
    found: object
    expected: object

    @property
    def kept(self) -> bool:
        return self.found == self.expected


class Memory(threading.Thread):
    """Looks at the resident memory of some processes until told to stop."""

    def __init__(self, pids: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.pids, self.over = pids, threading.Event()
        self.seen: dict[str, list[float]] = {name: [] for name in pids}
        self.start()

    def run(self) -> None:
        """A figure of each process every LOOKS_EVERY_S seconds; none of one that is gone."""
        while not self.over.wait(LOOKS_EVERY_S):
            for name, pid in self.pids.items():
                with suppress(FileNotFoundError, ProcessLookupError):
                    self.seen[name].append(resident_mb(pid))

    def warm(self, name: str) -> float:
        """MB after a third of the time: the median of the next sixth. Not a number without enough looks."""
        return self._median(name, 2, 3)

    def end(self, name: str) -> float:
        """MB in the last sixth of the time."""
        return self._median(name, 5, 6)

    def _median(self, name: str, first: int, last: int) -> float:
        seen = self.seen[name]
        part = seen[len(seen) * first // 6 : len(seen) * last // 6]
        return statistics.median(part) if part else float("nan")


class Shift:
    """One agent at work until told to stop: ends every other talk himself, and every wrap-up."""

    def __init__(self, seat: Seat, seed: int) -> None:
        self.seat, self.random = seat, Random(seed)
        self.trouble = ""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._guarded, daemon=True)
        self.thread.start()

    def _guarded(self) -> None:
        try:
            self._work()
        except AssertionError as error:
            self.trouble = str(error)

    def _work(self) -> None:
        hangs_up_at: float | None = None
        while not self.over.wait(0.5):
            state = self.seat.state
            if state != "busy":
                hangs_up_at = None
            elif hangs_up_at is None:
                patience = self.random.uniform(2, 12) if self.random.random() < 0.5 else float("inf")
                hangs_up_at = time.monotonic() + patience
            elif time.monotonic() > hangs_up_at:
                self.seat.phone.say("hangup")
                hangs_up_at = float("inf")
            if state == "wrap_up":
                self.seat.ask("POST", "/desk/commands", command="wrap_up_done")
            elif state == "not_ready":  # a call he did not take in time
                self.seat.ask("POST", "/desk/commands", command="ready")


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def said(text: str, name: str) -> int:
    """The figure behind ``name`` in the last line of `hotline demo calls`; -1 when it is not there."""
    words = text.splitlines()[-1].replace("，", " ").split() if text.strip() else []
    places = [n for n, word in enumerate(words) if word == name]
    return int(words[places[-1] + 1]) if places else -1


def place_calls(instance: Instance, rate: float, minutes: float) -> str:
    """What `hotline demo calls` said."""
    return subprocess.run(
        [sys.executable, "-m", "hotline.project.cli", "demo", "calls", "--rate", str(rate),
         "--seconds", str(minutes * 60), "--stay", str(STAYS_S)],
        env=instance.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def settled(ledger: Ledger, placed: int) -> float:
    """Seconds until every call was kept and none was open, in the switch or in the rows; SETTLES_S at most."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLES_S:
        if not ledger.left_over() and ledger.count("calls_call WHERE state = 'ended'") >= placed:
            return time.monotonic() - began
        time.sleep(0.5)
    return SETTLES_S


def checks(ledger: Ledger, placed: int, shifts: list[Shift]) -> list[Check]:
    """Nothing may be left, and the sums must add up."""
    channels = ledger.switch("core show channels count").partition(" active channel")[0]
    bridges = [line for line in ledger.switch("bridge show all").splitlines()[1:] if line.strip()]
    by_outcome = "SELECT outcome, count(*) AS n FROM calls_call GROUP BY 1"
    outcomes = {row["outcome"]: row["n"] for row in ledger.rows(by_outcome)}
    answered = "calls_call WHERE outcome = 'answered'"
    return [
        Check("channels in the switch", channels, "0"),
        Check("bridges in the switch", len(bridges), 0),
        Check("open offers", ledger.count("calls_offer WHERE state = 'open'"), 0),
        Check("timers", ledger.count("calls_timer WHERE fired_at IS NULL"), 0),
        Check("waiting places in the queue", ledger.count("calls_queueentry WHERE waiting"), 0),
        Check("legs not gone", ledger.count("calls_leg WHERE state <> 'gone'"), 0),
        Check("calls without an outcome", outcomes.get("", 0), 0),
        Check("calls kept, against calls placed", sum(outcomes.values()), placed),
        Check(
            "answered calls, against calls with an accepted offer",
            ledger.count(answered),
            len(ledger.rows("SELECT DISTINCT call_id FROM calls_offer WHERE state = 'accepted'")),
        ),
        Check("agents who were stopped by a refusal", [one.trouble for one in shifts if one.trouble], []),
    ]


def stayed_flat(memory: Memory) -> list[Check]:
    """No process may have grown once it was warm."""
    return [
        Check(
            f"{name} grew by less than {GROWS_MB:g} MB", memory.end(name) - memory.warm(name) < GROWS_MB, True
        )
        for name in memory.pids
    ]


def main() -> int:
    """Run, check, write the page; 1 when a check failed."""
    circumstances = Circumstances()
    with running_instance() as instance:
        ledger = Ledger(instance)
        seats = [
            Seat(instance, f"soak-{n}", 900 + 100 * n, "--answer-after", str(0.3 + n % 3))
            for n in range(AGENTS)
        ]
        for seat in seats:
            seat.be_ready()
        shifts = [Shift(seat, n) for n, seat in enumerate(seats)]
        pids = {name: instance.pid_of(name) for name in WATCHED}
        memory = Memory(pids)
        told = place_calls(instance, RATE, MINUTES)
        memory.over.set()
        seconds = settled(ledger, said(told, "placed"))
        for shift in shifts:
            shift.over.set()
            shift.thread.join(30)
        rules = checks(ledger, said(told, "placed"), shifts)
        for name, pid in pids.items():
            rules.append(Check(f"{name} was never restarted", instance.pid_of(name) == pid, True))
        rules += stayed_flat(memory)
        outcomes = ledger.rows(
            "SELECT number, outcome, count(*) AS n FROM calls_call GROUP BY 1, 2 ORDER BY 1, 2"
        )
        for seat in seats:
            seat.leave()
    kept = all(rule.kept for rule in rules)
    placed = said(told, "placed")
    write(
        PAGE,
        "Last run of `make soak-calls`",
        [
            circumstances.lines(),
            [f"About {RATE:g} calls a second for {MINUTES:g} minutes (the default is 2 for 30), {AGENTS} agents: "
             f"{placed} calls placed, {said(told, 'failed')} not placed, {said(told, 'skipped')} skipped because a hundred "
             f"were up. {'Every rule was kept.' if kept else '**A rule was not kept.**'}"],
            table(("Rule", "Found", "Expected", "Kept"),
                  [(r.rule, r.found, r.expected, "yes" if r.kept else "**NO**") for r in rules]),
            table(("Memory", "After a third of the time", "At the end", "Growth"), [
                (name, f"{memory.warm(name):.1f} MB", f"{memory.end(name):.1f} MB",
                 f"{memory.end(name) - memory.warm(name):+.1f} MB") for name in pids
            ]),
            [f"Quiet {seconds:.1f} s after the last caller."],
            table(("Number", "Outcome", "Calls"), [(r["number"], r["outcome"], r["n"]) for r in outcomes]),
        ],
    )  # fmt: skip
    print(PAGE.read_text(encoding="utf-8"))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
