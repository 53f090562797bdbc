"""How often the same matter in other words is suggested while it is typed, how often something else is, and what asking costs.

Among a hundred thousand cases in the words of real messages stand five hundred questions of people who asked the same as
somebody else in other words (LCQMC, ``BENCH_DATA``/pairs; nothing of it is kept here). Each is looked for by the other's words.
What is suggested for five hundred more, whose twin was not filed, is noise.

    python -m bench.duplicates       writes var/bench/cases.json
"""

from __future__ import annotations

import csv
import random
import statistics
import tempfile
import time
from pathlib import Path

from bench.case_texts import DATA, fill
from bench.figures import Figure, record
from bench.own_database import own_database

FILLED = 100_000
ASKED = 500
SHORTEST = 10
"""Characters of a question: fewer say no matter."""


def twins() -> list[tuple[str, str]]:
    """Pairs of questions that people judged to ask the same, each sentence in one pair only."""
    with (DATA / "pairs" / "LCQMC_dev.txt").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) == 3]
    seen, found = set[str](), []
    for one, other, same in rows:
        if same == "1" and min(len(one), len(other)) >= SHORTEST and not {one, other} & seen and one != other:
            seen |= {one, other}
            found.append((one, other))
    random.Random(7).shuffle(found)
    return found


def main() -> None:
    """Fill, ask, write."""
    with own_database(), tempfile.TemporaryDirectory() as folder:
        from hotline.base.kernel.actor import Actor
        from hotline.base.people.roles import rights_of
        from hotline.project.cli.load import load_city
        from hotline.work.cases import actions, similar
        from hotline.work.cases.intake import Asking
        from hotline.work.cases.similar import Typed

        load_city()
        fill(Path(folder), FILLED)
        agent = Actor("person", "bench", "度量员", rights_of(("agent",)), ("/",), ("agent",))
        pairs = twins()
        filed, others = pairs[:ASKED], pairs[ASKED : 2 * ASKED]
        number_of = {
            one: actions.accept(agent, Asking("consult", other[:100], other, "desk")).number
            for one, other in filed
        }
        first = five = noise = 0
        wall, cpu = [], []
        for one, _ in filed:
            began, spent = time.perf_counter(), time.thread_time()
            found = [row["number"] for row in similar.of(agent, Typed(content=one))]
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append((time.thread_time() - spent) * 1000)
            first += found[:1] == [number_of[one]]
            five += number_of[one] in found
        for one, _ in others:
            noise += bool(similar.of(agent, Typed(content=one)))
        record(
            "cases", "duplicates",
            [
                Figure("cases.similar_recall_at_1", round(first / len(filed), 3), ""),
                Figure("cases.similar_recall_at_5", round(five / len(filed), 3), ""),
                Figure("cases.similar_noise", round(noise / len(others), 3), ""),
                Figure("cases.similar_p50_ms", round(statistics.median(wall), 1), "ms"),
                Figure("cases.similar_p95_ms", round(statistics.quantiles(wall, n=20)[-1], 1), "ms"),
                Figure("cases.similar_cpu_ms", round(statistics.median(cpu), 2), "ms"),
            ],
        )  # fmt: skip


if __name__ == "__main__":
    main()
