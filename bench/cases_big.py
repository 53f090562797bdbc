"""What finding, listing, counting, reading and filing cost with a hundred thousand and a million cases.

Databases of both sizes are filled with cases in the words of real messages and kept (bench/kept_database, case_texts).
Everything goes through the real WSGI application, as bench.cases does; times are those on the wall, database included:
the median for lists, details and counts, the 95th of a hundred for searches. A third of the words searched for stand in more
than a tenth of the cases, a third in fewer than one in a thousand, a third in none; half are asked by somebody of a county.

    python -m bench.cases_big [size …]    writes var/bench/cases.json; each size in a process of its own
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench.case_texts import fill
from bench.figures import FOLDER, Figure, record
from bench.kept_database import kept_database

if TYPE_CHECKING:
    from bench.cases import Web

SIZES = (100_000, 1_000_000)
REPEATS = 60
GROWING = ("list100_ms", "detail_ms", "counts_ms", "search_p50_ms", "search_p95_ms")


def wall(work: Callable[[], Any], repeats: int = REPEATS) -> list[float]:
    """Milliseconds on the wall of each repetition, after warming up."""
    for _ in range(5):
        work()
    spent = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def county() -> Any:
    """The part of the city below which most units stand that take cases: most cases are in its hands."""
    from hotline.base.people import queries as people

    paths = [unit.path for unit in people.organisations(accepts_cases=True)]
    everybody = [*people.organisations()]
    below = {unit: sum(path.startswith(unit.path) for path in paths) for unit in everybody if unit.parent_id}
    return max((unit for unit in below if below[unit] < len(paths) / 3), key=below.__getitem__)


def staff(web: Web, role: str, unit: Any) -> None:
    """Sign in somebody of ``unit``, new in every run."""
    from hotline.base.kernel import ids
    from hotline.base.kernel.actor import system
    from hotline.base.people import actions

    bench, name = system("bench"), f"bench-{ids.new().hex[-10:]}"
    somebody, password = actions.open_account(bench, name, "度量员", must_change_password=False)
    actions.give_post(bench, somebody.id, role, unit.id)
    _, me, _ = web.ask("POST", "/api/v1/session", body={"username": name, "password": password})
    web.csrf_token = json.loads(me)["csrf_token"]


def searched(web: Web, words: dict[str, list[str]], path: str) -> list[tuple[float, str, str]]:
    """Milliseconds, kind and word of every search, after one to warm up."""
    found = []
    web.ask("GET", path, urlencode({"q": "路灯", "size": 20}))
    for round in zip(*words.values(), strict=False):
        for kind, word in zip(words, round, strict=True):
            began = time.perf_counter()
            web.ask("GET", path, urlencode({"q": word, "size": 20}))
            found.append(((time.perf_counter() - began) * 1000, kind, word))
    return found


def measured(size: int) -> dict[str, float]:
    """All figures with ``size`` cases."""
    with kept_database(str(size)) as folder:
        # Only now: it prepares a temporary home for whoever has none yet.
        from bench.cases import Web
        from hotline.base.people import queries as people

        words = fill(folder, size)
        _into_memory()
        everybody, local = Web(), Web()
        staff(everybody, "agent", people.root())
        staff(local, "node_leader", county())
        both = [("city", everybody), ("county", local)]
        found: dict[str, float] = {}
        for where, web in both:
            tail = "" if web is everybody else f"_{where}"
            found[f"list100_ms{tail}"] = statistics.median(
                wall(lambda web=web: web.ask("GET", "/api/v1/cases", "size=100"))
            )
            found[f"counts_ms{tail}"] = statistics.median(
                wall(lambda web=web: web.ask("GET", "/api/v1/cases/counts"))
            )
        rows = json.loads(everybody.ask("GET", "/api/v1/cases", "size=100")[1])["items"]
        found["detail_ms"] = statistics.median(
            wall(lambda: everybody.ask("GET", f"/api/v1/cases/{rows[len(rows) // 2]['id']}"))
        )
        found |= _cpu(everybody, rows)
        searches = []
        for where, web in both:
            mine = searched(web, words, "/api/v1/cases")
            for kind in words:
                times = [spent for spent, its, _ in mine if its == kind]
                found[f"search_{kind}_{where}_p95_ms"] = statistics.quantiles(times, n=20)[-1]
            worst = max(mine)
            print(f"  slowest, {where}: {worst[0]:.1f} ms, {worst[1]} “{worst[2]}”", flush=True)
            searches += mine
            totals = [spent for spent, _, _ in searched(web, words, "/api/v1/cases/total")]
            found[f"total_{where}_p95_ms"] = statistics.quantiles(totals, n=20)[-1]
        times = [spent for spent, _, _ in searches]
        found["search_p50_ms"], found["search_worst_ms"] = statistics.median(times), max(times)
        found["search_p95_ms"] = statistics.quantiles(times, n=20)[-1]
        return found


def _into_memory() -> None:
    """Read what is searched once: a city's machine has it in memory, one that was just started has not."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table, column in (("finding_casetext", "plain"), ("cases_case", "content")):
            cursor.execute(f"SELECT sum(length({column})) FROM {table}")  # noqa: S608


