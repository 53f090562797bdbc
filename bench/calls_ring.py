"""How much later an agent's phone rings because the platform decides, than if the dialplan rang it at once.

Each round places two calls from the same telephone to the same SIP agent of a real switch: one to 12345 (claimed, kept,
matched, rung), one to a number whose whole dialplan is ``Dial()``. Measured from the caller's INVITE to the agent's.

    python -m bench.calls_ring       writes var/bench/calls.json
"""

from __future__ import annotations

import os
import statistics

from tests.calls.lab import Agent, Lab, until

from bench.figures import Figure, record
from bench.laboratory import laboratory

ROUNDS = int(os.environ.get("BENCH_RING_ROUNDS", "20"))
BARE = "19999"
TARGET_MS = 60.0


def ring_ms(lab: Lab, agent: Agent, number: str) -> float:
    """Milliseconds from the caller's INVITE to the ringing of the agent's phone."""
    seen = len([news for news in agent.phone.read() if news["event"] == "incoming"])
    until(10, lambda: agent.mode == "ready")
    caller = lab.call(number)
    invited = caller.wait(5, "invite")["t"]
    until(5, lambda: len([n for n in agent.phone.read() if n["event"] == "incoming"]) > seen, "no ringing")
    rang = [news for news in agent.phone.news if news["event"] == "incoming"][seen]["t"]
    caller.finish()
    until(5, lab.quiet)
    return float((rang - invited) * 1000)


def main() -> None:
    """Measure, print, write."""
    lab = laboratory(4)
    try:
        lab.start()
        agent = lab.agent("bench", 440)
        agent.be_ready()
        lab.cli(f"dialplan add extension {BARE},1,Dial,PJSIP/{agent.endpoint} into trunk-loopback")
        bare, ours = [], []
        for _ in range(ROUNDS):
            bare.append(ring_ms(lab, agent, BARE))
            ours.append(ring_ms(lab, agent, "12345"))
    finally:
        lab.stop()
    middle_bare, middle_ours = statistics.median(bare), statistics.median(ours)
    record(
        "calls",
        "calls_ring",
        [
            Figure("calls.ring_overhead_ms", round(middle_ours - middle_bare, 1), "ms", TARGET_MS),
            Figure("calls.ring_p50_ms", round(middle_ours, 1), "ms"),
            Figure("calls.ring_p95_ms", round(statistics.quantiles(ours, n=20)[-1], 1), "ms"),
            Figure("calls.bare_dial_p50_ms", round(middle_bare, 1), "ms"),
        ],
    )


if __name__ == "__main__":
    main()
