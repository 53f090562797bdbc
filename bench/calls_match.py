"""CPU of one whole matching of a full queue: 1,000 who wait, 500 agents who are ready, every kind of wish among them.

python -m bench.calls_match      writes var/bench/calls.json
"""

from __future__ import annotations

import random
import statistics
import time
from uuid import UUID

from bench.figures import Figure, record
from hotline.lines.calls.matching import Agent, Entry, Need, Step, match

WAITING, READY, ROUNDS = 1000, 500, 30
LINES = [f"line:123{n:02d}" for n in range(45)]
LANGUAGES = ("lang:nan", "lang:en")
TARGET_MS = 50.0


def agents(chance: random.Random) -> list[Agent]:
    """All may take 12345's calls; each has some lines of his own and perhaps a language."""
    found = []
    for n in range(READY):
        skills = {"line:12345": chance.randint(1, 3)}
        skills |= {line: chance.randint(1, 5) for line in chance.sample(LINES, 4)}
        if chance.random() < 0.3:
            skills[chance.choice(LANGUAGES)] = chance.randint(1, 5)
        found.append(Agent(UUID(int=n), frozenset(skills.items()), chance.uniform(0, 600)))
    return found


def entries(chance: random.Random, now: float) -> list[Entry]:
    """Callers of every line, a third with a language, a third with an agent they had before."""
    found = []
    for n in range(WAITING):
        line, wide = Need(chance.choice(LINES), chance.randint(1, 2)), (Need("line:12345"),)
        language = (Need(chance.choice(LANGUAGES)),) if chance.random() < 0.33 else ()
        preferred = UUID(int=chance.randrange(READY)) if chance.random() < 0.33 else None
        steps = (
            Step(((line, *language),), 20, preferred),
            Step(((line,), (*wide, *language)), 30),
            Step((wide,)),
        )
        priority = chance.choice([0] * 9 + [-2])
        found.append(Entry(UUID(int=n), now - chance.uniform(0, 90), steps, priority))
    return found


def main() -> None:
    """Measure, print, write. Each round has callers and agents of its own, so that nothing is remembered from the last."""
    spent = []
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        waiting, ready = entries(chance, 1000.0), agents(chance)
        before = time.thread_time()
        pairs = match(waiting, ready, 1000.0)
        spent.append((time.thread_time() - before) * 1000)
        if len(pairs) < READY * 0.9:
            raise RuntimeError(f"only {len(pairs)} pairs: this is no full matching")
    record(
        "calls",
        "calls_match",
        [
            Figure("calls.match_ms", round(statistics.quantiles(spent, n=20)[-1], 2), "ms", TARGET_MS),
            Figure("calls.match_p50_ms", round(statistics.median(spent), 2), "ms"),
        ],
    )


if __name__ == "__main__":
    main()