def _cpu(web: Web, rows: list[dict[str, Any]]) -> dict[str, float]:
    def spent(
        method: str, path: str, query: str = "", body: Callable[[], Any] | None = None
    ) -> tuple[float, int]:
        runs = [web.ask(method, path, query, body and body()) for _ in range(REPEATS)]
        return statistics.median(run[0] for run in runs) * 1000, max(run[2] for run in runs)

    numbers = iter(range(10**8))
    began = time.time_ns() % 10**7

    def asked() -> Any:
        return {
            "type": "help", "matter": "小区路灯不亮", "content": "丰海路的路灯坏了一个星期，晚上看不见路，请尽快修。" * 3,
            "place": {"division": "350503", "address": "丰海路 12 号"}, "confidential": False,
            "contact": {"name": "李四", "phone": f"139{(began + next(numbers)) % 10**8:08d}"},
        }  # fmt: skip

    listed, list_queries = spent("GET", "/api/v1/cases", "size=100")
    read, _ = spent("GET", f"/api/v1/cases/{rows[0]['id']}")
    spent("POST", "/api/v1/cases", body=asked)
    filed, queries = spent("POST", "/api/v1/cases", body=asked)
    return {
        "list100_cpu_ms": listed, "list100_queries": list_queries, "detail_cpu_ms": read, "create_cpu_ms": filed,
        "create_queries": queries,
    }  # fmt: skip


TARGETS = {
    "search_p95_ms": 50, "counts_ms": 20, "counts_ms_county": 20, "list100_cpu_ms": 10, "list100_queries": 6,
    "detail_cpu_ms": 5, "create_cpu_ms": 5, "create_queries": 12,
}  # fmt: skip


def main(sizes: list[str]) -> None:
    """Measure each size in a process of its own, then write what they found and how it grows."""
    if len(sizes) == 2 and sizes[0] == "--one":
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f".cases-{sizes[1]}.json").write_text(json.dumps(measured(int(sizes[1]))), encoding="utf-8")
        return
    found: dict[int, dict[str, float]] = {}
    for size in [int(size) for size in sizes] or SIZES:
        print(f"{size} cases", flush=True)
        subprocess.run([sys.executable, "-m", "bench.cases_big", "--one", str(size)], check=True)
        kept = FOLDER / f".cases-{size}.json"
        found[size] = json.loads(kept.read_text(encoding="utf-8"))
        kept.unlink()
    largest = max(found)
    rows = [
        Figure(
            f"cases.{name}" if size == largest else f"cases.{name}_{size}", round(value, 2),
            "" if "queries" in name else "ms", TARGETS.get(name) if size == largest else None,
            below=name == "search_p95_ms" and size == largest,
        )
        for size, figures in found.items() for name, value in figures.items()
    ]  # fmt: skip
    if len(found) == 2:
        small = found[min(found)]
        growth = {name: found[largest][name] / small[name] for name in GROWING}
        rows += [Figure(f"cases.growth_{name}", round(value, 2), "×") for name, value in growth.items()]
        rows.append(Figure("cases.growth", round(max(growth.values()), 2), "×", 1.3))
    record("cases", "cases_big", rows)


if __name__ == "__main__":
    main(sys.argv[1:])
